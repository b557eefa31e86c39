"""Renderer of the 128x64 monochrome display: eight pages of 128 columns, the top row in bit 0, as ST7567 wants it."""

from micropython import const

from evse.services.display import lcd_pages
from evse.services.display.canvas import Canvas

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Iterator

_WIDTH = const(128)
_HEIGHT = const(64)


class Lcd128:
    """Draw a page into `buffer`."""

    width = _WIDTH
    height = _HEIGHT

    def __init__(self) -> None:
        self._canvas = Canvas(_WIDTH, _HEIGHT, True)
        self.buffer = self._canvas.buffer
        self._code = None

    def set_brightness(self, brightness: int) -> None:
        """Do nothing: the backlight is not ours."""

    def frame(self, page: str, view, elapsed_ms: int) -> "Iterator[None]":
        """Draw a page; between two slices others may run."""
        canvas = self._canvas
        canvas.frame.fill(0)
        lcd_pages.draw(canvas, page, view, elapsed_ms)
        yield
        if page == "qr":
            yield from self._draw_qr(view.link)
        else:
            self._code = None

    def _draw_qr(self, link: str) -> "Iterator[None]":
        if self._code is None or self._code.text != link:
            from evse.services.display.qr import Qr

            code = Qr()
            yield from code.encode(link)
            # Kept as long as it is shown.
            self._code = code
        # What is dark on paper is dark on the display, which is light where nothing is drawn.
        self._code.draw(self._canvas.frame, 4, (_HEIGHT - 2 * self._code.size) // 2, 2, 1)
        yield
