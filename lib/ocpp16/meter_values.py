"""Readings of a meter as OCPP reports them: 48 bytes each, and from these the JSON of a MeterValue (section 7.33).

A reading is packed when it is taken, so that what waits (offline, or for the end of a transaction) is small, never
changes, and turns into text only while it is sent. Integers throughout: values get their decimal point as text.
"""

import struct

from micropython import const

from . import measurands as m
from . import times

PERIODIC = const(0)
CLOCK = const(1)
BEGIN = const(2)
END = const(3)
TRIGGER = const(4)
OTHER = const(5)
_CONTEXTS = (
    "Sample.Periodic",
    "Sample.Clock",
    "Transaction.Begin",
    "Transaction.End",
    "Trigger",
    "Other",
)

PACKED_BYTES = const(48)
# unix s, context, phases; then what is absent as all ones: currents in 0.1 A, voltages in 0.1 V, powers in W, of the
# phases; power in all in W, frequency in 0.1 Hz, offered A, degrees C + 1000; energy in all and of the phases in Wh.
_LAYOUT = "<IBB3H3H3HHHHHIIII"
_NONE_16 = const(0xFFFF)
_NONE_32 = 0xFFFFFFFF
_DEGREES = const(1000)
_NOMINAL_V = const(230)
# Where the energy in all is in the bytes.
_ENERGY_AT = const(32)
# Places in the unpacked layout.
_CURRENT = const(3)
_VOLTAGE = const(6)
_POWER = const(9)
_TOTAL_POWER = const(12)
_FREQUENCY = const(13)
_OFFERED = const(14)
_TEMPERATURE = const(15)
_ENERGY = const(16)


class Reading:
    """What a meter shows now; whatever it does not measure is None, and its samples are left out.

    Per phase of the meter: `currents_ma`, `voltages_dv`, `powers_w`, `energies_wh`. In all: `power_w`, `energy_wh`
    (the register, never set back), `frequency_dhz` (0.1 Hz), `temperature_c` (in the station). `offered_ma` is what
    the car may take per phase, on so many `phases`.
    """

    def __init__(self) -> None:
        self.currents_ma: "list | None" = None
        self.voltages_dv: "list | None" = None
        self.powers_w: "list | None" = None
        self.energies_wh: "list | None" = None
        self.power_w: "int | None" = None
        self.energy_wh: "int | None" = None
        self.frequency_dhz: "int | None" = None
        self.temperature_c: "int | None" = None
        self.offered_ma: "int | None" = None
        self.phases = 3


def pack(reading, taken_s: int, why: int, rotation: tuple = (0, 1, 2), least_wh: int = 0) -> bytes:
    """Return a reading of `taken_s` (unix, 0 unknown) and a context as bytes.

    `rotation` says on which phase of the grid each phase of the meter is. The energy in all is not below `least_wh`: a
    register never goes back within a transaction (errata 3.78).
    """
    total_w = reading.power_w
    if total_w is None and reading.powers_w:
        total_w = sum([power for power in reading.powers_w if power is not None])
    temperature = reading.temperature_c
    fields = [taken_s, why, reading.phases]
    fields += _of_phases(reading.currents_ma, rotation, 100, _NONE_16)
    fields += _of_phases(reading.voltages_dv, rotation, 1, _NONE_16)
    fields += _of_phases(reading.powers_w, rotation, 1, _NONE_16)
    fields.append(_limited(total_w, 1, _NONE_16))
    fields.append(_limited(reading.frequency_dhz, 1, _NONE_16))
    fields.append(_limited(reading.offered_ma, 1000, _NONE_16))
    fields.append(_NONE_16 if temperature is None else _limited(temperature + _DEGREES, 1, _NONE_16))
    energy = reading.energy_wh
    fields.append(_NONE_32 if energy is None else _limited(max(energy, least_wh), 1, _NONE_32))
    fields += _of_phases(reading.energies_wh, rotation, 1, _NONE_32)
    return struct.pack(_LAYOUT, *fields)


def unix_s(packed) -> int:
    """Return the time of a packed reading, 0 when it was not known."""
    return struct.unpack_from("<I", packed)[0]


def context(packed) -> int:
    """Return the context of a packed reading."""
    return packed[4]


def energy_wh(packed) -> int:
    """Return the energy register of a packed reading, -1 when it is not known."""
    value = struct.unpack(_LAYOUT, packed)[_ENERGY]
    return -1 if value == _NONE_32 else value


