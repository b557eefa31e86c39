"""The registers of a simulated meter of any type: the inverse of what the firmware decodes.

Everything follows the type's row of the meter table: kinds, word orders, decimals, signs, scale factors.
"""

from evse.services import meter_types as types
from evse.services.meter_more import More
from modbus import registers
from modbus.codes import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION
from modbus.registers import put_u16

_VOLTAGE = 0
_CURRENT = 1
_POWER = 2
_POWER_SUM = 3
_IMPORT = 4
_EXPORT = 5
_SCALE = 6
_FREQUENCY = 7
_PHASE_IMPORT = 8

_GRID_DHZ = 500

# Types that measure L1 only, whatever their registers look like.
_ONE_PHASE = (types.EASTRON_1P, 17)
# What a quantity with a scale factor is told in: the smallest exponent of V, A, W and kWh that says anything.
_FINEST = (-1, -3, 0, -3)
_INT_BITS = {registers.U16: 16, registers.I16: 15, registers.U32: 32, registers.I32: 31, registers.U64: 63}


def float32_bits(value: int, digits: int) -> int:
    """Return the bits of the smallest single whose magnitude is at least that of value / 10**digits.

    Rounding away from zero makes a reader that truncates get `value` back, as long as a single can hold it.
    """
    if value == 0:
        return 0
    sign = 0x80000000 if value < 0 else 0
    numerator = abs(value) * (10**-digits if digits < 0 else 1)
    denominator = 10**digits if digits > 0 else 1
    exponent = 0
    # Bring numerator / denominator into 2**23 .. 2**24.
    while numerator >= denominator << 24:
        denominator <<= 1
        exponent += 1
    while numerator < denominator << 23:
        numerator <<= 1
        exponent -= 1
    mantissa = (numerator + denominator - 1) // denominator
    if mantissa == 1 << 24:
        mantissa >>= 1
        exponent += 1
    return sign | ((exponent + 150) << 23) | (mantissa & 0x7FFFFF)


def integer_bits(value: int, kind: int, digits: int) -> int:
    """Return value / 10**digits, rounded, as the bits of an integer kind; what does not fit is cut off."""
    if digits > 0:
        half = 10**digits // 2
        value = (abs(value) + half) // 10**digits * (1 if value >= 0 else -1)
    elif digits < 0:
        value *= 10**-digits
    most = (1 << _INT_BITS[kind]) - 1
    least = -most - 1 if kind in (registers.I16, registers.I32) else 0
    return max(least, min(most, value)) & ((1 << 16 * registers.width(kind)) - 1)


def put_value(buffer: bytearray, offset: int, bits: int, words: int, order: int) -> None:
    """Store `words` registers with the byte and word order that `registers.decode` takes."""
    for place in range(words):
        # The most significant word comes first or last.
        shift = 16 * (words - 1 - place if order & 1 else place)
        word = (bits >> shift) & 0xFFFF
        if not order & 2:
            word = (word >> 8) | ((word & 0xFF) << 8)
        put_u16(buffer, offset + 2 * place, word)


