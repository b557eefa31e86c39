"""The settings of this station: checked against the table, changed all together or not at all.

A change acts at once and is written by whoever knows when the flash may be written.
"""

from evse.core.errors import FieldError
from evse.settings import store as st
from evse.settings import table

SCHEMA = 1


class Settings:
    """Hold stored values by key; `changes` counts how often something was changed."""

    def __init__(self, store) -> None:
        self._store = store
        self._rows = {row.key: row for row in table.ROWS}
        self._labels = {row.label: row for row in table.ROWS if row.label}
        self._values = {row.key: row.default for row in table.ROWS}
        self.changes = 0
        self.damaged = False
        self.unsaved = False
        self._load()

    def get(self, key: str) -> int:
        """Return the stored value: a number, or the index of a choice."""
        return self._values[key]

    def shown(self, key: str):
        """Return a value as a user sees it: a number, or the text of a choice."""
        row = self._rows[key]
        value = self._values[key]
        return row.choices[value] if row.kind == table.CHOICE else value

    def has(self, name: str) -> bool:
        """Return True when `name` is a key or a menu label."""
        return name in self._rows or name in self._labels

    def change(self, shown: dict) -> None:
        """Take values as a user writes them, by key or label; FieldError changes nothing."""
        new = dict(self._values)
        for name in sorted(shown):
            row = self._rows.get(name) or self._labels.get(name)
            if row is None or row.kind == table.HIDDEN:
                raise FieldError(name, "unknown setting")
            new[row.key] = parse(row, name, shown[name])
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
        for row in table.ROWS:
            if row.kind != table.HIDDEN:
                rows.append(
                    {
                        "key": row.key,
                        "label": row.label,
                        "kind": "choice" if row.kind == table.CHOICE else "int",
                        "min": row.minimum,
                        "max": row.maximum,
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
            {row.key: self._values[row.key] for row in table.ROWS if self._values[row.key] != row.default}
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
        for row in table.ROWS:
            value = stored.get(row.key)
            # A value outside its range goes back to the default, as in the reference.
            if type(value) is int and row.minimum <= value <= row.maximum:
                self._values[row.key] = value


def parse(row: table.Row, name: str, value) -> int:
    """Return the stored form of a value as written by a user; FieldError names `name`."""
    if row.kind == table.CHOICE:
        if value not in row.choices:
            raise FieldError(name, "must be one of: " + ", ".join(choices(row)))
        index = row.choices.index(value)
        if row.available and index not in row.available:
            raise FieldError(name, "%s is not available yet" % value)
        return index
    if isinstance(value, str):
        text = value[1:] if value.startswith("-") else value
        if text.isdigit():
            value = int(value)
    if type(value) is not int:
        raise FieldError(name, "must be a whole number")
    if not row.minimum <= value <= row.maximum:
        unit = " " + row.unit if row.unit else ""
        raise FieldError(name, "must be from %d to %d%s" % (row.minimum, row.maximum, unit))
    return value


def choices(row: table.Row) -> list:
    """Return the choices of a row that this firmware can carry out."""
    return [row.choices[index] for index in row.available] if row.available else list(row.choices)


def check_together(values: dict) -> None:
    """Refuse combinations that cannot work."""
    if values["StationMin"] > values["InstallerMax"]:
        raise FieldError("STAT MIN", "must not be above INST MAX")
