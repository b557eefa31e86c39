"""Register images of every meter, written from the SmartEVSE v3 sheet, section 5.2, and from nothing else.

`image(index, sample)` is what a meter of that stored index holds while it measures `sample`. Registers that the sheet
does not name are missing, so a request that touches one gets an exception; some of a block's others are filled.
"""

import struct
from fractions import Fraction
from typing import NamedTuple

FILL = 0x5A5A


class Sample(NamedTuple):
    """What is measured: A (magnitude and sign), W and V per phase, kWh."""

    current_a: tuple[float, float, float]
    power_w: tuple[float, float, float]
    voltage_v: tuple[float, float, float]
    import_kwh: float
    export_kwh: float


# The first with import and export, up to a house connection of 160 A; the second small and mostly export.
SAMPLES = (
    Sample((16.12, -10.25, 158.75), (3703.5, -2346.5, 36512.0), (230.1, 229.9, 231.5), 8191.75, 12.25),
    Sample((-0.06, 0.0, -25.5), (-13.5, 0.0, -5865.0), (207.5, 253.0, 230.0), 0.5, 0.25),
)


class Expected(NamedTuple):
    """What the station must read: mA, W in total, 0.1 V, Wh; None is a value that the meter does not have."""

    current_ma: list[int]
    power_w: int
    voltage_dv: list[int]
    import_wh: int
    export_wh: int


def exact(value: float) -> Fraction:
    return Fraction(repr(value))


def single(value: float) -> Fraction:
    """Return the number that a single holds in place of `value`."""
    return Fraction(struct.unpack(">f", struct.pack(">f", value))[0])


def big(form: str, *values) -> list[int]:
    """Return the registers of values in network order."""
    data = struct.pack(">" + form, *values)
    return list(struct.unpack(f">{len(data) // 2}H", data))


def word_swapped(*values: int) -> list[int]:
    """Return 32-bit integers with the low word first."""
    words = big(f"{len(values)}i", *values)
    return [words[index ^ 1] for index in range(len(words))]


def units(value: float, decimals: int) -> int:
    """Return a value as an integer that counts 10**-decimals."""
    scaled = exact(value) * Fraction(10) ** decimals
    return int(scaled)


def place(registers: dict[int, int], register: int, words: list[int]) -> None:
    for index, word in enumerate(words):
        registers[register + index] = word


def image(index: int, sample: Sample) -> tuple[int, dict[int, int], Expected]:
    """Return function code, registers and what is to be read."""
    registers: dict[int, int] = {}
    function = MAKERS[index](registers, sample)
    return function, registers, EXPECTATIONS[index](sample)


# Meters with floats. Each line: register and the factor between the sample's unit and the register's.


def float_meter(
    function: int,
    current: int,
    power: int | tuple[int, ...],
    voltage: int,
    energies: tuple[int, int],
    fill: tuple[int, int],
    factors: tuple[float, float, float, float] = (1, 1, 1, 1),
    magnitudes: bool = False,
):
    amps, watts, volts, kwhs = factors

    def make(registers: dict[int, int], sample: Sample) -> int:
        place(registers, fill[0], [FILL] * fill[1])
        currents = [abs(value) if magnitudes else value for value in sample.current_a]
        place(registers, current, big("3f", *(value * amps for value in currents)))
        place(registers, voltage, big("3f", *(value * volts for value in sample.voltage_v)))
        if isinstance(power, int):
            place(registers, power, big("f", sum(sample.power_w) * watts))
        else:
            for register, value in zip(power, sample.power_w, strict=True):
                place(registers, register, big("f", value * watts))
        if energies[0] >= 0:
            place(registers, energies[0], big("f", sample.import_kwh * kwhs))
        if energies[1] >= 0:
            place(registers, energies[1], big("f", sample.export_kwh * kwhs))
        return function

    return make


