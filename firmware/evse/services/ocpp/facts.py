"""What the back end is told of car, faults and meter, read from the station.

Connector 0 is the station itself: it has the faults that are not of one connector, and the meter of the circuit that
feeds it, or what its only connector draws.
"""

from micropython import const

from evse.core import faults as f
from evse.core import states as s
from evse.core import ticks
from evse.services.meter_more import More
from evse.services.meter_values import IMPORT, POWER, VOLTAGE
from evse.version import BOARD, VERSION
from ocpp16.meter_values import Reading

# code of a fault | ChargePointErrorCode (section 7.6) | what it is of: c the connector, s the whole station
_ERRORS = (
    "internal|InternalError|s\n"
    "residual_test|GroundFailure|c\n"
    "residual_current|GroundFailure|c\n"
    "c1_welded|PowerSwitchFailure|c\n"
    "c2_welded|PowerSwitchFailure|c\n"
    "c1_stuck_open|PowerSwitchFailure|c\n"
    "c2_stuck_open|PowerSwitchFailure|c\n"
    "no_diode|EVCommunicationError|c\n"
    "pilot_short|EVCommunicationError|c\n"
    "pilot_lost|EVCommunicationError|c\n"
    "lock_jammed|ConnectorLockFailure|c\n"
    "overcurrent|OverCurrentFailure|c\n"
    "temp_high|HighTemperature|s\n"
    "mains_meter_silent|PowerMeterFailure|s\n"
    "circuit_meter_silent|PowerMeterFailure|s\n"
    "duplicate_master|OtherError|s\n"
    "master_silent|OtherError|s\n"
    "ev_meter_silent|PowerMeterFailure|c\n"
    "storage|InternalError|s\n"
)
_NEVER_READ = const(-1)
# A meter may show a little late what has flowed.
_METERED_MS = const(1000)


def identity(app) -> dict:
    """Return what a BootNotification tells."""
    found = {
        "chargePointVendor": "microEVSE",
        "chargePointModel": BOARD or "microEVSE",
        "chargePointSerialNumber": str(app.board.serial_number),
        "firmwareVersion": VERSION,
    }
    if app.metering.ev.is_enabled:
        found["meterType"] = app.metering.ev.type.name
    return found


class Facts:
    """Facts of one connector as `ocpp16.charge_point` describes them; `step` brings them up to date."""

    # There is no emergency stop that the station could tell from a fault.
    emergency = False

    def __init__(self, number: int) -> None:
        self._number = number
        self._seen = 0
        self.plugged = self.cable = self.offers = self.charges = self.faulted = False
        self.error = self.info = self.vendor_error = ""

    def step(self, station, running) -> None:
        """Look at the station; `running` is the transaction or None."""
        self._look_at_faults(station.faults)
        if not self._number:
            return
        charger = station.charger
        state = charger.state
        self.plugged = charger.connected()
        # A cable that is left in the socket keeps nobody from charging, so it counts within a transaction only.
        self.cable = running is not None and station.config.socket and station.rating_a > 0
        # A car that is woken up is offered something before and after.
        self.offers = station.offered_ma() > 0 or state == s.ACTSTART
        self.charges = state in (s.C, s.D) and station.contactors.c1.command

    def _look_at_faults(self, faults) -> None:
        active = faults.active & ~(1 << f.NO_POWER)
        if active == self._seen:
            return
        self._seen = active
        if not self._number:
            active &= _station_mask()
        self.faulted = active & faults.stop_mask != 0
        self.error = self.info = self.vendor_error = ""
        if active:
            code = f.active_codes(active)[0]
            at = _ERRORS.find(code + "|") + len(code) + 1
            self.error = _ERRORS[at : _ERRORS.find("|", at)]
            self.info = f.first_text(active)
            self.vendor_error = code


