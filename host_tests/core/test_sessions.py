"""The journal of sessions: begin, figures, reasons, restarts."""

from access_bench import CARD_A, CARD_B, NOON_S, RawJournal, Rig
from bench_station import MV_9

from evse.core import faults as f
from evse.core import limits as lim
from evse.core import remote as rm
from evse.core import states as s
from evse.services import access_modes as m
from evse.services import sessions_record as sr


def charging(raw=None, meter_wh=5000, minutes=2, **values) -> Rig:
    """Return a rig where card A charges for some minutes."""
    rig = Rig(CARD_A, CARD_B, raw=raw, **values)
    rig.clock.boot_s = NOON_S
    rig.meter_wh = meter_wh
    rig.run(1000)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    rig.wait(minutes * 60000)
    return rig


def only(rig) -> sr.Record:
    assert len(rig.files.payloads) == 1
    record = sr.unpack(rig.files.payloads[0])
    assert record and record.kind == sr.END
    return record


def test_a_session_has_its_card_times_energy_and_current():
    rig = charging()
    assert rig.sessions.running and rig.files.payloads == []
    begin_s = rig.clock.unix_s() - 120
    rig.unplug()
    rig.settle()
    record = only(rig)
    assert record.number == 1 and record.card == CARD_A and record.reason == sr.UNPLUGGED
    assert abs(record.start_s - begin_s) <= 2 and abs(record.end_s - begin_s - 120) <= 2
    assert record.start_wh == 5000 and record.end_wh == rig.meter_wh > 5300
    assert record.energy_wh == record.end_wh - record.start_wh
    assert record.highest_ma == 16000 and abs(record.duration_s - 120) <= 2


def test_a_session_without_a_meter_or_with_one_that_knows_power_only():
    rig = charging(meter_wh=-1)
    rig.unplug()
    record = only(rig)
    assert record.energy_wh == 0 and record.start_wh == -1 and record.end_wh == -1
    rig.meter_w = 3600
    rig.plug()
    rig.tap(CARD_B)
    rig.charge()
    rig.wait(100000)
    rig.unplug()
    record = rig.files.last(1)[0]
    assert record.number == 2 and record.card == CARD_B and abs(record.energy_wh - 100) <= 3


def test_the_time_may_become_known_later():
    rig = charging()
    rig.unplug()
    rig.settle()
    rig.clock.boot_s = 0
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    rig.wait(50000)
    rig.clock.boot_s = NOON_S
    start_s = rig.clock.unix_s() - 50
    rig.run(10000)
    rig.unplug()
    rig.settle()
    assert abs(rig.files.last(1)[0].start_s - start_s) <= 2


def stopped(stop) -> int:
    """Return the reason of a session that `stop` ends, followed by unplugging."""
    rig = charging(minutes=1)
    stop(rig)
    rig.run(10000)
    rig.unplug()
    rig.settle()
    return only(rig).reason


def test_every_reason():
    assert stopped(lambda rig: rig.tap(CARD_B)) == sr.CARD
    assert stopped(lambda rig: rig.station.set_access(s.ACCESS_OFF)) == sr.USER
    assert stopped(lambda rig: rig.access.revoke()) == sr.REMOTE
    assert stopped(lambda rig: rig.access.set_times(rig.clock.unix_s() + 900, 0, False)) == sr.TIME
    assert stopped(lambda rig: rig.station.stop()) == sr.USER
    assert stopped(lambda rig: rig.station.limits.claim(lim.BOARD, 0)) == sr.LIMITS
    assert stopped(lambda rig: rig.bench.plug(MV_9)) == sr.UNPLUGGED
    assert stopped(lambda rig: rig.station.faults.report(f.INTERNAL, True, 1)) == sr.FAULT


def test_a_pause_does_not_end_a_session():
    rig = charging(minutes=1)
    rig.station.set_access(s.ACCESS_PAUSE)
    rig.wait(30000)
    assert rig.files.payloads == [] and rig.sessions.running
    rig.station.set_access(s.ACCESS_ON)
    rig.wait(60000)
    rig.unplug()
    rig.settle()
    record = only(rig)
    assert record.reason == sr.UNPLUGGED and record.energy_wh == rig.meter_wh - 5000


