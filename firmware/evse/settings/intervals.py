"""The setting INTERVALS: power limits by time of day, as SmartEVSE clients write them in JSON."""

import json

from micropython import const

_MOST_ROWS = const(24)
_MINUTES = const(1440)
_MOST_W = const(200000)


def parse(text: str) -> tuple:
    """Return rows of (minute of the day, power in W) by minute; ValueError says what is wrong."""
    try:
        rows = json.loads(text) if text.strip() else []
    except ValueError:
        raise ValueError("must be a JSON list")
    if not isinstance(rows, list):
        raise ValueError("must be a JSON list")
    if len(rows) > _MOST_ROWS:
        raise ValueError("must have at most %d rows" % _MOST_ROWS)
    found = {}
    for row in rows:
        if not isinstance(row, dict) or len(row) != 2 or "start" not in row or "power" not in row:
            raise ValueError('must have rows like {"start": 360, "power": 4000}')
        start = row["start"]
        power_w = row["power"]
        if type(start) is not int or not 0 <= start < _MINUTES:
            raise ValueError("start must be a minute from 0 to %d" % (_MINUTES - 1))
        if type(power_w) is not int or not 0 <= power_w <= _MOST_W:
            raise ValueError("power must be from 0 to %d W" % _MOST_W)
        if start in found:
            raise ValueError("start %d is given twice" % start)
        found[start] = power_w
    return tuple([(start, found[start]) for start in sorted(found)])