def raised(packed: bytes, least_wh: int) -> bytes:
    """Return a packed reading whose register, where it is known, is not below `least_wh`."""
    if not 0 <= energy_wh(packed) < least_wh:
        return packed
    return packed[:_ENERGY_AT] + struct.pack("<I", least_wh) + packed[_ENERGY_AT + 4 :]


def pieces(packed, items: bytes, connector: int = 1):
    """Yield the text of one MeterValue with samples of `items`, in pieces; nothing at all when none is known."""
    fields = struct.unpack(_LAYOUT, packed)
    begin = '{"timestamp":"%s","sampledValue":[' % times.text(fields[0])
    end = ',"context":"%s"' % _CONTEXTS[fields[1]]
    if connector == 0:
        # The main meter; an outlet is what a sample without location is of.
        end += ',"location":"Inlet"'
    found = False
    for item in items:
        value = _value(fields, item)
        if value:
            phase = m.phase(item)
            unit = m.unit(item)
            yield '%s{"value":"%s"%s,"measurand":"%s"%s%s}' % (
                "," if found else begin,
                value,
                end,
                m.measurand(item),
                ',"phase":"%s"' % phase if phase else "",
                ',"unit":"%s"' % unit if unit else "",
            )
            found = True
    if found:
        yield "]}"


def request(packed, items: bytes, connector: int, transaction_id: "int | None" = None):
    """Yield the text of a MeterValues.req, in pieces; nothing at all when none of the items is known.

    Values of the main meter (connector 0) go without a transaction (errata 3.16).
    """
    first = True
    for piece in pieces(packed, items, connector):
        if first:
            yield '{"connectorId":%d,' % connector
            if transaction_id is not None and connector:
                yield '"transactionId":%d,' % transaction_id
            yield '"meterValue":['
            first = False
        yield piece
    if not first:
        yield "]}"


def _of_phases(values, rotation: tuple, divisor: int, none: int) -> list:
    found = [none, none, none]
    if values:
        for phase in range(3):
            found[rotation[phase]] = _limited(values[phase], divisor, none)
    return found


def _limited(value, divisor: int, none: int) -> int:
    """Return a value in units of `divisor`, cut to what there is room for; energy flows to the car only."""
    return none if value is None else min(max(value, 0) // divisor, none - 1)


def _value(fields: tuple, item: int) -> str:
    """Return what an item reads as text, empty when it is not known."""
    measurand = item >> 4
    phase = (item & 15) - 1
    if measurand == m.ENERGY:
        return _known(fields[_ENERGY + 1 + phase], _NONE_32)
    if measurand == m.POWER:
        return _known(fields[_POWER + phase] if phase >= 0 else fields[_TOTAL_POWER], _NONE_16)
    if measurand == m.CURRENT:
        return _tenths(fields[_CURRENT + phase] if phase >= 0 else _sum(fields, _CURRENT))
    if measurand == m.VOLTAGE:
        # A voltage of a phase is that to neutral, with either name.
        return _tenths(fields[_VOLTAGE + phase % 3] if phase >= 0 else _mean_voltage(fields))
    if measurand == m.FREQUENCY:
        return _tenths(fields[_FREQUENCY])
    if measurand == m.TEMPERATURE:
        value = fields[_TEMPERATURE]
        return "" if value == _NONE_16 else str(value - _DEGREES)
    offered = fields[_OFFERED]
    if measurand == m.POWER_OFFERED and offered != _NONE_16:
        return str(offered * _NOMINAL_V * fields[2])
    return _known(offered, _NONE_16)


def _known(value: int, none: int) -> str:
    return "" if value == none else str(value)


def _tenths(value: int) -> str:
    return "" if value == _NONE_16 else "%d.%d" % (value // 10, value % 10)


def _sum(fields: tuple, at: int) -> int:
    """Return the sum of what is known of three phases."""
    found = [value for value in fields[at : at + 3] if value != _NONE_16]
    return sum(found) if found else _NONE_16


def _mean_voltage(fields: tuple) -> int:
    """Return the mean of the phases that have a voltage."""
    found = [value for value in fields[_VOLTAGE : _VOLTAGE + 3] if value not in (0, _NONE_16)]
    return sum(found) // len(found) if found else _NONE_16
