"""Rules at a station: cards that come and go while windows begin and end, prices of sessions, and what is kept."""

from access_bench import CARD_A, CARD_B, CARD_C, NOON_S, MemoryStore, RawJournal, Rig
from bench_station import MV_9

from evse.core.errors import Refused
from evse.services import access_modes as m
from evse.services import access_texts as tx
from evse.services import sessions_record as sr
from evse.services.access_rules_kept import KeptRules

EVERY_DAY = 127
PEOPLE = {"olga": [2, 0, "", "", [CARD_A]], "anna": [1, 0, "", "", [CARD_B]]}


class Settings:
    """Those of the rules."""

    def __init__(self) -> None:
        self.values = {"AccessMode": m.LIMITED, "OpeningHours": 0, "PriceKwhMills": 0, "PriceHourMills": 0}

    def get(self, key):
        return self.values[key]

    def text(self, key) -> str:
        assert key == "Currency"
        return "CHF"


class Ruled:
    """A station with rules; its list is empty, so that cards are known by accounts only."""

    def __init__(self, store=None, listed=(), mode=m.ENABLE_ALL, raw=None, **values) -> None:
        self.settings = Settings()
        self.store = store or MemoryStore()
        self.rig = Rig(*listed, mode=mode, raw=raw)
        self.rig.clock.boot_s = NOON_S
        self.people = PEOPLE
        self.join()
        self.change(**values)

    def join(self) -> None:
        """Let the access and the sessions ask the rules."""
        rig = self.rig
        self.store.contactors = rig.station.contactors
        self.rules = KeptRules(
            self.settings, self.store, rig.station.contactors.proven_open, rig.clock.unix_s
        )
        self.rules.configure(self.people)
        rig.access.rules = rig.sessions.rules = self.rules

    def change(self, **values) -> None:
        self.settings.values.update(values)
        self.rules.configure(self.people)

    def status_of(self, card: str) -> int:
        self.rig.tap(card)
        return self.rig.access.status

    def noted(self) -> dict:
        """Return what a power cut would leave of the session."""
        record = self.rig.session_store.record
        assert record
        return record

    def session(self) -> sr.Record:
        """Unplug, and return the record of the session."""
        self.rig.unplug()
        self.rig.settle()
        return self.rig.files.last(1)[0]


def window(begin: int, end: int, mode: int, price_kwh=None, price_hour=None) -> list:
    return [EVERY_DAY, begin, end, mode, price_kwh, price_hour]


def begins(card: str, **values) -> bool:
    """Return whether a card opens the access of a fresh station."""
    ruled = Ruled(**values)
    ruled.rig.tap(card)
    return ruled.rig.opened


def test_the_mode_decides_about_the_next_card():
    assert begins(CARD_A) and begins(CARD_B) and not begins(CARD_C)
    assert begins(CARD_C, listed=[CARD_C])
    assert begins(CARD_C, AccessMode=m.PUBLIC)
    assert begins(CARD_A, AccessMode=m.PRIVATE) and not begins(CARD_B, AccessMode=m.PRIVATE)
    # One and the same station, from card to card.
    ruled = Ruled()
    assert ruled.status_of(CARD_C) == tx.INVALID
    ruled.change(AccessMode=m.PUBLIC)
    assert ruled.status_of(CARD_C) == tx.STARTED and ruled.rig.opened
    ruled.rig.tap(CARD_C)
    assert not ruled.rig.opened
    ruled.change(AccessMode=m.PRIVATE)
    assert ruled.status_of(CARD_B) == tx.PRIVATE_NOW and ruled.rig.access.message == "OWNERS ONLY NOW"
    assert ruled.status_of(CARD_A) == tx.STARTED


def test_strangers_do_not_stop_others():
    for mode in (m.ENABLE_ALL, m.ENABLE_ONE):
        ruled = Ruled(mode=mode, AccessMode=m.PUBLIC)
        ruled.rig.plug()
        ruled.rig.tap(CARD_B)
        assert ruled.status_of(CARD_C) == tx.INVALID and ruled.rig.opened
        # Who is known may, where cards may stop for each other.
        ruled.rig.tap(CARD_A)
        assert ruled.rig.opened == (mode == m.ENABLE_ONE)


def test_a_session_outlives_its_window_and_keeps_its_price():
    ruled = Ruled(OpeningHours=1, AccessMode=m.PRIVATE, PriceKwhMills=900)
    # It is noon: the window ends in two minutes.
    ruled.rules.save([window(600, 722, m.LIMITED, 250, 1200)], {})
    rig = ruled.rig
    rig.meter_wh = 5000
    rig.run(1000)
    rig.plug()
    rig.tap(CARD_B)
    rig.charge()
    rig.wait(300000)
    assert rig.opened and rig.sessions.running and ruled.rules.mode() == m.PRIVATE
    status = {}
    rig.sessions.fill_status(status)
    assert status["session.account"] == "anna" and status["session.currency"] == "CHF"
    assert status["session.cost"] == rig.sessions.open.record.cost() > 0
    # Its driver may end it, and not begin another one.
    rig.tap(CARD_B)
    rig.run(10000)
    assert not rig.opened and ruled.status_of(CARD_B) == tx.PRIVATE_NOW
    record = ruled.session()
    assert (record.price_kwh, record.price_hour, record.currency) == (250, 1200, "CHF")
    assert record.account == sr.digest_of("anna") and record.card == CARD_B
    energy = record.energy_wh * 250 + 500
    assert record.cost() == energy // 1000 + (record.duration_s * 1200 + 1800) // 3600


