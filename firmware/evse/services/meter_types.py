"""Every meter type: one row each. Adding a meter is adding a row.

The index is what a setting stores, so it never changes (SmartEVSE v3 sheet, section 5.2). The rows are texts, because
those stay in flash. Their columns:

    index | LCD name | name | use | transport
    | function | kind and order | phases | block | voltage | current | power
    | import | export | kind of the energies | sign | scales

`use` has a letter for each of mains, circuit and EV. A quantity is `register/div`, `-` where the meter does not have
it: the register is the 0-based address as sent, `div` the number of decimals of the raw value in V, A, W or kWh, so a
register that counts 0.01 A has 2, and one that counts kW where W are meant has -3. Values per phase lie one behind the
other; `x3` or `x1` says whether there is a power per phase or one in total. `block` (register+count) is the one request
that brings the currents; whatever else lies inside it needs no request of its own. HWF and LWF are the order of the
words. The sign of the currents is their own (raw), that of the power (P), or, of a meter that is fed from below, that
of the power negated (-P). `scales` are the registers of the decimal exponents that SunSpec keeps beside its values, for
voltage, current, power and energy (models 201..204).
"""

from micropython import const

from evse.core.text_rows import line
from modbus import registers

# How the readings come in.
BY_NOTHING = const(0)
BY_MODBUS = const(1)
BY_SENSORBOX = const(2)
BY_API = const(3)
BY_HTTP = const(4)

SIGN_RAW = const(0)
SIGN_BY_POWER = const(1)
# The meter is fed from below: powers are negated, and the currents take the sign of the result.
SIGN_BY_NEGATED_POWER = const(2)

# What a type may be used for.
USE_MAINS = const(1)
USE_CIRCUIT = const(2)
USE_EV = const(4)

# Rows that other modules ask for by name.
DISABLED = const(0)
SENSORBOX = const(1)
EASTRON_3P = const(4)
API = const(9)
EASTRON_1P = const(10)
HOMEWIZARD = const(13)
CUSTOM = const(19)

NO_REGISTER = const(-1)
SENSORBOX_ADDRESS = const(10)

_I16 = const(1)
_I32 = const(3)
_F32 = const(4)
_ALL = const(7)

