"""LZW decoder of GIF (GIF89a, appendix F): rows of palette indices out of sub-blocks.

Tables for 4096 codes are allocated once: 8 kB of prefixes, 4 kB of last bytes, 1 kB in which a string is laid out.
"""

from array import array

from micropython import const

from .errors import damaged
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_CODES = const(4096)
# A string of n pixels comes after n * n / 2 pixels of one colour at the earliest. Longer ones are laid out in parts.
_STRING_BYTES = const(1024)
# Flag of a part: behind its last code comes the first pixel of the string once more.
_TAIL = const(4096)
_WORK_PER_STEP = const(700)
# Cost of a code beside its pixels, in pixels.
_WORK_PER_CODE = const(8)
_STRING_STEP = const(1000)


class Lzw:
    """Tables that all pictures of a file use one after the other."""

    def __init__(self, reader: Reader) -> None:
        """Allocate the tables."""
        self._reader = reader
        self._prefix = array("H", bytes(2 * _CODES))
        self._suffix = bytearray(_CODES)
        self._string = bytearray(_STRING_BYTES)
        # Codes at which the full parts of a long string end, last part first, and that of the present one.
        self._parts: "list[int]" = []
        self._part = 0
        self._again = False
        # Bytes of the sub-block, and bits of a byte, that have not been used.
        self._left = 0
        self._value = 0
        self._bits = 0

    def _begin(self) -> None:
        """Read how many bits a pixel has."""
        self._root_bits = self._reader.byte()
        if not 1 <= self._root_bits <= 8:
            raise damaged("the code size of a picture is not valid")
        self._clear = 1 << self._root_bits
        self._parts.clear()
        self._left = 0
        self._value = 0
        self._bits = 0
        self._reset()

    def _reset(self) -> None:
        """Clear the table."""
        self._code_bits = self._root_bits + 1
        self._free = self._clear + 2
        self._previous = -1
        self._first = 0

    def rows(self, row: memoryview, rows: int) -> "Iterator[bool]":
        """Decode a picture; yield True when `row` has been filled, `rows` times, and False between."""
        self._begin()
        string = memoryview(self._string)
        put = 0
        width = len(row)
        work = 0
        while True:
            if self._read_code():
                while True:
                    while not self._lay_out():
                        yield False
                    at = self._at
                    work += _STRING_BYTES - at
                    while at < _STRING_BYTES:
                        count = min(_STRING_BYTES - at, width - put)
                        row[put : put + count] = string[at : at + count]
                        at += count
                        put += count
                        if put == width:
                            put = 0
                            rows -= 1
                            yield True
                            if not rows:
                                return
                    if not self._parts:
                        break
                    self._begin_part()
            work += _WORK_PER_CODE
            if work > _WORK_PER_STEP:
                work = 0
                yield False

    def _read_code(self) -> bool:
        """Read a code and prepare its string; return False when it cleared the table."""
        code_bits = self._code_bits
        bits = self._bits
        value = self._value
        while bits < code_bits:
            value |= self._data_byte() << bits
            bits += 8
        self._value = value >> code_bits
        self._bits = bits - code_bits
        code = value & ((1 << code_bits) - 1)
        clear = self._clear
        if code == clear:
            self._reset()
            return False
        if code > self._free or code == clear + 1 or code == _CODES or (code >= clear and self._previous < 0):
            raise damaged("the pixels of a picture are not valid")
        self._at = _STRING_BYTES
        self._code = self._current = self._part = code
        self._again = False
        if code == self._free:
            # The string that is only now being added: the previous one and its own first pixel.
            self._at -= 1
            self._string[self._at] = self._first
            self._current = self._previous
            self._part = self._previous | _TAIL
        return True

    def _begin_part(self) -> None:
        """Lay out a full part of a long string, those before which have been given out."""
        self._again = True
        part = self._parts.pop()
        self._at = _STRING_BYTES
        if part & _TAIL:
            self._at -= 1
            self._string[self._at] = self._first
        self._current = part & (_CODES - 1)

    def _lay_out(self) -> bool:
        """Write a bit of the string at the end of the buffer, last pixel first; return True when it can be used."""
        prefix = self._prefix
        suffix = self._suffix
        string = self._string
        clear = self._clear
        current = self._current
        at = self._at
        stop = max(0, at - _STRING_STEP)
        while current >= clear and at > stop:
            at -= 1
            string[at] = suffix[current]
            current = prefix[current]
        self._current = current
        self._at = at
        if at and current >= clear:
            return False
        if self._again:
            return True
        if not at:
            # This part is laid out again when all before it have been.
            self._parts.append(self._part)
            self._part = current
            self._at = _STRING_BYTES
            return False
        at -= 1
        string[at] = current
        self._at = at
        self._first = current
        free = self._free
        if self._previous >= 0 and free < _CODES:
            prefix[free] = self._previous
            suffix[free] = current
            self._free = free + 1
            if free + 1 == 1 << self._code_bits and self._code_bits < 12:
                self._code_bits += 1
        self._previous = self._code
        return True

    def _data_byte(self) -> int:
        """Return the next byte of the sub-blocks."""
        if not self._left:
            self._left = self._reader.byte()
            if not self._left:
                raise damaged("a picture ends before its last pixel")
        self._left -= 1
        reader = self._reader
        if reader.place == reader.end:
            reader.fill()
        reader.place += 1
        return reader.buffer[reader.place - 1]

    def finish(self) -> "Iterator[bool]":
        """Skip what follows the last pixel, up to the end of the sub-blocks."""
        while True:
            self._reader.skip(self._left)
            yield False
            self._left = self._reader.byte()
            if not self._left:
                return