def float_expectation(
    factors: tuple[float, float, float, float] = (1, 1, 1, 1),
    total: bool = False,
    has_export: bool = True,
    inverted: bool = False,
    by_power: bool = False,
):
    amps, watts, volts, kwhs = factors

    def value_of(value: float, factor: float, digits: int) -> int:
        return int(single(value * factor) / exact(factor) * 10**digits)

    def expect(sample: Sample) -> Expected:
        powers = [value_of(value, watts, 0) for value in sample.power_w]
        power_w = value_of(sum(sample.power_w), watts, 0) if total else sum(powers)
        currents = [value_of(value, amps, 3) for value in sample.current_a]
        if by_power:
            currents = [
                -abs(current) if power < 0 else abs(current)
                for current, power in zip(currents, powers, strict=True)
            ]
        energies = [value_of(sample.import_kwh, kwhs, 3), value_of(sample.export_kwh, kwhs, 3)]
        if inverted:
            power_w = -power_w
            currents = [
                -current if power else current for current, power in zip(currents, powers, strict=True)
            ]
            energies.reverse()
        return Expected(
            currents,
            power_w,
            [value_of(value, volts, 1) for value in sample.voltage_v],
            energies[0],
            energies[1] if has_export else 0,
        )

    return expect


# Meters with integers.


def phoenix(registers: dict[int, int], sample: Sample) -> int:
    place(registers, 0x00, word_swapped(*(units(value, 1) for value in sample.voltage_v)))
    place(registers, 0x0C, word_swapped(*(units(value, 3) for value in sample.current_a)))
    place(registers, 0x28, word_swapped(units(sum(sample.power_w), 1)))
    place(registers, 0x3E, word_swapped(units(sample.import_kwh, 1)))
    return 4


def gavazzi(registers: dict[int, int], sample: Sample) -> int:
    phoenix(registers, sample)
    del registers[0x3E], registers[0x3F]
    place(registers, 0x34, word_swapped(units(sample.import_kwh, 1)))
    place(registers, 0x4E, word_swapped(units(sample.export_kwh, 1)))
    return 4


def abb(registers: dict[int, int], sample: Sample) -> int:
    place(registers, 0x5B00, big("3i", *(units(value, 1) for value in sample.voltage_v)))
    place(registers, 0x5B0C, [FILL] * 16)
    place(registers, 0x5B0C, big("3i", *(abs(units(value, 2)) for value in sample.current_a)))
    place(registers, 0x5B16, big("3i", *(units(value, 2) for value in sample.power_w)))
    place(registers, 0x5000, big("q", units(sample.import_kwh, 2)))
    place(registers, 0x5004, big("q", units(sample.export_kwh, 2)))
    return 3


def solaredge(registers: dict[int, int], sample: Sample) -> int:
    """SunSpec model 203 at 40188: each quantity has a decimal exponent of its own."""
    place(registers, 40188, [FILL] * 60)
    place(registers, 40191, big("3h", *(units(value, 2) for value in sample.current_a)) + big("h", -2))
    place(registers, 40196, big("3h", *(units(value, 1) for value in sample.voltage_v)))
    place(registers, 40203, big("h", -1))
    place(registers, 40206, big("h", units(sum(sample.power_w), -1)))
    place(registers, 40210, big("h", 1))
    place(registers, 40226, big("i", units(sample.export_kwh, 3)))
    place(registers, 40234, big("i", units(sample.import_kwh, 3)))
    place(registers, 40242, big("h", 0))
    return 3


def sinotimer(registers: dict[int, int], sample: Sample) -> int:
    place(registers, 0x00, big("3h", *(units(value, 1) for value in sample.voltage_v)))
    place(registers, 0x03, big("3h", *(units(value, 2) for value in sample.current_a)))
    # Three of 32.7 kW are the most it can say.
    place(registers, 0x08, big("3h", *(units(min(value, 32700), 0) for value in sample.power_w)))
    place(registers, 0x27, big("i", units(sample.import_kwh, 2)))
    place(registers, 0x31, big("i", units(sample.export_kwh, 2)))
    return 4


def chint_1p(registers: dict[int, int], sample: Sample) -> int:
    place(registers, 0x2000, big("f", sample.voltage_v[0]))
    place(registers, 0x2002, big("f", abs(sample.current_a[0])))
    place(registers, 0x2004, big("f", sample.power_w[0] / 1000))
    place(registers, 0x4000, big("f", sample.import_kwh))
    place(registers, 0x400A, big("f", sample.export_kwh))
    return 3


