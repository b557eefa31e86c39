"""Days as CSV files: a header, then one row per second up to one per quarter of an hour.

Lines that begin with `#:` say what belongs to the day: `#: set MAINS=25`, `#: car three16`, `#: plug 17:30`.
"""

import csv

from replay_lib.day import Day, DayError
from replay_lib.day_clock import Clock
from replay_lib.day_columns import PLUGGED, Column, is_time, normal, parse_column
from replay_lib.day_directives import Directives
from replay_lib.day_rows import Row, Source, build_day

_TRUE = {"1", "true", "on", "yes"}
_FALSE = {"0", "false", "off", "no", ""}


def read_csv(path: str, lines: list[str], name: str, house_phases: int | None) -> Day:
    """Return the day of a CSV file; DayError names the line of what is wrong."""
    directives = Directives(path)
    table = []
    for number, line in enumerate(lines, 1):
        if line.startswith("#:"):
            directives.take(number, line[2:].strip())
        elif line.strip() and not line.startswith("#"):
            table.append((number, line))
    if not table:
        raise DayError(path, 0, "is empty")
    source = read_table(path, table)
    day = build_day(source, name, house_phases or directives.phases)
    directives.apply(day, source.first_clock_s, source.start_s is not None)
    return day


def read_table(path: str, table: list[tuple[int, str]]) -> Source:
    """Return the rows of numbered lines, the first of which is the header."""
    header_line, header = table[0]
    delimiter = next((mark for mark in (";", "\t") if mark in header), ",")
    names = [name.strip() for name in next(csv.reader([header], delimiter=delimiter))]
    times = [index for index, name in enumerate(names) if is_time(name)]
    if not times:
        raise DayError(path, header_line, "no column for the time: call it time")
    found = [(index, parse_column(name)) for index, name in enumerate(names) if index not in times]
    columns = [(index, column) for index, column in found if column is not None]
    if not columns:
        raise DayError(path, header_line, f"no column that is known here among: {', '.join(names)}")
    plugged = next((index for index, name in enumerate(names) if normal(name) == PLUGGED), None)
    source = Source(path, [column for _, column in columns])
    clock = Clock(path)
    cells = csv.reader((line for _, line in table[1:]), delimiter=delimiter)
    for (number, _), row in zip(table[1:], cells):
        if len(row) != len(names):
            raise DayError(path, number, f"{len(row)} cells under a header of {len(names)}")
        values_ma = [
            _number(path, number, column, row[index], delimiter) * column.factor_ma
            for index, column in columns
        ]
        at_s = clock.second(number, row[times[0]].strip())
        source.rows.append(
            Row(number, at_s, values_ma, None if plugged is None else _flag(path, number, row[plugged]))
        )
    source.start_s = clock.start_s
    source.first_clock_s = clock.first_clock_s
    return source


def _number(path: str, line: int, column: Column, text: str, delimiter: str) -> float:
    text = text.strip()
    try:
        value = float(text.replace(",", ".") if delimiter != "," else text)
    except ValueError:
        what = repr(text) if text else "an empty cell"
        raise DayError(path, line, f"{column.name}: {what} is not a number") from None
    if value != value or value in (float("inf"), float("-inf")):
        raise DayError(path, line, f"{column.name}: {text} is not a number")
    return value


def _flag(path: str, line: int, text: str) -> bool:
    word = text.strip().lower()
    if word not in _TRUE | _FALSE:
        raise DayError(path, line, f"plugged: {text!r} is neither 1 nor 0")
    return word in _TRUE
