"""States E and F: how they are reached from everywhere and how they are left."""

from bench_station import (
    MV_0,
    MV_6,
    MV_9,
    MV_12,
    MV_N12,
    Bench,
    charging,
    idle,
    in_b,
    in_b1,
    in_c1,
    in_e,
    in_wake,
)

from evse.core import states as s
from evse.core.pilot import STATIC_HIGH


def test_a_short_leads_to_e_from_every_state():
    for make in (idle, in_b, in_b1, charging, in_c1):
        bench = make()
        bench.plug(MV_0)
        bench.until_state(s.E, 600)
        assert not bench.outputs.c1
        assert bench.outputs.pilot_permille == STATIC_HIGH
        assert bench.faults() == ["pilot_short"]


def test_a_lost_pilot_leads_to_f_from_every_state():
    for make in (idle, in_b, in_b1, charging, in_c1):
        bench = make()
        bench.plug(MV_N12)
        bench.until_state(s.F, 600)
        assert not bench.outputs.c1
        assert bench.outputs.pilot_permille == STATIC_HIGH
        assert bench.faults() == ["pilot_lost"]


def test_a_short_in_the_wake_pulse_is_found_afterwards():
    bench = in_wake()
    bench.plug(MV_0)
    bench.until_state(s.E, 4000)


def test_a_pilot_lost_before_the_start_is_found():
    bench = Bench()
    bench.noise(MV_N12, MV_12)
    bench.run(2000)
    assert bench.state == s.F
    assert bench.faults() == ["pilot_lost"]


def test_a_pilot_lost_while_b_waits_for_a_level_is_found():
    bench = in_b1()
    bench.plug(MV_6)
    bench.run(1000)
    bench.station.set_access(s.ACCESS_ON)
    bench.until_state(s.B)
    bench.noise(MV_N12, MV_12)
    bench.run(2000)
    assert bench.state == s.F


def test_e_to_a_at_12_v():
    bench = in_e()
    bench.unplug()
    assert bench.until_state(s.A) <= 520
    assert bench.faults() == []


def test_e_to_b1_at_9_v_and_then_to_b():
    bench = in_e()
    bench.plug(MV_9)
    assert bench.until_state(s.B1) <= 20
    assert bench.faults() == []
    assert not bench.outputs.pilot_connected
    assert 5000 <= bench.until_state(s.B) <= 5100


def test_e_to_c_only_after_b1_and_b():
    bench = charging()
    bench.plug(MV_0)
    bench.until_state(s.E, 600)
    bench.plug(MV_6)
    assert bench.until_state(s.B1) <= 520
    assert bench.until_state(s.C) >= 5000


def test_f_to_a_at_12_v():
    bench = in_b()
    bench.plug(MV_N12)
    bench.until_state(s.F, 600)
    bench.unplug()
    assert bench.until_state(s.A) <= 520
    assert bench.faults() == []


def test_f_to_b1_at_6_v_after_51_bursts():
    bench = charging()
    bench.plug(MV_N12)
    bench.until_state(s.F, 600)
    bench.plug(MV_6)
    bench.run(500)
    assert bench.state == s.F
    bench.step()
    assert bench.state == s.B1


def test_e_to_f_and_back():
    bench = in_e()
    bench.plug(MV_N12)
    bench.until_state(s.F, 600)
    assert bench.faults() == ["pilot_lost"]
    bench.plug(MV_0)
    bench.until_state(s.E, 600)
    assert bench.faults() == ["pilot_short"]


def test_e_lasts_as_long_as_the_short():
    bench = in_e()
    bench.run(120000)
    assert bench.state == s.E
    assert bench.outputs.pilot_connected


def test_requests_in_e_close_nothing():
    bench = in_e()
    for access in (s.ACCESS_OFF, s.ACCESS_ON, s.ACCESS_PAUSE, s.ACCESS_ON):
        bench.station.set_access(access)
        bench.station.stop()
        bench.station.reset_faults()
        bench.run(1000)
        assert bench.state == s.E
        assert not bench.outputs.c1


def test_a_short_after_the_car_was_unplugged_leaves_no_session():
    bench = charging()
    bench.plug(MV_0)
    bench.until_state(s.E, 600)
    assert bench.station.session.active
    bench.unplug()
    bench.until_state(s.A)
    assert not bench.station.session.active


def test_e_keeps_a_latched_fault_for_later():
    bench = charging()
    bench.diode = False
    bench.until_state(s.B1)
    bench.plug(MV_0)
    bench.until_state(s.E, 6000)
    bench.diode = True
    bench.plug(MV_9)
    bench.until_state(s.B1)
    bench.run(20000)
    assert bench.state == s.B1
    assert bench.faults() == ["no_diode"]
    bench.unplug()
    bench.until_state(s.A)
    assert bench.faults() == []
