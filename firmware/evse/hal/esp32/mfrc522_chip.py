"""The registers of an MFRC522 at an SPI: restart, set up, send to cards, see what has come.

Source: MFRC522 data sheet rev. 3.9, sections 8.1.2 (SPI), 9 (registers), 10 (commands). Nothing here waits.
"""

from machine import SPI, Pin
from micropython import const

_COMMAND = const(0x01)
_COM_IRQ = const(0x04)
_ERROR = const(0x06)
_FIFO_DATA = const(0x09)
_FIFO_LEVEL = const(0x0A)
_BIT_FRAMING = const(0x0D)
_COLL = const(0x0E)
_TX_CONTROL = const(0x14)
_VERSION = const(0x37)

_IDLE = const(0x00)
_TRANSMIT = const(0x04)
_TRANSCEIVE = const(0x0C)
_SOFT_RESET = const(0x0F)
_POWER_DOWN = const(0x10)
_START = const(0x80)
_FLUSH = const(0x80)
# Interrupts: all; transmitted; received; received, idle or time-out. (Error comes before the rest of a frame.)
_IRQ_ALL = const(0x7F)
_IRQ_SENT = const(0x40)
_IRQ_RECEIVED = const(0x20)
_IRQ_END = const(0x31)
_COLLISION = const(0x08)
# Overflow, parity, protocol.
_DAMAGED = const(0x13)
_ANTENNA_ON = const(0x83)
_READ = const(0x80)
# Address and the longest request.
_TRANSFER_BYTES = const(10)

# Register and value, in order: the timer starts by itself behind each transmission and ends the wait after 1 ms (40
# ticks of 25 us; a card answers within 91 us), 100 % ASK, bits behind a collision are 0, no CRC, antenna on.
_SETTINGS = b"\x2a\x80\x2b\xa9\x2c\x00\x2d\x28\x15\x40\x11\x3d\x0e\x00\x12\x00\x13\x00\x14\x83"


class Chip:
    """The chip of the wiring's group `rfid`: `spi`, `sck_pin`, `mosi_pin`, `miso_pin`, `cs_pin`, `baud`."""

    def __init__(self, wiring: dict) -> None:
        self._cs = Pin(wiring["cs_pin"], Pin.OUT, value=1)
        self._spi = SPI(
            wiring["spi"],
            baudrate=wiring["baud"],
            polarity=0,
            phase=0,
            sck=Pin(wiring["sck_pin"]),
            mosi=Pin(wiring["mosi_pin"]),
            # Without a reader the line would float.
            miso=Pin(wiring["miso_pin"], Pin.IN, Pin.PULL_UP),
        )
        self._out = bytearray(_TRANSFER_BYTES)
        self._in = bytearray(_TRANSFER_BYTES)
        # By their length: a slice in use would allocate.
        self._outs = [memoryview(self._out)[:count] for count in range(_TRANSFER_BYTES + 1)]
        self._ins = [memoryview(self._in)[:count] for count in range(_TRANSFER_BYTES + 1)]

    def restart(self) -> None:
        """Begin a soft reset, which also switches the field off."""
        self._write(_COMMAND, _SOFT_RESET)

    def is_restarting(self) -> bool:
        """Return True while the reset lasts, and where a line that is always high looks like it."""
        return bool(self._read(_COMMAND) & _POWER_DOWN)

    def is_there(self) -> bool:
        """Return True when there is a chip at all; copies of it have versions of their own."""
        version = self._read(_VERSION)
        return version != 0x00 and version != 0xFF

    def set_up(self) -> None:
        """Configure the chip and switch the field on."""
        for index in range(0, len(_SETTINGS), 2):
            self._write(_SETTINGS[index], _SETTINGS[index + 1])

    def is_set_up(self) -> bool:
        """Return False when the chip lost its configuration with its supply, or is gone."""
        return self._read(_TX_CONTROL) == _ANTENNA_ON

    def send(self, data: "bytes | bytearray", count: int, framing: int, receives: bool) -> None:
        """Send data[:count] (at most 9) and wait for an answer if it `receives`.

        `framing` is BitFramingReg: place of the first bit received in bits 6 to 4, bits of the last byte in 2 to 0.
        """
        self._write(_COMMAND, _IDLE)
        self._write(_COM_IRQ, _IRQ_ALL)
        self._write(_FIFO_LEVEL, _FLUSH)
        self._out[0] = _FIFO_DATA << 1
        for index in range(count):
            self._out[1 + index] = data[index]
        self._transfer(1 + count)
        self._write(_BIT_FRAMING, framing)
        if receives:
            self._write(_COMMAND, _TRANSCEIVE)
            self._write(_BIT_FRAMING, framing | _START)
        else:
            self._write(_COMMAND, _TRANSMIT)

    def is_done(self, receives: bool) -> bool:
        """Return True when the answer is there or will not come, or what needs no answer is sent."""
        return bool(self._read(_COM_IRQ) & (_IRQ_END if receives else _IRQ_SENT))

    def has_answer(self) -> bool:
        """Return True when a card has answered."""
        return bool(self._read(_COM_IRQ) & _IRQ_RECEIVED)

    def take(self, answer: bytearray) -> int:
        """Put what has come into `answer` and return how many bytes; -1 when it is damaged or too long."""
        if self._read(_ERROR) & _DAMAGED:
            return -1
        count = self._read(_FIFO_LEVEL)
        if count > len(answer):
            return -1
        for index in range(count):
            self._out[index] = _READ | _FIFO_DATA << 1
        self._out[count] = 0
        if count:
            self._transfer(1 + count)
        for index in range(count):
            answer[index] = self._in[1 + index]
        return count

    def collision(self) -> int:
        """Return CollReg when cards disagreed in the last answer, else -1."""
        return self._read(_COLL) if self._read(_ERROR) & _COLLISION else -1

    def _write(self, register: int, value: int) -> None:
        self._out[0] = register << 1
        self._out[1] = value
        self._transfer(2)

    def _read(self, register: int) -> int:
        self._out[0] = _READ | register << 1
        self._out[1] = 0
        self._transfer(2)
        return self._in[1]

    def _transfer(self, count: int) -> None:
        self._cs.value(0)
        self._spi.write_readinto(self._outs[count], self._ins[count])
        self._cs.value(1)