_ROWS = (
    "0|Disabled|Disabled|mce|-\n"
    "1|Sensorbox|Sensorbox|m|box|4|F32 HWF|3|0x00+20|0x02/0|0x08/0|-|-|-|F32|raw\n"
    "2|Phoenix C|Phoenix Contact EEM-350-D-MCB|mce|modbus"
    "|4|I32 LWF|3|0x0C+6|0x00/1|0x0C/3|0x28/1 x1|0x3E/1|-|I32|raw\n"
    "3|Finder 7E|Finder 7E.78.8.400.0212|mce|modbus"
    "|4|F32 HWF|3|0x100E+6|0x1000/0|0x100E/0|0x1026/0 x1|0x1106/3|0x110E/3|F32|raw\n"
    "4|Eastron3P|Eastron SDM630/SDM72 (3 phases)|mce|modbus"
    "|4|F32 HWF|3|0x06+12|0x00/0|0x06/0|0x0C/0 x3|0x48/0|0x4A/0|F32|P\n"
    "5|InvEastrn|Eastron SDM630/SDM72, fed from below|mce|modbus"
    "|4|F32 HWF|3|0x06+12|0x00/0|0x06/0|0x0C/0 x3|0x4A/0|0x48/0|F32|-P\n"
    "6|ABB|ABB B23 212-100|mce|modbus"
    "|3|I32 HWF|3|0x5B0C+16|0x5B00/1|0x5B0C/2|0x5B16/2 x3|0x5000/2|0x5004/2|U64|P\n"
    "7|SolarEdge|SolarEdge (SunSpec)|mc|modbus"
    "|3|I16 HWF|3|40191+20|40196/0|40191/0|40206/0 x1|40234/3|40226/3|I32|raw|40203 40194 40210 40242\n"
    "8|WAGO|WAGO 879-30x0, Inepro PRO380|mce|modbus"
    "|3|F32 HWF|3|0x500C+6|0x5002/0|0x500C/0|0x5012/-3 x1|0x600C/0|0x6018/0|F32|raw\n"
    "9|API|Fed over MQTT or REST|mce|api\n"
    "10|Eastron1P|Eastron SDM120/SDM230 (1 phase)|mce|modbus"
    "|4|F32 HWF|3|0x06+12|0x00/0|0x06/0|0x0C/0 x3|0x48/0|0x4A/0|F32|P\n"
    "11|Finder 7M|Finder 7M.38.8.400.0212|mce|modbus"
    "|4|F32 HWF|3|2516+20|2500/0|2516/0|2530/0 x3|2638/3|-|F32|P\n"
    "12|Sinotimer|Sinotimer DTS6619|mce|modbus"
    "|4|I16 HWF|3|0x03+3|0x00/1|0x03/2|0x08/0 x3|0x27/2|0x31/2|I32|raw\n"
    "13|Homewizrd|HomeWizard P1 or kWh meter|mce|http\n"
    "14|Schneider|Schneider iEM3x5x|mce|modbus"
    "|3|F32 HWF|3|0x0BB7+60|0x0BD3/0|0x0BB7/0|0x0BED/-3 x3|0xB02B/0|0xB02D/0|F32|P\n"
    "15|Chint 3P|Chint DTSU666 (3 phases)|mce|modbus"
    "|3|F32 HWF|3|0x200C+14|0x2000/1|0x200C/3|0x2014/1 x3|0x101E/0|0x1028/0|F32|P\n"
    "16|C.Gavazzi|Carlo Gavazzi EM340|mce|modbus"
    "|4|I32 LWF|3|0x0C+6|0x00/1|0x0C/3|0x28/1 x1|0x34/1|0x4E/1|I32|raw\n"
    "17|Chint 1P|Chint DDSU666 (1 phase)|mce|modbus"
    "|3|F32 HWF|1|0x2002+4|0x2000/0|0x2002/0|0x2004/-3 x1|0x4000/0|0x400A/0|F32|P\n"
    "18|Unused 4|Unused||-\n"
    # Described by settings; `custom` makes it.
    "19|Custom|Custom|mce|modbus"
)

_TRANSPORTS = ("-", "modbus", "box", "api", "http")
_KINDS = ("U16", "I16", "U32", "I32", "F32", "U64")
_ORDERS = ("", "", "LWF", "HWF")
_SIGNS = ("raw", "P", "-P")
_USES = "mce"
_COLUMNS_UNDESCRIBED = const(5)
_UNDESCRIBED = (0, _I32, 0, 3, (0, 0), (-1, 0), (-1, 0), (-1, 0), 0, (-1, 0), (-1, 0), _I32, SIGN_RAW, ())

# Kinds in the order of the setting "DATA TYPE".
_CUSTOM_KINDS = (_I32, _F32, _I16)


def _quantity(text: str) -> tuple[int, int]:
    """Return (register, div)."""
    if text == "-":
        return NO_REGISTER, 0
    register, div = text.split("/")
    return int(register, 0), int(div)


def _parse(text: str) -> tuple:
    """Return the columns of a row as `MeterType` takes them."""
    columns = text.split("|")
    use = sum(1 << index for index in range(3) if _USES[index] in columns[3])
    head = (int(columns[0]), columns[2], columns[1], use, _TRANSPORTS.index(columns[4]))
    if len(columns) == _COLUMNS_UNDESCRIBED:
        return head
    kind, order = columns[6].split(" ")
    first, count = columns[8].split("+")
    power, _, powers = columns[11].partition(" x")
    return head + (
        int(columns[5]), _KINDS.index(kind), _ORDERS.index(order), int(columns[7]), (int(first, 0), int(count)),
        _quantity(columns[9]), _quantity(columns[10]), _quantity(power), int(powers or 0),
        _quantity(columns[12]), _quantity(columns[13]), _KINDS.index(columns[14]), _SIGNS.index(columns[15]),
        tuple([int(register) for register in columns[16].split(" ")]) if len(columns) > 16 else (),
    )  # fmt: skip


