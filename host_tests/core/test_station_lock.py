"""The cable lock in the whole station: locked before current flows, released only when it cannot."""

from bench_station import MV_6, MV_9, Bench, charging, config, idle, in_b, in_b1

from evse.core import lock
from evse.core import states as s
from evse.core.io import LOCK_IDLE

KINDS = (lock.SOLENOID, lock.MOTOR)


def locking(kind=lock.SOLENOID):
    return config(lock_kind=kind)


def test_locked_in_b_unlocked_in_a():
    for kind in KINDS:
        bench = in_b(locking(kind))
        assert bench.bolt_locked
        bench.unplug()
        bench.until_state(s.A)
        bench.run(1000)
        assert not bench.bolt_locked
        assert bench.station.lock.status == lock.UNLOCKED


def test_nothing_closes_before_the_cable_is_locked():
    for kind in KINDS:
        bench = idle(locking(kind))
        bench.plug(MV_6)
        while not bench.c1.closed:
            bench.step()
            assert bench.now_ms < 20000
            if bench.outputs.c1 or bench.outputs.c2:
                assert bench.bolt_locked
                assert bench.station.lock.status == lock.LOCKED


def test_the_cable_stays_locked_while_a_contactor_may_be_closed():
    bench = charging(locking())
    bench.c1.delay_ms = 250
    bench.c2.delay_ms = 250
    bench.unplug()
    for _ in range(300):
        bench.step()
        if not bench.bolt_locked or bench.outputs.lock != LOCK_IDLE:
            assert not bench.c1.closed
            assert not bench.c2.closed
    assert not bench.bolt_locked


def test_a_jam_blocks_charging():
    bench = idle(locking())
    bench.lock_jammed = True
    bench.plug(MV_6)
    for _ in range(6000):
        bench.step()
        assert bench.state != s.C
        assert not bench.outputs.c1
    assert bench.faults() == ["lock_jammed"]
    assert bench.state == s.B1


def test_charging_begins_when_the_jam_is_gone():
    bench = idle(locking())
    bench.lock_jammed = True
    bench.plug(MV_6)
    bench.run(60000)
    bench.lock_jammed = False
    bench.until_state(s.C, 70000)
    assert bench.faults() == []
    assert bench.bolt_locked


def test_a_jam_does_not_drive_the_state_round_and_round():
    bench = idle(locking())
    bench.lock_jammed = True
    bench.plug()
    changes = 0
    before = bench.state
    for _ in range(60000):
        bench.step()
        changes += bench.state != before
        before = bench.state
    assert changes <= 3
    assert bench.station.lock.status == lock.FAULT


def test_a_bolt_forced_open_while_charging_stops_if_it_does_not_come_back():
    bench = charging(locking())
    bench.lock_jammed = True
    bench.bolt_locked = False
    bench.run(5000)
    assert bench.state == s.C
    bench.until_state(s.C1, 10000)
    assert bench.faults() == ["lock_jammed"]
    bench.run(6100)
    assert not bench.outputs.c1


def test_a_bolt_forced_open_while_charging_is_locked_again():
    bench = charging(locking())
    bench.bolt_locked = False
    bench.run(2000)
    assert bench.bolt_locked
    assert bench.state == s.C


def test_locked_in_b1():
    bench = in_b1(locking())
    assert bench.bolt_locked
    bench.run(60000)
    assert bench.bolt_locked


def test_unlocked_in_a_with_a_car_that_waits_for_access():
    bench = idle(locking())
    bench.station.set_access(s.ACCESS_OFF)
    bench.plug()
    bench.run(10000)
    assert not bench.bolt_locked


def test_without_lock_feedback_charging_works():
    bench = Bench(locking())
    bench.lock_feedback = False
    bench.run(1000)
    bench.plug(MV_6)
    bench.until_state(s.C, 3000)
    assert bench.bolt_locked


def test_a_jam_while_unlocking_keeps_the_next_charge_away_until_it_locks():
    bench = charging(locking())
    bench.lock_jammed = True
    bench.unplug()
    bench.run(20000)
    assert bench.faults() == ["lock_jammed"]
    bench.plug(MV_9)
    bench.run(2000)
    # The bolt is home, so there is nothing left to complain about.
    assert bench.faults() == []


def test_a_lock_configured_while_charging_is_driven():
    bench = charging()
    settings = locking()
    bench.config = settings
    bench.station.configure(settings)
    bench.run(2000)
    assert bench.bolt_locked
    assert bench.state == s.C


def test_the_lock_is_not_driven_towards_locked_at_power_up():
    for feedback in (True, False):
        bench = Bench(locking())
        bench.feedback = feedback
        for _ in range(300):
            bench.step()
            assert not bench.bolt_locked
            assert bench.station.lock.status != lock.LOCKED
            assert bench.outputs.lock != 1
