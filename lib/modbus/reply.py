"""Find the reply to one request in a stream of bytes.

A reply is recognised by its address, function, length (reads) or echoed fields (writes) and CRC, at whatever
offset it starts, so noise before it does no harm.
"""

from micropython import const

from . import codes
from .crc import crc_ok

_MISMATCH = const(0)
_MORE = const(1)
_COMPLETE = const(2)

_EXCEPTION_BIT = const(0x80)
_EXCEPTION_BYTES = const(5)


class ReplyMatcher:
    """Byte-wise matcher over a fixed buffer; `start` is where the present candidate begins."""

    def __init__(self, tx: bytearray) -> None:
        """Match against the request in `tx`."""
        self.rx = bytearray(codes.FRAME_MAX)
        self.start = 0
        self.bad_crcs = 0
        self.dropped = False
        self._tx = tx
        self._end = 0
        self._count = 0

    def reset(self, count: int) -> None:
        """Expect a reply of `count` bytes, or an exception."""
        self.start = 0
        self.bad_crcs = 0
        self.dropped = False
        self._end = 0
        self._count = count

    def is_exception(self) -> bool:
        """Return True when the complete reply is an exception."""
        return self.rx[self.start + 1] & _EXCEPTION_BIT != 0

    def push(self, byte: int) -> bool:
        """Take one byte; return True when it completes a valid reply at `start`."""
        if self._end == codes.FRAME_MAX:
            self._compact()
        self.rx[self._end] = byte
        self._end += 1
        while self.start < self._end:
            verdict = self._judge()
            if verdict != _MISMATCH:
                return verdict == _COMPLETE
            self.start += 1
        self.start = 0
        self._end = 0
        return False

    def _compact(self) -> None:
        """Move the candidate to the front; the longest reply is shorter than the buffer, so there is room."""
        rx = self.rx
        start = self.start
        for index in range(start, self._end):
            rx[index - start] = rx[index]
        self._end -= start
        self.start = 0

    def _judge(self) -> int:
        """Compare the bytes from `start` with the reply that is expected."""
        rx = self.rx
        start = self.start
        have = self._end - start
        need = self._count
        if have >= 2 and rx[start + 1] == self._tx[1] | _EXCEPTION_BIT and rx[start] == self._tx[0]:
            need = _EXCEPTION_BYTES
        elif not self._fields_match(have):
            self.dropped = True
            return _MISMATCH
        if have < need:
            return _MORE
        if crc_ok(rx, start, start + need):
            return _COMPLETE
        self.bad_crcs += 1
        return _MISMATCH

    def _fields_match(self, have: int) -> bool:
        """Return False when address, function, byte count (reads) or echoed fields (writes) differ."""
        rx = self.rx
        tx = self._tx
        start = self.start
        if rx[start] != tx[0]:
            return False
        if tx[1] <= codes.READ_INPUT:
            return have < 2 or (rx[start + 1] == tx[1] and (have < 3 or rx[start + 2] == self._count - 5))
        for index in range(1, min(have, 6)):
            if rx[start + index] != tx[index]:
                return False
        return True
