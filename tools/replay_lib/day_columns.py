"""What the columns of a day are called: role, phase, direction and unit, in one table each.

A name is put together as [role_][phase_][direction_]unit: `l1_a`, `house.l2_ma`, `total_import_kw`, `sun_w`.
"""

import re
from dataclasses import dataclass

from replay_lib.day import VOLTS

# What a column is about. "house" is the connection as its meter sees it, sun and battery included; "load" is what
# the house takes, to which sun and battery are added here; what the car took is taken away. "circuit" is the part of
# the house that hangs on the circuit of the station.
ROLES = {
    "": "house", "house": "house", "mains": "house", "grid": "house", "total": "house",
    "load": "load",
    "sun": "sun", "solar": "sun", "pv": "sun",
    "battery": "battery",
    "car": "car",
    "circuit": "circuit",
}  # fmt: skip
# Factor to mA.
UNITS = {"ma": 1.0, "a": 1000.0, "w": 1000.0 / VOLTS, "kw": 1000000.0 / VOLTS}
DIRECTIONS = {"": 1, "import": 1, "export": -1}
# Names that other programs use (DSMR-reader, Home Assistant's DSMR integration in long form).
ALIASES = {
    "electricity_currently_delivered": "import_kw",
    "electricity_currently_returned": "export_kw",
    **{f"phase_currently_delivered_l{phase}": f"l{phase}_import_kw" for phase in (1, 2, 3)},
    **{f"phase_currently_returned_l{phase}": f"l{phase}_export_kw" for phase in (1, 2, 3)},
}
TIME_NAMES = ("time", "timestamp", "datetime", "date", "t_s", "seconds", "last_changed")
PLUGGED = "plugged"

_PATTERN = re.compile(
    r"(?:(house|mains|grid|total|load|sun|solar|pv|battery|car|circuit)_?)?(?:l([123])_?)?(?:(import|export)_)?(ma|a|kw|w)"
)


@dataclass(frozen=True)
class Column:
    """One column; `phase` is 0, 1, 2, or None for a sum; a value times `factor_ma` is in mA, import positive."""

    name: str
    role: str
    phase: int | None
    factor_ma: float


def normal(name: str) -> str:
    """Return a column name in lower case with underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")


def parse_column(name: str) -> Column | None:
    """Return what a column means, or None for one that means nothing here."""
    plain = normal(name)
    found = _PATTERN.fullmatch(ALIASES.get(plain, plain))
    if not found:
        return None
    role, phase, direction, unit = found.groups(default="")
    return Column(name, ROLES[role], int(phase) - 1 if phase else None, UNITS[unit] * DIRECTIONS[direction])


def is_time(name: str) -> bool:
    """Tell whether a column holds the time."""
    return normal(name) in TIME_NAMES
