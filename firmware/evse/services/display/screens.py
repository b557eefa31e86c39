"""The task that keeps all displays of the board showing the present page."""

from micropython import const

from evse import aio
from evse.core import ticks
from evse.services.display.model import NOTICES, ScreenModel
from evse.services.display.panel import Panel, make_renderer
from evse.services.display.view import View

_PERIOD_MS = const(200)
# Pictures have ten frames a second, and a menu follows the buttons.
_IDLE_PERIOD_MS = const(100)
# From the switching of a contactor, which may disturb a display, to its new start (SmartEVSE v3 sheet, section 1.7).
_RESTART_MS = const(200)


class Screens:
    """Everything about displays; `fill(view)` brings the view up to date before each frame.

    `view` takes what nobody else fills, `model` the messages that last a while.
    """

    def __init__(self, displays, clock, fill) -> None:
        self.view = View()
        self.model = ScreenModel()
        self._clock = clock
        self._fill = fill
        self._panels = []
        self._sensitive = [display for display in displays if hasattr(display, "restart")]
        self.backlight = _make_backlight(displays)
        self._contactors = 0
        self._disturbed = False
        self._disturbed_ms = 0
        for display in displays:
            renderer = make_renderer(display)
            if renderer:
                self._panels.append(Panel(display, renderer))

    def set_brightness(self, brightness: int) -> None:
        """Set the brightness of what has one, 0 to 255."""
        for panel in self._panels:
            panel.set_brightness(brightness)
        if self.backlight:
            self.backlight.brightness = brightness

    def frame(self, width: int, height: int) -> "memoryview | None":
        """Return what the display of this size shows, or None when there is none."""
        for panel in self._panels:
            panel_width, panel_height, frame = panel.picture()
            if (panel_width, panel_height) == (width, height):
                return frame
        return None

    def resend(self) -> None:
        """Send every display everything again."""
        for panel in self._panels:
            panel.resend()

    def notify(self, page: str) -> None:
        """Show a message about a card, one of `model.NOTICES`; "" ends the one before."""
        self.model.notify(page, self._clock.ticks_ms())

    def show_meter(self) -> None:
        """Show the meter reading for a while, for verification."""
        self.model.show_meter(self._clock.ticks_ms())

    def look(self, now: int) -> str:
        """Return the page to show at tick `now`."""
        view = self.view
        self._fill(view)
        if view.contactors != self._contactors:
            self._contactors = view.contactors
            self._disturbed = True
            self._disturbed_ms = now
        page = self.model.step(now, view)
        if self.backlight:
            self.backlight.step(now, view.state, view.fault, view.uses, page if page in NOTICES else "")
        return page

    def step(self):
        """Find the page and draw it; yields between slices."""
        now = self._clock.ticks_ms()
        page = self.look(now)
        if self._disturbed and ticks.diff(now, self._disturbed_ms) >= _RESTART_MS:
            self._disturbed = False
            self.restart_displays()
        for panel in self._panels:
            yield
            yield from panel.refresh(page, self.view, self.model.elapsed_ms)

    def restart_displays(self) -> None:
        """Set up anew what a disturbance may have upset, and send everything again."""
        for display in self._sensitive:
            display.restart()
        if self._sensitive:
            self.resend()

    async def run(self) -> None:
        """Repeat `step`, letting others run after every slice."""
        while True:
            for _ in self.step():
                await aio.sleep_ms(0)
            await aio.sleep_ms(_IDLE_PERIOD_MS if self.model.page in ("idle", "menu") else _PERIOD_MS)


def _make_backlight(displays):
    """Return what drives the backlights; None, and nothing loaded, without any."""
    lit = [display for display in displays if hasattr(display, "set_backlight")]
    if not lit:
        return None
    from evse.services.display.backlight import Backlight

    return Backlight(lit)
