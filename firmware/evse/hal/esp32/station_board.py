"""Make a station's board from its wiring: every part of `hal.api.Board` that the wiring names.

The wiring is a dict of plain data (`boards/<BOARD>/board.py` explains its names). Of a board with revisions the
eFuses say which one this is, and the groups of that variant replace or add to the common ones.
"""

import machine
from micropython import const

from evse.core.pilot import PilotWindows
from evse.core.profile import Profile
from evse.hal.esp32 import digital_inputs
from evse.hal.esp32.clock import Clock
from evse.hal.esp32.contactors import Contactors
from evse.hal.esp32.lock import Lock
from evse.hal.esp32.network_link import Links, WifiLink
from evse.hal.esp32.pilot import Pilot
from evse.hal.esp32.pins import input_pin
from evse.hal.esp32.proximity import Proximity
from evse.hal.esp32.residual_current import ResidualCurrent
from evse.hal.esp32.scratch import Scratch
from evse.hal.esp32.temperature import Temperature
from evse.hal.esp32.watchdog import Watchdog

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.core.io import Inputs, Outputs
    from evse.hal.esp32.ota import Update

# The time-out of the wiring has room for a TLS handshake; while a contactor is closed there is none.
_CLOSED_WATCHDOG_MS = const(2000)
_JOURNAL_RECORD_BYTES = const(64)
_HTTP_PORT = const(80)


class Storage:
    """The file system that MicroPython mounts at the root."""

    root = ""


class StationBoard:
    """The parts of one station and how they are read and driven."""

    def __init__(self, wiring: dict) -> None:
        self._wiring = wiring
        # First what may be dangerous.
        self.contactors = Contactors(wiring["contactors"])
        self.profile = _profile(wiring["profile"])
        self.pilot = Pilot(wiring["pilot"], self.profile.pilot)
        self.lock = Lock(wiring["lock"])
        self.residual_current = ResidualCurrent(wiring["residual_current"])
        self.profile.has_test = self.residual_current.has_test
        self.proximity = Proximity(wiring["proximity"])
        self.temperature = Temperature(wiring["temperature"])
        self.clock = Clock()
        self.scratch = Scratch()
        self.storage = Storage()
        self.watchdog = Watchdog(wiring["watchdog_ms"])
        switch_pin = _pin(wiring["inputs"]["switch_pin"])
        self.rfid = _rfid(wiring["rfid"], wiring["inputs"]["switch_pin"], switch_pin)
        self.inputs = digital_inputs.from_wiring(wiring["inputs"], switch_pin)
        self.meter_port = _meter_port(wiring["rs485"])
        self.led = _led(wiring["led"])
        self.buzzer = _buzzer(wiring["buzzer"])
        self.buttons = _buttons(wiring["buttons"], wiring["lcd"])
        self.displays = _displays(wiring["lcd"], wiring["panel"])
        self.serial_number = _serial_number(wiring["serial"])
        self.network = Links(WifiLink(_hostname(self.serial_number)))
        self.console = _console(wiring["console"])
        self.door_power = _switched_on(wiring["door"])
        self.journal = None
        self._closed = False
        self.late_limit_ms = wiring["late_limit_ms"]
        self._may_erase_bound = self.contactors.all_open
        if wiring["journal"] is not None:
            self.journal = self._open_journal(wiring["journal"])

    def read(self, inputs: "Inputs") -> None:
        """Fill every field of `inputs`."""
        self.pilot.read_into(inputs)
        self.contactors.read_into(inputs)
        inputs.proximity_mv = self.proximity.read_mv()
        inputs.lock_feedback = self.lock.read_feedback()
        inputs.residual_current = self.residual_current.tripped()
        inputs.temp_mc = self.temperature.read_mc()
        self.inputs.read_into(inputs)

    def apply(self, outputs: "Outputs") -> None:
        """Carry every field of `outputs` to the parts."""
        self.contactors.set(outputs.c1, outputs.c2)
        self.pilot.set(outputs.pilot_permille, outputs.pilot_connected)
        self.lock.drive(outputs.lock)
        self.residual_current.test(outputs.test)
        if self.contactors.commanded != self._closed:
            self._closed = self.contactors.commanded
            self._tighten(self._closed)

    def safe_state(self) -> None:
        """Open the contactors, stop offering, rest the lock, end a test: each even if another fails."""
        try:
            self.contactors.set(False, False)
        finally:
            try:
                self.pilot.set(1000, False)
            finally:
                try:
                    self.lock.release()
                finally:
                    self.residual_current.test(False)

    def reset(self, reason: str) -> None:
        """Restart the chip; whoever wants `reason` to be known afterwards has put it into the boot record."""
        self.safe_state()
        machine.reset()

    def services(self, app, supervisor) -> list:
        """Return what runs beside the station's services, as (name, coroutine function) pairs."""
        from evse.hal.esp32 import upkeep

        found = [("firmware check", upkeep.FirmwareCheck(supervisor, self.clock, self._may_erase_bound).run)]
        if self.journal is not None:
            found.append(("journal space", upkeep.JournalSpace(self.journal).run))
        if self.buzzer is not None:
            found.append(("buzzer", self.buzzer.run))
        for display in self.displays:
            if hasattr(display, "run"):
                found.append(("display", display.run))
        return found

    def open_recovery_link(self) -> None:
        """Open an access point; its name and password are written to the console."""
        from evse.hal.esp32.recovery_link import open_access_point

        open_access_point(self.network.wifi, _hostname(self.serial_number), self.open_nvs("evse"))

    def recovery_address(self) -> tuple:
        """Return host and port for the recovery page."""
        return "0.0.0.0", _HTTP_PORT

    def may_erase(self) -> bool:
        """Return True when flash may be erased, which stops the chip for 80 ms: no contactor is closed."""
        return self.contactors.all_open()

    def open_nvs(self, namespace: str):
        """Return a namespace of the key-value store; ValueError for one that is the factory's."""
        from evse.hal.esp32.nvs import Nvs

        return Nvs(namespace, self._may_erase_bound)

    def start_update(self, image_bytes: int) -> "Update":
        """Begin a firmware update; ValueError when an image of this size cannot be taken."""
        from evse.hal.esp32.ota import Update

        return Update(image_bytes, self._may_erase_bound)

    def _tighten(self, closed: bool) -> None:
        """While a contactor is closed, let a hang not keep it closed for long."""
        watchdog_ms = self._wiring["watchdog_ms"]
        self.watchdog.set_timeout(min(watchdog_ms, _CLOSED_WATCHDOG_MS) if closed else watchdog_ms)

    def _open_journal(self, wiring: dict):
        from esp32 import Partition

        from evse.hal.esp32.journal import Journal

        found = Partition.find(Partition.TYPE_DATA, label=wiring["partition"])
        # An older partition table has none; then what it would keep is lost at a power cut.
        return Journal(found[0], _JOURNAL_RECORD_BYTES, self._may_erase_bound) if found else None


