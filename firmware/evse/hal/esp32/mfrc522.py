"""A card reader with an MFRC522 at an SPI: cards of ISO/IEC 14443 type A at 106 kbit/s.

WUPA is sent at the end of a call and looked at in the next one, so that without a card nothing waits. With one, the
exchanges (about 1 ms each) follow each other until the time of a call is used up; a card waits for as long as it must.
It has to answer a SELECT with its own UID before it counts. Cards are told apart by going the other way at a collision
in the next round.
"""

from micropython import const

from evse.core import ticks
from evse.hal.esp32 import now
from evse.hal.esp32 import rfid_select as select
from evse.hal.esp32.mfrc522_chip import Chip
from evse.hal.esp32.rfid import Presence, Reader

_GONE_MS = const(1000)
# Begin no further exchange in a call after this time.
_BUDGET_US = const(2000)
# An exchange that the chip does not end.
_EXCHANGE_MS = const(50)
_RESTART_MS = const(100)
_DISTURBED_ROUNDS = const(50)
# In a row.
_FAILURES = const(3)
# Bits of WUPA.
_SHORT_FRAME = const(7)

# What the chip is doing.
_NOTHING = const(0)
_RESTARTING = const(1)
_WAKING = const(2)
_SELECTING = const(3)
_HALTING = const(4)


class Mfrc522(Reader):
    """The reader of the wiring's group `rfid`."""

    def __init__(self, wiring: dict) -> None:
        super().__init__("MFRC522", Presence(_GONE_MS))
        self._chip = Chip(wiring)
        self._selection = select.Selection()
        self._state = _NOTHING
        self._started_ms = 0
        # The way at each collision, as bits, and how many collisions lay on the ways of this poll.
        self._way = 0
        self._depth = 0
        self._is_disturbed = False
        self._falls_back = False
        self._disturbed = 0
        self._failures = 0

    def _work(self, now_ms: int, begin_us: int) -> None:
        if self._state == _NOTHING:
            if self._retry.is_due(now_ms):
                self._restart(now_ms)
            return
        if self._state == _RESTARTING:
            self._set_up(now_ms)
            return
        while True:
            while not self._chip.is_done(self._state != _HALTING):
                if not 0 <= ticks.diff(now_ms, self._started_ms) < _EXCHANGE_MS:
                    self._fail(now_ms)
                    return
                if ticks.diff(now.us(), begin_us) > _BUDGET_US:
                    return
            if not self._advance(now_ms) or ticks.diff(now.us(), begin_us) > _BUDGET_US:
                return

    def _restart(self, now_ms: int) -> None:
        self._chip.restart()
        self._begin(_RESTARTING, now_ms)

    def _set_up(self, now_ms: int) -> None:
        """Configure the chip when it has restarted."""
        if self._chip.is_restarting():
            if not 0 <= ticks.diff(now_ms, self._started_ms) < _RESTART_MS:
                self._fail(now_ms)
            return
        if not self._chip.is_there():
            self._fail(now_ms)
            return
        self._chip.set_up()
        self._way = 0
        self._depth = 0
        self._is_disturbed = False
        self._disturbed = 0
        self._wake(now_ms)

    def _advance(self, now_ms: int) -> bool:
        """Act on a finished exchange; False when the rest is for a later call."""
        if self._state == _WAKING:
            if not self._chip.is_set_up():
                self._fail(now_ms)
                return False
            self._failures = 0
            self._retry.works()
            if not self._chip.has_answer():
                if self._falls_back:
                    # WUPA finds a card in the middle of a selection: it keeps silent this once.
                    self._falls_back = False
                    self._wake(now_ms)
                else:
                    self._end_round(now_ms)
                return False
            # Two cards may answer differently, so what they answer does not matter.
            self._selection.begin(self._way)
            self._ask(now_ms)
            return True
        if self._state == _SELECTING:
            result = self._received()
            if result == select.GO_ON:
                self._ask(now_ms)
                return True
            if result == select.DONE:
                selection = self._selection
                self._presence.seen(selection.uid, 0, selection.length)
                self._depth = max(self._depth, selection.collisions)
                # To this no card answers.
                self._chip.send(select.HLTA, len(select.HLTA), 0, False)
                self._falls_back = False
                self._begin(_HALTING, now_ms)
                return True
            self._is_disturbed = True
            self._falls_back = True
        self._end_round(now_ms)
        return False

    def _received(self) -> int:
        """Give the selection what has come; return its judgement."""
        selection = self._selection
        count = self._chip.take(selection.answer) if self._chip.has_answer() else -1
        return selection.take(count, self._chip.collision()) if count >= 0 else select.FAILED

    def _end_round(self, now_ms: int) -> None:
        """Go the next way; when all have been gone, the poll is over."""
        self._way += 1
        if self._way >> min(self._depth, select.MAX_COLLISIONS):
            if self._is_disturbed:
                self._disturbed += 1
            else:
                self._disturbed = 0
                self._presence.polled(now_ms)
            self._way = 0
            self._depth = 0
            self._is_disturbed = False
        if self._disturbed >= _DISTURBED_ROUNDS:
            # A card at the edge of the field does that too, and a restart does it no harm.
            self._restart(now_ms)
        else:
            self._wake(now_ms)

    def _wake(self, now_ms: int) -> None:
        self._chip.send(select.WUPA, len(select.WUPA), _SHORT_FRAME, True)
        self._begin(_WAKING, now_ms)

    def _ask(self, now_ms: int) -> None:
        selection = self._selection
        self._chip.send(selection.request, selection.count, selection.framing, True)
        self._begin(_SELECTING, now_ms)

    def _begin(self, state: int, now_ms: int) -> None:
        self._state = state
        self._started_ms = now_ms

    def _fail(self, now_ms: int) -> None:
        """Start anew at once, or after some failures later."""
        self._failures += 1
        if self._failures < _FAILURES:
            self._restart(now_ms)
            return
        self._failures = 0
        self._state = _NOTHING
        self._retry.failed("no answer", now_ms)
