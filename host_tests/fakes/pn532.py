"""A simulated PN532 at a UART: power states, frames, commands and their times (user manual UM0701-02)."""

import random

from micropython import const
from simulated_time import clock
from type_a_cards import ACTIVE, ATS, PROTOCOL, READY, SELECT_CODES, Field, crc_a, levels_of, to_bits

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

NO_POWER, ASLEEP, AWAKE, RUNNING = range(4)
ACK = bytes.fromhex("0000ff00ff00")
NACK = bytes.fromhex("0000ffff0000")
ERROR_FRAME = bytes.fromhex("0000ff01ff7f8100")

WAKE_US = 1200
ACK_US = 600
ANSWER_US = 1500
TRY_US = 6000
CARD_US = 9000


def answer_frame(data):
    return b"\x00\x00\xff" + bytes((len(data), 256 - len(data))) + data + bytes((-sum(data) & 255, 0))


class Pn532:
    """The reader on a wire of the fake UART, with the cards in `field`.

    `flip` and `lose` are the chances that a byte on its way is damaged or lost, `babble` that a garbage byte comes
    with it; `is_open` cuts the wire.
    """

    def __init__(self):
        self.field = Field()
        self.chance = random.Random(11)
        self.flip = self.lose = self.babble = 0.0
        self.is_open = False
        self.answer_us = ANSWER_US
        self.commands = []
        self._uart: Any = None
        self._events = []
        self._line_us = 0
        self.power(True)

    def connect(self, uart):
        self._uart = uart

    def power(self, is_on):
        """Take the supply away or give it back; it starts asleep (low power, after the manual: LowVbat)."""
        self._cancel()
        self.state = ASLEEP if is_on else NO_POWER
        self._waking = False
        self._input = bytearray()
        self._last = b""
        self.auto_rats = True
        self.retries = 0xFF
        self.field.switch(False)

    def say(self, data, delay_us=0):
        """Send bytes as they are."""
        begin_us = max(self._line_us, clock.now_us + delay_us)
        for value in data:
            begin_us += self._uart.char_us
            if self.chance.random() < self.babble:
                self._say(self.chance.randrange(256), begin_us)
            if self.chance.random() < self.lose:
                continue
            if self.chance.random() < self.flip:
                value ^= 1 << self.chance.randrange(8)
            self._say(value, begin_us)
        self._line_us = begin_us

    def _say(self, value, at_us):
        if not self.is_open:
            clock.at(at_us, lambda: self._uart.receive(value))

    # What the host sends

    def sent(self, value, begin_us, end_us):
        clock.at(end_us, lambda: self._hear(value))

    def _hear(self, value):
        if self.state == NO_POWER or self.is_open or self.chance.random() < self.lose:
            return
        if self.chance.random() < self.flip:
            value ^= 1 << self.chance.randrange(8)
        if self.state == ASLEEP:
            if not self._waking:
                self._waking = True
                self._later(WAKE_US, self._wake)
            return
        self._input.append(value)
        self._parse()

    def _wake(self):
        self.state = AWAKE
        self._input = bytearray()

    def _parse(self):
        data = self._input
        begin = data.find(b"\x00\xff")
        if begin < 0 or len(data) < begin + 4:
            return
        length, check = data[begin + 2], data[begin + 3]
        if (length, check) == (0, 0xFF):
            self._cancel()
        elif (length, check) == (0xFF, 0):
            self.say(self._last, ACK_US)
        elif (length + check) & 0xFF:
            del self._input[: begin + 2]
            return
        else:
            if len(data) < begin + 5 + length:
                return
            body = bytes(data[begin + 4 : begin + 4 + length])
            if (sum(body) + data[begin + 4 + length]) & 0xFF == 0:
                self._input = bytearray()
                self._command(body)
                return
        self._input = bytearray()

    # Commands

    def _later(self, delay_us, function):
        self._events.append(clock.at(clock.now_us + delay_us, function))

    def _cancel(self):
        for event in self._events:
            clock.cancel(event)
        self._events = []

    def _command(self, body):
        self._cancel()
        if self.state == AWAKE and body[:2] != b"\xd4\x14":
            return
        self.commands.append(body)
        self.say(ACK, ACK_US)
        if body[:1] != b"\xd4" or len(body) < 3:
            self._later(self.answer_us, lambda: self.say(ERROR_FRAME))
        elif body[1] == 0x14:
            self.state = RUNNING
            self._answer(b"\xd5\x15")
        elif body[1] == 0x12:
            self.auto_rats = bool(body[2] & 0x10)
            self._answer(b"\xd5\x13")
        elif body[:3] == b"\xd4\x32\x05" and len(body) == 6:
            self.retries = body[5]
            self._answer(b"\xd5\x33")
        elif body[:3] == b"\xd4\x32\x01" and len(body) == 4:
            self.field.switch(bool(body[3] & 1))
            self._answer(b"\xd5\x33")
        elif body[1] == 0x4A and body[3:4] == b"\x00" and body[2] in (1, 2):
            self.field.switch(True)
            self._try(body[2], 0)
        else:
            self._later(self.answer_us, lambda: self.say(ERROR_FRAME))

    def _answer(self, data, delay_us=0):
        frame = answer_frame(data)
        self._last = frame
        self._later(delay_us + self.answer_us, lambda: self.say(frame))

    def _try(self, most, tries):
        """Look for cards once; again after a while, if the retries allow it."""
        self._later(TRY_US, lambda: self._look(most, tries))

    def _look(self, most, tries):
        self.field.exchange(to_bits(b"\x52")[:7])
        found = [card for card in self.field.cards if card.state == READY][:most]
        if not found and (self.retries == 0xFF or tries < self.retries):
            self._try(most, tries + 1)
            return
        answer = bytearray((0xD5, 0x4B, len(found)))
        for number, card in enumerate(found):
            for code, level in zip(SELECT_CODES, levels_of(card.uid)):
                body = bytes((code, 0x70)) + level
                card.receive(to_bits(body + crc_a(body)))
            assert card.state == ACTIVE
            answer += bytes((number + 1, card.atqa[1], card.atqa[0], card.sak, len(card.uid))) + card.uid
            if self.auto_rats and card.sak & 0x20:
                card.state = PROTOCOL
                answer += ATS
        self._answer(bytes(answer), CARD_US * len(found))
