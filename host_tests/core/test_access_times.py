"""Delayed charging: start and stop, daily repeat, unknown time, restart, cards."""

from access_bench import CARD_A, NOON_S, Rig

from evse.core import states as s
from evse.core.errors import FieldError
from evse.services import access_modes as m
from evse.services.access_times import CLOSE, DAY_S, NOTHING, OPEN, AccessTimes


def rig_at_noon(*uids, **values) -> Rig:
    rig = Rig(*uids, **values)
    rig.clock.boot_s = NOON_S
    rig.access.request(s.ACCESS_ON)
    return rig


def after(rig, seconds: int) -> int:
    return rig.clock.unix_s() + seconds


def test_start_and_stop_happen_at_their_times():
    rig = rig_at_noon(mode=m.DISABLED)
    rig.plug()
    rig.access.set_times(after(rig, 60), after(rig, 120), False)
    assert not rig.opened and rig.access.message == "STARTING @"
    rig.wait(58000)
    assert not rig.opened
    rig.run(4000)
    assert rig.opened
    rig.wait(56000)
    assert rig.opened
    rig.run(4000)
    assert not rig.opened
    assert rig.access.permit.times.next_s(rig.clock.unix_s()) == -1


def test_bad_times_are_named_and_change_nothing():
    rig = rig_at_noon(mode=m.DISABLED)
    for start_s, stop_s, repeat, field in (
        (after(rig, 100), after(rig, 100), False, "stoptime"),
        (after(rig, 100), after(rig, 50), False, "stoptime"),
        (0, after(rig, -10), False, "stoptime"),
        (100, 0, False, "starttime"),
        (after(rig, 100), 0, True, "repeat"),
        (after(rig, 100), after(rig, 100 + DAY_S), True, "repeat"),
    ):
        try:
            rig.access.set_times(start_s, stop_s, repeat)
        except FieldError as error:
            assert error.field == field
        else:
            raise AssertionError(field)
        assert rig.opened


def test_a_start_in_the_past_starts_now_and_cancelling_opens():
    rig = rig_at_noon(mode=m.DISABLED)
    rig.access.set_times(after(rig, -100), 0, False)
    rig.run(200)
    assert rig.opened
    rig.access.set_times(after(rig, 1000), 0, False)
    assert not rig.opened
    rig.access.set_times(0, 0, False)
    assert rig.opened


def test_opening_by_hand_ends_the_waiting():
    rig = rig_at_noon(mode=m.DISABLED)
    rig.access.set_times(after(rig, 1000), 0, False)
    rig.run(200)
    rig.station.set_access(s.ACCESS_ON)
    rig.run(1000)
    assert rig.opened and not rig.access.permit.times.waiting
    rig.run(2000)
    assert rig.opened


def test_every_day_again():
    times = AccessTimes()
    times.set(NOON_S + 100, NOON_S + 200, True)
    assert times.step(NOON_S) == NOTHING and times.next_s(NOON_S) == 100
    for day in range(3):
        at_s = NOON_S + day * DAY_S
        assert times.step(at_s + 100) == OPEN
        assert times.step(at_s + 150) == NOTHING and not times.waiting
        assert times.step(at_s + 200) == CLOSE and times.waiting
        assert times.step(at_s + 201) == NOTHING
    # Days that passed while the station was off: in the middle of the window, and after it.
    record = {}
    times.keep(record)
    again = AccessTimes()
    again.restore(record)
    assert again.step(NOON_S + 9 * DAY_S + 150) == CLOSE
    assert again.step(NOON_S + 9 * DAY_S + 150) == OPEN
    again.restore(record)
    assert again.step(NOON_S + 9 * DAY_S + 300) == CLOSE
    assert again.step(NOON_S + 9 * DAY_S + 300) == NOTHING
    assert again.start_s == NOON_S + 10 * DAY_S + 100


def test_an_unknown_or_impossible_time_changes_nothing():
    times = AccessTimes()
    times.set(NOON_S, NOON_S + 100, False)
    for unix_s in (0, 1, 946684800):
        assert times.step(unix_s) == NOTHING and times.next_s(unix_s) == -1
    assert times.step(NOON_S) == OPEN
    # A clock that is set back does not undo it.
    assert times.step(NOON_S - 500) == NOTHING and not times.waiting


def test_records_of_anything_else_are_no_times():
    for record in ({}, {"start_s": "x"}, {"start_s": 5, "waiting": 1}, {"start_s": 0, "stop_s": None}):
        times = AccessTimes()
        times.restore(record)
        assert times.start_s == 0 and not times.waiting


def test_a_restart_without_the_time_waits_and_catches_up():
    rig = rig_at_noon(mode=m.DISABLED)
    rig.plug()
    rig.access.set_times(after(rig, 100), 0, False)
    rig.run(500)
    rig.clock.boot_s = 0
    rig.restart()
    rig.wait(150000)
    assert not rig.opened and rig.access.message == "STARTING @"
    rig.clock.boot_s = NOON_S
    rig.run(200)
    assert rig.opened


def test_where_cards_are_needed_the_time_opens_for_the_owner_only():
    rig = rig_at_noon(CARD_A)
    rig.plug()
    rig.access.set_times(after(rig, 60), after(rig, 300), False)
    assert rig.access.message == "PRESENT RFID CARD"
    rig.tap(CARD_A)
    rig.run(4000)
    assert not rig.opened and rig.access.message == "STARTING @" and rig.access.owner == CARD_A
    rig.restart()
    rig.wait(60000)
    assert rig.opened and rig.access.owner == CARD_A
    rig = rig_at_noon(CARD_A)
    rig.plug()
    rig.access.set_times(after(rig, 60), 0, False)
    rig.wait(70000)
    assert not rig.opened
    rig.tap(CARD_A)
    assert rig.opened