def test_the_price_is_that_of_the_begin_of_the_charge():
    # The card comes in one window, the car begins to draw in the next.
    ruled = Ruled(OpeningHours=1)
    ruled.rules.save([window(0, 722, m.LIMITED, 100), window(722, 1440, m.LIMITED, 200)], {})
    rig = ruled.rig
    rig.plug()
    rig.tap(CARD_A)
    rig.run(200)
    assert ruled.noted()["price_kwh"] == 100
    rig.wait(180000)
    rig.run(500)
    assert ruled.noted()["price_kwh"] == 200
    rig.charge()
    assert ruled.session().price_kwh == 200


def test_conditions_of_an_account():
    ruled = Ruled(PriceKwhMills=300)
    ruled.rules.save([], {"anna": [150, 60, [[EVERY_DAY, 480, 719]]]})
    assert ruled.status_of(CARD_B) == tx.OUT_OF_TIMES
    ruled.rules.save([], {"anna": [150, 60, [[EVERY_DAY, 480, 780]]]})
    rig = ruled.rig
    rig.plug()
    assert ruled.status_of(CARD_B) == tx.STARTED
    rig.charge()
    record = ruled.session()
    assert (record.price_kwh, record.price_hour) == (150, 60)
    rig.plug()
    rig.tap(CARD_A)
    rig.charge()
    record = ruled.session()
    assert (record.price_kwh, record.price_hour, record.account) == (300, 0, sr.digest_of("olga"))


def test_without_a_price_a_session_has_no_currency():
    ruled = Ruled()
    ruled.rig.plug()
    ruled.rig.tap(CARD_B)
    ruled.rig.charge()
    record = ruled.session()
    assert record.currency == "" and record.cost() == 0 and record.account == sr.digest_of("anna")


def test_a_power_cut_changes_neither_price_nor_account():
    for raw in (None, RawJournal()):
        ruled = Ruled(raw=raw, PriceKwhMills=300, PriceHourMills=60)
        rig = ruled.rig
        rig.meter_wh = 5000
        rig.run(1000)
        rig.plug()
        rig.tap(CARD_B)
        rig.charge()
        rig.wait(30000)
        rig.restart(start_wh=5000)
        ruled.settings.values["PriceKwhMills"] = 999
        ruled.join()
        rig.run(1000)
        rig.charge()
        rig.wait(30000)
        record = ruled.session()
        assert (record.price_kwh, record.price_hour, record.currency) == (300, 60, "CHF")
        assert record.account == sr.digest_of("anna") and record.number == 1
        assert record.energy_wh == record.end_wh - record.start_wh > 0


def test_an_open_session_of_earlier_firmware_goes_on():
    ruled = Ruled()
    rig = ruled.rig
    rig.meter_wh = 5000
    rig.run(1000)
    rig.plug()
    rig.tap(CARD_B)
    rig.run(500)
    kept = ruled.noted()
    assert kept["number"] == 1
    for name in ("price_kwh", "price_hour", "currency", "account"):
        del kept[name]
    rig.charge()
    rig.wait(20000)
    rig.session_store.record = kept
    rig.restart(start_wh=5000)
    rig.run(1000)
    rig.charge()
    record = ruled.session()
    assert record.number == 1 and record.currency == "" and record.account == 0 and record.energy_wh > 0


def test_rules_are_written_while_no_contactor_is_closed():
    ruled = Ruled()
    ruled.rig.plug()
    ruled.rig.tap(CARD_A)
    ruled.rig.charge()
    refused = ""
    try:
        ruled.rules.save([window(0, 60, m.PUBLIC)], {})
    except Refused as error:
        refused = error.field
    assert refused == "windows" and ruled.rules.table.windows == [] and ruled.store.saves == 0
    ruled.rig.unplug()
    ruled.rig.settle()
    ruled.rules.save([window(0, 60, m.PUBLIC)], {"anna": [1, 2, []], "olga": [None, None, []]})
    ruled.rules.forget("anna")
    ruled.rules.forget("nobody")
    again = Ruled(ruled.store).rules.table
    assert again.windows == [window(0, 60, m.PUBLIC)] and again.conditions == {"olga": [None, None, []]}


class BackEnd:
    """Accepts every card."""

    def __init__(self) -> None:
        self.asked = []

    def request(self, uid, owner) -> int:
        self.asked.append(uid)
        return m.ACCEPTED


def test_a_back_end_is_not_asked_for_what_the_owner_refuses():
    ruled = Ruled(mode=m.REMOTE, AccessMode=m.PRIVATE)
    back_end = ruled.rig.access.authoriser = BackEnd()
    assert ruled.status_of(CARD_C) == tx.PRIVATE_NOW and back_end.asked == []
    ruled.change(AccessMode=m.LIMITED)
    assert ruled.status_of(CARD_C) == tx.STARTED and back_end.asked == [CARD_C]
    ruled.rig.bench.plug(MV_9)
