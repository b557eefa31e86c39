"""What the three buttons do: beside the menu, and with the menu while it is open. Facts: section 1.7."""

from micropython import const

from evse.core import states as s
from evse.core import ticks
from evse.core.errors import FieldError
from evse.log import log
from evse.services import buttons as b
from evse.settings import table

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.menu import Menu

_MENU = "evse.settings.values evse.settings.conditions evse.settings.rules evse.settings.menu_rows evse.services.menu"
_TIMEOUT_MS = const(120000)
_SMART = const(1)


class FrontPanel:
    """`menu` is the open menu or None; `starting` says that buttons have been pressed since power-up.

    Of `app` are used `board`, `station`, `settings`, `screens`, `gate`, `change_settings` and `request`.
    """

    def __init__(self, app, starting: bool) -> None:
        self._app = app
        self._settings = app.settings
        self._presses = b.Presses()
        self._starting = starting
        self._touched = 0
        self._shown = 0
        self._reader = -1
        self.menu: Menu | None = None

    def step(self, mask: int, now: int) -> None:
        """Take the buttons that are pressed at tick `now`."""
        if mask == 0:
            self._starting = False
        event = self._presses.step(mask, now)
        menu = self.menu
        if event == b.TOGETHER:
            self._combine(self._presses.button)
        elif menu is not None:
            self._use(menu, event, now)
        elif event and not self._settings.get("LCDlock"):
            self._act(event, now)

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do; -1 while no button is pressed and no menu is open."""
        if self._presses.busy():
            return 0
        return max(0, _TIMEOUT_MS - ticks.diff(now, self._touched)) if self.menu else -1

    def _combine(self, button: int) -> None:
        if button == b.LEFT | b.RIGHT:
            if self._app.screens:
                self._app.screens.restart_displays()
                self._app.screens.resend()
        elif button == b.MIDDLE | b.RIGHT and self._starting:
            locked = 1 - self._settings.get("LCDlock")
            self._settings.put("LCDlock", locked)
            log.write("buttons are " + ("locked" if locked else "unlocked"))

    def _use(self, menu: "Menu", event: int, now: int) -> None:
        """Pass a press to the menu, or close it when nobody has touched it for long."""
        if event == b.PRESS or event == b.REPEAT:
            button = self._presses.button
            if button != b.MIDDLE or event == b.PRESS:
                menu.press(button, self._presses.repeats)
                self._shown = now
            if event == b.PRESS:
                self._touched = now
            if not menu.is_open:
                self._presses.ignore()
                self._close("left")
                if menu.is_saved:
                    # As in the reference: errors and delays end with EXIT.
                    self._request(["reset_fault"])
                    self._app.station.skip_delay()
        elif ticks.diff(now, self._touched) >= _TIMEOUT_MS:
            self._close("time is up, nothing is saved")
        menu.item_ms = ticks.diff(now, self._shown)
        self._teach(self.menu.chosen("RFIDReader") if self.menu else -1)

    def _teach(self, reader: int) -> None:
        """Let cards be learned and deleted while the menu shows that."""
        if reader >= 0 or self._reader >= 0:
            self._reader = reader
            self._app.gate.teach(reader)

    def _close(self, why: str) -> None:
        self.menu = None
        log.write("menu: " + why)

    def _act(self, event: int, now: int) -> None:
        """Do what the buttons do while no menu is open."""
        button = self._presses.button
        if event == b.LONG and button == b.MIDDLE:
            self._open(now)
        elif event == b.LONG and button == b.LEFT:
            self._request(["access", "off"])
        elif event == b.LONG and button == b.RIGHT:
            self._allow()
        elif event == b.SHORT and button == b.LEFT:
            self._toggle_mode()

    def _open(self, now: int) -> None:
        # Few stations have their menu opened while they run.
        self._app.loader.load(_MENU)
        from evse.services.menu import Menu

        self.menu = Menu(self._settings, self._save, self._commands())
        self._touched = self._shown = now

    def _save(self, shown: dict) -> None:
        self._app.change_settings(shown, table.USER)

    def _commands(self) -> tuple:
        return (
            ("METER", "Shows the meter reading.", lambda: self._request(["show_meter"])),
            ("UNLOCK", "Stops charging and releases the cable.", lambda: self._request(["unlock_cable"])),
            ("RESTART", "Stops charging and restarts the station.", lambda: self._request(["restart"])),
        )

    def _request(self, words: list) -> str:
        """Ask the station for something; return why it refuses, or ""."""
        try:
            self._app.request(words)
        except FieldError as error:
            log.write("buttons: %s" % error)
            return error.text
        return ""

    def _allow(self) -> None:
        get = self._settings.get
        # Where a card or the back end has to allow charging, a button must not.
        if self._app.station.charger.access == s.ACCESS_OFF and not get("RFIDReader") and not get("Auth"):
            self._request(["access", "on"])

    def _toggle_mode(self) -> None:
        mode = self._settings.get("Mode")
        if mode:
            try:
                self._save({"MODE": "Solar" if mode == _SMART else "Smart"})
            except FieldError as error:
                log.write("buttons: %s" % error)