def test_each_card_has_its_own_session_of_one_plug_in():
    rig = charging()
    rig.tap(CARD_A)
    rig.run(20000)
    between_wh = rig.meter_wh
    rig.tap(CARD_B)
    rig.charge()
    rig.wait(60000)
    rig.unplug()
    rig.settle()
    first, second = rig.files.records()
    assert (first.card, first.reason, first.number) == (CARD_A, sr.CARD, 1)
    assert (second.card, second.reason, second.number) == (CARD_B, sr.UNPLUGGED, 2)
    assert first.end_wh == second.start_wh == between_wh
    assert first.energy_wh + second.energy_wh == rig.meter_wh - 5000


def test_a_car_that_never_charges_leaves_no_session():
    rig = Rig(CARD_A)
    rig.plug()
    rig.tap(CARD_A)
    rig.run(5000)
    rig.unplug()
    rig.settle()
    assert rig.files.payloads == [] and rig.session_store.record is not None
    rig.restart()
    rig.run(10000)
    assert rig.files.payloads == []


def test_a_quick_next_car_finds_the_record_written():
    rig = Rig(mode=m.DISABLED)
    rig.access.request(s.ACCESS_ON)
    rig.meter_wh = 5000
    rig.run(1000)
    rig.plug()
    rig.charge()
    rig.wait(60000)
    rig.unplug()
    rig.plug()
    rig.charge()
    assert only(rig).number == 1 and only(rig).card == ""
    rig.wait(10000)
    rig.unplug()
    rig.settle()
    assert [record.number for record in rig.files.records()] == [1, 2]
    assert sum([record.energy_wh for record in rig.files.records()]) == rig.meter_wh - 5000


def test_a_session_goes_on_after_a_power_cut():
    for raw in (None, RawJournal()):
        rig = charging(raw=raw)
        before_wh = rig.meter_wh
        rig.restart(start_wh=5000)
        rig.run(3000)
        assert rig.access.owner == CARD_A and rig.files.payloads == []
        rig.charge()
        rig.wait(60000)
        rig.unplug()
        rig.settle()
        record = only(rig)
        assert record.number == 1 and record.card == CARD_A and record.reason == sr.UNPLUGGED
        assert record.start_wh == 5000 and record.energy_wh == rig.meter_wh - 5000 > before_wh - 5000
        assert NOON_S <= record.start_s <= NOON_S + 20


def limits(rig) -> int:
    """Return how the remote limit stands."""
    remote = rig.station.regulation.remote
    return remote.state() if remote is not None else rm.FREE


def test_a_remote_limit_of_a_charge_is_found_after_a_power_cut():
    for raw, kept in ((RawJournal(), rm.EXPIRED), (None, rm.FREE)):
        rig = charging(raw=raw)
        assert limits(rig) == rm.FREE
        rig.station.limit_remotely(rm.HALF, 0, 3600000)
        rig.run(200)
        rig.restart(start_wh=5000)
        rig.run(300)
        assert limits(rig) == kept
        # Nobody knows what it was: what is chosen for a lost one counts.
        assert rig.station.limits.claimed_ma(lim.REMOTE, 0) == (6000 if kept else lim.NO_LIMIT)


def test_the_end_of_a_remote_limit_is_found_too():
    rig = charging(raw=RawJournal())
    rig.station.limit_remotely(rm.HALF, 0, 3600000)
    rig.run(200)
    rig.station.limit_remotely(rm.MAXIMUM, 0, 0)
    rig.wait(61000)
    rig.restart(start_wh=5000)
    # What the keeper noted when the car was plugged in is older.
    rig.station.lose_remote()
    rig.run(300)
    assert limits(rig) == rm.FREE and rig.station.limits.claimed_ma(lim.REMOTE, 0) == lim.NO_LIMIT


