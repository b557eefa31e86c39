"""Lists of measurands as MeterValuesSampledData and its siblings have them (OCPP 1.6 sections 7.31, 9.1.15 to 9.1.28).

A list is empty, or items with commas between; spaces around items do not count. An item is a measurand, which is
identifiers with dots between, and a phase behind one more dot where the measurand has phases: `Voltage.L1-N`. A
measurand stands in a list either as a whole or by its phases, nothing stands there twice, and phases need three of
them. Nothing else is imported here, so a page can check the syntax with the same function.
"""

from micropython import const

# A line is `measurand|unit|phases that may be behind it`; its place is the number of the measurand.
_TABLE = (
    "Energy.Active.Import.Register|Wh|123\n"
    "Power.Active.Import|W|123\n"
    "Current.Import|A|123\n"
    "Voltage|V|123456\n"
    "Current.Offered|A|\n"
    "Power.Offered|W|\n"
    "Frequency||\n"
    # As the JSON schema spells it (section 2.1 of the errata of OCPP-J 1.6).
    "Temperature|Celcius|\n"
)
ENERGY = const(0)
POWER = const(1)
CURRENT = const(2)
VOLTAGE = const(3)
CURRENT_OFFERED = const(4)
POWER_OFFERED = const(5)
FREQUENCY = const(6)
TEMPERATURE = const(7)

_PHASES = ("", "L1", "L2", "L3", "L1-N", "L2-N", "L3-N")
# More different items do not exist.
ITEMS_MAX = const(19)

_BLANKS = " \t\r\n"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"


def parse(text: str, three_phase: bool = True) -> bytes:
    """Return the items of a list, each as measurand * 16 + place of its phase; ValueError says what is wrong.

    Without `three_phase` an item with a phase is refused.
    """
    if not text.strip(_BLANKS):
        return b""
    found = bytearray()
    for part in text.split(","):
        item = _item(part.strip(_BLANKS))
        if item & 15 and not three_phase:
            raise ValueError(name(item) + " needs a meter with three phases")
        for other in found:
            if other == item:
                raise ValueError(name(item) + " is listed twice")
            if other >> 4 == item >> 4 and (other & 15 == 0 or item & 15 == 0):
                raise ValueError(measurand(item) + " is listed both as a whole and by phase")
        found.append(item)
    return bytes(found)


def text(items: bytes) -> str:
    """Return a list in its shortest form."""
    return ",".join([name(item) for item in items])


def name(item: int) -> str:
    """Return an item as it is written in a list."""
    return measurand(item) + ("." + _PHASES[item & 15] if item & 15 else "")


def measurand(item: int) -> str:
    """Return the measurand of an item."""
    return _row(item >> 4)[0]


def unit(item: int) -> str:
    """Return the unit of an item; empty for the frequency, whose Hertz OCPP 1.6 has no word for (errata 3.86)."""
    return _row(item >> 4)[1]


def phase(item: int) -> str:
    """Return the phase of an item, empty for a measurand as a whole."""
    return _PHASES[item & 15]


def _row(number: int) -> list:
    return _TABLE.split("\n", number + 1)[number].split("|")


def _item(written: str) -> int:
    if not written:
        raise ValueError("an item is empty")
    number = -1
    found = False
    rest = ""
    for line in _TABLE.split("\n"):
        number += 1
        known = line.split("|")[0]
        # No measurand begins another one: what fits is the longest.
        if known and (written == known or written.startswith(known + ".")):
            rest = written[len(known) + 1 :]
            found = not written.endswith(".")
            break
    if not found:
        _check_name(written)
        raise ValueError(written + " is no measurand of this station")
    if not rest:
        return number * 16
    for place in _row(number)[2]:
        if _PHASES[int(place)] == rest:
            return number * 16 + int(place)
    raise ValueError("%s cannot have .%s behind it" % (measurand(number * 16), rest))


def _check_name(written: str) -> None:
    for part in written.split("."):
        if not part:
            raise ValueError("%s has nothing between its dots, or beside one" % written)
        if part[0] not in _LETTERS:
            raise ValueError("%s must have a letter at the begin of each part" % written)
        for character in part:
            if character not in _LETTERS and character not in _DIGITS:
                raise ValueError("%s may have only letters, digits and dots" % written)
