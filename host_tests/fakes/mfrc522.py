"""A simulated MFRC522: register file, FIFO, timer and the air between it and cards (data sheet rev. 3.9)."""

import random

from micropython import const
from simulated_time import clock
from type_a_cards import Field, to_bits, to_bytes

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

COMMAND, COM_IRQ, ERROR, FIFO_DATA, FIFO_LEVEL, CONTROL = 0x01, 0x04, 0x06, 0x09, 0x0A, 0x0C
BIT_FRAMING, COLL, TX_CONTROL, T_MODE, T_PRESCALER = 0x0D, 0x0E, 0x14, 0x2A, 0x2B
T_RELOAD_HIGH, T_RELOAD_LOW, VERSION = 0x2C, 0x2D, 0x37
IDLE, TRANSMIT, TRANSCEIVE, SOFT_RESET = 0x00, 0x04, 0x0C, 0x0F
TX_IRQ, RX_IRQ, IDLE_IRQ, ERROR_IRQ, TIMER_IRQ = 0x40, 0x20, 0x10, 0x02, 0x01
FIFO_BYTES = 64

RESET_US = 40
BIT_US = 9.44
# From the last bit of the reader to the first one of a card.
ANSWER_US = 91


class Mfrc522:
    """The chip, with its chip select on `cs_gpio`, and the cards in `field`.

    `flip` and `air_flip` are the chances that a bit on the SPI, and a frame in the air, is damaged.
    """

    def __init__(self, cs_gpio):
        self.cs_gpio = cs_gpio
        self.field = Field()
        self.chance = random.Random(5)
        self.flip = 0.0
        self.air_flip = 0.0
        self.dead_level: Any = None
        self.transfers = 0
        self.resets = 0
        self._events = []
        self.power_up()

    def power_up(self):
        """Come out of a reset: registers as the data sheet has them, field off."""
        for event in self._events:
            clock.cancel(event)
        self._events = []
        self.registers = bytearray(64)
        self.registers[COMMAND] = 0x20
        self.registers[COM_IRQ] = 0x14
        self.registers[CONTROL] = 0x10
        self.registers[COLL] = 0x80
        self.registers[TX_CONTROL] = 0x80
        self.registers[VERSION] = 0x92
        self._fifo = bytearray()
        self.ready_us = clock.now_us + RESET_US
        self.field.switch(False)

    def power(self, is_on):
        """Take the supply away or give it back."""
        self.dead_level = None if is_on else 0
        self.power_up()

    def transfer(self, data):
        """Answer one SPI transfer: the first byte addresses, reading continues with each further address."""
        self.transfers += 1
        if self.dead_level is not None:
            return bytes((0xFF if self.dead_level else 0,)) * len(data)
        data = self._damage(data)
        answer = bytearray(len(data))
        if data[0] & 0x80:
            for index in range(1, len(data)):
                answer[index] = self.read(data[index - 1] >> 1 & 0x3F)
        else:
            for value in data[1:]:
                self.write(data[0] >> 1 & 0x3F, value)
        return self._damage(answer)

    def _damage(self, data):
        if not self.flip:
            return bytes(data)
        return bytes(
            value ^ (1 << self.chance.randrange(8) if self.chance.random() < self.flip else 0)
            for value in data
        )

    def read(self, register):
        if register == COMMAND and clock.now_us < self.ready_us:
            return self.registers[COMMAND] | 0x10
        if register == FIFO_LEVEL:
            return len(self._fifo)
        if register == FIFO_DATA:
            return self._fifo.pop(0) if self._fifo else 0
        return self.registers[register]

    def write(self, register, value):
        if clock.now_us < self.ready_us:
            return
        if register == COM_IRQ:
            # Bit 7 says whether the others set or clear.
            before = self.registers[COM_IRQ]
            self.registers[COM_IRQ] = before | value & 0x7F if value & 0x80 else before & ~value & 0x7F
        elif register == FIFO_LEVEL:
            if value & 0x80:
                self._fifo = bytearray()
                self.registers[ERROR] &= ~0x10
        elif register == FIFO_DATA:
            if len(self._fifo) < FIFO_BYTES:
                self._fifo.append(value)
            else:
                self.registers[ERROR] |= 0x10
        elif register == COMMAND:
            self._command(value & 0x0F)
        elif register == BIT_FRAMING:
            self.registers[BIT_FRAMING] = value & 0x77
            if value & 0x80 and self.registers[COMMAND] & 0x0F == TRANSCEIVE:
                self._send(True)
        elif register == COLL:
            self.registers[COLL] = self.registers[COLL] & 0x7F | value & 0x80
        elif register == TX_CONTROL:
            self.registers[TX_CONTROL] = value
            self.field.switch(value & 3 == 3)
        elif register not in (ERROR, VERSION):
            self.registers[register] = value

    def _command(self, command):
        for event in self._events:
            clock.cancel(event)
        self._events = []
        self.registers[COMMAND] = self.registers[COMMAND] & 0xF0 | command
        if command == SOFT_RESET:
            self.resets += 1
            self.power_up()
        elif command == TRANSMIT:
            self._send(False)

    def _later(self, delay_us, function):
        self._events.append(clock.at(clock.now_us + round(delay_us), function))

    def _send(self, receives):
        last = self.registers[BIT_FRAMING] & 7
        bits = to_bits(self._fifo)
        if last:
            bits = bits[: len(bits) - 8 + last]
        self._fifo = bytearray()
        self.registers[ERROR] = 0
        self._later((len(bits) * 9 / 8 + 2) * BIT_US, lambda: self._sent(bits, receives))

    def _sent(self, bits, receives):
        self.registers[COM_IRQ] |= TX_IRQ
        if not receives:
            # Transmit ends by itself.
            self.registers[COMMAND] &= 0xF0
            self.registers[COM_IRQ] |= IDLE_IRQ
        answer, collision = self.field.exchange(bits)
        if not receives:
            return
        if answer is None:
            if self.registers[T_MODE] & 0x80:
                prescaler = (self.registers[T_MODE] & 0x0F) << 8 | self.registers[T_PRESCALER]
                reload = self.registers[T_RELOAD_HIGH] << 8 | self.registers[T_RELOAD_LOW]
                self._later((reload + 1) * (2 * prescaler + 1) / 13.56, self._timed_out)
            return
        if collision is not None:
            # Long before the rest of the frame has come.
            self._later(ANSWER_US + collision * 9 / 8 * BIT_US, self._collided)
        self._later(ANSWER_US + (len(answer) * 9 / 8 + 2) * BIT_US, lambda: self._answered(answer, collision))

    def _collided(self):
        self.registers[ERROR] |= 0x08
        self.registers[COM_IRQ] |= ERROR_IRQ

    def _timed_out(self):
        self.registers[COM_IRQ] |= TIMER_IRQ

    def _answered(self, answer, collision):
        align = self.registers[BIT_FRAMING] >> 4 & 7
        error = 0
        if self.chance.random() < self.air_flip:
            # Two flips in one byte go past its parity.
            hits = [self.chance.randrange(len(answer)) for _ in range(self.chance.choice((1, 2)))]
            for hit in hits:
                answer[hit] ^= 1
            if len({(align + hit) // 8 for hit in hits}) == len(hits):
                error |= 0x02
        self._fifo = bytearray(to_bytes([0] * align + answer))
        if collision is not None:
            error |= 0x08
            position = align + collision + 1
            after = self.registers[COLL] & 0x80
            self.registers[COLL] = after | (position & 0x1F if position <= 32 else 0x20)
        else:
            self.registers[COLL] = self.registers[COLL] & 0x80 | 0x20
        self.registers[ERROR] |= error
        self.registers[COM_IRQ] |= RX_IRQ
        self.registers[CONTROL] = self.registers[CONTROL] & 0xF8 | (align + len(answer)) % 8
