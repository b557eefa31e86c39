"""Cards and the access: modes, owner, unplugging, restart, back end."""

from access_bench import CARD_A, CARD_B, CARD_C, Rig

from evse.core import states as s
from evse.services import access_modes as m
from evse.services import access_texts as tx
from evse.services.access import ANSWER_MS, SHOWN_MS


class Authoriser:
    """Answers as told."""

    def __init__(self, result) -> None:
        self.result = result
        self.asked = []

    def request(self, uid: str, owner: str) -> int:
        self.asked.append((uid, owner))
        return self.result


def remote(result) -> tuple:
    rig = Rig(mode=m.REMOTE)
    rig.access.authoriser = Authoriser(result)
    return rig, rig.access.authoriser


def test_a_known_card_opens_and_any_known_card_closes():
    rig = Rig(CARD_A, CARD_B)
    rig.plug()
    assert not rig.opened and rig.access.message == "PRESENT RFID CARD"
    rig.tap(CARD_A)
    assert rig.opened and rig.access.owner == CARD_A and rig.access.led == tx.LED_ACCEPTED
    rig.tap(CARD_B)
    assert not rig.opened and rig.access.owner == "" and rig.access.permit.cause == tx.BY_CARD
    rig.tap(CARD_B)
    rig.station.set_access(s.ACCESS_PAUSE)
    rig.tap(CARD_A)
    assert rig.opened


def test_an_unknown_card_is_told_and_changes_nothing():
    rig = Rig(CARD_A)
    rig.tap(CARD_C)
    assert not rig.opened
    assert rig.access.topic == "Invalid" and rig.access.message == "INVALID RFID CARD"
    assert rig.access.led == tx.LED_REJECTED and rig.access.last_uid == CARD_C
    rig.run(SHOWN_MS + 100)
    assert rig.access.topic == "Ready to read card" and rig.access.message == "PRESENT RFID CARD"
    rig.access.card("xyz", rig.clock.ticks_ms())
    assert rig.access.topic == "Invalid" and rig.access.last_uid == CARD_C


def test_a_card_counts_again_only_after_it_was_removed():
    rig = Rig(CARD_A)
    rig.plug()
    for _ in range(10):
        rig.reader.uid = CARD_A
        rig.run(1000)
        assert rig.opened
    rig.run(2000)
    rig.tap(CARD_A)
    assert not rig.opened


def test_only_the_owner_stops_and_that_releases_the_cable():
    rig = Rig(CARD_A, CARD_B, mode=m.ENABLE_ONE)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    assert not rig.access.releases_cable
    rig.tap(CARD_B)
    assert rig.opened and rig.access.message == "IN USE BY ANOTHER CARD" and rig.access.owner == CARD_A
    rig.tap(CARD_C)
    assert rig.opened and rig.access.topic == "Invalid"
    # Also when it was taken off the list meanwhile.
    rig.cards.remove(CARD_A)
    rig.tap(CARD_A)
    assert not rig.opened and rig.access.releases_cable
    rig.tap(CARD_A)
    assert not rig.opened and rig.access.topic == "Invalid"


def test_a_pause_keeps_the_owner():
    rig = Rig(CARD_A, CARD_B, mode=m.ENABLE_ONE)
    rig.plug()
    rig.tap(CARD_A)
    rig.station.set_access(s.ACCESS_PAUSE)
    rig.tap(CARD_B)
    assert rig.access.status == tx.NOT_OWNER and rig.station.charger.access == s.ACCESS_PAUSE
    rig.tap(CARD_A)
    assert rig.station.charger.access == s.ACCESS_OFF and rig.access.owner == ""


def test_four_byte_cards_are_one_card_however_they_are_padded():
    rig = Rig(CARD_B)
    rig.plug()
    rig.tap(CARD_B + "000000")
    assert rig.opened and rig.access.owner == CARD_B
    rig.tap(CARD_B.lower() + "0000")
    assert not rig.opened


