"""What only a back end asks for, and few meters measure: the frequency, and the energy of each phase.

A row of the table has `index of the type | register/div and kind of the frequency in Hz | register/div of the energies
imported in kWh`, of three phases one behind the other, in the kind of the energy in all; `-` where there is none. The
registers are those of the manuals of SDM630, SDM120, B23, PRO380, iEM3000, DTSU666, DDSU666 and EM340. Of the types
that stand for several devices some do not know all of them, and refuse; these values then are unknown.
"""

from micropython import const

from modbus import registers

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.services.meter_types import MeterType

# What a request brings, beside those of `meter_values`.
FREQUENCY = const(32)
PHASES = const(64)

_ROWS = (
    "4|0x46/0 F32|0x15A/0\n"
    "5|0x46/0 F32|-\n"
    "6|0x5B2C/2 U16|0x5460/2\n"
    "8|0x5008/0 F32|0x6012/0\n"
    "10|0x46/0 F32|-\n"
    "14|0x0C25/0 F32|-\n"
    "15|0x2044/2 F32|-\n"
    "16|0x33/1 I16|0x40/1\n"
    "17|0x200E/0 F32|-\n"
)
_KINDS = ("U16", "I16", "U32", "I32", "F32", "U64")
# Beyond these it is no frequency of a grid.
_LOWEST_DHZ = const(400)
_HIGHEST_DHZ = const(700)


class More:
    """`frequency_dhz` (0.1 Hz) and `import_wh` per phase, None until they are known; `requests` as `plan` has them.

    `kind` is that of the frequency, `digits` those of both as `registers.decode` takes them.
    """

    def __init__(self, meter: "MeterType") -> None:
        self.frequency_dhz: "int | None" = None
        self.import_wh: "list | None" = None
        self.requests: tuple = ()
        self.kind = registers.U16
        self.digits = [0, 0]
        for line in _ROWS.split("\n"):
            row = line.split("|")
            if row[0] == str(meter.index):
                self._describe(row, meter)

    def _describe(self, row: list, meter: "MeterType") -> None:
        quantity, kind = row[1].split(" ")
        register, div = quantity.split("/")
        self.kind = _KINDS.index(kind)
        self.digits[0] = 1 - int(div)
        self.requests = ((FREQUENCY, int(register, 0), registers.width(self.kind)),)
        if row[2] != "-":
            register, div = row[2].split("/")
            self.digits[1] = 3 - int(div)
            self.requests += ((PHASES, int(register, 0), 3 * meter.energy_width),)

    def decode(self, meter: "MeterType", what: int, buffer: bytearray, offset: int) -> bool:
        """Take the reply to one of the requests, as `Values.decode` does."""
        if what == FREQUENCY:
            at = offset + 2 * self.requests[0][1]
            value = registers.decode(buffer, at, self.kind, meter.order, self.digits[0])
            known = value is not None and _LOWEST_DHZ <= value <= _HIGHEST_DHZ
            self.frequency_dhz = value if known else None
            return known
        at = offset + 2 * self.requests[1][1]
        found = []
        for phase in range(3):
            place = at + 2 * phase * meter.energy_width
            value = registers.decode(buffer, place, meter.energy_kind, meter.order, self.digits[1])
            if value is None or value < 0:
                return False
            found.append(value)
        self.import_wh = found
        return True