def integer_expectation(current: int, power: int, energy: int, by_power: bool = False, limit_w: int = 10**9):
    """Return what is read with so many decimals of A, W (in total, or of three phases below 0) and kWh."""

    def expect(sample: Sample) -> Expected:
        currents = [
            int(Fraction(units(value, current)) * Fraction(10) ** (3 - current)) for value in sample.current_a
        ]
        phases = [int(min(value, limit_w)) for value in sample.power_w]
        if by_power:
            currents = [-abs(c) if p < 0 else abs(c) for c, p in zip(currents, phases, strict=True)]
        total = units(sum(sample.power_w), power)
        power_w = sum(phases) if by_power or limit_w < 10**9 else int(Fraction(total) / Fraction(10) ** power)
        energies = [
            int(Fraction(units(value, energy)) * Fraction(10) ** (3 - energy))
            for value in (sample.import_kwh, sample.export_kwh)
        ]
        return Expected(currents, power_w, [units(value, 1) for value in sample.voltage_v], *energies)

    return expect


def phoenix_expectation(sample: Sample) -> Expected:
    return integer_expectation(3, 1, 1)(sample)._replace(export_wh=0)


def chint_1p_expectation(sample: Sample) -> Expected:
    whole = float_expectation((1, 0.001, 1, 1), by_power=True)(sample)
    return whole._replace(
        current_ma=[whole.current_ma[0], 0, 0],
        power_w=int(single(sample.power_w[0] / 1000) * 1000),
        voltage_dv=[whole.voltage_dv[0], 0, 0],
    )


EASTRON = float_meter(4, 0x06, (0x0C, 0x0E, 0x10), 0x00, (0x48, 0x4A), (0x06, 12), magnitudes=True)
WATT_HOURS = (1, 1, 1, 1000)
KILOWATTS = (1, 0.001, 1, 1)
CHINT = (1000, 10, 10, 1)

MAKERS = {
    2: phoenix,
    3: float_meter(4, 0x100E, 0x1026, 0x1000, (0x1106, 0x110E), (0x100E, 6), WATT_HOURS),
    4: EASTRON,
    5: EASTRON,
    6: abb,
    7: solaredge,
    8: float_meter(3, 0x500C, 0x5012, 0x5002, (0x600C, 0x6018), (0x500C, 6), KILOWATTS),
    10: EASTRON,
    11: float_meter(4, 2516, (2530, 2532, 2534), 2500, (2638, -1), (2516, 20), WATT_HOURS, magnitudes=True),
    12: sinotimer,
    14: float_meter(
        3,
        0x0BB7,
        (0x0BED, 0x0BEF, 0x0BF1),
        0x0BD3,
        (0xB02B, 0xB02D),
        (0x0BB7, 60),
        KILOWATTS,
        magnitudes=True,
    ),
    15: float_meter(
        3, 0x200C, (0x2014, 0x2016, 0x2018), 0x2000, (0x101E, 0x1028), (0x200C, 14), CHINT, magnitudes=True
    ),
    16: gavazzi,
    17: chint_1p,
}

EXPECTATIONS = {
    2: phoenix_expectation,
    3: float_expectation(WATT_HOURS, total=True),
    4: float_expectation(by_power=True),
    5: float_expectation(by_power=True, inverted=True),
    6: integer_expectation(2, 2, 2, by_power=True),
    7: integer_expectation(2, -1, 3),
    8: float_expectation(KILOWATTS, total=True),
    10: float_expectation(by_power=True),
    11: float_expectation(WATT_HOURS, has_export=False, by_power=True),
    12: integer_expectation(2, 0, 2, limit_w=32700),
    14: float_expectation(KILOWATTS, by_power=True),
    15: float_expectation(CHINT, by_power=True),
    16: integer_expectation(3, 1, 1),
    17: chint_1p_expectation,
}

# What is not for the EV meter.
MAINS_ONLY = (7,)