def test_unplugging_closes_at_once_and_the_next_car_waits():
    rig = Rig(CARD_A)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    rig.unplug()
    assert not rig.opened and rig.access.owner == "" and rig.access.permit.cause == tx.BY_UNPLUGGING
    rig.plug()
    rig.run(5000)
    assert rig.station.charger.state == s.A and not rig.opened


def test_the_reference_leaves_it_open_for_a_minute():
    rig = Rig(CARD_A, reference=True)
    rig.plug()
    rig.tap(CARD_A)
    rig.unplug()
    rig.wait(58000)
    assert rig.opened
    assert 0 < rig.access.next_due_ms(rig.clock.ticks_ms()) <= 2000
    rig.run(3000)
    assert not rig.opened


def test_a_card_gives_a_minute_to_plug_in():
    rig = Rig(CARD_A)
    rig.tap(CARD_A)
    rig.wait(55000)
    assert rig.opened
    rig.plug()
    rig.wait(70000)
    assert rig.opened
    rig.unplug()
    rig.tap(CARD_A)
    rig.wait(61000)
    assert not rig.opened


def test_learning_and_deleting_tell_what_happened():
    rig = Rig(mode=m.LEARN)
    for uid, status, topic in (
        (CARD_A, tx.STORED, "Card Stored"),
        (CARD_A, tx.DUPLICATE, "Card already stored"),
        (CARD_B, tx.STORED, "Card Stored"),
        (CARD_C, tx.STORED, "Card Stored"),
        ("11223344", tx.FULL, "Card Storage full"),
    ):
        rig.tap(uid)
        assert rig.access.status == status and rig.access.topic == topic
        assert rig.access.message == topic.upper()
    rig.configure(m.DELETE)
    rig.tap(CARD_B)
    assert rig.access.topic == "Card Deleted"
    rig.tap(CARD_B)
    assert rig.access.topic == "Card not in storage"
    assert rig.cards.uids == [CARD_A, CARD_C]


def test_cards_are_not_changed_while_a_contactor_is_closed():
    rig = Rig(CARD_A, mode=m.LEARN)
    rig.cards.writable = False
    rig.tap(CARD_B)
    assert rig.access.message == "NOT WHILE CHARGING" and rig.cards.uids == [CARD_A]
    rig.configure(m.DELETE_ALL)
    rig.access.delete_all()
    rig.run(1000)
    assert rig.cards.uids == [CARD_A]
    rig.cards.writable = True
    rig.run(200)
    assert rig.cards.uids == [] and rig.access.topic == "Card Deleted"


def test_without_a_reader_or_with_the_mode_disabled_cards_do_nothing():
    rig = Rig(CARD_A, mode=m.DISABLED)
    rig.tap(CARD_A)
    assert not rig.opened and rig.access.last_uid == "" and rig.access.message == ""
    assert rig.access.request(s.ACCESS_ON) and rig.opened
    rig.plug()
    rig.unplug()
    rig.wait(70000)
    assert rig.opened, "nothing closes what needs no permission"


def test_access_by_a_user_ends_with_the_plug_like_any_other():
    rig = Rig(CARD_A)
    rig.plug()
    rig.station.set_access(s.ACCESS_ON)
    rig.run(1000)
    assert rig.opened and rig.access.permit.cause == tx.BY_USER
    rig.unplug()
    assert not rig.opened


def test_a_restart_keeps_the_permission_of_a_car_that_is_still_there():
    rig = Rig(CARD_A, CARD_B, mode=m.ENABLE_ONE)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    rig.restart()
    rig.run(3000)
    assert rig.opened and rig.access.owner == CARD_A
    rig.tap(CARD_B)
    assert rig.opened
    rig.tap(CARD_A)
    assert not rig.opened


def test_a_restart_without_the_car_closes():
    rig = Rig(CARD_A)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    rig.bench.unplug()
    rig.restart()
    rig.run(1000)
    assert not rig.opened and rig.access.owner == ""


