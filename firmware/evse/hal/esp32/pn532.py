"""A card reader with a PN532 at a UART (HSU): cards of ISO/IEC 14443 type A at 106 kbit/s.

Source: user manual UM0701-02 (commands in section 7). Nothing waits: a call takes what has come since the last one
and sends what is next. One poll is InListPassiveTarget for up to two cards, then the RF field off: that brings a card
out of every state, so the next poll finds it again, and spares the Wi-Fi the field half of the time.
A frame's sum is 8 bits only, so a card counts when two polls agree.
"""

from machine import UART, Pin
from micropython import const

from evse.core import ticks
from evse.hal.esp32 import pn532_frames as frames
from evse.hal.esp32.rfid import Presence, Reader

_GONE_MS = const(1000)
_SIGHTS = const(2)
_BUFFER_BYTES = const(128)
_CHUNK_BYTES = const(64)
# The reader acknowledges within 15 ms; looking at two cards takes longest.
_ACK_MS = const(150)
_ANSWER_MS = const(600)
_NACKS = const(2)
# In a row.
_FAILURES = const(3)

# Edges that wake it from low power, and time for its oscillator; a command that still runs is cancelled before.
_WAKE = b"\x00\x00\xff\x00\xff\x00\x55\x55\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
_COMMANDS = (
    # SAMConfiguration: no SAM.
    b"\xd4\x14\x01\x14\x01",
    # SetParameters: no automatic RATS, so that a card needs no second exchange.
    b"\xd4\x12\x04",
    # RFConfiguration 5: three tries to find a card, not endlessly many.
    b"\xd4\x32\x05\xff\x01\x02",
    # InListPassiveTarget: up to two cards, 106 kbit/s type A.
    b"\xd4\x4a\x02\x00",
    # RFConfiguration 1: field off.
    b"\xd4\x32\x01\x00",
)
_FIRST = const(0)
_LIST = const(3)
_OFF = const(4)
_FROM_READER = const(0xD5)
_HAS_RATS = const(0x20)


class Pn532(Reader):
    """The reader of the wiring's group `rfid`: `uart`, `tx_pin`, `rx_pin`, `baud`."""

    def __init__(self, wiring: dict) -> None:
        super().__init__("PN532", Presence(_GONE_MS, _SIGHTS))
        self._uart = UART(
            wiring["uart"],
            baudrate=wiring["baud"],
            tx=Pin(wiring["tx_pin"], Pin.OUT, value=1),
            # Without a reader the line would float and receive noise.
            rx=Pin(wiring["rx_pin"], Pin.IN, Pin.PULL_UP),
            txbuf=_BUFFER_BYTES,
            rxbuf=_BUFFER_BYTES,
            timeout=0,
        )
        self._frames = [frames.frame(command) for command in _COMMANDS]
        self._receiver = frames.Receiver()
        self._chunk = bytearray(_CHUNK_BYTES)
        self._running = False
        self._step = _FIRST
        self._sent_ms = 0
        self._acknowledged = False
        self._nacks = 0
        self._failures = 0

    def _work(self, now_ms: int, begin_us: int) -> None:
        self._receive(now_ms)
        if not self._running:
            if self._retry.is_due(now_ms):
                self._running = True
                self._uart.write(_WAKE)
                self._send(_FIRST, now_ms)
            return
        limit_ms = _ANSWER_MS if self._acknowledged else _ACK_MS
        if not 0 <= ticks.diff(now_ms, self._sent_ms) < limit_ms:
            self._fail("no answer", now_ms)

    def _receive(self, now_ms: int) -> None:
        chunk = self._chunk
        # At most what the UART's buffer holds: noise must not keep us here.
        for _ in range(_BUFFER_BYTES // _CHUNK_BYTES):
            if not self._uart.any():
                return
            for index in range(self._uart.readinto(chunk) or 0):
                event = self._receiver.feed(chunk[index])
                if event and self._running:
                    self._take(event, now_ms)

    def _take(self, event: int, now_ms: int) -> None:
        if event == frames.ACK:
            self._acknowledged = True
            return
        if event == frames.BAD:
            # It keeps its last answer and sends it again.
            if self._nacks < _NACKS:
                self._nacks += 1
                self._uart.write(frames.NACK_FRAME)
            else:
                self._fail("damaged answers", now_ms)
            return
        receiver = self._receiver
        data = receiver.data
        if data[0] != _FROM_READER:
            # The error frame, 7F: it did not understand the command.
            self._fail("refuses commands", now_ms)
        elif receiver.length >= 2 and data[1] == _COMMANDS[self._step][1] + 1:
            self._answered(now_ms)

    def _answered(self, now_ms: int) -> None:
        """Act on the answer to the command under way, and send the next one."""
        if self._step == _LIST:
            if not self._list(self._receiver.data, self._receiver.length):
                self._fail("damaged answers", now_ms)
                return
            self._presence.polled(now_ms)
            self._failures = 0
            self._retry.works()
        self._send(_LIST if self._step == _OFF else self._step + 1, now_ms)

    def _list(self, data: bytearray, length: int) -> bool:
        """Note the cards of an answer; False when it is not as the manual says."""
        if length < 3 or data[2] > 2:
            return False
        # First look whether all fits: target, SENS_RES (2), SEL_RES, length, UID.
        for note in range(2):
            at = 3
            for _ in range(data[2]):
                if at + 5 > length or data[at + 4] not in (4, 7, 10):
                    return False
                end = at + 5 + data[at + 4]
                if end > length:
                    return False
                if note:
                    self._presence.seen(data, at + 5, data[at + 4])
                # After a restart unnoticed it sends RATS again: then an ATS follows, its length first.
                if data[at + 3] & _HAS_RATS and end < length and data[2] == 1:
                    end += data[end]
                at = end
            if at != length:
                return False
        return True

    def _send(self, step: int, now_ms: int) -> None:
        self._step = step
        self._acknowledged = False
        self._nacks = 0
        self._sent_ms = now_ms
        self._receiver.reset()
        self._uart.write(self._frames[step])

    def _fail(self, reason: str, now_ms: int) -> None:
        """Try the same command again, or after some failures start anew later."""
        self._failures += 1
        if self._step >= _LIST and self._failures < _FAILURES:
            # Cancels what may still be going on.
            self._uart.write(frames.ACK_FRAME)
            self._send(self._step, now_ms)
            return
        self._running = False
        self._failures = 0
        self._retry.failed(reason, now_ms)
