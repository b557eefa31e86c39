"""The meters that can be read over Modbus: one row each.

The index is what a setting stores, so it never changes. A register is the 0-based address as sent; -1 means
that the meter does not have it. `div` is the number of decimals of the raw value in V, A, W or kWh: a register
that counts 0.01 A has 2, one that counts kW has -3 where W are meant. `block` is the one request that brings
currents and powers, so it must span both. The requests of one meter need different lengths, because a late
reply to another request is told by its length.
"""

from micropython import const

from modbus import registers

SIGN_RAW = const(0)
SIGN_BY_POWER = const(1)

DISABLED = const(0)
EASTRON_3P = const(4)
EASTRON_1P = const(10)

NO_REGISTER = const(-1)

_F32 = const(4)
_HBF_HWF = const(3)

# index, name, LCD name, function, kind, order, block (start, count),
# voltage (register, div), current (register, div), power per phase (register, div),
# import energy (register, div), export energy (register, div), sign rule
_ROWS = (
    (0, "Disabled", "Disabled", 0, 0, 0, (0, 0),
     (-1, 0), (-1, 0), (-1, 0), (-1, 0), (-1, 0), SIGN_RAW),
    (4, "Eastron SDM630/SDM72 (3 phases)", "Eastron3P", 4, _F32, _HBF_HWF, (0x06, 12),
     (0x00, 0), (0x06, 0), (0x0C, 0), (0x48, 0), (0x4A, 0), SIGN_BY_POWER),
    (10, "Eastron SDM120/SDM230 (1 phase)", "Eastron1P", 4, _F32, _HBF_HWF, (0x06, 12),
     (0x00, 0), (0x06, 0), (0x0C, 0), (0x48, 0), (0x4A, 0), SIGN_BY_POWER),
)  # fmt: skip


class MeterType:
    """One row of the table with named fields; `*_digits` is what `registers.decode` takes."""

    def __init__(self, row: tuple) -> None:
        (self.index, self.name, self.lcd_name, self.function, self.kind, self.order, block,
         voltage, current, power, energy_import, energy_export, self.sign_rule) = row  # fmt: skip
        self.block_register, self.block_count = block
        # Results are in 0.1 V, mA, W and Wh.
        self.voltage_register, self.voltage_digits = voltage[0], 1 - voltage[1]
        self.current_register, self.current_digits = current[0], 3 - current[1]
        self.power_register, self.power_digits = power[0], -power[1]
        self.import_register, self.import_digits = energy_import[0], 3 - energy_import[1]
        self.export_register, self.export_digits = energy_export[0], 3 - energy_export[1]
        self.width = registers.width(self.kind)


def indices() -> tuple[int, ...]:
    """Return the indices of all rows."""
    return tuple(row[0] for row in _ROWS)


def find(index: int) -> MeterType:
    """Return the meter type with this stored index; raises ValueError when there is none."""
    for row in _ROWS:
        if row[0] == index:
            return MeterType(row)
    raise ValueError("meter type must be one of " + ", ".join(str(row[0]) for row in _ROWS))
