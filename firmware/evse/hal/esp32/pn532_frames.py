"""Frames of the PN532, byte by byte (user manual UM0701-02, section 6.2.1).

00 00 FF, length, its complement, the data, the complement of their sum, 00. Acknowledgement, its negative and the
error frame are special ones. Extended frames (over 255 bytes) never answer our commands.
"""

from micropython import const

# What `Receiver.feed` returns.
NOTHING = const(0)
ACK = const(1)
FRAME = const(2)
BAD = const(3)

ACK_FRAME = b"\x00\x00\xff\x00\xff\x00"
NACK_FRAME = b"\x00\x00\xff\xff\x00\x00"

_DATA_BYTES = const(64)
# Steps of the receiver: looking for 00 FF, then length, its complement, data and check sum.
_SEEK = const(0)
_LENGTH = const(1)
_LENGTH_CHECK = const(2)
_DATA = const(3)


def frame(data: bytes) -> bytes:
    """Return the frame around `data`, which begins with D4 and the command."""
    length = len(data)
    return b"\x00\x00\xff" + bytes((length, -length & 0xFF)) + data + bytes((-sum(data) & 0xFF,)) + b"\x00"


class Receiver:
    """Find frames in what comes; the last good one is data[:length] until the next begins."""

    def __init__(self) -> None:
        self.data = bytearray(_DATA_BYTES)
        self.length = 0
        self._step = _SEEK
        self._before = 0xFF
        self._count = 0
        self._sum = 0

    def reset(self) -> None:
        """Forget a frame that has begun."""
        self._step = _SEEK
        self._before = 0xFF

    def feed(self, value: int) -> int:
        """Take one byte; return `ACK`, `FRAME`, `BAD` (a frame with a wrong sum) or `NOTHING`."""
        step = self._step
        if step == _DATA:
            return self._take(value)
        if step == _SEEK:
            if self._before == 0 and value == 0xFF:
                self._step = _LENGTH
            self._before = value
        elif step == _LENGTH:
            self.length = value
            self._step = _LENGTH_CHECK
        else:
            return self._begin(value)
        return NOTHING

    def _begin(self, check: int) -> int:
        length = self.length
        self.reset()
        if length == 0 and check == 0xFF:
            return ACK
        if (length + check) & 0xFF or not 0 < length <= _DATA_BYTES:
            # The start may have been two bytes of something else; this byte may belong to the true one.
            self._before = check
            return NOTHING
        self._step = _DATA
        self._count = 0
        self._sum = 0
        return NOTHING

    def _take(self, value: int) -> int:
        self._sum += value
        if self._count < self.length:
            self.data[self._count] = value
            self._count += 1
            return NOTHING
        self.reset()
        return BAD if self._sum & 0xFF else FRAME