class Meters:
    """Readings as `ocpp16.meter_values` takes them."""

    def __init__(self, app) -> None:
        self._app = app
        self._reading = Reading()
        # Since when the contactors are open after a transaction, and how often its meter had told its register then.
        self._opened_ms: "int | None" = None
        self._registers = -1

    def ready(self) -> bool:
        """Tell whether the register is known, or never will be."""
        ev = self._app.metering.ev
        _ask_more(ev)
        return not ev.is_enabled or (ev.readings > 0 and (ev.values.known & IMPORT or not _counts(ev)))

    def register_wh(self) -> int:
        """Return the energy register of the EV meter, -1 while it is unknown."""
        ev = self._app.metering.ev
        return ev.values.import_wh if ev.is_enabled and ev.values.known & IMPORT else _NEVER_READ

    def ended(self) -> None:
        """Let `settled` begin anew: a transaction has ended."""
        self._opened_ms = None

    def settled(self) -> bool:
        """Tell whether the register was read after the contactors had opened; True where there is none to be read."""
        app = self._app
        ev = app.metering.ev
        if not app.station.contactors.proven_open():
            self._opened_ms = None
            return False
        if ev.silent or self.register_wh() < 0:
            return True
        now_ms = app.board.clock.ticks_ms()
        opened_ms = self._opened_ms
        if opened_ms is None:
            opened_ms = self._opened_ms = now_ms
            self._registers = -1
        if self._registers < 0:
            if ticks.diff(now_ms, opened_ms) < _METERED_MS:
                return False
            self._registers = ev.registers
            ev.hurry(now_ms)
        return ev.registers > self._registers

    def read(self, number: int) -> Reading:
        """Return what the meter of a connector shows; the object is used again."""
        app = self._app
        station = app.station
        reading = self._reading
        reading.__init__()
        meter = app.metering.ev
        if not number and app.metering.circuit.is_enabled:
            meter = app.metering.circuit
        if meter.is_enabled and meter.readings and not meter.silent:
            _fill(reading, meter)
        if meter is app.metering.ev:
            _ask_more(meter)
            # It stands still while the meter is silent, and goes on from there.
            energy_wh = self.register_wh()
            reading.energy_wh = energy_wh if energy_wh >= 0 else None
        reading.temperature_c = app.control.inputs.temp_mc // 1000
        reading.phases = station.phases
        reading.offered_ma = station.limits.limit_ma if station.offered_ma() else 0
        return reading


def _station_mask() -> int:
    mask = 0
    for index in range(f.COUNT):
        code = f.active_codes(1 << index)[0]
        at = _ERRORS.find(code + "|")
        if at >= 0 and _ERRORS[_ERRORS.find("\n", at) - 1] == "s":
            mask |= 1 << index
    return mask


def _counts(meter) -> bool:
    """Tell whether a type of meter has a register; one that is fed may have."""
    return getattr(meter.type, "import_register", 0) >= 0


def _ask_more(meter) -> None:
    """Let the meter be asked for what only a back end wants to know; another one may have been chosen."""
    if meter.more is None and meter.requests:
        meter.ask_more(More(meter.type))


def _fill(reading: Reading, meter) -> None:
    values = meter.values
    if meter.more is not None:
        reading.frequency_dhz = meter.more.frequency_dhz
        reading.energies_wh = meter.more.import_wh
    reading.currents_ma = values.current_ma
    voltages = values.voltage_dv
    if values.known & VOLTAGE:
        reading.voltages_dv = [voltage or None for voltage in voltages]
    if values.known & POWER:
        reading.power_w = values.power_w
        reading.powers_w = values.phase_power_w if meter.type.powers > 1 else _shares(values)
    else:
        reading.power_w = values.apparent_w()
    if values.known & IMPORT:
        reading.energy_wh = values.import_wh


def _shares(values) -> list:
    """Return the power in shares of the currents, for a meter that tells of it in total."""
    total_ma = 0
    for current_ma in values.current_ma:
        total_ma += abs(current_ma)
    if not total_ma:
        return [0, 0, 0]
    # In 10 mA, so that it stays a small integer.
    return [
        values.power_w * (abs(current_ma) // 10) // (total_ma // 10 or 1) for current_ma in values.current_ma
    ]
