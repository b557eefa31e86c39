"""Tells UTF-8 from other bytes while a text streams by (RFC 3629); MicroPython's own check lets surrogates pass."""

from micropython import const

_PIECE_BYTES = const(64)


class Utf8:
    """`feed` each piece of a text; at its end `complete` tells whether its last character is."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start a new text."""
        self._left = 0
        self._low = 0x80
        self._high = 0xBF

    @property
    def complete(self) -> bool:
        """True between two characters."""
        return self._left == 0

    def feed(self, data) -> bool:
        """Take a memoryview; return False as soon as the text cannot be UTF-8 any more."""
        at = 0
        size = len(data)
        while at < size:
            end = min(at + _PIECE_BYTES, size)
            # Most of a text is plain, and `max` looks at it without Python's work for each byte.
            piece = data[at:end]
            if (self._left or max(piece) >= 0x80) and not self._follow(piece):
                return False
            at = end
        return True

    def _follow(self, piece) -> bool:
        """Take a few bytes one by one (RFC 3629, section 4)."""
        left = self._left
        low = self._low
        high = self._high
        for byte in piece:
            if left:
                if not low <= byte <= high:
                    return False
                left -= 1
                low = 0x80
                high = 0xBF
            elif byte >= 0x80:
                if not 0xC2 <= byte <= 0xF4:
                    return False
                left = 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3
                # No character may be written longer than needed, be a surrogate or lie beyond U+10FFFF.
                if byte == 0xE0:
                    low = 0xA0
                elif byte == 0xED:
                    high = 0x9F
                elif byte == 0xF0:
                    low = 0x90
                elif byte == 0xF4:
                    high = 0x8F
        self._left = left
        self._low = low
        self._high = high
        return True


def is_utf8(data: bytes) -> bool:
    """Tell whether bytes are a whole text."""
    text = Utf8()
    return text.feed(memoryview(data)) and text.complete
