"""Residual current, temperature and contactor faults in the whole station: reaction and clearing."""

from bench_station import MV_6, MV_9, Bench, charging, config, idle, in_b, in_b1, in_c1, in_wake

from evse.core import faults as f
from evse.core import states as s

MONITORED = config(residual_current_monitor=True)


def tripped_while_charging() -> Bench:
    bench = charging(MONITORED)
    bench.inputs.residual_current = True
    bench.step()
    return bench


# Residual current


def test_residual_current_opens_in_the_same_step():
    bench = tripped_while_charging()
    assert not bench.outputs.c1
    assert bench.state == s.B1
    assert bench.faults() == ["residual_current"]
    assert bench.station.offered_ma() == 0


def test_residual_current_leads_to_b1_from_every_state_but_a():
    for make in (in_b, in_b1, in_c1, in_wake):
        bench = make(MONITORED)
        bench.inputs.residual_current = True
        bench.step()
        assert bench.state == s.B1
        assert not bench.outputs.c1
        assert bench.faults() == ["residual_current"]


def test_residual_current_in_a_keeps_the_next_car_from_charging():
    bench = idle(MONITORED)
    bench.inputs.residual_current = True
    bench.run(1000)
    assert bench.state == s.A
    bench.plug()
    bench.run(30000)
    assert bench.state == s.B1


def test_residual_current_is_ignored_without_a_monitor():
    bench = charging()
    bench.inputs.residual_current = True
    bench.run(1000)
    assert bench.state == s.C
    assert bench.faults() == []


def test_residual_current_latches():
    bench = tripped_while_charging()
    bench.inputs.residual_current = False
    bench.run(120000)
    assert bench.state == s.B1
    assert bench.faults() == ["residual_current"]


def test_residual_current_clears_when_the_car_is_unplugged():
    bench = tripped_while_charging()
    bench.inputs.residual_current = False
    bench.run(10000)
    bench.unplug()
    bench.until_state(s.A, 100)
    assert bench.faults() == []
    bench.plug()
    bench.until_state(s.B, 100)


def test_residual_current_that_lasts_longer_than_the_car_clears_too():
    bench = tripped_while_charging()
    bench.run(10000)
    bench.unplug()
    bench.until_state(s.A, 100)
    bench.run(1000)
    assert bench.faults() == ["residual_current"]
    bench.inputs.residual_current = False
    bench.run(1000)
    assert bench.faults() == []


def test_residual_current_clears_when_a_car_that_never_left_a_is_unplugged():
    bench = idle(MONITORED)
    bench.station.set_access(s.ACCESS_OFF)
    bench.plug()
    bench.run(1000)
    bench.inputs.residual_current = True
    bench.run(1000)
    bench.inputs.residual_current = False
    bench.run(1000)
    assert bench.faults() == ["residual_current"]
    bench.unplug()
    bench.run(1000)
    assert bench.faults() == []


def test_residual_current_clears_by_reset_only_when_gone():
    bench = tripped_while_charging()
    bench.run(6000)
    bench.station.reset_faults()
    bench.run(1000)
    assert bench.faults() == ["residual_current"]
    bench.inputs.residual_current = False
    bench.run(1000)
    bench.station.reset_faults()
    bench.run(20)
    assert bench.faults() == []
    bench.until_state(s.B, 100)


# Temperature


def stops_and_resumes_at(max_temp_c):
    """Return the temperatures at which a charge stops and may go on, in degC."""
    bench = charging(config(max_temp_c=max_temp_c))
    temp_c = 20
    while bench.state == s.C:
        temp_c += 1
        bench.inputs.temp_mc = temp_c * 1000
        bench.step()
        assert temp_c < 100
    assert bench.state == s.C1
    assert bench.outputs.c1
    stop_c = temp_c
    bench.plug(MV_9)
    bench.run(20000)
    assert bench.state == s.B1
    while bench.state == s.B1:
        temp_c -= 1
        bench.inputs.temp_mc = temp_c * 1000
        bench.run(20)
        assert temp_c > 0
    return stop_c, temp_c


def test_temperature_stops_at_the_limit_and_resumes_at_55_or_10_below():
    assert stops_and_resumes_at(65) == (65, 55)
    assert stops_and_resumes_at(75) == (75, 55)
    assert stops_and_resumes_at(60) == (60, 50)
    assert stops_and_resumes_at(40) == (40, 30)