def build(wiring: dict) -> StationBoard:
    """Return the board that `wiring` describes, with every output safe."""
    return StationBoard(resolve(wiring))


def resolve(wiring: dict) -> dict:
    """Return the wiring of this very chip: the groups of its revision put over the common ones."""
    revision = wiring["revision"]
    if revision is None:
        return wiring
    field = (machine.mem32[revision["efuse_address"]] >> revision["shift"]) & revision["mask"]
    resolved = dict(wiring)
    resolved.update(wiring["variants"][revision["match" if field == revision["value"] else "otherwise"]])
    return resolved


def _profile(wiring: dict) -> Profile:
    return Profile(
        PilotWindows(**wiring["pilot"]),
        wiring["proximity_table"],
        wiring["has_c2"],
        wiring["has_lock"],
        wiring["ventilated"],
        wiring["max_current_ma"],
        wiring["has_inputs"],
    )


def _serial_number(wiring: "dict | None") -> int:
    """Return the number of the factory, else the last three bytes of the chip's address (sheet, section 1.1)."""
    number = machine.mem32[wiring["efuse_address"]] >> wiring["shift"] & wiring["mask"] if wiring else 0
    address = machine.unique_id()
    return number or address[-3] << 16 | address[-2] << 8 | address[-1]


def _hostname(serial_number: int) -> str:
    return "SmartEVSE-%d" % serial_number


def _console(wiring: "dict | None"):
    if wiring is None:
        return None
    from evse.hal.esp32.console import Console

    return Console()


def _pin(gpio: "int | None"):
    return input_pin(gpio) if gpio is not None else None


def _rfid(wiring: "dict | None", switch_gpio: "int | None", switch_pin):
    if wiring is None:
        return None
    kind = wiring["kind"]
    if kind == "pn532":
        from evse.hal.esp32.pn532 import Pn532

        return Pn532(wiring)
    if kind == "mfrc522":
        from evse.hal.esp32.mfrc522 import Mfrc522

        return Mfrc522(wiring)
    if kind != "onewire":
        raise ValueError("rfid kind %s" % kind)
    from evse.hal.esp32.onewire_rfid import OneWireRfid

    if switch_pin is None or wiring["pin"] != switch_gpio:
        switch_pin = input_pin(wiring["pin"])
    return OneWireRfid(switch_pin)


def _meter_port(wiring: "dict | None"):
    if wiring is None:
        return None
    from evse.hal.esp32.rs485 import Rs485Port

    return Rs485Port(wiring)


def _led(wiring: "dict | None"):
    if wiring is None:
        return None
    from evse.hal.esp32.leds import Leds

    return Leds(wiring)


def _buzzer(wiring: "dict | None"):
    if wiring is None:
        return None
    from evse.hal.esp32.buzzer import Buzzer

    return Buzzer(wiring["pin"])


def _buttons(wiring: "dict | None", lcd: "dict | None"):
    if wiring is None:
        return None
    from evse.hal.esp32.buttons import Buttons

    return Buttons(wiring, (lcd["mosi_pin"], lcd["dc_pin"]) if lcd is not None else ())


def _displays(lcd: "dict | None", panel: "dict | None") -> tuple:
    displays = []
    if panel is not None:
        from evse.hal.esp32.panel_rows import PanelRows

        displays.append(PanelRows(panel))
    if lcd is not None:
        from evse.hal.esp32.lcd_st7567 import Lcd

        displays.append(Lcd(lcd))
    return tuple(displays)


def _switched_on(wiring: "dict | None"):
    if wiring is None:
        return None
    return machine.Pin(wiring["power_pin"], machine.Pin.OUT, value=wiring["on_level"])
