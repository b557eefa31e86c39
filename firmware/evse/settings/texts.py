"""Checks of settings that are texts: each raises ValueError that says what is wrong."""

from micropython import const

from evse.settings import intervals

_FIRST_PRINTABLE = const(0x20)
_DELETE = const(0x7F)
_LAST_CONTROL = const(0x9F)
_MOST_OFFSET_H = const(24)
# POSIX lets a change lie up to a week from its day.
_MOST_TIME_H = const(167)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WRONG_ZONE = "must be a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3"


def check(name: str, text: str) -> None:
    """Do the check with this name; ValueError says what is wrong."""
    if name == "plain":
        check_plain(text)
    elif name == "url":
        check_url(text)
    elif name == "timezone":
        check_timezone(text)
    else:
        intervals.parse(text)


def is_number(text: str) -> bool:
    """Return True for one or more ASCII digits; CPython's `isdigit` also takes others, which `int` refuses."""
    for character in text:
        if character not in "0123456789":
            return False
    return text != ""


def check_plain(text: str) -> None:
    """Refuse control characters and spaces around the text."""
    if text != text.strip():
        raise ValueError("must be without spaces around it")
    for character in text:
        code = ord(character)
        if code < _FIRST_PRINTABLE or _DELETE <= code <= _LAST_CONTROL:
            raise ValueError("must be without control characters")


def check_url(text: str) -> None:
    """Refuse what is no WebSocket address; the empty text means none."""
    if not text:
        return
    scheme, found, rest = text.partition("://")
    if not found or scheme not in ("ws", "wss"):
        raise ValueError("must begin with ws:// or wss://")
    for character in text:
        if not _FIRST_PRINTABLE < ord(character) < _DELETE:
            raise ValueError("must be without spaces and other than ASCII characters")
    host, colon, port = rest.split("/")[0].rpartition(":")
    if not colon or "]" in port:
        host, port = rest.split("/")[0], ""
    elif not is_number(port) or not 0 < int(port) < 0x10000:
        raise ValueError("must have a port from 1 to 65535")
    if not host or "?" in host or "#" in host:
        raise ValueError("must name a host")
    if "@" in host:
        raise ValueError("must be without user and password")


def check_timezone(text: str) -> None:
    """Refuse what is no POSIX TZ: name, offset, and for summer time a name and the two days of change."""
    zone, comma, days = text.partition(",")
    rest = _time(_name(zone), _MOST_OFFSET_H)
    if rest:
        rest = _name(rest)
        if rest:
            rest = _time(rest, _MOST_OFFSET_H)
        # Without its days summer time would be anybody's guess.
        if rest or not comma:
            raise ValueError(_WRONG_ZONE)
        for day in _pair(days):
            date, slash, clock = day.partition("/")
            _check_day(date)
            if slash and _time(clock, _MOST_TIME_H):
                raise ValueError(_WRONG_ZONE)
    elif comma:
        raise ValueError(_WRONG_ZONE)


def _name(text: str) -> str:
    """Return what follows a name of letters, or of letters, digits and signs in <>."""
    if text.startswith("<"):
        name, end, rest = text[1:].partition(">")
        allowed = _LETTERS + "0123456789+-"
        if not end:
            raise ValueError(_WRONG_ZONE)
    else:
        rest = text
        while rest and rest[0] in _LETTERS:
            rest = rest[1:]
        name = text[: len(text) - len(rest)]
        allowed = _LETTERS
    if len(name) < 3 or [character for character in name if character not in allowed]:
        raise ValueError(_WRONG_ZONE)
    return rest


def _time(text: str, most_h: int) -> str:
    """Return what follows a time: [+-]hours[:minutes[:seconds]]."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    for most in (most_h, 59, 59):
        digits = rest
        while is_number(rest[:1]):
            rest = rest[1:]
        _check_number(digits[: len(digits) - len(rest)], 0, most)
        if not rest.startswith(":"):
            return rest
        rest = rest[1:]
    raise ValueError(_WRONG_ZONE)


def _pair(days: str) -> list:
    parts = days.split(",")
    if len(parts) != 2:
        raise ValueError(_WRONG_ZONE)
    return parts


def _check_day(day: str) -> None:
    """Check Mmonth.week.weekday, Jday of a year without its leap day, or day."""
    if day.startswith("M"):
        parts = day[1:].split(".")
        if len(parts) != 3:
            raise ValueError(_WRONG_ZONE)
        _check_number(parts[0], 1, 12)
        _check_number(parts[1], 1, 5)
        _check_number(parts[2], 0, 6)
    elif day.startswith("J"):
        _check_number(day[1:], 1, 365)
    else:
        _check_number(day, 0, 365)


def _check_number(digits: str, least: int, most: int) -> None:
    if not is_number(digits) or len(digits) > 3 or not least <= int(digits) <= most:
        raise ValueError(_WRONG_ZONE)