def test_temperature_just_above_the_resume_value_keeps_the_fault():
    bench = charging()
    bench.inputs.temp_mc = 65000
    bench.run(20)
    bench.inputs.temp_mc = 55001
    bench.run(30000)
    assert bench.faults() == ["temp_high"]
    bench.inputs.temp_mc = 55000
    bench.run(20)
    assert bench.faults() == []


def test_temperature_below_the_limit_does_not_stop():
    bench = charging()
    bench.inputs.temp_mc = 64999
    bench.run(1000)
    assert bench.state == s.C


def test_temperature_in_every_state():
    for make, state in ((idle, s.A), (in_b, s.B1), (in_b1, s.B1), (charging, s.C1), (in_c1, s.C1)):
        bench = make()
        bench.inputs.temp_mc = 66000
        bench.run(20)
        assert bench.state == state
        assert bench.faults() == ["temp_high"]


def test_a_lower_limit_acts_at_once():
    bench = charging()
    bench.inputs.temp_mc = 50000
    bench.run(100)
    bench.station.configure(config(max_temp_c=45))
    bench.step()
    assert bench.state == s.C1


# Contactors


def test_c1_welded_while_charging_ends():
    bench = charging()
    bench.c1.welded = True
    bench.plug(MV_9)
    bench.until(lambda bench: bench.faults() == ["c1_welded"], 400)
    assert not bench.outputs.c1
    assert bench.state == s.B1
    bench.run(1000)
    assert not bench.outputs.c2
    bench.plug(MV_6)
    bench.run(30000)
    assert bench.state == s.B1


def test_c1_welded_stays_when_unplugged_and_clears_by_reset():
    bench = charging()
    bench.c1.welded = True
    bench.unplug()
    bench.run(10000)
    assert bench.state == s.A
    bench.c1.welded = False
    bench.run(1000)
    assert bench.faults() == ["c1_welded"]
    bench.plug()
    bench.run(10000)
    assert bench.state == s.B1
    bench.station.reset_faults()
    bench.until_state(s.B, 1000)


def test_c1_stuck_open_stops_and_clears_by_unplugging():
    bench = in_b()
    bench.c1.stuck = True
    bench.plug(MV_6)
    bench.until(lambda bench: bench.faults() == ["c1_stuck_open"], 1500)
    assert not bench.outputs.c1
    assert bench.state == s.B1
    bench.run(20000)
    assert bench.state == s.B1
    bench.unplug()
    bench.until_state(s.A)
    assert bench.faults() == []


def test_c2_stuck_open_keeps_c1_open():
    bench = in_b()
    bench.c2.stuck = True
    bench.plug(MV_6)
    bench.until(lambda bench: bench.faults() == ["c2_stuck_open"], 1500)
    bench.run(10000)
    assert not bench.outputs.c1
    assert not bench.outputs.c2


def test_c2_welded_is_found_before_a_one_phase_charge():
    bench = idle(config(contact2=1))
    bench.c2.welded = True
    bench.run(1000)
    assert bench.faults() == ["c2_welded"]
    bench.plug(MV_6)
    bench.run(20000)
    assert bench.state == s.B1
    assert not bench.outputs.c1


def test_c2_welded_after_a_charge():
    bench = charging()
    bench.c2.welded = True
    bench.plug(MV_9)
    bench.run(1000)
    assert bench.faults() == ["c2_welded"]
    assert bench.state == s.B1


def test_an_internal_fault_opens_and_needs_a_reset():
    bench = charging()
    bench.station.faults.report(f.INTERNAL, True, 0)
    bench.step()
    assert not bench.outputs.c1
    bench.station.faults.report(f.INTERNAL, False, 0)
    bench.run(6000)
    bench.unplug()
    bench.run(1000)
    assert bench.faults() == ["internal"]
    bench.station.reset_faults()
    assert bench.faults() == []


def test_the_first_active_fault_is_noted_with_its_time():
    bench = charging(MONITORED)
    bench.run(3000)
    uptime_s = bench.station.uptime_s
    bench.inputs.residual_current = True
    bench.step()
    assert abs(bench.station.faults.since_s[f.RESIDUAL_CURRENT] - uptime_s) <= 1


def test_a_reset_again_and_again_does_not_hide_a_lost_diode():
    bench = charging()
    bench.diode = False
    for _ in range(20):
        bench.station.reset_faults()
        bench.run(100)
    assert not bench.outputs.c1
    assert not bench.c1.closed
