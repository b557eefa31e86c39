"""Times in the files of days: seconds, time of day, or ISO 8601."""

import re
from datetime import UTC, datetime

from replay_lib.day import DAY_S, DayError

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")


def clock_seconds(text: str) -> int:
    """Return the seconds since the start of the day of HH:MM or HH:MM:SS; ValueError for anything else."""
    found = _CLOCK.fullmatch(text)
    if not found:
        raise ValueError(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if hours > 24 or minutes > 59 or seconds > 59:
        raise ValueError(text)
    return hours * 3600 + minutes * 60 + seconds


class Clock:
    """Turn the times of a file into seconds; all of them are of the first one's kind."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._kind = ""
        self.first_clock_s = 0
        # The local time of day at the first row, as if it were UTC; None without a date.
        self.start_s: int | None = None

    def second(self, line: int, text: str) -> float:
        """Return seconds on a scale of this file."""
        kind, seconds, offset_s = self._parse(line, text)
        if not self._kind:
            self._kind = kind
            # Summer time may begin or end in the file: the clock of its first row goes on.
            if kind == "date":
                self.start_s = int(seconds + offset_s)
            self.first_clock_s = int(seconds + offset_s) % DAY_S
        elif kind != self._kind:
            raise DayError(self._path, line, f"the time {text!r} is not written like those before")
        return seconds

    def _parse(self, line: int, text: str) -> tuple[str, float, float]:
        found = _CLOCK.fullmatch(text)
        if found:
            hours, minutes, seconds = (int(part or 0) for part in found.groups())
            if hours > 23 or minutes > 59 or seconds > 59:
                raise DayError(self._path, line, f"{text} is no time of day")
            return "clock", hours * 3600 + minutes * 60 + seconds, 0
        try:
            return "seconds", float(text), 0
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            what = f"the time {text!r} is neither seconds nor HH:MM:SS nor ISO 8601"
            raise DayError(self._path, line, what) from None
        offset = moment.utcoffset()
        if offset is None:
            return "date", moment.replace(tzinfo=UTC).timestamp(), 0
        return "date", moment.timestamp(), offset.total_seconds()
