"""ACTSTART: the pulse at -12 V that wakes a car that does not ask."""

from bench_station import MV_6, MV_9, charging, idle, in_b, in_wake

from evse.core import limits as lim
from evse.core import states as s
from evse.core.pilot import STATIC_LOW


def count_pulses(bench, duration_ms):
    pulses = 0
    before = bench.state
    for _ in range(duration_ms // 10):
        bench.step()
        if bench.state == s.ACTSTART and before != s.ACTSTART:
            pulses += 1
        before = bench.state
    return pulses


def test_b_to_actstart_after_30_s_at_9_v():
    bench = idle()
    bench.plug()
    bench.until_state(s.B)
    assert 29900 <= bench.until_state(s.ACTSTART) <= 30000
    assert bench.outputs.pilot_permille == STATIC_LOW
    assert bench.outputs.pilot_connected
    assert bench.station.offered_ma() == 0


def test_actstart_to_b_after_3_s():
    bench = in_wake()
    assert 2980 <= bench.until_state(s.B) <= 3000
    assert bench.station.offered_ma() > 0


def test_actstart_comes_once_per_plug_in():
    bench = idle()
    bench.plug()
    assert count_pulses(bench, 300000) == 1
    assert bench.state == s.B


def test_actstart_comes_again_for_the_next_car():
    bench = in_wake()
    bench.run(10000)
    bench.unplug()
    bench.run(1000)
    bench.plug()
    assert count_pulses(bench, 60000) == 1


def test_actstart_comes_again_after_b1():
    bench = in_wake()
    bench.run(10000)
    bench.station.set_access(s.ACCESS_PAUSE)
    bench.run(60000)
    bench.station.set_access(s.ACCESS_ON)
    assert count_pulses(bench, 60000) == 1


def test_no_actstart_for_a_car_that_asked():
    bench = charging()
    bench.plug(MV_9)
    assert count_pulses(bench, 90000) == 0
    assert bench.state == s.B


def test_no_actstart_while_the_car_asks():
    bench = in_b()
    bench.diode = False
    bench.inputs.temp_mc = 25000
    bench.station.charger.charge_delay_ms = 60000
    bench.diode = True
    bench.plug(MV_6)
    assert count_pulses(bench, 50000) == 0


def test_no_actstart_without_a_car():
    bench = idle()
    assert count_pulses(bench, 90000) == 0


def test_a_car_woken_by_the_pulse_charges():
    bench = in_wake()
    bench.plug(MV_6)
    bench.until_state(s.B)
    assert bench.until_state(s.C) <= 600
    bench.run(100)
    assert bench.c1.closed


def test_actstart_closes_nothing():
    bench = in_wake()
    bench.plug(MV_6)
    while bench.state == s.ACTSTART:
        bench.step()
        assert not bench.outputs.c1


def test_a_car_unplugged_in_the_pulse_is_seen_right_after_it():
    bench = in_wake()
    bench.unplug()
    assert bench.until_state(s.A) <= 3100


def test_actstart_to_b1_without_power():
    bench = in_wake()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.step()
    assert bench.state == s.B1


def test_actstart_to_b1_at_a_fault():
    bench = in_wake()
    bench.inputs.temp_mc = 80000
    bench.run(20)
    assert bench.state == s.B1


def test_actstart_to_b1_at_a_restart():
    bench = in_wake()
    bench.station.prepare_restart()
    bench.step()
    assert bench.state == s.B1
