"""What a meter measures: which requests bring it, and what their replies mean.

Both follow the row of the table alone. Nothing here allocates after the plan is made, except for energies from
2**30 Wh on.
"""

from micropython import const

from evse.services.meter_types import SIGN_BY_NEGATED_POWER
from modbus import registers

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.meter_types import MeterType

# What a request brings, and what has been read: a mask.
CURRENT = const(1)
VOLTAGE = const(2)
POWER = const(4)
IMPORT = const(8)
EXPORT = const(16)

# Beyond these nothing is a measurement; it would also leave the small integers.
CURRENT_LIMIT_MA = const(1000000)
# What the feed over MQTT and REST takes (section 7).
_FED_LIMIT_MA = const(199900)
_POWER_LIMIT_W = const(1000000)
_VOLTAGE_MIN_DV = const(500)
_VOLTAGE_MAX_DV = const(5000)
# Assumed where a meter does not measure it (SmartEVSE v3 sheet, section 5.2).
_NOMINAL_DV = const(2300)

_DIGITS_MIN = const(-7)
_DIGITS_MAX = const(5)
_SCALE_MAX = const(10)
_NOT_IMPLEMENTED = const(-32768)
# Places in `MeterType.scales`.
_SCALE_VOLTAGE = const(0)
_SCALE_CURRENT = const(1)
_SCALE_POWER = const(2)
_SCALE_ENERGY = const(3)


def plan(meter: "MeterType") -> tuple:
    """Return the requests of a meter as (what, register, count); the first is the one for the currents."""
    if not meter.is_polled:
        return ()
    block_end = meter.block_register + meter.block_count
    block_what = CURRENT
    others = []
    for what, first, end in _spans(meter):
        if meter.block_register <= first and end <= block_end:
            block_what |= what
        else:
            others.append((what, first, end - first))
    return tuple([(block_what, meter.block_register, meter.block_count)] + others)


def _spans(meter: "MeterType") -> list:
    """Return (what, first register, end) of everything but the currents, with the scales that belong to it."""
    spans = []
    if meter.voltage_register >= 0:
        end = meter.voltage_register + meter.phases * meter.width
        spans.append((VOLTAGE, meter.voltage_register, _with_scale(meter, end, _SCALE_VOLTAGE)))
    if meter.powers:
        end = meter.power_register + meter.powers * meter.width
        spans.append((POWER, meter.power_register, _with_scale(meter, end, _SCALE_POWER)))
    first, last = sorted((meter.import_register, meter.export_register))
    if first >= 0 and (meter.scales or last == first + meter.energy_width):
        end = _with_scale(meter, last + meter.energy_width, _SCALE_ENERGY)
        spans.append((IMPORT | EXPORT, first, end))
        return spans
    for what, register in ((IMPORT, meter.import_register), (EXPORT, meter.export_register)):
        if register >= 0:
            spans.append((what, register, register + meter.energy_width))
    return spans


def _with_scale(meter: "MeterType", end: int, place: int) -> int:
    return max(end, meter.scales[place] + 1) if meter.scales else end


