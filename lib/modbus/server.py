"""Modbus-RTU server (slave): a state machine without I/O for functions 3, 4, 6 and 16.

The owner hands over received bytes with `receive`, calls `poll` with the time and sends as many bytes of
`tx` as it says. Frames with a wrong CRC, for other addresses or cut short are ignored, as the standard asks.

A request is recognised by its length and CRC at whatever offset it starts, because an owner that polls every
few milliseconds cannot see the 4 ms of silence between frames. A longer gap ends a frame of unknown length.
"""

from micropython import const

from . import codes, pdu
from .crc import append_crc, crc_ok
from .line import silence_ms
from .registers import get_u16, put_u16
from .ticks import FOREVER_MS, ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from .pdu import RegisterBank

_READ_REQUEST_BYTES = const(8)
# Polling distance that a gap between two parts of one frame may seem to have.
_POLL_MAX_MS = const(20)


class RtuServer:
    """One Modbus-RTU device on a bus."""

    def __init__(self, bank: "RegisterBank", address: int, baud: int = 9600, delay_ms: int = 0) -> None:
        """Serve `bank` at `address` (1..247); `delay_ms` is the processing time beyond the frame silence."""
        if not 1 <= address <= codes.ADDRESS_MAX:
            raise ValueError("address must be 1..247")
        self.tx = bytearray(codes.FRAME_MAX)
        self.address = address
        self.requests = 0
        self.ignored_frames = 0
        self._bank = bank
        self._rx = bytearray(codes.FRAME_MAX)
        self._start = 0
        self._count = 0
        self._last_ms = 0
        self._gap_ms = silence_ms(baud) + _POLL_MAX_MS
        self._delay_ms = silence_ms(baud) + delay_ms
        self._reply_count = 0
        self._reply_due_ms = 0

    def receive(self, data: bytes | bytearray | memoryview, count: int, now_ms: int) -> None:
        """Take the first `count` bytes of `data`, received by `now_ms`."""
        if count <= 0:
            return
        self._check_gap(now_ms)
        self._last_ms = now_ms
        for index in range(count):
            if self._count == codes.FRAME_MAX:
                self._drop()
            self._rx[self._count] = data[index]
            self._count += 1
            self._scan(now_ms)

    def poll(self, now_ms: int) -> int:
        """Advance the time; return how many bytes of `tx` to send now (0 for none)."""
        self._check_gap(now_ms)
        if self._reply_count and ticks_diff(now_ms, self._reply_due_ms) >= 0:
            count = self._reply_count
            self._reply_count = 0
            return count
        return 0

    def next_due_ms(self, now_ms: int) -> int:
        """Return after how many ms `poll` is needed again if no byte arrives."""
        left = FOREVER_MS
        if self._count:
            left = self._gap_ms - ticks_diff(now_ms, self._last_ms)
        if self._reply_count:
            left = min(left, ticks_diff(self._reply_due_ms, now_ms))
        return left if left > 0 else 0

    def _scan(self, now_ms: int) -> None:
        """Answer as soon as a complete request to this device ends at the last byte."""
        rx = self._rx
        while self._start < self._count:
            start = self._start
            have = self._count - start
            if rx[start] == self.address or rx[start] == codes.BROADCAST:
                need = self._request_bytes(start, have)
                if have < need:
                    return
                if need and crc_ok(rx, start, start + need):
                    self._handle(start, need, now_ms)
                    return
            self._start += 1

    def _request_bytes(self, start: int, have: int) -> int:
        """Return the length of the request at `start` (`have` + 1 while unknown), 0 if there is none."""
        if have < 2:
            return have + 1
        function = self._rx[start + 1]
        if function in codes.READ_FUNCTIONS or function == codes.WRITE_SINGLE:
            return _READ_REQUEST_BYTES
        if function != codes.WRITE_MULTIPLE:
            return 0
        if have < 7:
            return have + 1
        need = 9 + self._rx[start + 6]
        return need if start + need <= codes.FRAME_MAX else 0

    def _check_gap(self, now_ms: int) -> None:
        """End a frame of unknown length: a function that this server does not know, or noise."""
        count = self._count
        if not count or 0 <= ticks_diff(now_ms, self._last_ms) < self._gap_ms:
            return
        if count >= 4 and self._rx[0] == self.address and crc_ok(self._rx, 0, count):
            self._handle(0, count, now_ms)
        else:
            self._drop()

    def _drop(self) -> None:
        self._start = 0
        self._count = 0
        self.ignored_frames += 1

    def _handle(self, start: int, count: int, now_ms: int) -> None:
        """Answer the request at `start` and empty the buffer."""
        rx = self._rx
        for index in range(count):
            rx[index] = rx[start + index]
        self._start = 0
        self._count = 0
        self.requests += 1
        self._reply_count = 0
        length = self._answer(count)
        if rx[0] != codes.BROADCAST:
            self._reply_count = append_crc(self.tx, length)
            self._reply_due_ms = ticks_add(now_ms, self._delay_ms)

    def _answer(self, count: int) -> int:
        """Build the reply without CRC in `tx` and return its length."""
        rx = self._rx
        self.tx[0] = self.address
        return 1 + pdu.answer(self._bank, rx, 1, count - 3, self.tx, 1, rx[0] == codes.BROADCAST)


class ListBank:
    """A register bank over a list of 16-bit numbers: register 0 is the first; readable and writable."""

    def __init__(self, values: list[int]) -> None:
        self.values = values

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        if register + count > len(self.values):
            return codes.ILLEGAL_ADDRESS
        for index in range(count):
            put_u16(buffer, offset + 2 * index, self.values[register + index])
        return 0

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        if register + count > len(self.values):
            return codes.ILLEGAL_ADDRESS
        for index in range(count):
            self.values[register + index] = get_u16(buffer, offset + 2 * index)
        return 0
