"""What card readers share: which cards are there, kept without allocation, and when to try a dead reader again."""

from micropython import const

from evse.core import ticks
from evse.hal.esp32 import now
from evse.log import log

_SLOTS = const(4)
_UID_BYTES = const(10)
# Length and UID.
_SLOT_BYTES = const(11)
_RANDOM = const(0x08)
_RANDOM_BYTES = const(4)
# Flags of a slot: seen in this poll, missed in the last one, told to the caller.
_SEEN = const(1)
_MISSED = const(2)
_TOLD = const(4)

_RETRY_MS = const(1000)
_RETRY_MAX_MS = const(30000)


class Presence:
    """Tell each card once while it stays on the reader, and again after `gone_ms` of polls without it.

    `sights` is in how many polls it must have been seen before it is told. Up to four cards are told apart. While
    nobody polls, or polls are disturbed, a card counts as being where it was: a reader that was without power must
    not report the card that still lies on it. A random UID (ISO/IEC 14443-3: 4 bytes, the first 08) differs at each
    power-up of the card, so all of them count as one card.
    """

    def __init__(self, gone_ms: int, sights: int = 1) -> None:
        self._gone_ms = gone_ms
        self._needed = sights
        self._uids = bytearray(_SLOTS * _SLOT_BYTES)
        # 0 is a free slot.
        self._sights = bytearray(_SLOTS)
        self._flags = bytearray(_SLOTS)
        self._missed_ms = [0] * _SLOTS

    def seen(self, data: bytearray, at: int, length: int) -> None:
        """Note a card of this poll: `length` bytes (4 to 10) of UID from data[at]."""
        slot = self._find(data, at, length)
        if slot < 0:
            return
        if not self._flags[slot] & _TOLD:
            base = slot * _SLOT_BYTES
            self._uids[base] = length
            for index in range(length):
                self._uids[base + 1 + index] = data[at + index]
        if not self._flags[slot] & _SEEN:
            self._flags[slot] = (self._flags[slot] | _SEEN) & ~_MISSED
            self._sights[slot] = min(self._sights[slot] + 1, self._needed)

    def polled(self, now_ms: int) -> None:
        """End a poll in which every card that is there could be seen."""
        for slot in range(_SLOTS):
            flags = self._flags[slot]
            if self._sights[slot] == 0 or flags & _SEEN:
                self._flags[slot] = flags & ~_SEEN
            elif not flags & _MISSED:
                self._flags[slot] = flags | _MISSED
                self._missed_ms[slot] = now_ms
            elif not 0 <= ticks.diff(now_ms, self._missed_ms[slot]) < self._gone_ms:
                self._sights[slot] = 0

    def take(self) -> "str | None":
        """Return the upper-case hex UID of a card that has not been told yet, or None."""
        for slot in range(_SLOTS):
            if self._sights[slot] >= self._needed and not self._flags[slot] & _TOLD:
                self._flags[slot] |= _TOLD
                begin = slot * _SLOT_BYTES + 1
                return _hex(self._uids, begin, begin + self._uids[begin - 1])
        return None

    def _find(self, data: bytearray, at: int, length: int) -> int:
        """Return the slot of a card, a new one if need be, or -1 when all have cards that were told."""
        free = -1
        for slot in range(_SLOTS):
            if self._sights[slot] == 0:
                free = slot
            elif self._is_same(slot, data, at, length):
                return slot
        if free < 0:
            # What was seen too rarely was a disturbance, most likely if it was missed since.
            for slot in range(_SLOTS):
                if self._sights[slot] < self._needed and (free < 0 or self._flags[slot] & _MISSED):
                    free = slot
        if free >= 0:
            self._sights[free] = 0
            self._flags[free] = 0
        return free

    def _is_same(self, slot: int, data: bytearray, at: int, length: int) -> bool:
        base = slot * _SLOT_BYTES
        if self._uids[base] != length:
            return False
        if length == _RANDOM_BYTES and data[at] == _RANDOM and self._uids[base + 1] == _RANDOM:
            return True
        for index in range(length):
            if self._uids[base + 1 + index] != data[at + index]:
                return False
        return True


def _hex(data: bytearray, begin: int, end: int) -> str:
    # On its own, because a comprehension takes memory as soon as the function around it is entered.
    return "".join(["%02X" % data[index] for index in range(begin, end)])


class Retry:
    """Whether a reader works, and when to try it again: after 1 s, 2 s, 4 s ... 30 s."""

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self.health = "not tried yet"
        self._delay_ms = 0
        self._failed_ms = 0

    def failed(self, reason: str, now_ms: int) -> None:
        """Note that the reader does not work; `reason` becomes `health`."""
        if reason != self.health:
            self._say(reason)
        self._failed_ms = now_ms
        self._delay_ms = min(max(2 * self._delay_ms, _RETRY_MS), _RETRY_MAX_MS)

    def works(self) -> None:
        """Note that the reader works: `health` is ""."""
        self._delay_ms = 0
        if self.health:
            self._say("")

    def is_due(self, now_ms: int) -> bool:
        """Return True when it is time to start the reader."""
        # Who does not ask for six days sees the counter behind.
        return not 0 <= ticks.diff(now_ms, self._failed_ms) < self._delay_ms

    def _say(self, health: str) -> None:
        self.health = health
        log.write("card reader %s: %s" % (self._kind, health or "works"))


class Reader:
    """A reader of cards of ISO/IEC 14443 A; who inherits does a little of the work in `_work(now_ms, begin_us)`.

    `health` is "" while it works, else what is wrong; `worst_poll_us` is how long a call held the loop.
    """

    def __init__(self, kind: str, presence: Presence) -> None:
        self._presence = presence
        self._retry = Retry(kind)
        self.worst_poll_us = 0

    @property
    def health(self) -> str:
        """What is wrong with the reader, "" while it works."""
        return self._retry.health

    def read_uid(self) -> "str | None":
        """Return the hex UID (4, 7 or 10 bytes) of a card newly presented since the last call, else None."""
        begin_us = now.us()
        self._work(now.ms(), begin_us)
        uid = self._presence.take()
        self.worst_poll_us = max(self.worst_poll_us, ticks.diff(now.us(), begin_us))
        return uid

    def _work(self, now_ms: int, begin_us: int) -> None:
        raise NotImplementedError