class Values:
    """The last measurements of one meter.

    `current_ma` (import positive) and `voltage_dv` (0 is unknown) per phase; `power_w` in total; `import_wh` and
    `export_wh`. `known` says which of them have been read. `phase_power_w` is its share of each phase where the type
    of the meter has `powers` of all three.
    """

    def __init__(self) -> None:
        self.current_ma = [0, 0, 0]
        self.voltage_dv = [0, 0, 0]
        self.power_w = 0
        self.import_wh = 0
        self.export_wh = 0
        self.known = 0
        self._current_ma = [0, 0, 0]
        self.phase_power_w = [0, 0, 0]

    @property
    def net_wh(self) -> int:
        """The energy shown: import less export (SmartEVSE v3 sheet, section 5.1)."""
        return self.import_wh - self.export_wh

    def apparent_w(self) -> int:
        """Return what the currents would be at power factor 1, for a meter that does not measure power."""
        total_w = 0
        for phase in range(3):
            # In this order it stays a small integer.
            total_w += self.current_ma[phase] // 10 * (self.voltage_dv[phase] or _NOMINAL_DV) // 1000
        return total_w

    def set_voltage(self, phase: int, voltage_dv: int | None) -> None:
        """Note the voltage of a phase; one that is not possible is unknown."""
        if voltage_dv is None or not _VOLTAGE_MIN_DV <= voltage_dv <= _VOLTAGE_MAX_DV:
            voltage_dv = 0
        self.voltage_dv[phase] = voltage_dv

    def decode(self, meter: "MeterType", what: int, buffer: bytearray, offset: int) -> bool:
        """Take the reply to a request for `what`; register 0 would lie at byte `offset` of `buffer`.

        Returns False, changing nothing, when what was asked for is not a number or no possible measurement.
        A voltage may always be missing, and a power that comes along with currents that have signs.
        """
        if what & CURRENT:
            return self._decode_block(meter, what, buffer, offset)
        if what & VOLTAGE:
            self._decode_voltage(meter, buffer, offset)
            return True
        if what & POWER:
            return self._decode_power(meter, buffer, offset) and self._take_power()
        return self._decode_energy(meter, what, buffer, offset)

    def feed(
        self,
        current_ma: tuple,
        power_w: int | None,
        import_wh: int | None,
        export_wh: int | None,
        voltage_dv: tuple | None = None,
    ) -> bool:
        """Take a reading from outside, None for what is unknown; False, changing nothing, when it is impossible.

        A voltage that is impossible is unknown.
        """
        for value in current_ma:
            if not -_FED_LIMIT_MA <= value <= _FED_LIMIT_MA:
                return False
        if power_w is not None and not -_POWER_LIMIT_W <= power_w <= _POWER_LIMIT_W:
            return False
        if (import_wh is not None and import_wh < 0) or (export_wh is not None and export_wh < 0):
            return False
        self.known = CURRENT
        for phase in range(3):
            self.current_ma[phase] = current_ma[phase]
        if power_w is not None:
            self.power_w = power_w
            self.known |= POWER
        if import_wh is not None:
            self.import_wh = import_wh
            self.known |= IMPORT
        if export_wh is not None:
            self.export_wh = export_wh
            self.known |= EXPORT
        if voltage_dv is not None:
            for phase in range(3):
                self.set_voltage(phase, voltage_dv[phase])
            self.known |= VOLTAGE
        return True

    def _decode_block(self, meter: "MeterType", what: int, buffer: bytearray, offset: int) -> bool:
        has_power = what & POWER and self._decode_power(meter, buffer, offset)
        if meter.sign_rule and not has_power:
            return False
        if not self._decode_currents(meter, buffer, offset):
            return False
        for phase in range(3):
            current_ma = self._current_ma[phase]
            if meter.sign_rule:
                current_ma = -abs(current_ma) if self.phase_power_w[phase] < 0 else abs(current_ma)
            self.current_ma[phase] = current_ma
        self.known |= CURRENT
        if has_power:
            self._take_power()
        elif what & POWER:
            self.known &= ~POWER
        if what & VOLTAGE:
            self._decode_voltage(meter, buffer, offset)
        return True

    def _decode_currents(self, meter: "MeterType", buffer: bytearray, offset: int) -> bool:
        digits = _digits(meter, meter.current_digits, _SCALE_CURRENT, buffer, offset)
        offset += 2 * meter.current_register
        for phase in range(meter.phases):
            value = _measured(meter, buffer, offset, digits)
            if value is None or not -CURRENT_LIMIT_MA <= value <= CURRENT_LIMIT_MA:
                return False
            self._current_ma[phase] = value
            offset += 2 * meter.width
        return True

    def _decode_power(self, meter: "MeterType", buffer: bytearray, offset: int) -> bool:
        digits = _digits(meter, meter.power_digits, _SCALE_POWER, buffer, offset)
        offset += 2 * meter.power_register
        for phase in range(meter.powers):
            value = _measured(meter, buffer, offset, digits)
            if value is None or not -_POWER_LIMIT_W <= value <= _POWER_LIMIT_W:
                return False
            self.phase_power_w[phase] = -value if meter.sign_rule == SIGN_BY_NEGATED_POWER else value
            offset += 2 * meter.width
        return True

    def _take_power(self) -> bool:
        power_w = self.phase_power_w
        self.power_w = power_w[0] + power_w[1] + power_w[2]
        self.known |= POWER
        return True

    def _decode_voltage(self, meter: "MeterType", buffer: bytearray, offset: int) -> None:
        """Take the voltages; one that is not possible becomes 0."""
        digits = _digits(meter, meter.voltage_digits, _SCALE_VOLTAGE, buffer, offset)
        offset += 2 * meter.voltage_register
        for phase in range(meter.phases):
            self.set_voltage(phase, _measured(meter, buffer, offset, digits))
            offset += 2 * meter.width
        self.known |= VOLTAGE

    def _decode_energy(self, meter: "MeterType", what: int, buffer: bytearray, offset: int) -> bool:
        import_wh: int | None = self.import_wh
        export_wh: int | None = self.export_wh
        kind = meter.energy_kind
        if what & IMPORT:
            digits = _digits(meter, meter.import_digits, _SCALE_ENERGY, buffer, offset)
            import_wh = _decode(buffer, offset + 2 * meter.import_register, kind, meter.order, digits)
        if what & EXPORT:
            digits = _digits(meter, meter.export_digits, _SCALE_ENERGY, buffer, offset)
            export_wh = _decode(buffer, offset + 2 * meter.export_register, kind, meter.order, digits)
        if import_wh is None or export_wh is None:
            return False
        self.import_wh = import_wh
        self.export_wh = export_wh
        self.known |= what
        return True


def _digits(meter: "MeterType", digits: int, place: int, buffer: bytearray, offset: int) -> int:
    """Return the decimal shift of a value, with its scale register where there is one."""
    if not meter.scales:
        return digits
    scale = registers.get_i16(buffer, offset + 2 * meter.scales[place], meter.order)
    # Beyond its range a scale is "not implemented"; far outside `decode`'s, so that no value comes of it.
    return digits + scale if -_SCALE_MAX <= scale <= _SCALE_MAX else _DIGITS_MAX + 1


def _measured(meter: "MeterType", buffer: bytearray, offset: int, digits: int) -> int | None:
    """Return a value of the meter's kind, or None."""
    if meter.scales and registers.get_i16(buffer, offset, meter.order) == _NOT_IMPLEMENTED:
        return None
    return _decode(buffer, offset, meter.kind, meter.order, digits)


def _decode(buffer: bytearray, offset: int, kind: int, order: int, digits: int) -> int | None:
    if not _DIGITS_MIN <= digits <= _DIGITS_MAX:
        return None
    return registers.decode(buffer, offset, kind, order, digits)
