"""QR codes of versions 1 to 3 in byte mode: up to 53 characters in 29x29 modules (ISO/IEC 18004)."""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bytes of data, bytes of error correction, bits of format (mask 0); from the smallest, the safer one first.
_KINDS = (
    (1, 16, 10, 0b101010000010010),
    (1, 19, 7, 0b111011111000100),
    (2, 28, 16, 0b101010000010010),
    (2, 34, 10, 0b111011111000100),
    (3, 44, 26, 0b101010000010010),
    (3, 55, 15, 0b111011111000100),
)
# Mode and length take 12 bits.
LONGEST = const(53)
_FINDER = b"\x7f\x41\x5d\x5d\x5d\x41\x7f"
_POLYNOMIAL = const(0x11D)
_MODULES_A_SLICE = const(120)


def _times(a: int, b: int) -> int:
    """Multiply in the field of 256 elements."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _POLYNOMIAL
        b >>= 1
    return product


def _generator(degree: int) -> bytearray:
    """Return the coefficients of the generator polynomial, without the first one."""
    found = bytearray(degree)
    found[degree - 1] = 1
    root = 1
    for _ in range(degree):
        for place in range(degree):
            found[place] = _times(found[place], root)
            if place + 1 < degree:
                found[place] ^= found[place + 1]
        root = _times(root, 2)
    return found


class Qr:
    """One code; `encode` makes it in slices, `draw` copies it."""

    def __init__(self) -> None:
        self.text = ""
        self.size = 0
        self._dark = bytearray()
        self._fixed = bytearray()

    def encode(self, text: str) -> "Iterator[None]":
        """Make the code of a text of at most LONGEST bytes; ValueError when it is longer."""
        data = text.encode()
        self.text = text
        version, data_bytes, check_bytes, format_bits = _kind(len(data))
        self.size = 17 + 4 * version
        self._dark = bytearray(self.size * self.size)
        self._fixed = bytearray(self.size * self.size)
        self._draw_patterns(version, format_bits)
        yield
        words = _words(data, data_bytes)
        generator = _generator(check_bytes)
        yield
        check = bytearray(check_bytes)
        for index in range(data_bytes):
            factor = words[index] ^ check[0]
            for place in range(check_bytes - 1):
                check[place] = check[place + 1] ^ _times(generator[place], factor)
            check[check_bytes - 1] = _times(generator[check_bytes - 1], factor)
            if index % 4 == 3:
                yield
        yield from self._draw_words(words + check)
        self._fixed = bytearray()

    def draw(self, frame, left: int, top: int, scale: int, ink: int) -> None:
        """Draw the dark modules, `scale` pixels wide."""
        size = self.size
        for y in range(size):
            x = 0
            while x < size:
                first = x
                while x < size and self._dark[y * size + x]:
                    x += 1
                if x > first:
                    frame.fill_rect(left + first * scale, top + y * scale, (x - first) * scale, scale, ink)
                x += 1

    def _set(self, x: int, y: int, dark: int) -> None:
        place = y * self.size + x
        self._dark[place] = dark
        self._fixed[place] = 1

    def _draw_patterns(self, version: int, format_bits: int) -> None:
        size = self.size
        for place in range(size):
            self._set(6, place, 1 - place % 2)
            self._set(place, 6, 1 - place % 2)
        for left, top in ((0, 0), (size - 7, 0), (0, size - 7)):
            self._draw_finder(left, top)
        if version > 1:
            for y in range(-2, 3):
                for x in range(-2, 3):
                    self._set(size - 7 + x, size - 7 + y, 0 if max(abs(x), abs(y)) == 1 else 1)
        self._draw_format(format_bits)

    def _draw_finder(self, left: int, top: int) -> None:
        """Draw a finder pattern and the light modules around it."""
        for y in range(-1, 8):
            for x in range(-1, 8):
                if 0 <= left + x < self.size and 0 <= top + y < self.size:
                    inside = 0 <= x < 7 and 0 <= y < 7
                    self._set(left + x, top + y, _FINDER[y] >> x & 1 if inside else 0)

    def _draw_format(self, bits: int) -> None:
        size = self.size
        for index in range(15):
            bit = bits >> index & 1
            if index < 8:
                self._set(8, index if index < 6 else index + 1, bit)
                self._set(size - 1 - index, 8, bit)
            else:
                self._set(7 if index == 8 else 14 - index, 8, bit)
                self._set(8, size - 15 + index, bit)
        self._set(8, size - 8, 1)

    def _draw_words(self, words: bytearray) -> "Iterator[None]":
        """Draw the bits in columns of two from the right, up and down, every other module inverted (mask 0)."""
        size = self.size
        bits = len(words) * 8
        bit = 0
        right = size - 1
        upward = True
        count = 0
        while right > 0:
            if right == 6:
                right = 5
            for step in range(size):
                y = size - 1 - step if upward else step
                for x in (right, right - 1):
                    place = y * size + x
                    if not self._fixed[place]:
                        dark = words[bit >> 3] >> (7 - (bit & 7)) & 1 if bit < bits else 0
                        self._dark[place] = dark ^ (1 - (x + y) % 2)
                        bit += 1
                count += 2
                if count >= _MODULES_A_SLICE:
                    count = 0
                    yield
            right -= 2
            upward = not upward


def _kind(length: int) -> tuple:
    """Return the first row of _KINDS that holds so many bytes."""
    for kind in _KINDS:
        if length + 2 <= kind[1]:
            return kind
    raise ValueError("text is too long for a QR code")


def _words(data: bytes, data_bytes: int) -> bytearray:
    """Return mode, length, data and padding."""
    words = bytearray(data_bytes)
    words[0] = 0x40 | len(data) >> 4
    rest = len(data) & 15
    for index in range(len(data)):
        words[index + 1] = rest << 4 | data[index] >> 4
        rest = data[index] & 15
    words[len(data) + 1] = rest << 4
    for index in range(len(data) + 2, data_bytes):
        words[index] = 0x11 if (index - len(data)) % 2 else 0xEC
    return words
