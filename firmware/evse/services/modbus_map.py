"""The registers that the station shows over Modbus TCP.

The set of ebee / Bender / MENNEKES stations as far as it has a meaning here, and the serial number and the current of
load management of a Pico (Pico, eCarUp and Bender sheet, sections 3.6 and 1.9). Numbers of two registers have their
high word first; all bits set mean that there is no such value.
"""

from micropython import const

from evse.core import faults as f
from evse.core import states as s
from evse.core.errors import FieldError
from evse.core.limits import NO_LIMIT, REMOTE
from evse.core.lock import LOCKED
from evse.services.meter_values import POWER, VOLTAGE
from evse.version import VERSION
from modbus import codes
from modbus.registers import get_u16, put_u16

# There is no such value.
_NOTHING = const(-1)
# The version of their protocol that this set belongs to.
_PROTOCOL = "0.6"
# A limit counts for so long; then the setting REMOTE says what does.
_COUNTS_S = const(60)
_MOST_MA = const(1000000)
_ALL_BITS = 0xFFFFFFFF
_CONTACT_NOT = const(0)
_CONTACT_3P = const(1)
_CONTACT_1P = const(5)

# Register 104.
_AVAILABLE = const(0)
_UNAVAILABLE = const(3)
_FAULTED = const(4)
_PREPARING = const(5)
_CHARGING = const(6)
_SUSPENDED_EVSE = const(7)
_SUSPENDED_EV = const(8)

# Fault and its bit in registers 111 and 112.
_ERRORS = (
    (f.RESIDUAL_CURRENT, 0),
    (f.PILOT_SHORT, 1),
    (f.NO_DIODE, 2),
    (f.C1_WELDED, 6),
    (f.C2_WELDED, 6),
    (f.LOCK_JAMMED, 8),
    (f.PILOT_LOST, 14),
    (f.OVERCURRENT, 15),
)


class Registers:
    """The bank of one station's registers; `may_write()` is asked before each write."""

    def __init__(self, app, may_write) -> None:
        self._app = app
        self._may_write = may_write

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Store registers; what lies between those there are has all bits set."""
        found = False
        for index in range(2 * count):
            buffer[offset + index] = 0xFF
        for address, words, value, _ in TABLE:
            if address < register + count and register < address + words:
                found = True
                words_of = value(self._app)
                for index in range(words):
                    place = address + index - register
                    if 0 <= place < count:
                        put_u16(buffer, offset + 2 * place, _word(words_of, words, index))
        return 0 if found else codes.ILLEGAL_ADDRESS

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Carry out what one row is for, which is written as a whole."""
        for address, words, _, take in TABLE:
            if address == register and words == count and take and self._may_write():
                value = 0
                for index in range(words):
                    value = value << 16 | get_u16(buffer, offset + 2 * index)
                try:
                    take(self._app, value)
                except FieldError:
                    return codes.ILLEGAL_VALUE
                return 0
        return codes.ILLEGAL_ADDRESS


