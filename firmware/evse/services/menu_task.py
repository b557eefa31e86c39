"""Watches the three buttons; what they do is loaded when one is pressed for the first time."""

from micropython import const

from evse import aio
from evse.core import ticks

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.menu import Menu

_PERIOD_MS = const(20)
_REMOTE_MS = const(5000)
_SHORTEST_MS = const(100)


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
        # Buttons that are pressed over the network, since when, and until when.
        self._remote = 0
        self._remote_since = 0
        self._remote_ms = 0

    @property
    def menu(self) -> "Menu | None":
        """The open menu, or None."""
        return self._panel.menu if self._panel else None

    def step(self, now: int) -> None:
        """Look at the buttons at tick `now`."""
        mask = self._buttons.read_mask()
        if self._remote:
            if ticks.diff(now, self._remote_since) < self._remote_ms:
                mask |= self._remote
            else:
                self._remote = 0
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

    def press(self, button: int, is_down: bool) -> None:
        """Press a button from afar, `buttons.LEFT` to RIGHT, or let all go; nobody holds one for longer than 5 s."""
        now = self._app.board.clock.ticks_ms()
        if is_down:
            self._remote |= button
            self._remote_since = now
            self._remote_ms = _REMOTE_MS
        else:
            # Long enough to be seen.
            self._remote_ms = max(ticks.diff(now, self._remote_since), _SHORTEST_MS)

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do; -1 while no button is pressed and no menu is open."""
        if self._remote:
            return 0
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
