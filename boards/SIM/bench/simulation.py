"""The simulated station as one object: world inputs, outputs, settings and requests by name.

The bench page and the scenario runner both use it; the names are the contract of the scenario format.
"""

from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services.lateness import Lateness
from evse.settings import table, values
from simworld import world_table

_SETTINGS_NOT_YET = (
    "PWR SHARE", "AUTOUPDAT", "APP PIN", "APP SERVR",
)  # fmt: skip

_DRAWN = ("drawn.l1_ma", "drawn.l2_ma", "drawn.l3_ma")
_MAINS = ("mains.l1_ma", "mains.l2_ma", "mains.l3_ma")
_CIRCUIT = ("circuit.l1_ma", "circuit.l2_ma", "circuit.l3_ma")

_EFFECTS = ("steady", "dim", "flash", "blink", "breathe")

_HEX = "0123456789ABCDEFabcdef"


class Simulation:
    """One running station on the simulated board."""

    def __init__(self, app, meters=None) -> None:
        """Join a station to its simulated meters; without them the bus is a real one."""
        self.app = app
        self.world = app.board.world
        self._meters = meters
        self._fitted = self._settings_seen = -1
        self._settings_shown = {}
        # Why the last request was refused.
        self.refused = ""
        self._fit_hardware()

    def status(self) -> dict:
        """Return every output by its dotted name."""
        status = {}
        self.app.status(status)
        world = self.world
        for names, point in (
            (_DRAWN, world.ev),
            (_MAINS, world.mains),
            (_CIRCUIT, world.circuit),
        ):
            status[names[0]], status[names[1]], status[names[2]] = point.current_ma
        led = self.app.led
        status["led"] = "%d,%d,%d" % self.app.board.led.rgb
        status["led.color"] = "%d,%d,%d" % (led.base >> 16, led.base >> 8 & 255, led.base & 255)
        status["led.effect"] = _EFFECTS[led.effect]
        status["request.refused"] = self.refused
        if not self.world.values["power"]:
            status["reason"] = "No mains power"
            status["led"] = status["led.color"] = "0,0,0"
            status["led.effect"] = _EFFECTS[0]
        status["c1.closed"] = world.c1.closed
        status["c2.closed"] = world.c2.closed
        status["rcm.test"] = world.residual.testing
        return status

    def step(self, now: int) -> None:
        """Fit hardware and meters to settings that were changed at the station."""
        if self._fitted != self.app.settings.changes:
            self._fit_hardware()

    def outputs(self) -> dict:
        """Return the status, and every setting that can be changed as `setting.` and its label."""
        settings = self.app.settings
        if self._settings_seen != settings.changes:
            self._settings_seen = settings.changes
            self._settings_shown = {
                "setting." + row.label: values.shown(row, settings.get(row.key))
                for row in table.rows()
                if row.kind != table.HIDDEN and not row.fixed
            }
        status = self.status()
        status.update(self._settings_shown)
        return status

    def world_values(self) -> dict:
        """Return every world input."""
        return dict(self.world.values)

    def world_rows(self) -> list:
        """Return what each world input can take."""
        return world_table.describe()

    def set_world(self, changes: dict) -> None:
        """Change world inputs all together; FieldError changes nothing."""
        self.world.set(changes)
        self._fit_meters()

    def settings(self) -> list:
        """Return every visible setting with its range and present value."""
        return self.app.settings.describe()

    def set_settings(self, changes: dict) -> None:
        """Change settings by key or label all together; FieldError changes nothing."""
        for name in sorted(changes):
            if name in _SETTINGS_NOT_YET:
                raise FieldError(name, "not available yet")
        self.app.change_settings(changes)
        self._fit_hardware()

    def request(self, words: list) -> None:
        """Carry out a request of a user; FieldError says what is wrong with it."""
        if not isinstance(words, list) or not words or not isinstance(words[0], str):
            raise FieldError("request", "must be a list that begins with a name")
        name = words[0]
        if name == "rfid":
            self._tap(words)
        elif name == "button":
            self._press(words)
        elif words == ["measure_lag"]:
            # From now on, as for a station that has just been started.
            self.app.control.lateness = Lateness()
        else:
            self._pass_on(words)
        log.write("request: " + " ".join([str(word) for word in words]))

    def displays(self) -> tuple:
        """Return the displays: `frame` as `hal.api.Display` has it, `changes` counted by its eighths."""
        return self.app.board.displays

    def log_since(self, sequence: int) -> list:
        """Return log lines newer than `sequence` as [sequence, at_ms, text]."""
        return [list(line) for line in log.since(sequence)]

    def _pass_on(self, words: list) -> None:
        self.refused = ""
        try:
            if not self.app.request(words):
                raise FieldError(words[0], "unknown request")
        except Refused as error:
            self.refused = error.text
            raise

    def _tap(self, words: list) -> None:
        uid = words[1] if len(words) == 2 else None
        if not isinstance(uid, str) or len(uid) not in (8, 12, 14, 20) or uid.strip(_HEX):
            raise FieldError("rfid", "must be a card number of 4, 6, 7 or 10 bytes in hex")
        self.app.board.rfid.tap(uid.upper())

    def _press(self, words: list) -> None:
        buttons = self.app.board.buttons
        duration_ms = words[2] if len(words) == 3 else 200
        if len(words) not in (2, 3) or words[1] not in buttons.NAMES:
            raise FieldError("button", "must be left, middle or right, and for how many ms")
        if type(duration_ms) is not int or not 10 <= duration_ms <= 60000:
            raise FieldError("button", "is held for 10 to 60000 ms")
        buttons.press(words[1], duration_ms)

    def _fit_hardware(self) -> None:
        """Fit the actuator, contactor and meters that the settings speak of."""
        settings = self.app.settings
        self._fitted = settings.changes
        world = self.world
        lock_kind = settings.get("Lock")
        world.lock.fitted = lock_kind != 0
        world.lock.motor = lock_kind == 2
        world.socket = settings.get("Config") == 0
        world.c2_fitted = settings.get("EnableC2") != 0
        self._fit_meters()

    def _fit_meters(self) -> None:
        if self._meters:
            self._meters.fit(self.app.settings, self.world.values)
