"""Bits of JPEG's entropy-coded data, and its Huffman codes (ITU-T T.81, annexes C and F.2.2)."""

from array import array

from micropython import const

from .errors import damaged
from .reader import Reader

# A number in the bit buffer has at most 29 bits: small integers on a 32-bit chip have 30 and a sign.
_FULL = const(21)
_PADDING_MAX = const(64)


class Huffman:
    """One table: codes of up to 8 bits in one look, longer ones by their length."""

    def __init__(self, lengths: "bytes | bytearray", values: bytes) -> None:
        """Make the codes for `lengths` (how many have 1 bit, 2 bits ... 16 bits) and their values."""
        # Length in the high byte, value in the low one; 0 where the code is longer.
        self.fast = array("H", bytes(512))
        self._values = values
        # For lengths 9 to 16: the first left-justified code that is longer, and what leads from code to value.
        self._limits: "list[int]" = []
        self._offsets: "list[int]" = []
        code = 0
        index = 0
        for bits in range(1, 17):
            count = lengths[bits - 1]
            if code + count > 1 << bits:
                raise damaged("a table of codes is not valid")
            if bits > 8:
                self._offsets.append(index - code)
                self._limits.append((code + count) << (16 - bits))
            else:
                for at in range(code << (8 - bits), (code + count) << (8 - bits)):
                    self.fast[at] = bits << 8 | values[index + ((at >> (8 - bits)) - code)]
            index += count
            code = (code + count) << 1

    def long(self, code: int) -> int:
        """Return length << 8 | value of the code of more than 8 bits that 16 bits start with."""
        for more in range(8):
            if code < self._limits[more]:
                return (9 + more) << 8 | self._values[(code >> (7 - more)) + self._offsets[more]]
        raise damaged("a code is not valid")


class Bits:
    """The next bits: the lowest `count` bits of `value`; fast loops use both directly."""

    def __init__(self, reader: Reader) -> None:
        """Start at the first byte of a scan."""
        self.value = 0
        self.count = 0
        # The marker that ended the data, 0 before.
        self.marker = 0
        self._padding = 0
        self._reader = reader

    def refill(self) -> None:
        """Have at least 22 bits; behind the last one come zeros."""
        reader = self._reader
        buffer = reader.buffer
        count = self.count
        value = self.value & ((1 << count) - 1)
        while count <= _FULL:
            if self.marker:
                byte = self._pad()
            else:
                if reader.place == reader.end:
                    reader.fill()
                byte = buffer[reader.place]
                reader.place += 1
                if byte == 0xFF:
                    byte = self._after_ff()
            value = value << 8 | byte
            count += 8
        self.value = value
        self.count = count

    def _after_ff(self) -> int:
        """Return the byte 0xFF, or the first padding when a marker follows (T.81, B.1.1.5)."""
        byte = self._reader.byte()
        if byte == 0:
            return 0xFF
        while byte == 0xFF:
            byte = self._reader.byte()
        self.marker = byte
        return self._pad()

    def _pad(self) -> int:
        self._padding += 8
        if self._padding > _PADDING_MAX:
            raise damaged("the pixels end too early")
        return 0

    def taken(self) -> int:
        """Return the bytes of the file that have been read."""
        return self._reader.taken - self._reader.end + self._reader.place

    def symbol(self, table: Huffman) -> int:
        """Return the value of the next code."""
        if self.count < 16:
            self.refill()
        entry = table.fast[(self.value >> (self.count - 8)) & 0xFF]
        if not entry:
            entry = table.long((self.value >> (self.count - 16)) & 0xFFFF)
        self.count -= entry >> 8
        return entry & 0xFF

    def take(self, size: int) -> int:
        """Return the next `size` bits, 0 to 16, as a number."""
        if self.count < size:
            self.refill()
        self.count -= size
        return (self.value >> self.count) & ((1 << size) - 1)

    def signed(self, size: int) -> int:
        """Return the next `size` bits as a difference or coefficient (T.81, F.2.2.1, EXTEND)."""
        if not size:
            return 0
        number = self.take(size)
        return number if number >> (size - 1) else number - (1 << size) + 1

    def finish(self) -> None:
        """Leave the bits that fill the last byte; refuse data that went on behind its end."""
        if self._padding > self.count:
            raise damaged("the pixels end too early")
        self.count = 0
        self._padding = 0

    def restart(self, number: int) -> None:
        """Expect restart marker `number` (0 to 7) here."""
        self.finish()
        if not self.marker:
            # Some programs put fill bytes here, nobody puts data.
            if self._reader.byte() != 0xFF:
                raise damaged("a restart marker is missing")
            self._after_ff()
            self._padding = 0
        if self.marker != 0xD0 + number:
            raise damaged("a restart marker is missing")
        self.marker = 0


def read_coefficients(
    bits: Bits, table: Huffman, kept: "bytes | bytearray", last: int, coefficients: array
) -> None:
    """Read the AC coefficients of a block (T.81, F.2.2.2); those up to number `last` are kept.

    `kept` tells where a number (in zigzag order) goes among `coefficients`; 255 is nowhere.
    """
    fast = table.fast
    value = bits.value
    count = bits.count
    number = 0
    while number < 63:
        if count < 16:
            bits.count = count
            bits.refill()
            value = bits.value
            count = bits.count
        entry = fast[(value >> (count - 8)) & 0xFF]
        if not entry:
            entry = table.long((value >> (count - 16)) & 0xFFFF)
        count -= entry >> 8
        size = entry & 0x0F
        if size:
            number += ((entry >> 4) & 0x0F) + 1
            if count < size:
                bits.count = count
                bits.refill()
                value = bits.value
                count = bits.count
            count -= size
            if number <= last and kept[number] != 255:
                extra = (value >> count) & ((1 << size) - 1)
                coefficients[kept[number]] = extra if extra >> (size - 1) else extra - (1 << size) + 1
        elif entry & 0xF0 == 0xF0:
            number += 16
        else:
            break
    if number > 63:
        raise damaged("a block has too many coefficients")
    bits.count = count
