"""The UART of the fake `machine`, on a wire where every bit takes its time.

Bytes go out from a buffer without a gap. Received bytes reach Python as the driver of the port delivers them: when
120 wait in the hardware, or when the line has been silent for ten characters.
"""

from fake_chip import chip
from micropython import const
from simulated_time import clock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

_FULL_BYTES = 120
_SILENT_CHARS = 10
_START_DELAY_US = 60


class UART:
    """A port whose wire is `chip.wires[id]`, if anything is connected; else what is sent is lost."""

    IRQ_RXIDLE = 4096

    def __init__(
        self,
        id,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        *,
        tx=None,
        rx=None,
        txbuf=256,
        rxbuf=256,
        timeout=0,
        timeout_char=0,
    ):
        if not 0 <= id <= 2:
            raise ValueError("UART(%d) does not exist" % id)
        self.baudrate = baudrate
        self.char_us = (10 * 1000000 + baudrate // 2) // baudrate
        self._txbuf = txbuf
        self._rxbuf = rxbuf
        self._timeout_ms = timeout
        self._free_us = 0
        self._fifo = bytearray()
        self._received = bytearray()
        self._silence = None
        self.overruns = 0
        self.wire = chip.wires.get(id)
        if self.wire is not None:
            self.wire.connect(self)
        chip.uarts[id] = self

    def write(self, data, count=None):
        if count is not None:
            data = memoryview(data)[:count]
        now_us = clock.now()
        pending = max(0, self._free_us - now_us) // self.char_us
        if pending + len(data) > self._txbuf:
            # The driver waits for room.
            clock.block((pending + len(data) - self._txbuf) * self.char_us)
        begin_us = max(self._free_us, clock.now() + _START_DELAY_US)
        for value in bytes(data):
            end_us = begin_us + self.char_us
            if self.wire is not None:
                self.wire.sent(value, begin_us, end_us)
            begin_us = end_us
        self._free_us = begin_us
        return len(data)

    def txdone(self):
        return clock.now() >= self._free_us

    def flush(self):
        clock.block(max(0, self._free_us - clock.now()))

    def any(self):
        return len(self._received)

    def readinto(self, buffer, count=None):
        count = len(buffer) if count is None else min(count, len(buffer))
        if count > len(self._received) and self._timeout_ms:
            clock.block(self._timeout_ms * 1000)
        count = min(count, len(self._received))
        if count == 0:
            return None
        buffer[:count] = self._received[:count]
        self._received = self._received[count:]
        return count

    def read(self, count=-1):
        count = len(self._received) if count < 0 else min(count, len(self._received))
        data = bytes(self._received[:count])
        self._received = self._received[count:]
        return data or None

    def receive(self, value):
        """Take a byte whose stop bit has just ended."""
        self._fifo.append(value)
        if self._silence is not None:
            clock.cancel(self._silence)
        self._silence = clock.at(clock.now_us + _SILENT_CHARS * self.char_us, self._deliver)
        if len(self._fifo) >= _FULL_BYTES:
            self._deliver()

    def _deliver(self):
        room = self._rxbuf - len(self._received)
        self.overruns += max(0, len(self._fifo) - room)
        self._received += self._fifo[:room]
        self._fifo = bytearray()


class Rs485Wire:
    """A two-wire bus with our transceiver and one device that answers.

    Our driver is on while `direction_gpio` is high. A byte of ours is heard only if it was on for all of the
    byte, a byte of the device only if it was off for all of it. `answer(request)` gives the reply or None.
    """

    def __init__(self, direction_gpio, answer, delay_us, request_bytes=8):
        self._direction_gpio = direction_gpio
        self._answer = answer
        self._request_bytes = request_bytes
        self.delay_us = delay_us
        self.request = bytearray()
        self.requests = []
        self.cut = 0
        self.lost = 0
        self.released_late_us = []
        self._uart: Any = None

    def connect(self, uart):
        self._uart = uart

    def _driver_since(self, level, begin_us):
        if self._direction_gpio is None:
            return True
        pad = chip.gpio(self._direction_gpio)
        return pad.level() == level and pad.changed_us <= begin_us

    def sent(self, value, begin_us, end_us):
        clock.at(end_us, lambda: self._heard_by_device(value, begin_us))

    def _heard_by_device(self, value, begin_us):
        if not self._driver_since(1, begin_us):
            self.cut += 1
            return
        self.request.append(value)
        if len(self.request) == self._request_bytes:
            request = bytes(self.request)
            self.request = bytearray()
            self.requests.append(request)
            reply = self._answer(request)
            if reply:
                self.reply(reply, clock.now_us + self.delay_us)

    def reply(self, data, begin_us):
        """Let the device send."""
        for value in data:
            end_us = begin_us + self._uart.char_us
            clock.at(end_us, lambda value=value, begin_us=begin_us: self._heard_by_us(value, begin_us))
            begin_us = end_us

    def _heard_by_us(self, value, begin_us):
        if self._driver_since(0, begin_us):
            self._uart.receive(value)
        else:
            self.lost += 1
