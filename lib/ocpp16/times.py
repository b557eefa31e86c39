"""Unix seconds to and from the time notation of OCPP (ISO 8601 as in RFC 3339), with integers only."""

from micropython import const

_DAY_S = const(86400)
# Days from 0000-03-01 to 1970-01-01; years that begin in March have their leap day at the end.
_EPOCH_DAYS = const(719468)


def text(unix_s: int) -> str:
    """Return a time of 1970 or later as 2026-01-31T23:59:59Z."""
    days = unix_s // _DAY_S
    second = unix_s % _DAY_S
    days += _EPOCH_DAYS
    era = days // 146097
    day = days % 146097
    year = (day - day // 1460 + day // 36524 - day // 146096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    return "%04d-%02d-%02dT%02d:%02d:%02dZ" % (
        year + era * 400 + (1 if month > 9 else 0),
        month + 3 if month < 10 else month - 9,
        day - (153 * month + 2) // 5 + 1,
        second // 3600,
        second // 60 % 60,
        second % 60,
    )


def parse(value) -> int:
    """Return the unix seconds of a date-time, -1 when it is none.

    Fractions are cut off, offsets are counted in; without a zone it is UTC (errata 3.10 of OCPP 1.6).
    """
    try:
        if len(value) < 19 or value[4] + value[7] + value[13] + value[16] != "--::" or value[10] not in "Tt ":
            return -1
        year, month, day = _number(value[:4]), _number(value[5:7]), _number(value[8:10])
        hour, minute, second = _number(value[11:13]), _number(value[14:16]), _number(value[17:19])
        offset_s = _offset_s(value[19:])
    except (TypeError, ValueError):
        return -1
    if year < 1970 or not 1 <= month <= 12 or not 1 <= day <= _days_of(year, month):
        return -1
    # A leap second counts as the first of the next minute.
    if hour > 23 or minute > 59 or second > 60:
        return -1
    unix_s = _days(year, month, day) * _DAY_S + hour * 3600 + minute * 60 + second - offset_s
    return unix_s if unix_s >= 0 else -1


def _number(digits: str) -> int:
    """Return the value of digits; ValueError for anything else."""
    if not digits.isdigit():
        raise ValueError
    return int(digits)


def _offset_s(zone: str) -> int:
    """Return what a zone behind the seconds is ahead of UTC; ValueError when it is none."""
    at = 0
    if zone[:1] in (".", ","):
        at = 1
        while zone[at : at + 1].isdigit():
            at += 1
        if at == 1:
            raise ValueError
    zone = zone[at:]
    if zone in ("", "Z", "z"):
        return 0
    hours, minutes = zone[1:3], zone[3:].lstrip(":") or "0"
    if (
        zone[0] not in "+-"
        or len(hours) != 2
        or len(minutes) > 2
        or _number(hours) > 23
        or _number(minutes) > 59
    ):
        raise ValueError
    offset_s = int(hours) * 3600 + int(minutes) * 60
    return -offset_s if zone[0] == "-" else offset_s


def _days_of(year: int, month: int) -> int:
    """Return how many days a month has."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def _days(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01."""
    if month < 3:
        year -= 1
        month += 12
    return (
        year * 365
        + year // 4
        - year // 100
        + year // 400
        + (153 * (month - 3) + 2) // 5
        + day
        - 1
        - _EPOCH_DAYS
    )