def test_the_back_end_decides_and_only_its_mode_asks_it():
    rig, authoriser = remote(m.ACCEPTED)
    rig.plug()
    rig.tap(CARD_A)
    assert rig.opened and authoriser.asked == [(CARD_A, "")]
    rig.tap(CARD_A)
    assert not rig.opened and len(authoriser.asked) == 1, "who started may stop without asking"
    rig.tap(CARD_A)
    # Another card of the same account stops it: the authoriser knows whose it is.
    rig.tap(CARD_B)
    assert not rig.opened and authoriser.asked[-1] == (CARD_B, CARD_A)
    for mode in (m.DISABLED, m.ENABLE_ALL, m.ENABLE_ONE, m.LEARN, m.DELETE, m.DELETE_ALL):
        rig.configure(mode)
        rig.tap(CARD_C)
    assert len(authoriser.asked) == 3


def test_a_late_answer_of_the_back_end_counts_until_the_time_is_up():
    rig, authoriser = remote(m.PENDING)
    rig.plug()
    rig.tap(CARD_A)
    assert rig.access.message == "PLEASE WAIT" and not rig.opened
    rig.wait(10000)
    assert rig.access.message == "PLEASE WAIT"
    rig.access.answer(CARD_B, True)
    assert not rig.opened
    rig.access.answer(CARD_A, True)
    assert rig.opened
    rig.tap(CARD_A)
    rig.tap(CARD_A)
    rig.wait(ANSWER_MS + 100)
    assert rig.access.message == "NO ANSWER, TRY AGAIN" and rig.access.led == tx.LED_TIMEOUT
    rig.access.answer(CARD_A, True)
    assert not rig.opened
    authoriser.result = m.REJECTED
    rig.tap(CARD_B)
    assert rig.access.topic == "Invalid" and not rig.opened


def test_without_a_back_end_its_mode_refuses():
    rig = Rig(CARD_A, mode=m.REMOTE)
    rig.tap(CARD_A)
    assert rig.access.topic == "Invalid" and not rig.opened


def test_with_auth_backend_nothing_charges_unauthorised():
    rig = Rig(CARD_A, mode=m.DISABLED, auth=m.AUTH_BACKEND)
    rig.plug()
    assert not rig.access.request(s.ACCESS_ON)
    rig.station.set_access(s.ACCESS_ON)
    rig.run(200)
    assert not rig.opened
    rig.access.grant(CARD_B)
    rig.run(200)
    assert rig.opened and rig.access.owner == CARD_B and rig.access.permit.cause == tx.BY_REMOTE
    rig.charge()
    rig.access.revoke()
    rig.wait(10000)
    assert not rig.opened and not rig.bench.c1.closed


def test_auth_none_charges_as_soon_as_plugged():
    rig = Rig(CARD_A, mode=m.DISABLED, auth=m.AUTH_NONE)
    rig.access.request(s.ACCESS_ON)
    rig.plug()
    rig.charge()
    rig.unplug()
    rig.wait(61000)
    assert rig.opened
    rig.plug()
    rig.charge()


def test_leaving_the_back_end_opens():
    rig = Rig(mode=m.DISABLED, auth=m.AUTH_BACKEND)
    rig.run(100)
    rig.configure(m.DISABLED, m.AUTH_NONE)
    assert rig.opened


def test_auth_rfid_needs_a_card_in_every_mode():
    rig = Rig(CARD_A, mode=m.DISABLED, auth=m.AUTH_RFID)
    rig.plug()
    rig.tap(CARD_C)
    assert not rig.opened
    rig.tap(CARD_A)
    assert rig.opened
    rig.configure(m.LEARN, m.AUTH_RFID)
    rig.unplug()
    assert not rig.opened
    rig.tap(CARD_B)
    assert not rig.opened and rig.access.status == tx.STORED


def test_a_mode_that_names_cards_needs_them_whatever_auth_says():
    for mode in (m.ENABLE_ALL, m.ENABLE_ONE, m.REMOTE):
        rig = Rig(CARD_A, mode=m.DISABLED, auth=m.AUTH_NONE)
        rig.access.request(s.ACCESS_ON)
        rig.configure(mode, m.AUTH_NONE)
        rig.wait(61000)
        assert not rig.opened
        rig.plug()
        rig.run(1000)
        assert not rig.opened
