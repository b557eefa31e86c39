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

# One more for each step of `migrations`.
SCHEMA = const(1)

_KIND_NAMES = ("int", "choice", "hidden", "text")


class Settings:
    """Hold stored values by key; `changes` counts how often something was changed.

    `unsaved` are the keys that changed since the last save.
    """

    def __init__(self, store) -> None:
        self._store = store
        # What cannot be changed yet takes no memory: its default is in the table.
        self._values: dict[str, Any] = {}
        for key, default in table.defaults():
            # As a keyword, because MicroPython keeps the names of keywords once, with those of the code.
            self._values.update(**{key: default})
        # What differs from its default, as it is written.
        self._kept: dict[str, Any] = {}
        self.changes = 0
        self.damaged = False
        # Labels of stored values that broke a rule, and got their defaults.
        self.mended: list[str] = []
        self.unsaved: set[str] = set()
        self._load()

    def get(self, key: str) -> int:
        """Return the stored value: a number, or the index of a choice."""
        value = self._values.get(key)
        return table.get(key).default if value is None else value

    def text(self, key: str) -> str:
        """Return the stored value of a text."""
        value: Any = self.get(key)
        return value

    def shown(self, key: str):
        """Return a value as a user sees it: a number, or the text of a choice."""
        from evse.settings import values

        row = table.get(key)
        return values.shown(row, self.get(row.key))

    def has(self, name: str) -> bool:
        """Return True when `name` is a key or a menu label."""
        return table.find(name) is not None

    def visible(self, name: str) -> bool:
        """Return True when a menu shows this key or label now; KeyError when there is no such row."""
        return table.visible(table.get(name), self)

    def change(self, shown: dict, by: str = table.INSTALLER, dry: bool = False) -> None:
        """Take values as a user writes them, by key or label; FieldError changes nothing.

        `by` is table.USER, REMOTE or INSTALLER. What a menu hides may be changed too. With `dry` nothing changes, and
        only what is wrong is told.
        """
        # Late, like the next: who loads them beforehand holds nobody up.
        from evse.settings import values

        new = dict(self._values)
        given = []
        for name in sorted(shown):
            row = table.find(name)
            if row is None or row.kind == table.HIDDEN:
                raise FieldError(name, "unknown setting")
            if by not in row.writers:
                raise FieldError(name, "must be changed " + _by_whom(row))
            value = values.parse(row, name, shown[name])
            if not row.fixed:
                new[row.key] = value
                given.append(row.key)
        from evse.settings import rules

        rules.complete(new, self._values, given)
        rules.check(lambda key: new[key] if key in new else table.get(key).default)
        if not dry:
            self._replace(new)

    def put(self, key: str, value: int) -> None:
        """Store a value that the firmware itself decided."""
        if self._values[key] != value:
            new = dict(self._values)
            new[key] = value
            self._replace(new)

    def describe(self) -> list:
        """Return every row that has a menu entry with its present value, for forms."""
        return [self.describe_row(row) for row in table.rows() if row.kind != table.HIDDEN]

    def describe_row(self, row: table.Row) -> dict:
        """Return one row with its present value, None for a secret; who has little memory asks row by row."""
        from evse.settings import values

        return {
            "key": row.key,
            "label": row.label,
            "kind": _KIND_NAMES[row.kind],
            "min": row.minimum,
            "max": row.maximum,
            "step": row.step,
            "zero": row.zero,
            "unit": row.unit,
            "choices": values.choices(row),
            "value": None if row.secret else values.shown(row, self.get(row.key)),
            "secret": row.secret,
            "visible": table.visible(row, self),
            "who": row.writers,
            "effect": "restart" if row.needs_restart else "at once",
            "help": row.help_text,
        }

    def save(self) -> None:
        """Write what differs from the defaults; OSError leaves the earlier record as it was."""
        self._store.save(dict(self._kept))
        self.unsaved = set()

    def _replace(self, new: dict) -> None:
        for key in new:
            if new[key] != self._values[key]:
                self._note(key, new[key], table.get(key).default)
                self.unsaved.add(key)
        self._values = new
        self.changes += 1

    def _note(self, key: str, value, default) -> None:
        if value != default:
            self._kept[key] = value
        elif key in self._kept:
            del self._kept[key]

    def _load(self) -> None:
        status, stored = self._store.load()
        # A record of a later firmware beside one of ours was put aside, and something may be lost with it.
        self.damaged = status == st.DAMAGED or getattr(self._store, "put_aside", False)
        if status != st.LOADED:
            return
        # A store in memory has no records of earlier firmware.
        schema = getattr(self._store, "loaded_schema", SCHEMA)
        if schema != SCHEMA:
            from evse.settings import migrations

            stored = migrations.migrate(stored, schema, migrations.STEPS)
        from evse.settings import values

        for key in self._values:
            if key in stored:
                row = table.get(key)
                value = stored[key]
                # A value outside its range goes back to the default, as in the reference.
                if values.is_valid(row, value):
                    self._values[key] = value
                    self._note(key, value, row.default)
        self._mend()

    def _mend(self) -> None:
        """Give what breaks a rule its default: every later change would be refused for it."""
        from evse.settings import rules

        for label in rules.broken(self.get):
            row = table.get(label)
            if self.get(row.key) != row.default and not row.fixed:
                self.mended.append(label)
                self._values[row.key] = row.default
                self._note(row.key, row.default, row.default)
                self.unsaved.add(row.key)


def _by_whom(row: table.Row) -> str:
    return "at the station" if table.USER in row.writers else "by the installer"
