"""One display with its renderer: a page is drawn in slices, and only what changed is sent."""

import binascii

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from evse.hal.api import Display
    from evse.services.display.lcd128 import Lcd128
    from evse.services.display.rgb32 import Rgb32

# Eight parts of a frame: four rows of the colour display, one page of the monochrome one.
_PARTS = const(8)


def make_renderer(display: "Display") -> "Rgb32 | Lcd128 | None":
    """Return what draws for a display of this size, or None."""
    # Most boards have one of the two: the other one is not loaded.
    if (display.width, display.height) == (32, 32):
        from evse.services.display.rgb32 import Rgb32

        return Rgb32()
    if (display.width, display.height) == (128, 64):
        from evse.services.display.lcd128 import Lcd128

        return Lcd128()
    return None


class Panel:
    """Keep a display showing the present page."""

    def __init__(self, display: "Display", renderer: "Rgb32 | Lcd128") -> None:
        self._display = display
        self._renderer = renderer
        self._frame = memoryview(renderer.buffer)
        self._part_bytes = len(renderer.buffer) // _PARTS
        # Check sums of what was sent: a copy would take as much memory as the frame.
        self._sent = [0] * _PARTS
        # Nobody knows what a display shows that was just switched on.
        self._all = True

    def picture(self) -> tuple:
        """Return (width, height, frame as it was drawn last)."""
        return self._renderer.width, self._renderer.height, self._frame

    def set_brightness(self, brightness: int) -> None:
        """Set the brightness, 0 to 255."""
        self._renderer.set_brightness(brightness)

    def resend(self) -> None:
        """Send everything with the next page: the display may have been reset or disturbed."""
        self._all = True

    def refresh(self, page: str, view, elapsed_ms: int) -> "Iterator[None]":
        """Draw a page and send what changed; between two slices others may run."""
        yield from self._renderer.frame(page, view, elapsed_ms)
        everything = self._all
        self._all = False
        size = self._part_bytes
        for number in range(_PARTS):
            part = self._frame[number * size : number * size + size]
            check_sum = binascii.crc32(part)
            if everything or check_sum != self._sent[number]:
                self._display.show_part(part, number * size)
                self._sent[number] = check_sum
                yield
