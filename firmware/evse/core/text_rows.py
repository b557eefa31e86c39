"""A table as one text: it stays in flash, and a row takes memory only while it is looked at.

Rows are lines, fields are divided by `|`; a field of digits is a number.
"""


def line(text: str, index: int) -> str:
    """Return line `index`; IndexError when there is none."""
    begin = 0
    for _ in range(index):
        begin = text.find("\n", begin) + 1
        if begin == 0:
            raise IndexError(index)
    end = text.find("\n", begin)
    return text[begin : end if end >= 0 else len(text)]


def row(text: str, index: int) -> tuple:
    """Return row `index`; IndexError when there is none."""
    return _fields(line(text, index))


def rows(text: str) -> list:
    """Return all rows."""
    return [_fields(fields) for fields in text.split("\n")]


def _fields(text: str) -> tuple:
    return tuple([int(field) if field.isdigit() else field for field in text.split("|")])
