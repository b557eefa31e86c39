"""Local times as people and browsers write them."""

from micropython import const

_DAY_S = const(86400)
_SHAPE = "0000-00-00T00:00"


def parse(text: str, zone) -> int:
    """Return the unix seconds of a local time such as 2024-02-29T12:00, by a `settings.timezone.Zone`.

    Raises ValueError.
    """
    if len(text) != len(_SHAPE) or [at for at in range(len(text)) if not _fits(text[at], _SHAPE[at])]:
        raise ValueError("must be a time such as 2024-02-29T12:00")
    year = int(text[:4])
    month = int(text[5:7])
    day = int(text[8:10])
    hour = int(text[11:13])
    minute = int(text[14:])
    if (
        year < 2023
        or not (1 <= month <= 12 and 1 <= day <= _days_in(month, year))
        or hour > 23
        or minute > 59
    ):
        raise ValueError("there is no such time")
    return zone.unix_s(_days(year, month, day) * _DAY_S + hour * 3600 + minute * 60)


def _fits(character: str, shape: str) -> bool:
    return character in "0123456789" if shape == "0" else character == shape


def _days_in(month: int, year: int) -> int:
    return _days(year + month // 12, month % 12 + 1, 1) - _days(year, month, 1)


def _days(year: int, month: int, day: int) -> int:
    """Return the days since 1970-01-01; with years that begin in March, leap days come last."""
    if month < 3:
        year -= 1
        month += 12
    return 365 * year + year // 4 - year // 100 + year // 400 + (153 * (month - 3) + 2) // 5 + day - 719469
