"""The task that keeps all displays of the board showing the present page."""

from micropython import const

from evse import aio
from evse.services.display.model import ScreenModel
from evse.services.display.panel import Panel, make_renderer
from evse.services.display.view import View

_PERIOD_MS = const(200)
# Pictures have ten frames a second.
_IDLE_PERIOD_MS = const(100)


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
        for display in displays:
            renderer = make_renderer(display)
            if renderer:
                self._panels.append(Panel(display, renderer))

    def set_brightness(self, brightness: int) -> None:
        """Set the brightness of what has one, 0 to 255."""
        for panel in self._panels:
            panel.set_brightness(brightness)

    def resend(self) -> None:
        """Send every display everything again."""
        for panel in self._panels:
            panel.resend()

    def notify(self, page: str) -> None:
        """Show a message about a card, one of `model.NOTICES`."""
        self.model.notify(page, self._clock.ticks_ms())

    def show_meter(self) -> None:
        """Show the meter reading for a while, for verification."""
        self.model.show_meter(self._clock.ticks_ms())

    def step(self):
        """Find the page and draw it; yields between slices."""
        view = self.view
        self._fill(view)
        page = self.model.step(self._clock.ticks_ms(), view)
        for panel in self._panels:
            yield
            yield from panel.refresh(page, view, self.model.elapsed_ms)

    async def run(self) -> None:
        """Repeat `step`, letting others run after every slice."""
        while True:
            for _ in self.step():
                await aio.sleep_ms(0)
            await aio.sleep_ms(_IDLE_PERIOD_MS if self.model.page == "idle" else _PERIOD_MS)
