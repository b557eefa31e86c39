"""Drawing with fonts and icons on a frame in memory; `framebuf` does the pixels."""

import framebuf
from micropython import const

from evse.services.display import icons, palette

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

# How a text that is too wide runs: it rests at both ends, and moves by a pixel in so long.
_REST_MS = const(1500)
_PIXEL_MS = const(40)
# No color of the palette: the background of glyphs, which is not copied.
_NO_COLOR = const(255)


def _place(font, character: str) -> int:
    """Return the number of a glyph; a capital or a question mark stands in for one that is missing."""
    index = font.CHARACTERS.find(character)
    if index < 0:
        index = font.CHARACTERS.find(character.upper())
    return index if index >= 0 else max(font.CHARACTERS.find("?"), 0)


def _start(font, index: int) -> int:
    return font.OFFSETS[2 * index] | font.OFFSETS[2 * index + 1] << 8


def has(font, text: str) -> bool:
    """Return True when a font draws every character of a text, lower case as capitals."""
    for character in text.upper():
        if character not in font.CHARACTERS:
            return False
    return True


def text_width(font, text: str) -> int:
    """Return how many pixels wide a text is."""
    width = 0
    for character in text:
        index = _place(font, character)
        width += (_start(font, index + 1) - _start(font, index)) // font.PAGES + font.GAP
    return max(width - font.GAP, 0)


class Canvas:
    """A frame of palette numbers (`is_mono` False) or of bits in pages of eight rows."""

    def __init__(self, width: int, height: int, is_mono: bool) -> None:
        self.width = width
        self.height = height
        self._is_mono = is_mono
        self.buffer = bytearray(width * height // 8 if is_mono else width * height)
        # A bit for each pixel of a column, or a byte.
        kind = framebuf.MONO_VLSB if is_mono else framebuf.GS8
        self.frame = framebuf.FrameBuffer(self.buffer, width, height, kind)
        kind = framebuf.MONO_HLSB if is_mono else framebuf.GS8
        # What the two values of a glyph and the colors of an icon become.
        self._ink = bytearray(2)
        self._inks: Any = framebuf.FrameBuffer(self._ink, 2, 1, kind)
        self._tint = bytearray(palette.LIT if is_mono else range(palette.COUNT))
        self._tints: Any = framebuf.FrameBuffer(self._tint, palette.COUNT, 1, kind)

    def text(self, font, x: int, y: int, text: str, ink: int = 1) -> int:
        """Draw a text and return where it ends."""
        key = self._set_ink(ink)
        rows = font.PAGES * 8
        data = memoryview(font.DATA)
        for character in text:
            index = _place(font, character)
            start = _start(font, index)
            end = _start(font, index + 1)
            width = (end - start) // font.PAGES
            if x + width > 0 and width:
                glyph: Any = (data[start:end], width, rows, framebuf.MONO_VLSB)
                self.frame.blit(glyph, x, y, key, self._inks)
            x += width + font.GAP
            if x >= self.width:
                break
        return x

    def centred(self, font, y: int, text: str, ink: int = 1, left: int = 0, right: int = 0) -> None:
        """Draw a text in the middle between `left` and `right` (the edge when 0)."""
        right = right or self.width
        self.text(font, left + (right - left - text_width(font, text)) // 2, y, text, ink)

    def running(self, font, y: int, text: str, t: int, ink: int = 1) -> None:
        """Draw a text in the middle; one that is too wide runs past, `t` is how long it has been there in ms."""
        excess = text_width(font, text) - self.width
        if excess <= 0:
            self.centred(font, y, text, ink)
        else:
            shift = (t % (2 * _REST_MS + excess * _PIXEL_MS) - _REST_MS) // _PIXEL_MS
            self.text(font, -min(max(shift, 0), excess), y, text, ink)

    def ending(self, font, right: int, y: int, text: str, ink: int = 1) -> None:
        """Draw a text that ends before column `right`."""
        self.text(font, right - text_width(font, text), y, text, ink)

    def icon(self, icon: int, x: int, y: int, tint: int = 0) -> None:
        """Draw an icon, all in one color when `tint` is given."""
        place = icon * 4
        width = icons.INDEX[place]
        height = icons.INDEX[place + 1]
        start = icons.INDEX[place + 2] | icons.INDEX[place + 3] << 8
        data = memoryview(icons.DATA)[start : start + width * height // 2]
        source: Any = (data, width, height, framebuf.GS4_HMSB)
        if self._is_mono:
            self.frame.blit(source, x, y, 0, self._tints)
            return
        for color in range(1, palette.COUNT):
            self._tint[color] = tint or color
        self.frame.blit(source, x, y, 0, self._tints)

    def icon_in(self, icon: int, x: int, y: int, width: int, height: int) -> None:
        """Draw an icon in the middle of a box."""
        place = icon * 4
        self.icon(icon, x + (width - icons.INDEX[place]) // 2, y + (height - icons.INDEX[place + 1]) // 2)

    def _set_ink(self, ink: int) -> int:
        """Prepare the colors of a glyph and return the one that is not copied."""
        if self._is_mono:
            self._ink[0] = 0x40 if ink else 0x80
            return 0 if ink else 1
        self._ink[0] = _NO_COLOR
        self._ink[1] = ink
        return _NO_COLOR
