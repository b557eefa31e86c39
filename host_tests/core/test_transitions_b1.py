"""Transitions from B1, one test each, and what entering it does."""

from bench_station import MV_3, MV_6, MV_9, in_b, in_b1, in_c1

from evse.core import limits as lim
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH


def test_b1_disconnects_the_pilot_for_5_s_with_access_on():
    bench = in_b()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.step()
    assert bench.state == s.B1
    assert not bench.outputs.pilot_connected
    assert bench.until(lambda bench: bench.outputs.pilot_connected) == 5000
    bench.run(60000)
    assert bench.outputs.pilot_connected


def test_b1_does_nothing_else_while_the_pilot_is_disconnected():
    bench = in_b()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.step()
    bench.unplug()
    bench.run(4990)
    assert bench.state == s.B1
    assert bench.until_state(s.A) <= 70


def test_b1_keeps_the_pilot_with_access_off_or_pause():
    for access in (s.ACCESS_OFF, s.ACCESS_PAUSE):
        bench = in_b()
        bench.station.set_access(access)
        for _ in range(1000):
            bench.step()
            assert bench.state == s.B1
            assert bench.outputs.pilot_connected


def test_b1_entry_has_static_12_v_and_open_contactors():
    bench = in_c1()
    bench.plug(MV_9)
    bench.until_state(s.B1)
    assert not bench.outputs.c1
    assert bench.outputs.pilot_permille == STATIC_HIGH
    assert bench.station.offered_ma() == 0


def test_b1_to_a_at_12_v():
    bench = in_b1()
    bench.unplug()
    assert bench.until_state(s.A) <= 20
    assert bench.delay_ms == 0


def test_b1_to_b_at_9_v_when_everything_is_well():
    bench = in_b1()
    bench.station.set_access(s.ACCESS_ON)
    assert bench.until_state(s.B) <= 20


def test_b1_to_b_at_6_v_is_accepted():
    bench = in_b1()
    bench.plug(MV_6)
    bench.run(1000)
    bench.station.set_access(s.ACCESS_ON)
    assert bench.until_state(s.B) <= 20
    assert bench.until_state(s.C) <= 550


def test_b1_waits_at_3_v_without_ventilation():
    bench = in_b1()
    bench.plug(MV_3)
    bench.run(1000)
    bench.station.set_access(s.ACCESS_ON)
    bench.run(20000)
    assert bench.state == s.B1


def test_b1_stays_with_a_fault_until_it_clears():
    bench = in_b()
    bench.inputs.temp_mc = 70000
    bench.until_state(s.B1, 20)
    bench.run(30000)
    assert bench.state == s.B1
    bench.inputs.temp_mc = 55000
    assert bench.until_state(s.B) <= 30


def test_b1_stays_while_the_charge_delay_runs():
    bench = in_b()
    bench.station.stop()
    bench.run(14980)
    assert bench.state == s.B1
    assert bench.until_state(s.B) <= 40
