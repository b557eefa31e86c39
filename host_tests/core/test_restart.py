"""A restart in order, and a restart in the middle of a session."""

from bench_station import MV_3, MV_6, MV_9, Bench, charging, idle, in_b, in_b1, in_c1

from evse.core import states as s
from evse.core.io import LOCK_IDLE, Outputs


def restarted(pilot_mv: int, start_wh: int) -> Bench:
    """Return a bench right after a restart with a car plugged in and a session to go on."""
    bench = Bench()
    bench.pilot_mv = pilot_mv
    bench.station.session.arm(start_wh)
    return bench


def test_prepare_restart_stops_in_order_and_starts_nothing():
    for make in (in_b, in_b1, charging, in_c1):
        bench = make()
        bench.station.prepare_restart()
        bench.until(lambda bench: bench.station.contactors.proven_open(), 7000)
        bench.run(60000)
        assert bench.state == s.B1
        assert bench.station.offered_ma() == 0
        assert not bench.outputs.c1


def test_prepare_restart_waits_for_the_car_to_stop():
    bench = charging()
    bench.station.prepare_restart()
    bench.step()
    assert bench.state == s.C1
    assert bench.outputs.c1
    bench.plug(MV_9)
    bench.run(20)
    assert not bench.outputs.c1


def test_prepare_restart_in_a_keeps_the_next_car_waiting():
    bench = idle()
    bench.station.prepare_restart()
    bench.plug()
    bench.run(30000)
    assert bench.state != s.B
    assert bench.station.offered_ma() == 0


def test_outputs_are_safe_before_the_first_step():
    outputs = Outputs()
    assert not outputs.c1
    assert not outputs.c2
    assert outputs.lock == LOCK_IDLE
    assert not outputs.pilot_connected or outputs.pilot_permille == 1000


def test_safe_outputs():
    bench = charging()
    bench.station.safe(bench.outputs)
    assert not bench.outputs.c1
    assert not bench.outputs.c2
    assert not bench.outputs.pilot_connected
    assert bench.outputs.lock == LOCK_IDLE


def test_nothing_is_closed_or_offered_in_the_first_step():
    for mv in (MV_9, MV_6, MV_3):
        bench = restarted(mv, -1)
        bench.step()
        assert not bench.outputs.c1
        assert bench.station.offered_ma() == 0


def test_a_session_goes_on_after_a_restart():
    bench = restarted(MV_6, 10000)
    bench.station.session.meter(12500)
    bench.until(lambda bench: bench.c1.closed, 10000)
    assert bench.station.session.active
    assert bench.station.session.energy_wh == 2500
    bench.station.session.meter(12600)
    assert bench.station.session.energy_wh == 2600


def test_a_session_goes_on_when_the_meter_answers_late():
    bench = restarted(MV_6, 10000)
    bench.until(lambda bench: bench.c1.closed, 10000)
    assert bench.station.session.energy_wh == 0
    bench.station.session.meter(12500)
    assert bench.station.session.energy_wh == 2500


def test_a_session_ends_when_the_car_left_meanwhile():
    bench = restarted(MV_6, 10000)
    bench.unplug()
    bench.run(1000)
    bench.plug(MV_6)
    bench.station.session.meter(12500)
    bench.until(lambda bench: bench.c1.closed, 10000)
    assert bench.station.session.energy_wh == 0


def test_a_session_counts_from_the_first_closing_to_unplugging():
    bench = charging()
    session = bench.station.session
    assert session.active
    before_s = session.duration_s
    bench.plug(MV_9)
    bench.run(10000)
    assert session.active
    bench.plug(MV_6)
    bench.run(10000)
    assert 19 <= session.duration_s - before_s <= 21
    bench.unplug()
    bench.until_state(s.A)
    assert not session.active


def test_a_pause_does_not_begin_a_new_session():
    bench = charging()
    bench.station.session.meter(100)
    bench.station.session.meter(300)
    bench.station.set_access(s.ACCESS_PAUSE)
    bench.run(10000)
    bench.station.set_access(s.ACCESS_ON)
    bench.until_state(s.C, 30000)
    bench.station.session.meter(350)
    assert bench.station.session.energy_wh == 250


def test_a_contact_welded_over_a_restart_is_found():
    bench = Bench()
    bench.c1.welded = True
    bench.pilot_mv = MV_6
    bench.run(20000)
    assert bench.faults() == ["c1_welded"]
    assert not bench.outputs.c1
    assert not bench.outputs.c2
    assert bench.state == s.B1
