"""Buffered reading of a file in small pieces, with a limit on its size."""

from micropython import const

from .errors import ImageError, ends_early

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Protocol

    class Source(Protocol):
        """An open binary file."""

        def readinto(self, __buffer: memoryview) -> "int | None": ...

        def seek(self, __offset: int) -> int: ...


_PIECE_BYTES = const(512)


class Reader:
    """Bytes of a source; fast loops use `buffer`, `place` and `end` directly and call `fill` between them."""

    def __init__(self, source: "Source", bytes_max: int) -> None:
        """Read `source` from its start and refuse more than `bytes_max` bytes."""
        self.buffer = bytearray(_PIECE_BYTES)
        self.place = 0
        self.end = 0
        self.taken = 0
        self._view = memoryview(self.buffer)
        self._source = source
        self._bytes_max = bytes_max

    def rewind(self) -> None:
        """Start again at the first byte."""
        try:
            self._source.seek(0)
        except OSError:
            raise ImageError("The file cannot be read.")
        self.place = 0
        self.end = 0
        self.taken = 0

    def fill(self) -> None:
        """Replace the buffer, all of which has been used, by the next piece of the file."""
        try:
            count = self._source.readinto(self._view)
        except OSError:
            raise ImageError("The file cannot be read.")
        if not count:
            raise ends_early()
        self.taken += count
        if self.taken > self._bytes_max:
            raise ImageError("The file is larger than %d bytes." % self._bytes_max)
        self.place = 0
        self.end = count

    def byte(self) -> int:
        """Return the next byte."""
        if self.place == self.end:
            self.fill()
        value = self.buffer[self.place]
        self.place += 1
        return value

    def u16(self) -> int:
        """Return the next two bytes, the high one first."""
        high = self.byte()
        return high << 8 | self.byte()

    def u16_low_first(self) -> int:
        """Return the next two bytes, the low one first."""
        low = self.byte()
        return self.byte() << 8 | low

    def piece(self, count: int) -> memoryview:
        """Return the next bytes that are in memory: at least 1, at most `count`; valid until the next read."""
        if self.place == self.end:
            self.fill()
        start = self.place
        self.place = min(self.end, start + count)
        return self._view[start : self.place]

    def skip(self, count: int) -> None:
        """Leave out `count` bytes; for counts of a few hundred, because it takes no break."""
        while count:
            count -= len(self.piece(count))
