"""Who may charge: cards, a list of them, a back end, on top of the station's access switch.

Rules of the modes: SmartEVSE v3 sheet, section 8.1. Unlike there, access closes as soon as the car is unplugged,
unless `reference` asks for its 60 s.
"""

from micropython import const

from evse import aio
from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.core.text_rows import row
from evse.log import log
from evse.services import access_texts as tx
from evse.services import cards_table as ct
from evse.services.access_modes import (
    ACCEPTED,
    AUTH_BACKEND,
    AUTH_NONE,
    DELETE,
    DISABLED,
    ENABLE_ALL,
    ENABLE_ONE,
    LEARN,
    PENDING,
    REJECTED,
    REMOTE,
    STARTED,
    STOPPED,
)
from evse.services.access_permit import Permit
from evse.services.cards import BUSY

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

    from evse.services.access_modes import Authoriser
    from evse.services.access_rules_kept import KeptRules

ANSWER_MS = const(30000)
SHOWN_MS = const(3000)
# A reader may report a card once per second for as long as it is there.
HOLD_MS = const(2500)
_PERIOD_MS = const(100)


class Access:
    """Let cards and a back end open and close the station's access.

    `status` is a row of `access_texts.TABLE`, since tick `status_ms`. `reader`, `store` (of the permission) and
    `authoriser` may be None.
    """

    def __init__(self, station, cards, clock, reader=None, store=None, authoriser=None) -> None:
        self._station = station
        self._clock = clock
        self._reader = reader
        self._handlers = (None, self._use, self._use, self._learn, self._delete, None, self._ask)
        self.cards = cards
        self.permit = Permit(station, clock, store)
        self.authoriser: "Authoriser | None" = authoriser
        # Who may charge when; None is every card of the list.
        self.rules: "KeptRules | None" = None
        self.mode = DISABLED
        self.auth = AUTH_NONE
        self.last_uid = ""
        self._rest()
        self.status_ms = 0
        self._held = ""
        self._held_ms = 0
        self._asked = ""
        self._asked_ms = 0
        # Who may charge as soon as a car is plugged in, as the back end says; "" nobody.
        self.promised = ""
        # The back end has ended the charge, and whoever comes may take the cable.
        self.lets_cable_go = False
        self._clear_wanted = False
        # Takes the page that displays show for a card, "" for none of its own.
        self.on_status: "Callable[[str], None] | None" = None

    def configure(self, mode: int, auth: int = AUTH_NONE, reference: bool = False) -> None:
        """Take the settings RFID and AUTH; `reference` keeps access open for 60 s after unplugging.

        A mode that names cards needs them whatever AUTH says: who chose it must not be left with an open station.
        """
        permit = self.permit
        if auth == AUTH_NONE and self.auth != AUTH_NONE and mode == DISABLED and not permit.times.waiting:
            # What needed permission is open to everybody now.
            permit.set(s.ACCESS_ON, tx.BY_USER)
        self.mode = mode
        self.auth = auth
        permit.reference = reference
        permit.strict = auth == AUTH_BACKEND
        permit.guard(auth != AUTH_NONE or mode in (ENABLE_ALL, ENABLE_ONE, REMOTE))

    @property
    def reads_cards(self) -> bool:
        """True when the reader is in use."""
        return self.mode != DISABLED or self.auth != AUTH_NONE

    @property
    def owner(self) -> str:
        """The card that opened the access, "" for none."""
        return self.permit.owner

    @property
    def releases_cable(self) -> bool:
        """True when the cable may be released though a car is connected: its owner has ended the charge."""
        if self.mode != ENABLE_ONE and not self.lets_cable_go:
            return False
        return self._station.charger.access == s.ACCESS_OFF and not self.permit.owner

    @property
    def topic(self) -> str:
        """The text of the topic RFID."""
        return self._row[0]

    @property
    def led(self) -> int:
        """How an indicator light shows the card: `access_texts.LED_...`."""
        return self._row[3]

    @property
    def clearing(self) -> bool:
        """True while all cards are to be removed and a contactor is still closed."""
        return self._clear_wanted

    @property
    def message(self) -> str:
        """What a display shows, "" for nothing; to STARTING @ belongs `permit.times.start_s`."""
        if self._row[1]:
            return self._row[1]
        permit = self.permit
        if permit.times.waiting and (permit.owner or not permit.guarded):
            return "STARTING @"
        if self.mode in (LEARN, DELETE) or (permit.guarded and not permit.is_open):
            return "PRESENT RFID CARD"
        return ""

    def fill_view(self, view, offset_s: int) -> None:
        """Write what displays show of cards and times; `offset_s` is local time less UTC."""
        permit = self.permit
        station = self._station
        is_open = permit.is_open
        view.authorise = permit.guarded and not is_open and station.charger.access != s.ACCESS_PAUSE
        if self.promised:
            view.authorise = False
        waits = permit.times.waiting and (is_open or not permit.guarded)
        view.start_at_s = permit.times.start_s + offset_s if waits else 0
        view.message = "" if self._row[4] else self._row[1]
        if self.mode in (LEARN, DELETE) and not view.message and not view.connected:
            view.message = self.message

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about cards."""
        status["rfid"] = self.topic if self.reads_cards else ""
        status["rfid.last"] = self.last_uid
        status["rfid.owner"] = self.permit.owner

    # Requests from outside

    def request(self, access: int, cause: int = tx.BY_USER) -> bool:
        """Set the access for a user or a service; False when only a back end may open it."""
        permit = self.permit
        if access == s.ACCESS_OFF:
            permit.close(cause)
            return True
        if access == s.ACCESS_ON:
            if permit.strict and not permit.owner:
                return False
            permit.times.skip()
            permit.unsaved = True
        permit.set(access, cause)
        return True

    def grant(self, uid: str) -> None:
        """Let the holder of `uid` charge, as a back end orders."""
        self.permit.open(uid, tx.BY_REMOTE)

    def revoke(self) -> None:
        """End what was granted, as a back end orders."""
        self.permit.close(tx.BY_REMOTE)

    def answer(self, uid: str, accepted: bool, result: int = ACCEPTED) -> None:
        """Take the authoriser's answer, with what it did by itself; one that comes too late is ignored."""
        if uid and uid == self._asked:
            self._asked = ""
            self._show(self._answered(uid, result if accepted else REJECTED), uid, self._clock.ticks_ms())

    def set_times(self, start_s: int, stop_s: int, repeat: bool) -> None:
        """Charge from `start_s` to `stop_s` (unix seconds UTC, 0 for none), daily if `repeat`.

        FieldError names a bad value. Access stays closed until the start; three zeros cancel.
        """
        unix_s = self._clock.unix_s()
        if stop_s and unix_s and not repeat and stop_s <= unix_s:
            raise FieldError("stoptime", "is past")
        self.permit.set_times(start_s, stop_s, repeat)

    def delete_all(self) -> None:
        """Remove all cards, as soon as no contactor is closed; for the mode DeleteAll when the menu is left."""
        self._clear_wanted = True

    def card(self, uid: str, now: int) -> None:
        """Take a card from the reader, or one that a service stands in for."""
        if not self.reads_cards:
            return
        number = ct.uid_bytes(uid)
        if number is None:
            self._show(tx.INVALID, uid[:20], now)
            return
        uid = ct.uid_text(number)
        is_held = uid == self._held and ticks.diff(now, self._held_ms) < HOLD_MS
        self._held = uid
        self._held_ms = now
        if is_held:
            return
        self.last_uid = uid
        handler = self._handlers[self.mode]
        if self.mode == DISABLED:
            handler = self._ask if self.auth == AUTH_BACKEND else self._use
        try:
            status = handler(uid, now) if handler else tx.PRESENT
        except OSError:
            status = tx.READ_FAILED
        self._show(status, uid, now)

    # The machine

    def step(self, now: int) -> None:
        """Look at the reader, the car and the clock, and act."""
        if self._reader and self.reads_cards:
            uid = self._reader.read_uid()
            if uid:
                self.card(uid, now)
        self.permit.step(now)
        if self._asked and ticks.diff(now, self._asked_ms) >= ANSWER_MS:
            uid = self._asked
            self._asked = ""
            self._show(tx.NO_ANSWER, uid, now)
        elif self.status > tx.READY and not self._asked and ticks.diff(now, self.status_ms) >= SHOWN_MS:
            self._rest()
        if self._clear_wanted:
            result = self.cards.clear()
            if result != BUSY:
                self._clear_wanted = False
                self._show(tx.OF_STORE[result], "all", now)
        self.cards.step()

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do unless something happens; -1 for never."""
        due_ms = self.permit.next_due_ms(now)
        left_ms = -1
        if self._asked:
            left_ms = max(0, ANSWER_MS - ticks.diff(now, self._asked_ms))
        elif self.status > tx.READY:
            left_ms = max(0, SHOWN_MS - ticks.diff(now, self.status_ms))
        if left_ms < 0:
            return due_ms
        return left_ms if due_ms < 0 else min(due_ms, left_ms)

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step(self._clock.ticks_ms())
            await aio.sleep_ms(_PERIOD_MS)

    # What a card does; each returns the status to show

    def _use(self, uid: str, _now: int) -> int:
        permit = self.permit
        if permit.is_open or (permit.owner and self.mode == ENABLE_ONE):
            # Its owner may stop even when the card has left the list meanwhile.
            if uid == permit.owner:
                return self._stop()
            if not (self.rules and self.rules.account(uid)) and not self.cards.contains(uid):
                return tx.INVALID
            if permit.owner and self.mode == ENABLE_ONE:
                return tx.NOT_OWNER
            return self._stop()
        if self.rules:
            return self.rules.refusal(uid, self.cards.contains) or self._start(uid)
        return self._start(uid) if self.cards.contains(uid) else tx.INVALID

    def _learn(self, uid: str, _now: int) -> int:
        return tx.OF_STORE[self.cards.add(uid)]

    def _delete(self, uid: str, _now: int) -> int:
        return tx.OF_STORE[self.cards.remove(uid)]

    def _ask(self, uid: str, now: int) -> int:
        if self.permit.is_open and uid == self.permit.owner:
            return self._stop()
        if self.authoriser is None:
            return tx.INVALID
        if self.rules and not self.permit.is_open:
            # The back end knows more cards, but not the owner's rules.
            status = self.rules.refusal(uid, lambda _uid: True)
            if status:
                return status
        result = self.authoriser.request(uid, self.permit.owner)
        if result == PENDING:
            self._asked = uid
            self._asked_ms = now
            return tx.WAITING_FOR_ANSWER
        return self._answered(uid, result)

    def _answered(self, uid: str, result: int) -> int:
        if result == STARTED:
            return tx.STARTED
        if result == STOPPED:
            return tx.STOPPED
        if result != ACCEPTED:
            return tx.INVALID
        return self._stop() if self.permit.is_open else self._start(uid)

    def _start(self, uid: str) -> int:
        self.permit.open(uid, tx.BY_CARD)
        return tx.PRESENT if self.permit.times.waiting else tx.STARTED

    def _stop(self) -> int:
        self.permit.close(tx.BY_CARD)
        return tx.STOPPED

    def _rest(self) -> None:
        """Be ready for the next card."""
        self.status = tx.READY if self._reader else tx.NOT_INSTALLED
        self._row = row(tx.TABLE, self.status)

    def _show(self, status: int, uid: str, now: int) -> None:
        self.status = status
        self._row = row(tx.TABLE, status)
        self.status_ms = now
        if self.on_status:
            page = self._row[4]
            if page == "card_accepted" and not self._station.charger.connected():
                page = "card_plug_in"
            self.on_status(page)
        log.write("card %s: %s" % (uid, self._row[2]))