def test_what_was_commanded_since_the_start_is_newer_than_the_journal():
    rig = charging(raw=RawJournal())
    rig.station.limit_remotely(rm.HALF, 0, 3600000)
    rig.run(200)
    rig.restart(start_wh=5000)
    rig.station.limit_remotely(rm.CURRENT, 8000, 60000)
    rig.run(300)
    assert limits(rig) == rm.LIMITED and rig.station.limits.claimed_ma(lim.REMOTE, 0) == 8000


def test_a_remote_limit_that_comes_and_goes_does_not_use_the_journal_up():
    raw = RawJournal()
    rig = charging(raw=raw, minutes=0)
    written = len(raw.payloads)
    for _ in range(60):
        rig.station.limit_remotely(rm.HALF, 0, 3600000)
        rig.wait(1000)
        rig.station.limit_remotely(rm.MAXIMUM, 0, 0)
        rig.wait(1000)
    assert len(raw.payloads) - written <= 5


def test_a_session_whose_car_left_during_the_power_cut_ends_with_power_loss():
    for raw, meter_wh in ((None, 5000), (RawJournal(), 5000), (RawJournal(), -1)):
        rig = charging(raw=raw, meter_wh=meter_wh, minutes=11)
        reached_wh = rig.meter_wh
        rig.bench.unplug()
        rig.restart(start_wh=meter_wh)
        rig.run(10000)
        record = only(rig)
        assert record.number == 1 and record.card == CARD_A and record.reason == sr.POWER_LOSS
        if meter_wh >= 0:
            assert record.energy_wh == reached_wh - meter_wh
        if raw:
            assert record.highest_ma == 16000 and 600 <= record.duration_s <= 660
        # Told once.
        rig.restart()
        rig.run(10000)
        assert only(rig).number == 1


def test_without_a_meter_the_energy_of_before_the_cut_is_kept():
    rig = charging(raw=RawJournal(), meter_wh=-1, minutes=0)
    rig.meter_w = 3600
    rig.wait(610000)
    rig.restart()
    rig.run(3000)
    rig.charge()
    rig.wait(60000)
    rig.unplug()
    rig.settle()
    assert 600 + 55 <= only(rig).energy_wh <= 680


def test_a_second_session_after_a_restart_does_not_count_the_first():
    rig = charging()
    rig.tap(CARD_A)
    rig.run(20000)
    first_wh = only(rig).energy_wh
    # The keeper noted where the count of this plug-in began.
    rig.restart(start_wh=5000)
    rig.run(3000)
    rig.tap(CARD_B)
    rig.charge()
    rig.wait(60000)
    rig.unplug()
    rig.settle()
    assert rig.files.last(1)[0].energy_wh == rig.meter_wh - 5000 - first_wh


def test_what_ended_before_a_restart_is_written_first():
    rig = charging()
    rig.bench.unplug()
    rig.run(1000)
    assert rig.files.payloads == []
    rig.sessions.flush()
    assert only(rig).reason == sr.UNPLUGGED


def test_a_power_cut_while_the_last_reading_is_awaited():
    rig = charging()
    rig.tap(CARD_A)
    rig.run(7000)
    rig.unplug()
    rig.restart()
    rig.run(10000)
    record = only(rig)
    assert record.reason == sr.CARD and record.energy_wh == rig.meter_wh - 5000


def test_sessions_that_cannot_be_written_are_tried_again():
    rig = charging()
    append = rig.files.append

    def fail(payload):
        raise OSError(28)

    rig.files.append = fail
    rig.unplug()
    rig.settle()
    assert rig.sessions.write_errors > 0
    rig.files.append = append
    rig.run(500)
    assert only(rig).energy_wh > 0


def test_it_is_noted_once_a_minute_and_more_rarely_when_room_gets_short():
    raw = RawJournal()
    rig = charging(raw=raw)
    rig.wait(5000)
    before = len(raw.payloads)
    rig.wait(600000)
    assert 9 <= len(raw.payloads) - before <= 11
    raw.free = 150
    before = len(raw.payloads)
    rig.wait(600000)
    assert 1 <= len(raw.payloads) - before <= 3