class MeterBank:
    """The register bank of a meter that measures `source`.

    `source` has `current_ma[3]`, `power_w[3]` (both import positive), `voltage_dv[3]`, `energy_import_wh` and
    `energy_export_wh`.
    """

    def __init__(self, meter_type, source) -> None:
        self.type = meter_type
        self.source = source
        # (first register, words, kind, digits, what, phase)
        self._fields = _fields(meter_type)
        self._phases = 1 if meter_type.index in _ONE_PHASE else 3

    def read(self, function: int, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Answer the function of this type; registers between known ones read as 0, others do not exist."""
        if function != self.type.function:
            return ILLEGAL_FUNCTION
        end = register + count
        for index in range(2 * count):
            buffer[offset + index] = 0
        found = False
        value = bytearray(8)
        for first, words, kind, digits, what, phase in self._fields:
            if first < end and register < first + words:
                found = True
                put_value(value, 0, self._bits(kind, digits, what, phase), words, self.type.order)
                for place in range(max(first, register), min(first + words, end)):
                    at = offset + 2 * (place - register)
                    buffer[at] = value[2 * (place - first)]
                    buffer[at + 1] = value[2 * (place - first) + 1]
        return 0 if found else ILLEGAL_ADDRESS

    def write(self, register: int, count: int, buffer: bytearray, offset: int) -> int:
        """Refuse: settings of the meter are not simulated."""
        return ILLEGAL_ADDRESS

    def _bits(self, kind: int, digits: int, what: int, phase: int) -> int:
        if what == _SCALE:
            return self._exponent(phase) & 0xFFFF
        if self.type.scales:
            digits += self._exponent((_VOLTAGE, _CURRENT, _POWER, _POWER, 3, 3)[what])
        value = self._value(what, phase)
        if kind == registers.F32:
            return float32_bits(value, digits)
        return integer_bits(value, kind, digits)

    def _value(self, what: int, phase: int) -> int:
        source = self.source
        if what == _IMPORT:
            return source.energy_import_wh
        if what == _EXPORT:
            return source.energy_export_wh
        if what == _FREQUENCY:
            return _GRID_DHZ
        if phase >= self._phases:
            return 0
        if what == _PHASE_IMPORT:
            return source.energy_import_wh // self._phases
        if what == _VOLTAGE:
            return source.voltage_dv[phase]
        if what == _CURRENT:
            current_ma = source.current_ma[phase]
            return abs(current_ma) if self.type.sign_rule else current_ma
        power_w = source.power_w[phase] if what == _POWER else sum(source.power_w[: self._phases])
        return -power_w if self.type.sign_rule == types.SIGN_BY_NEGATED_POWER else power_w

    def _exponent(self, quantity: int) -> int:
        """Return the scale factor with which the present values just fit into a 16-bit register."""
        source = self.source
        exponent = _FINEST[quantity]
        if quantity == _VOLTAGE:
            most = max(source.voltage_dv)
        elif quantity == _CURRENT:
            most = max([abs(current_ma) for current_ma in source.current_ma])
        elif quantity == _POWER:
            most = abs(sum(source.power_w))
        else:
            # Counters have 32 bits.
            return 0
        while most > 32767:
            most //= 10
            exponent += 1
        return exponent


def _fields(meter) -> list:
    fields = []

    def add(what, phase, register, kind, digits):
        if register >= 0:
            fields.append((register, registers.width(kind), kind, digits, what, phase))

    if not meter.is_polled:
        return fields
    kind, width = meter.kind, meter.width
    for phase in range(meter.phases):
        at = phase * width
        if meter.voltage_register >= 0:
            add(_VOLTAGE, phase, meter.voltage_register + at, kind, meter.voltage_digits)
        add(_CURRENT, phase, meter.current_register + at, kind, meter.current_digits)
        if meter.powers == 3:
            add(_POWER, phase, meter.power_register + at, kind, meter.power_digits)
    if meter.powers == 1:
        add(_POWER_SUM, 0, meter.power_register, kind, meter.power_digits)
    add(_IMPORT, 0, meter.import_register, meter.energy_kind, meter.import_digits)
    add(_EXPORT, 0, meter.export_register, meter.energy_kind, meter.export_digits)
    more = More(meter)
    if more.requests:
        add(_FREQUENCY, 0, more.requests[0][1], more.kind, more.digits[0])
    if len(more.requests) > 1:
        for phase in range(3):
            at = more.requests[1][1] + phase * meter.energy_width
            add(_PHASE_IMPORT, phase, at, meter.energy_kind, more.digits[1])
    for quantity in range(len(meter.scales)):
        add(_SCALE, quantity, meter.scales[quantity], registers.I16, 0)
    return fields
