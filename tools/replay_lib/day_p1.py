"""Days from a log of DSMR P1 telegrams, one after the other, as a smart meter sends them."""

import re
from datetime import UTC, datetime, timedelta

from replay_lib.day import Day, DayError
from replay_lib.day_columns import Column, parse_column
from replay_lib.day_rows import Row, Source, build_day

_TIME = "0-0:1.0.0"
# OBIS code, column: what flows in and out now, in all and per phase, in kW.
CODES = {
    "1-0:1.7.0": "total_import_kw",
    "1-0:2.7.0": "total_export_kw",
    "1-0:21.7.0": "l1_import_kw",
    "1-0:41.7.0": "l2_import_kw",
    "1-0:61.7.0": "l3_import_kw",
    "1-0:22.7.0": "l1_export_kw",
    "1-0:42.7.0": "l2_export_kw",
    "1-0:62.7.0": "l3_export_kw",
}
_OBJECT = re.compile(r"(\d+-\d+:\d+\.\d+\.\d+)\(([^)]*)\)")
# Standard and summer time of the Netherlands and Belgium.
_OFFSETS_H = {"W": 1, "S": 2}


def looks_like_p1(lines: list[str]) -> bool:
    """Tell whether these are telegrams."""
    return any(line.startswith("/") for line in lines[:50]) and any(
        line.startswith("1-") for line in lines[:50]
    )


def read_p1(path: str, lines: list[str], name: str, house_phases: int | None) -> Day:
    """Return the day of a telegram log; DayError names the line of what is wrong."""
    telegrams = list(_telegrams(path, lines))
    if not telegrams:
        raise DayError(path, 0, "no complete telegram (from / to !)")
    used = [code for code in CODES if code in telegrams[0][1]]
    columns = [column for column in (parse_column(CODES[code]) for code in used) if column]
    if not columns:
        raise DayError(path, telegrams[0][0], "the telegram has no power (1-0:1.7.0 or 1-0:21.7.0)")
    source = Source(path, columns)
    for line, objects in telegrams:
        moment, offset_s = _time(path, line, objects)
        if source.start_s is None:
            source.start_s = int(moment + offset_s)
            source.first_clock_s = source.start_s % 86400
        if source.rows and moment == source.rows[-1].at_s:
            # Some meters repeat a telegram.
            continue
        values_ma = [_kilowatts(path, line, objects, code, column) for code, column in zip(used, columns)]
        source.rows.append(Row(line, moment, values_ma))
    return build_day(source, name, house_phases)


def _telegrams(path: str, lines: list[str]):
    """Yield (line of its beginning, objects) of every complete telegram."""
    start, objects = 0, {}
    for number, line in enumerate(lines, 1):
        if line.startswith("/"):
            start, objects = number, {}
        elif line.startswith("!") and start:
            yield start, objects
            start = 0
        elif start:
            found = _OBJECT.match(line)
            if found:
                objects[found[1]] = found[2]


def _time(path: str, line: int, objects: dict[str, str]) -> tuple[float, int]:
    text = objects.get(_TIME, "")
    try:
        local = datetime.strptime(text[:12], "%y%m%d%H%M%S").replace(tzinfo=UTC)
        offset_s = _OFFSETS_H[text[12:]] * 3600
    except (ValueError, KeyError):
        raise DayError(
            path, line, f"the telegram has no time ({_TIME}), or not one like 250621120000S"
        ) from None
    return (local - timedelta(seconds=offset_s)).timestamp(), offset_s


def _kilowatts(path: str, line: int, objects: dict[str, str], code: str, column: Column) -> float:
    text = objects.get(code)
    if text is None:
        raise DayError(path, line, f"the telegram lacks {code}, which the first one has")
    number, _, unit = text.partition("*")
    try:
        value = float(number)
    except ValueError:
        raise DayError(path, line, f"{code}: {text!r} is not a power in kW") from None
    return value * column.factor_ma / (1000 if unit == "W" else 1)
