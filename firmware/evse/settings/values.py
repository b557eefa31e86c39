"""From what a user writes to what is stored, by the row of the setting."""

from evse.core.errors import FieldError
from evse.settings import table


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
    value = _parse_text(row, name, value) if row.kind == table.TEXT_KIND else _parse_int(row, name, value)
    if row.fixed and value != row.default:
        raise FieldError(name, "not available yet: must be " + (str(row.default) or "empty"))
    return value


def choices(row: table.Row) -> list:
    """Return the choices of a row that this firmware can carry out."""
    return [row.choices[index] for index in row.available] if row.available else list(row.choices)


def shown(row: table.Row, value):
    """Return a stored value as a user sees it: a number, a text, or the text of a choice."""
    return row.choices[value - row.minimum] if row.kind == table.CHOICE else value


def _parse_choice(row: table.Row, name: str, value) -> int:
    if value not in row.choices:
        raise FieldError(name, "must be one of: " + ", ".join(choices(row)))
    index = row.choices.index(value)
    if row.available and index not in row.available:
        raise FieldError(
            name, "%s is not available%s" % (value, " in this firmware" if row.never else " yet")
        )
    return index + row.minimum


def _parse_text(row: table.Row, name: str, value) -> str:
    if not isinstance(value, str):
        raise FieldError(name, "must be a text")
    if row.check == "timezone" and "/" in value.split(",")[0]:
        # Late, because few know their time zone by its rules, but it is written once.
        from evse.settings import zones

        value = zones.posix(value) or value
    error = _text_error(row, value)
    if error:
        raise FieldError(name, error)
    return value


def _parse_int(row: table.Row, name: str, value) -> int:
    if isinstance(value, str):
        text = value[1:] if value.startswith("-") else value
        if text != "" and not text.strip("0123456789"):
            value = int(value)
    if type(value) is not int:
        raise FieldError(name, "must be a whole number")
    if not is_valid(row, value):
        unit = " " + row.unit if row.unit else ""
        zero = ", or 0 for " + row.zero if row.zero else ""
        raise FieldError(name, "must be from %d to %d%s%s" % (row.minimum, row.maximum, unit, zero))
    return value


def _text_error(row: table.Row, value: str) -> str:
    if not row.minimum <= len(value) <= row.maximum:
        return "must be %d to %d characters long" % (row.minimum, row.maximum)
    if row.check:
        # Late, because few stations ever change a text.
        from evse.settings import texts

        try:
            texts.check(row.check, value)
        except ValueError as error:
            return str(error)
    return ""
