"""A card reader that answers Read-ROM on a 1-Wire line, as on SmartEVSE v3: it shares the switch input.

Facts: SmartEVSE v3 sheet, section 8.1. One poll a second; with a reader it holds the loop for about 6 ms (reset
1 ms, one command and eight answer bytes of 0.6 ms each), without one for 1 ms. The bus needs its bits in one go,
because a reader that imitates a ROM may give up in a pause.
"""

from machine import Pin
from micropython import const
from onewire import OneWire

from evse.core import ticks
from evse.hal.esp32 import now

_READ_ROM = const(0x33)
_PERIOD_MS = const(1000)
# An old reader says the family of a serial-number ROM and six bytes of UID; a new one seven bytes of UID.
_OLD_FAMILY = const(0x01)
_LENGTH = const(8)
# Polls without a card until the same card counts as a new one.
_GONE_POLLS = const(2)


class OneWireRfid:
    """The reader on `pin`, which stays an open-drain pin that can be read as the switch."""

    def __init__(self, pin: Pin) -> None:
        self._pin = pin
        self._wire = OneWire(pin)
        self._answer = bytearray(_LENGTH)
        self._present = ""
        self._missed = 0
        self._polled_ms = ticks.add(now.ms(), -_PERIOD_MS)
        # A reader that is not there cannot be told from one without a card.
        self.health = ""
        self.worst_poll_us = 0

    def read_uid(self) -> "str | None":
        """Return the hex UID (4, 6 or 7 bytes) of a card newly presented since the last call, else None."""
        now_ms = now.ms()
        # Behind after more than six days in which nobody asked.
        if 0 <= ticks.diff(now_ms, self._polled_ms) < _PERIOD_MS:
            return None
        self._polled_ms = now_ms
        # A closed switch holds the line low and looks like a reader that is always there.
        if self._pin.value() == 0:
            return None
        begin_us = now.us()
        uid = self._poll()
        self.worst_poll_us = max(self.worst_poll_us, ticks.diff(now.us(), begin_us))
        return self._note(uid)

    def _note(self, uid: "str | None") -> "str | None":
        """Return `uid` when it was not there before; None is a disturbed answer, which changes nothing."""
        self.health = "damaged answers" if uid is None else ""
        if uid is None:
            return None
        if uid:
            self._missed = 0
            if uid == self._present:
                return None
            self._present = uid
            return uid
        self._missed += 1
        if self._missed >= _GONE_POLLS:
            self._present = ""
        return None

    def _poll(self) -> "str | None":
        """Return the UID, "" when there is no card, None when the answer is damaged."""
        answer = self._answer
        wire = self._wire
        if not wire.reset():
            return ""
        wire.writebyte(_READ_ROM)
        wire.readinto(answer)
        # An idle line reads as ones, a shorted one as zeros, whose check sum is right.
        if answer[0] == answer[_LENGTH - 1] and (answer[0] == 0 or answer[0] == 0xFF):
            if answer.count(answer[:1]) == _LENGTH:
                return "" if answer[0] else None
        if wire.crc8(answer):
            return None
        return uid_text(answer)


def uid_text(answer: bytearray) -> str:
    """Return the UID in an answer with a good check sum as upper-case hex."""
    if answer[0] == _OLD_FAMILY:
        return _hex(answer, 1, 7)
    # A UID of four bytes is padded with zeros.
    if answer[4] == 0 and answer[5] == 0 and answer[6] == 0:
        return _hex(answer, 0, 4)
    return _hex(answer, 0, 7)


def _hex(data: bytearray, begin: int, end: int) -> str:
    return "".join(["%02X" % data[index] for index in range(begin, end)])