def _row(index: int) -> str:
    """Return the text of a row; raises ValueError when there is none."""
    if not 0 <= index <= CUSTOM:
        raise ValueError("meter type must be 0..%d" % CUSTOM)
    return line(_ROWS, index)


class MeterType:
    """One meter type with named fields; `*_digits` is what `registers.decode` takes.

    Results are then in 0.1 V, mA, W and Wh. `transport` is one of BY_*, `use` a mask of USE_*.
    """

    def __init__(self, row: tuple) -> None:
        """Name the columns of a row, without those that do not apply to its transport."""
        self.index, self.name, self.lcd_name, self.use, self.transport = row[:5]
        (self.function, self.kind, self.order, self.phases, block, voltage, current, power, self.powers,
         energy_import, energy_export, self.energy_kind, self.sign_rule,
         self.scales) = row[5:] or _UNDESCRIBED  # fmt: skip
        self.block_register, self.block_count = block
        self.voltage_register, self.voltage_digits = voltage[0], 1 - voltage[1]
        self.current_register, self.current_digits = current[0], 3 - current[1]
        self.power_register, self.power_digits = power[0], -power[1]
        self.import_register, self.import_digits = energy_import[0], 3 - energy_import[1]
        self.export_register, self.export_digits = energy_export[0], 3 - energy_export[1]
        self.width = registers.width(self.kind)
        self.energy_width = registers.width(self.energy_kind)

    @property
    def is_on_bus(self) -> bool:
        """True for a meter that is read over Modbus."""
        return self.transport == BY_MODBUS or self.transport == BY_SENSORBOX

    @property
    def is_polled(self) -> bool:
        """True for a meter on the bus that is described completely."""
        return self.block_count > 0


def indices() -> tuple[int, ...]:
    """Return the indices of all rows: 0, 1, ..."""
    return tuple(range(CUSTOM + 1))


def polled_indices() -> tuple[int, ...]:
    """Return the indices of the rows that are read over Modbus with registers of the table."""
    return tuple([index for index in indices() if find(index).is_polled])


def fits(index: int, use: int) -> bool:
    """Return True when the type of this stored index may be used as the meter USE_MAINS, USE_CIRCUIT or USE_EV."""
    return find(index).use & use != 0


def find(index: int) -> MeterType:
    """Return the meter type with this stored index; raises ValueError when there is none.

    "Custom" comes without registers, as `custom` needs the settings.
    """
    return MeterType(_parse(_row(index)))


def custom(
    order: int, data_type: int, function: int, voltage: tuple, current: tuple, power: tuple, energy: tuple
) -> MeterType:
    """Return the meter type that the settings of "Custom" describe; raises ValueError naming the field.

    `order` 0..3 and `data_type` (0 INT32, 1 FLOAT32, 2 INT16) are numbered as stored; the quantities are
    (register, divisor), three voltages and currents, one power, one energy. Register 0 for power or energy is the
    value of a setting that was never made, so it means that there is none; so it does for the voltage while the
    currents begin at 0.
    """
    if not 0 <= data_type < len(_CUSTOM_KINDS):
        raise ValueError("data type must be 0..2")
    if function not in (3, 4):
        raise ValueError("function must be 3 or 4")
    kind = _CUSTOM_KINDS[data_type]
    width = registers.width(kind)
    for name, quantity, count in (
        ("voltage", voltage, 3),
        ("current", current, 3),
        ("power", power, 1),
        ("energy", energy, 1),
    ):
        registers.check_layout(kind, order, -quantity[1])
        last = 0x10000 - count * width
        if not 0 <= quantity[0] <= last:
            raise ValueError(name + " register must be 0.." + str(last))
    return MeterType(
        (CUSTOM, "Custom", "Custom", _ALL, BY_MODBUS, function, kind, order, 3, (current[0], 3 * width),
         voltage if current[0] else (-1, 0), current,
         power if power[0] else (-1, 0), 1 if power[0] else 0,
         energy if energy[0] else (-1, 0), (-1, 0), kind, SIGN_RAW, ())
    )  # fmt: skip
