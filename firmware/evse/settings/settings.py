"""The settings of this station: checked against the table, changed all together or not at all.

A change acts at once and is written by whoever knows when the flash may be written.
"""

from micropython import const

from evse.core.errors import FieldError
from evse.settings import store as st
from evse.settings import table

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

SCHEMA = 1

_KIND_NAMES = ("int", "choice", "hidden", "text")
_ADDRESSES = (
    ("MainsMeter", "MainsMAddress", "MAINS ADR"),
    ("CircuitMeter", "CircuitMAddress", "CIRCT ADR"),
    ("EVMeter", "EVMeterAddress", "EV ADDR"),
)


class Settings:
    """Hold stored values by key; `changes` counts how often something was changed."""

    def __init__(self, store) -> None:
        self._store = store
        self._values: dict[str, Any] = {row.key: row.default for row in table.rows()}
        self.changes = 0
        self.damaged = False
        self.unsaved = False
        self._load()

    def get(self, key: str) -> int:
        """Return the stored value: a number, or the index of a choice."""
        return self._values[key]

    def text(self, key: str) -> str:
        """Return the stored value of a text."""
        return self._values[key]

    def shown(self, key: str):
        """Return a value as a user sees it: a number, or the text of a choice."""
        row = table.find(key)
        if row is None:
            raise KeyError(key)
        value = self._values[row.key]
        return row.choices[value - row.minimum] if row.kind == table.CHOICE else value

    def has(self, name: str) -> bool:
        """Return True when `name` is a key or a menu label."""
        return table.find(name) is not None

    def change(self, shown: dict) -> None:
        """Take values as a user writes them, by key or label; FieldError changes nothing."""
        new = dict(self._values)
        for name in sorted(shown):
            row = table.find(name)
            if row is None or row.kind == table.HIDDEN:
                raise FieldError(name, "unknown setting")
            new[row.key] = parse(row, name, shown[name])
        complete(new, self._values)
        check_together(new)
        self._replace(new)

    def put(self, key: str, value: int) -> None:
        """Store a value that the firmware itself decided."""
        if self._values[key] != value:
            new = dict(self._values)
            new[key] = value
            self._replace(new)

    def describe(self) -> list:
        """Return every visible row with its present value, for forms."""
        rows = []
        for row in table.rows():
            if row.kind != table.HIDDEN:
                rows.append(
                    {
                        "key": row.key,
                        "label": row.label,
                        "kind": _KIND_NAMES[row.kind],
                        "min": row.minimum,
                        "max": row.maximum,
                        "zero": row.zero,
                        "unit": row.unit,
                        "choices": choices(row),
                        "value": self.shown(row.key),
                        "help": row.help_text,
                    }
                )
        return rows

    def save(self) -> None:
        """Write what differs from the defaults; OSError leaves the earlier record as it was."""
        self._store.save(
            {row.key: self._values[row.key] for row in table.rows() if self._values[row.key] != row.default}
        )
        self.unsaved = False

    def _replace(self, new: dict) -> None:
        self._values = new
        self.unsaved = True
        self.changes += 1

    def _load(self) -> None:
        status, stored = self._store.load()
        self.damaged = status == st.DAMAGED
        if status != st.LOADED:
            return
        for row in table.rows():
            value = stored.get(row.key)
            # A value outside its range goes back to the default, as in the reference.
            if is_valid(row, value):
                self._values[row.key] = value


def is_valid(row: table.Row, value) -> bool:
    """Return True when `value` may be stored in this row."""
    if row.kind == table.TEXT_KIND:
        return isinstance(value, str) and _text_error(row, value) == ""
    if type(value) is not int:
        return False
    return row.minimum <= value <= row.maximum or (value == 0 and row.zero != "")


def parse(row: table.Row, name: str, value):
    """Return the stored form of a value as written by a user; FieldError names `name`."""
    if row.kind == table.CHOICE:
        return _parse_choice(row, name, value)
    if row.kind == table.TEXT_KIND:
        if not isinstance(value, str):
            raise FieldError(name, "must be a text")
        error = _text_error(row, value)
        if error:
            raise FieldError(name, error)
        return value
    if isinstance(value, str):
        text = value[1:] if value.startswith("-") else value
        if text.isdigit():
            value = int(value)
    if type(value) is not int:
        raise FieldError(name, "must be a whole number")
    if not is_valid(row, value):
        unit = " " + row.unit if row.unit else ""
        zero = ", or 0 for " + row.zero if row.zero else ""
        raise FieldError(name, "must be from %d to %d%s%s" % (row.minimum, row.maximum, unit, zero))
    return value


def _parse_choice(row: table.Row, name: str, value) -> int:
    if value not in row.choices:
        raise FieldError(name, "must be one of: " + ", ".join(choices(row)))
    index = row.choices.index(value)
    if row.available and index not in row.available:
        raise FieldError(name, "%s is not available yet" % value)
    return index + row.minimum


def _text_error(row: table.Row, value: str) -> str:
    if len(value) > row.maximum:
        return "must have at most %d characters" % row.maximum
    if row.check:
        try:
            row.check(value)
        except ValueError as error:
            return str(error)
    return ""


def choices(row: table.Row) -> list:
    """Return the choices of a row that this firmware can carry out."""
    return [row.choices[index] for index in row.available] if row.available else list(row.choices)


def complete(new: dict, old: dict) -> None:
    """Change what follows from a change: CAPACITY without a mode is a fixed one, no mode is no CAPACITY."""
    if new["CapacityMode"] == 0 and new["MaxSumMains"]:
        if old["CapacityMode"] or new["MaxSumMains"] == old["MaxSumMains"]:
            new["MaxSumMains"] = 0
        else:
            new["CapacityMode"] = 1


def check_together(values: dict) -> None:
    """Refuse combinations that cannot work."""
    if values["StationMin"] > values["InstallerMax"]:
        raise FieldError("STAT MIN", "must not be above INST MAX")
    if values["MinCurrent"] > values["MaxCurrent"]:
        raise FieldError("MIN", "must not be above MAX")
    if values["Mode"] and not values["MainsMeter"]:
        raise FieldError("MODE", "Smart and Solar need a mains meter")
    taken = {}
    for meter, address, label in _ADDRESSES:
        kind = values[meter]
        if kind in (table.METER_DISABLED, table.METER_API):
            continue
        number = 10 if kind == table.METER_SENSORBOX else values[address]
        if number in taken:
            raise FieldError(label, "must differ from %s, which is %d too" % (taken[number], number))
        taken[number] = label