def _word(value, words: int, index: int) -> int:
    """Return one register of a number, a text, or a sequence of numbers of two registers each."""
    if isinstance(value, str):
        high = ord(value[2 * index]) if 2 * index < len(value) else 0
        low = ord(value[2 * index + 1]) if 2 * index + 1 < len(value) else 0
        return (high & 0x7F) << 8 | low & 0x7F
    if not isinstance(value, int):
        value = value[index // 2]
        words = 2
        index &= 1
    if words == 1:
        return value & 0xFFFF
    return value >> 16 & 0xFFFF if index == 0 else value & 0xFFFF


def _version(app) -> str:
    return VERSION


def _protocol(app) -> str:
    return _PROTOCOL


def _model(app) -> str:
    return "microEVSE"


def _connector(app) -> int:
    """Return the status of the connector as a back end would see it."""
    station = app.station
    charger = station.charger
    if station.faults.active & station.faults.stop_mask:
        return _FAULTED
    if not charger.connected():
        return _AVAILABLE if charger.access == s.ACCESS_ON else _UNAVAILABLE
    if charger.state in (s.C, s.D):
        return _CHARGING
    if not station.session.active:
        return _PREPARING
    return _SUSPENDED_EV if station.offered_ma() else _SUSPENDED_EVSE


def _no_errors(app) -> tuple:
    return (0, 0, 0)


def _errors(app) -> int:
    active = app.station.faults.active
    bits = 0
    for fault, bit in _ERRORS:
        if active >> fault & 1:
            bits |= 1 << bit
    return bits


def _vehicle(app) -> int:
    """Return 1 to 5 for the states A to E of the control pilot."""
    charger = app.station.charger
    if charger.state == s.D:
        return 4
    if charger.state in (s.E, s.F):
        return 5
    return 3 if charger.state in (s.C, s.C1) else 2 if charger.connected() else 1


def _vehicle_hex(app) -> int:
    return 9 + _vehicle(app)


def _available(app) -> int:
    return 1 if app.station.charger.access == s.ACCESS_ON else 0


def _set_available(app, value: int) -> None:
    """Switch charging on or off; a station that asks for cards is not opened this way."""
    if value > 1:
        raise FieldError("available", "must be 0 or 1")
    access = app.gate.access
    if value and access is not None and access.permit.guarded:
        raise FieldError("available", "needs a card")
    app.request(["access", "on" if value else "off"])


def _hardware_a(app) -> int:
    return app.station.profile.max_current_ma // 1000


def _operator_a(app) -> int:
    return app.settings.get("InstallerMax")


def _relay(app) -> int:
    outputs = app.control.outputs
    if not outputs.c1:
        return _CONTACT_NOT
    return _CONTACT_1P if app.station.phases == 1 else _CONTACT_3P


def _locked(app) -> int:
    return 1 if app.station.lock.status == LOCKED else 0


def _heard(app):
    """Return what the EV meter measures, or None."""
    meter = app.metering.ev
    return meter.values if meter.is_enabled and meter.readings > 0 and not meter.silent else None


def _currents(app) -> "list | tuple":
    values = _heard(app)
    return values.current_ma if values else _NO_PHASES


def _voltages(app) -> "list | tuple":
    values = _heard(app)
    if not values or not values.known & VOLTAGE:
        return _NO_PHASES
    return [(voltage_dv + 5) // 10 for voltage_dv in values.voltage_dv]


def _energy(app) -> int:
    values = _heard(app)
    return values.net_wh if values else _NOTHING


def _power(app) -> int:
    values = _heard(app)
    if not values:
        return _NOTHING
    return values.power_w if values.known & POWER else values.apparent_w()


def _session_wh(app) -> int:
    return app.station.session.energy_wh


def _session_s(app) -> int:
    return app.station.session.duration_s


def _offered_a(app) -> int:
    return app.station.offered_ma() // 1000


def _minimum_a(app) -> int:
    return app.station.limits.minimum_ma // 1000


def _remote_ma(app) -> int:
    limit_ma = app.station.limits.claimed_ma(REMOTE, 0)
    return _NOTHING if limit_ma >= NO_LIMIT else limit_ma


def _remote_a(app) -> int:
    limit_ma = _remote_ma(app)
    return _NOTHING if limit_ma == _NOTHING else limit_ma // 1000


def _set_remote_ma(app, value: int) -> None:
    """Limit the current for a minute; all bits set ends it."""
    if value == _ALL_BITS:
        app.request(["remote", "max"])
    elif value >= _MOST_MA:
        raise FieldError("remote", "is no current")
    else:
        app.request(["remote", value, _COUNTS_S])


def _set_remote_a(app, value: int) -> None:
    _set_remote_ma(app, _ALL_BITS if value == 0xFFFF else value * 1000)


def _serial(app) -> int:
    return app.board.serial_number


_NO_PHASES = (_NOTHING, _NOTHING, _NOTHING)

# Wire address, registers, what they show, and what takes a value that is written.
TABLE = (
    (100, 2, _version, None),
    (104, 1, _connector, None),
    (105, 6, _no_errors, None),
    (111, 2, _errors, None),
    (120, 2, _protocol, None),
    (122, 1, _vehicle, None),
    (123, 1, _vehicle_hex, None),
    (124, 1, _available, _set_available),
    (133, 1, _hardware_a, None),
    (134, 1, _operator_a, None),
    (140, 1, _relay, None),
    (142, 10, _model, None),
    (152, 1, _locked, None),
    (212, 6, _currents, None),
    (218, 2, _energy, None),
    (220, 2, _power, None),
    (222, 6, _voltages, None),
    (705, 1, _session_wh, None),
    (706, 1, _offered_a, None),
    (709, 1, _session_s, None),
    (712, 1, _minimum_a, None),
    (716, 2, _session_wh, None),
    (718, 2, _session_s, None),
    (1000, 1, _remote_a, _set_remote_a),
    (8191, 2, _serial, None),
    (8301, 2, _remote_ma, _set_remote_ma),
)
