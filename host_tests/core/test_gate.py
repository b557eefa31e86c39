"""What joins cards and times to the station: built when needed, closed when anything fails."""

from access_bench import CARD_A, CARD_B, CARD_C, NOON_S
from bench_station import MV_6, MV_9, config
from gate_bench import Rig

from evse.core import states as s
from evse.core.errors import FieldError
from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK
from evse.core.lock import LOCKED, MOTOR, UNLOCKED
from evse.services import access_modes as m


def refused(rig, words) -> str:
    """Return the field that a request is refused for."""
    try:
        rig.gate.carry_out(words)
    except FieldError as error:
        return error.field
    return ""


def test_nothing_is_built_while_nothing_needs_it():
    rig = Rig()
    rig.tap(CARD_A)
    assert rig.gate.access is None and rig.gate.owner == "" and rig.gate.cause == 0
    assert rig.access == s.ACCESS_ON and rig.gate.next_due_ms(rig.ticks_ms()) == -1
    assert rig.outputs() == {"rfid": "", "rfid.last": "", "rfid.owner": "", "access.mode": "Limited"}
    # The request is for whoever asks next.
    assert rig.gate.carry_out(["access", "off"]) is False and rig.gate.carry_out(["stop"]) is False


def test_a_setting_that_asks_for_cards_closes_a_station_without_a_car():
    for mode, auth in ((m.ENABLE_ALL, 0), (m.ENABLE_ONE, 0), (m.REMOTE, 0), (m.DISABLED, m.AUTH_RFID)):
        rig = Rig()
        rig.configure(mode, auth)
        assert rig.access == s.ACCESS_OFF, (mode, auth)
        rig = Rig(mode, auth)
        rig.run(200)
        assert rig.access == s.ACCESS_OFF, (mode, auth)


def test_every_answer_to_a_card_is_shown():
    rig = Rig(m.LEARN)
    rig.cards.capacity = 2
    for uid, topic in (
        (CARD_A, "Card Stored"),
        (CARD_A, "Card already stored"),
        (CARD_B, "Card Stored"),
        (CARD_C, "Card Storage full"),
    ):
        rig.tap(uid)
        assert rig.outputs() == {
            "rfid": topic,
            "rfid.last": uid,
            "rfid.owner": "",
            "access.mode": "Limited",
        }
        assert rig.built.message == topic.upper()
    assert rig.shown == [""] * 4
    rig.configure(m.ENABLE_ALL)
    rig.tap(CARD_C)
    rig.tap(CARD_A)
    rig.tap(CARD_B)
    rig.bench.plug(MV_9)
    rig.tap(CARD_A)
    assert rig.shown[4:] == ["card_refused", "card_plug_in", "", "card_accepted"]
    assert rig.outputs()["rfid.owner"] == rig.gate.owner == CARD_A


class View:
    """The fields that belong to cards."""

    connected = False
    authorise = None
    start_at_s = None
    message = None


def test_displays_are_told_what_to_ask_for():
    rig = Rig(m.ENABLE_ALL)
    rig.cards.uids = [CARD_A]
    view = View()
    rig.run(200)
    rig.gate.fill_view(view, 0)
    assert (view.authorise, view.start_at_s, view.message) == (True, 0, "")
    rig.tap(CARD_A)
    rig.gate.fill_view(view, 0)
    assert (view.authorise, view.message) == (False, "")
    rig.tap(CARD_A)
    rig.gate.fill_view(view, 0)
    assert (view.authorise, view.message) == (True, "CHARGING STOPPED")
    rig.run(3500)
    rig.configure(m.LEARN)
    rig.gate.fill_view(view, 0)
    assert (view.authorise, view.message) == (False, "PRESENT RFID CARD")
    # A charge that goes on meanwhile is not hidden by it.
    view.connected = True
    rig.gate.fill_view(view, 0)
    assert view.message == ""
    rig.boot_s = NOON_S
    assert rig.gate.carry_out(["charge_times", NOON_S + 3600, 0, False])
    rig.gate.fill_view(view, 7200)
    assert view.start_at_s == NOON_S + 3600 + 7200


def test_an_owner_ends_with_his_car_also_when_the_reader_went_out_of_use():
    rig = Rig(m.ENABLE_ALL)
    rig.cards.uids = [CARD_A]
    rig.bench.plug(MV_9)
    rig.tap(CARD_A)
    assert rig.access == s.ACCESS_ON
    rig.configure(m.DISABLED)
    rig.run(1000)
    assert rig.access == s.ACCESS_ON
    rig.bench.unplug()
    rig.run(300)
    assert rig.access == s.ACCESS_OFF and rig.gate.owner == ""


def test_all_cards_are_deleted_once_and_the_reader_goes_out_of_use():
    rig = Rig(m.ENABLE_ALL)
    rig.cards.uids = [CARD_A, CARD_B]
    rig.cards.writable = False
    rig.configure(m.DELETE_ALL)
    rig.run(500)
    assert rig.settings.get("RFIDReader") == m.DELETE_ALL and rig.cards.uids
    rig.cards.writable = True
    rig.run(100)
    assert rig.settings.get("RFIDReader") == m.DISABLED and not rig.cards.uids
    assert rig.built.mode == m.DISABLED


