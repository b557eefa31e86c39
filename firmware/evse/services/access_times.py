"""Delayed charging: from when until when, in seconds since 1970 (UTC), once or every day.

Nothing is done while the time is unknown, so a station that comes up without it keeps waiting. Times that passed
while it was off count when the time is known again.
"""

from micropython import const

from evse.core.errors import FieldError

DAY_S = const(86400)
# 2023-01-01: the SmartEVSE's own epoch; a clock that says less was never set.
EARLIEST_S = 1672531200

NOTHING = const(0)
OPEN = const(1)
CLOSE = const(2)


class AccessTimes:
    """`start_s` and `stop_s` are the next ones to come, 0 for none; `waiting` says that charging is to start later."""

    def __init__(self) -> None:
        self.start_s = 0
        self.stop_s = 0
        self.repeat = False
        self.waiting = False

    def set(self, start_s: int, stop_s: int, repeat: bool) -> None:
        """Choose the times, 0 for none; FieldError when the end is not after the begin, or nothing can repeat."""
        if start_s and start_s < EARLIEST_S:
            raise FieldError("starttime", "must be a time after 2023-01-01")
        if stop_s and not start_s < stop_s:
            raise FieldError("stoptime", "must be later than starttime")
        if repeat and not (start_s and stop_s and stop_s - start_s < DAY_S):
            raise FieldError("repeat", "needs starttime and stoptime within one day")
        self.start_s = start_s
        self.stop_s = stop_s
        self.repeat = repeat
        self.waiting = start_s > 0

    def cancel(self) -> None:
        """Forget all times."""
        self.set(0, 0, False)

    def skip(self) -> None:
        """Start now instead of waiting; what repeats comes again."""
        self.waiting = False
        if not self.repeat:
            self.start_s = 0

    def restore(self, record: dict) -> None:
        """Take what `record` kept; anything else is no times."""
        start_s = record.get("start_s", 0)
        stop_s = record.get("stop_s", 0)
        if type(start_s) is not int or type(stop_s) is not int:
            return
        try:
            self.set(start_s, stop_s, record.get("repeat") == 1)
        except FieldError:
            return
        self.waiting = record.get("waiting") == 1 and self.start_s > 0

    def keep(self, record: dict) -> None:
        """Write what `restore` needs into `record`."""
        record["start_s"] = self.start_s
        record["stop_s"] = self.stop_s
        record["repeat"] = 1 if self.repeat else 0
        record["waiting"] = 1 if self.waiting else 0

    def step(self, unix_s: int) -> int:
        """Return OPEN when charging may start now, CLOSE when it has to end, else NOTHING."""
        if unix_s < EARLIEST_S:
            return NOTHING
        if self.stop_s and unix_s >= self.stop_s:
            self._stop_passed(unix_s)
            return CLOSE
        if self.waiting and unix_s >= self.start_s:
            self.skip()
            return OPEN
        return NOTHING

    def next_s(self, unix_s: int) -> int:
        """Return in how many seconds something happens; -1 for never."""
        if unix_s < EARLIEST_S:
            return -1
        next_s = -1
        for at_s in (self.stop_s, self.start_s if self.waiting else 0):
            if at_s and (next_s < 0 or at_s - unix_s < next_s):
                next_s = max(0, at_s - unix_s)
        return next_s

    def _stop_passed(self, unix_s: int) -> None:
        if not self.repeat:
            self.cancel()
            return
        days = (unix_s - self.stop_s) // DAY_S + 1
        self.start_s += days * DAY_S
        self.stop_s += days * DAY_S
        self.waiting = True
