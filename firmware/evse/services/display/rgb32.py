"""Renderer of the 32x32 colour display: RGB888, in slices."""

import framebuf
from micropython import const

from evse.services.display import designs, palette, rgb_pages
from evse.services.display.canvas import Canvas

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_SIDE = const(32)
_PIXELS = const(1024)
_BYTES = const(3072)


class Rgb32:
    """Draw a page into `buffer`, row by row, three bytes a pixel."""

    width = _SIDE
    height = _SIDE

    def __init__(self, brightness: int = 255) -> None:
        self.buffer = bytearray(_BYTES)
        self._canvas = Canvas(_SIDE, _SIDE, False)
        # The canvas as one column, and every color of the panel as a column that skips the two others.
        self._column: Any = framebuf.FrameBuffer(self._canvas.buffer, 1, _PIXELS, framebuf.GS8)
        view = memoryview(self.buffer)
        self._planes = [framebuf.FrameBuffer(view[color:], 1, _PIXELS, framebuf.GS8, 3) for color in range(3)]
        self._levels = [bytearray(palette.COUNT) for _ in range(3)]
        self._palettes: list[Any] = [
            framebuf.FrameBuffer(levels, palette.COUNT, 1, framebuf.GS8) for levels in self._levels
        ]
        self._dimmed = bytearray(256)
        self._dimmer: Any = framebuf.FrameBuffer(self._dimmed, 256, 1, framebuf.GS8)
        self._picture: Any = framebuf.FrameBuffer(self.buffer, _BYTES, 1, framebuf.GS8)
        self._code = None
        self._brightness = -1
        self.set_brightness(brightness)

    def set_brightness(self, brightness: int) -> None:
        """Set the brightness, 0 to 255; what is not black stays visible above 0."""
        if brightness == self._brightness:
            return
        self._brightness = brightness
        for value in range(256):
            self._dimmed[value] = (value * brightness + 254) // 255
        for color in range(palette.COUNT):
            for plane in range(3):
                self._levels[plane][color] = self._dimmed[palette.RGB[3 * color + plane]]

    def frame(self, page: str, view, elapsed_ms: int) -> "Iterator[None]":
        """Draw a page; between two slices others may run."""
        if page != "qr":
            self._code = None
        if page == "idle" and view.picture:
            yield from self._show_picture(view.picture, elapsed_ms)
            return
        canvas = self._canvas
        canvas.frame.fill(palette.CLEAR)
        if page == "idle":
            designs.DESIGNS[view.design % len(designs.DESIGNS)][1](canvas, view, elapsed_ms)
        elif page == "qr":
            yield from self._draw_qr(view.link)
        else:
            rgb_pages.PAGES[page](canvas, view, elapsed_ms)
        if view.online == 0 and page not in ("qr", "offline", "offline_why", "restart"):
            canvas.frame.fill_rect(30, 0, 2, 2, palette.ORANGE)
        yield
        for plane in range(3):
            self._planes[plane].blit(self._column, 0, 0, -1, self._palettes[plane])
        yield

    def _draw_qr(self, link: str) -> "Iterator[None]":
        if self._code is None or self._code.text != link:
            from evse.services.display.qr import Qr

            code = Qr()
            yield from code.encode(link)
            # Kept as long as it is shown.
            self._code = code
        # Light modules are lit, as on paper; what is left of 32 pixels is the quiet zone.
        self._canvas.frame.fill(palette.WHITE)
        left = (_SIDE - self._code.size) // 2
        self._code.draw(self._canvas.frame, left, left, 1, palette.BLACK)

    def _show_picture(self, picture, elapsed_ms: int) -> "Iterator[None]":
        picture.read_into(elapsed_ms // 100 % picture.count, self.buffer)
        yield
        if self._brightness != 255:
            # In place: every byte is read before it is written.
            self._picture.blit(self._picture, 0, 0, -1, self._dimmer)
        if not any(self.buffer):
            # Black looks like a dead station, so one pixel lives.
            self.buffer[_BYTES - 2] = self._dimmed[96 if elapsed_ms // 1000 % 2 else 32]
        yield