def test_what_cannot_be_built_keeps_the_station_closed():
    rig = Rig()
    rig.store_fails = True
    rig.settings.values["RFIDReader"] = m.ENABLE_ALL
    try:
        rig.gate.configure()
        raise AssertionError("built")
    except OSError:
        pass
    assert rig.gate.access is None and rig.access == s.ACCESS_OFF
    assert refused(rig, ["access", "on"]) == "access"
    # Somebody else opens it: closed with the next try.
    rig.station.set_access(s.ACCESS_ON)
    try:
        rig.run(100)
        raise AssertionError("built")
    except OSError:
        pass
    assert rig.access == s.ACCESS_OFF
    rig.store_fails = False
    rig.run(100)
    assert rig.built.mode == m.ENABLE_ALL
    assert rig.gate.carry_out(["access", "on"]) and rig.access == s.ACCESS_ON


class BrokenReader:
    def read_uid(self):
        raise ValueError("broken")


def test_a_task_that_dies_leaves_the_access_closed():
    rig = Rig(m.ENABLE_ALL)
    rig.cards.uids = [CARD_A]
    rig.bench.plug(MV_6)
    rig.tap(CARD_A)
    assert rig.access == s.ACCESS_ON
    rig.built._reader = BrokenReader()
    try:
        rig.gate.run().send(None)
        raise AssertionError("no error")
    except ValueError:
        pass
    assert rig.access == s.ACCESS_OFF
    rig.built._reader = None
    rig.run(1000)
    assert rig.access == s.ACCESS_OFF and rig.gate.owner == ""


def test_times_need_no_cards_and_outlive_a_restart():
    rig = Rig()
    rig.boot_s = NOON_S
    assert rig.gate.carry_out(["charge_times", NOON_S + 60, NOON_S + 120, True])
    assert rig.access == s.ACCESS_OFF
    rig.run(200)
    again = Rig(store=rig.store)
    assert again.gate.access is not None and again.access == s.ACCESS_OFF
    again.boot_s = NOON_S + 59
    again.run(1000)
    assert again.access == s.ACCESS_ON and again.built.mode == m.DISABLED
    assert again.gate.carry_out(["charge_times", 0, 0, False])
    again.run(200)
    assert Rig(store=rig.store).gate.access is None


def test_bad_times_are_named_and_change_nothing():
    rig = Rig()
    rig.boot_s = NOON_S
    for words, field in (
        (["charge_times"], "charge_times"),
        (["charge_times", 0, 0, 0], "charge_times"),
        (["charge_times", "22:00", 0, False], "starttime"),
        (["charge_times", -1, 0, False], "starttime"),
        (["charge_times", 5, 0, False], "starttime"),
        (["charge_times", NOON_S, True, False], "stoptime"),
        (["charge_times", NOON_S + 100, NOON_S + 50, False], "stoptime"),
        (["charge_times", NOON_S + 100, 0, True], "repeat"),
    ):
        assert refused(rig, words) == field, words
    assert rig.access == s.ACCESS_ON


def test_an_owner_is_restored_although_the_setting_access_is_older():
    rig = Rig(m.ENABLE_ONE)
    rig.cards.uids = [CARD_A]
    rig.bench.plug(MV_9)
    rig.tap(CARD_A)
    assert rig.access == s.ACCESS_ON
    # The keeper writes a setting once a minute at most; the card came after that.
    again = Rig(m.ENABLE_ONE, store=rig.store, access=s.ACCESS_OFF)
    assert again.access == s.ACCESS_ON and again.gate.owner == CARD_A
    rig.station.set_access(s.ACCESS_PAUSE)
    rig.run(200)
    again = Rig(m.ENABLE_ONE, store=rig.store, access=s.ACCESS_OFF)
    assert again.access == s.ACCESS_PAUSE and again.gate.owner == CARD_A
    rig.tap(CARD_A)
    again = Rig(m.ENABLE_ONE, store=rig.store, access=s.ACCESS_OFF)
    assert again.access == s.ACCESS_OFF and again.gate.owner == ""


def test_the_cable_is_released_by_its_owner_only():
    rig = Rig(m.ENABLE_ONE)
    rig.cards.uids = [CARD_A]
    lock = rig.station.lock
    rig.station.configure(config(lock_kind=MOTOR))
    rig.bench.plug(MV_9)
    rig.tap(CARD_A)
    rig.run(200)
    # Without feedback the lock says where it was driven.
    assert lock.drive == LOCK_DRIVE_LOCK or lock.status == LOCKED
    rig.tap(CARD_A)
    rig.run(200)
    assert lock.drive == LOCK_DRIVE_UNLOCK or lock.status == UNLOCKED


def test_access_that_was_closed_right_before_a_power_cut_stays_closed():
    rig = Rig(m.ENABLE_ALL)
    rig.cards.uids.append("DEADBEEF")
    rig.bench.plug()
    rig.tap("DEADBEEF")
    assert rig.access == s.ACCESS_ON
    rig.tap("DEADBEEF")
    assert rig.access == s.ACCESS_OFF
    # The setting Access is written once a minute at most, so it still says ON.
    rig.station.set_access(s.ACCESS_ON)
    rig.restart()
    assert rig.access == s.ACCESS_OFF
    # What somebody opened by hand is open after a restart too.
    rig.run(1000)
    assert rig.gate.carry_out(["access", "on"])
    rig.run(1000)
    rig.restart()
    assert rig.access == s.ACCESS_ON
