"""Transitions from C1, one test each, and what entering it does."""

from bench_station import MV_0, MV_6, MV_9, charging, config, in_c1

from evse.core import limits as lim
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH


def test_c1_asks_with_static_12_v_and_keeps_the_contactors():
    bench = in_c1()
    assert bench.outputs.pilot_permille == STATIC_HIGH
    assert bench.outputs.pilot_connected
    assert bench.outputs.c1
    assert bench.outputs.c2
    assert 14900 <= bench.delay_ms <= 15000


def test_c1_to_a_at_12_v():
    bench = in_c1()
    bench.unplug()
    bench.run(20)
    assert not bench.outputs.c1
    assert bench.state == s.A


def test_c1_to_b1_at_9_v():
    bench = in_c1()
    bench.plug(MV_9)
    bench.run(20)
    assert not bench.outputs.c1
    assert bench.state == s.B1


def test_c1_to_b1_after_6_s_when_the_car_does_not_answer():
    bench = charging()
    bench.station.set_access(s.ACCESS_OFF)
    bench.step()
    assert bench.state == s.C1
    bench.run(5990)
    assert bench.outputs.c1
    bench.step()
    assert bench.state == s.B1
    assert not bench.outputs.c1


def test_c1_time_out_is_not_put_off_by_more_requests():
    bench = in_c1()
    begin_ms = bench.now_ms
    while bench.state == s.C1:
        bench.station.stop()
        bench.station.set_access(s.ACCESS_PAUSE if bench.now_ms % 20 else s.ACCESS_ON)
        bench.step()
    assert bench.now_ms - begin_ms <= 6010


def test_c1_goes_on_to_b1_when_power_or_access_come_back():
    bench = charging()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.step()
    bench.station.limits.release(lim.MAINS)
    bench.run(5900)
    assert bench.state == s.C1
    bench.run(200)
    assert bench.state == s.B1


def test_c1_to_e_in_a_short():
    bench = in_c1()
    bench.plug(MV_0)
    bench.until_state(s.E, 600)
    assert not bench.outputs.c1


def test_c1_to_b1_at_once_at_a_residual_current():
    bench = in_c1(config(residual_current_monitor=True))
    bench.inputs.residual_current = True
    bench.step()
    assert bench.state == s.B1
    assert not bench.outputs.c1


def test_c1_never_closes_a_contactor():
    """A stop may come while C1 still waits for the time between closings."""
    for cause in (
        lambda bench: bench.station.stop(),
        lambda bench: bench.station.set_access(s.ACCESS_OFF),
        lambda bench: bench.station.limits.claim(lim.MAINS, 0),
    ):
        bench = charging()
        bench.plug(MV_9)
        bench.run(100)
        bench.plug(MV_6)
        bench.until_state(s.C)
        assert not bench.outputs.c1
        cause(bench)
        for _ in range(800):
            bench.step()
            assert not bench.outputs.c1
