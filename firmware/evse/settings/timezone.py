"""Local time by a POSIX TZ text (IEEE 1003.1 section 8.3, RFC 8536 section 3.3.1): standard and summer time.

Integers only. The moment of the next change is kept, so asking again costs two comparisons.
"""

from micropython import const

_DAY_S = const(86400)
_MOST_OFFSET_H = const(24)
# RFC 8536 lets a change lie up to a week from its day.
_MOST_TIME_H = const(167)
# Where the text says nothing, the change is at 02:00 and summer time an hour ahead.
_CHANGE_S = const(7200)
_SUMMER_S = const(3600)
_FIRST_LEAP_DAY = const(60)
_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_WRONG = "must be a place such as Europe/Berlin, or a POSIX time zone such as CET-1CEST,M3.5.0,M10.5.0/3"


class Zone:
    """One time zone; `standard_s` and `summer_s` are s east of Greenwich, the same where there is no summer time."""

    def __init__(self, text: str) -> None:
        """Read a POSIX TZ text; ValueError when it is none."""
        head, comma, days = text.partition(",")
        offset_s, rest = _time(_name(head), _MOST_OFFSET_H)
        self.standard_s = self.summer_s = -offset_s
        self._begin = self._end = None
        self._from_s = self._until_s = self._offset_s = 0
        if rest:
            rest = _name(rest)
            self.summer_s += _SUMMER_S
            if rest:
                offset_s, rest = _time(rest, _MOST_OFFSET_H)
                self.summer_s = -offset_s
            # Without its days summer time would be anybody's guess.
            begin, _, end = days.partition(",")
            if rest:
                raise ValueError(_WRONG)
            self._begin = _rule(begin)
            self._end = _rule(end)
        elif comma:
            raise ValueError(_WRONG)

    def offset_s(self, unix_s: int) -> int:
        """Return local time less UTC at a moment in seconds since 1970."""
        if self._begin is None:
            return self.standard_s
        if not self._from_s <= unix_s < self._until_s:
            self._look_up(unix_s)
        return self._offset_s

    def unix_s(self, local_s: int) -> int:
        """Return the moment of a local time, both in seconds since 1970.

        Of a time that comes twice the first, of one that is left out as much later as the clock is put forward.
        """
        early_s = local_s - max(self.standard_s, self.summer_s)
        late_s = local_s - min(self.standard_s, self.summer_s)
        return early_s if early_s + self.offset_s(early_s) == local_s else late_s

    def _look_up(self, unix_s: int) -> None:
        """Find the changes around a moment; those of the years beside it may lie in its year too."""
        year = _year(unix_s // _DAY_S)
        changes = []
        for near in (year - 1, year, year + 1):
            # Where summer never ends, its end comes first and its begin at the same moment.
            changes.append((_moment_s(self._begin, near) - self.standard_s, 1))
            changes.append((_moment_s(self._end, near) - self.summer_s, 0))
        changes.sort()
        for index in range(len(changes)):
            if changes[index][0] <= unix_s:
                self._from_s, is_summer = changes[index]
                self._offset_s = self.summer_s if is_summer else self.standard_s
                self._until_s = changes[min(index + 1, len(changes) - 1)][0]


def _days_before(year: int) -> int:
    """Return the days from 1970-01-01 to the first day of a year."""
    before = year - 1
    return 365 * (year - 1970) + before // 4 - before // 100 + before // 400 - 477


def _year(day: int) -> int:
    year = 1970 + day // 366
    while _days_before(year + 1) <= day:
        year += 1
    return year


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _moment_s(rule, year: int) -> int:
    """Return when a rule applies in a year, in seconds of local time since 1970."""
    kind, month, week, number, time_s = rule
    day = _days_before(year)
    if kind == "J":
        # Never counts the leap day.
        day += number - (0 if _is_leap(year) and number >= _FIRST_LEAP_DAY else 1)
    elif kind == "M":
        length = 31
        for index in range(1, month + 1):
            day += length if index > 1 else 0
            length = 30 if index in (4, 6, 9, 11) else 31
            if index == 2:
                length = 29 if _is_leap(year) else 28
        # The first of January 1970 was a Thursday.
        place = (number - day - 4) % 7 + 7 * (week - 1)
        # Week 5 is the last one.
        day += place if place < length else place - 7
    else:
        day += number
    return day * _DAY_S + time_s


def _rule(text: str) -> tuple:
    """Read Mmonth.week.weekday, Jday or day, each with /time; return (kind, month, week, number, time_s)."""
    day, slash, clock = text.partition("/")
    time_s = _CHANGE_S
    if slash:
        time_s, rest = _time(clock, _MOST_TIME_H)
        if rest:
            raise ValueError(_WRONG)
    kind = day[:1]
    if kind == "M":
        parts = day[1:].split(".")
        if len(parts) != 3:
            raise ValueError(_WRONG)
        return "M", _number(parts[0], 1, 12), _number(parts[1], 1, 5), _number(parts[2], 0, 6), time_s
    if kind == "J":
        return "J", 0, 0, _number(day[1:], 1, 365), time_s
    return "", 0, 0, _number(day, 0, 365), time_s


def _name(text: str) -> str:
    """Return what follows a name of letters, or of letters, digits and signs in <>."""
    quoted = text.startswith("<")
    allowed = _LETTERS + "0123456789+-" if quoted else _LETTERS
    begin = end = 1 if quoted else 0
    while end < len(text) and text[end] in allowed:
        end += 1
    if end - begin < 3 or (quoted and text[end : end + 1] != ">"):
        raise ValueError(_WRONG)
    return text[end + 1 :] if quoted else text[end:]


def _time(text: str, most_h: int) -> tuple:
    """Read [+-]hours[:minutes[:seconds]]; return seconds and what follows."""
    rest = text[1:] if text[:1] in ("+", "-") else text
    seconds = 0
    for unit_s, most in ((3600, most_h), (60, 59), (1, 59)):
        count = 0
        while count < len(rest) and rest[count] in _DIGITS:
            count += 1
        seconds += unit_s * _number(rest[:count], 0, most)
        rest = rest[count:]
        if not rest.startswith(":"):
            return -seconds if text[0] == "-" else seconds, rest
        rest = rest[1:]
    raise ValueError(_WRONG)


def _number(digits: str, least: int, most: int) -> int:
    if not 0 < len(digits) <= 3 or digits.strip(_DIGITS) or not least <= int(digits) <= most:
        raise ValueError(_WRONG)
    return int(digits)
