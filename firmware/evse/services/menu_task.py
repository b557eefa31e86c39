"""Watches the three buttons; what they do is loaded when one is pressed for the first time."""

from micropython import const

from evse import aio

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.menu import Menu

_PERIOD_MS = const(20)


class MenuTask:
    """`app` is used as FrontPanel says; `step` allocates nothing while no button is pressed."""

    def __init__(self, app) -> None:
        self._app = app
        self._buttons = app.board.buttons
        self._starting = True
        # How often a button was pressed or let go.
        self.uses = 0
        self._mask = 0
        self._panel = None

    @property
    def menu(self) -> "Menu | None":
        """The open menu, or None."""
        return self._panel.menu if self._panel else None

    def step(self, now: int) -> None:
        """Look at the buttons at tick `now`."""
        mask = self._buttons.read_mask()
        if mask != self._mask:
            self._mask = mask
            self.uses += 1
        if self._panel is None:
            if mask == 0:
                self._starting = False
                return
            self._app.loader.load("evse.services.buttons")
            from evse.services.front_panel import FrontPanel

            self._panel = FrontPanel(self._app, self._starting)
        self._panel.step(mask, now)

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do; -1 while no button is pressed and no menu is open."""
        return self._panel.next_due_ms(now) if self._panel else -1

    def fill_status(self, status: dict) -> None:
        """Write what the menu shows, "" while it is closed."""
        menu = self.menu
        status["menu.item"] = menu.label if menu else ""
        status["menu.value"] = menu.value if menu else ""
        status["menu.note"] = menu.note if menu else ""

    async def run(self) -> None:
        """Repeat `step`."""
        # After a mistake in it nobody knows what the menu holds.
        self._panel = None
        clock = self._app.board.clock
        while True:
            self.step(clock.ticks_ms())
            await aio.sleep_ms(_PERIOD_MS)
