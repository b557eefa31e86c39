"""Ticks and the time of day on ESP32, whose own epoch is the year 2000."""

import time

from machine import RTC
from micropython import const

from evse.hal.esp32 import now

# From 1970 to 2000.
_EPOCH_OFFSET_S = const(946684800)
# A clock that was never set counts from 2000; nothing before this code was written can be true.
_FIRST_PLAUSIBLE_YEAR = const(2025)


class Clock:
    """The clock keeps its time over a reset, not over a power cut."""

    def __init__(self) -> None:
        self._rtc = RTC()
        self._offset_s = _EPOCH_OFFSET_S if time.gmtime(0)[0] == 2000 else 0

    def ticks_ms(self) -> int:
        """Return a millisecond counter that wraps at 2**30."""
        return now.ms()

    def unix_s(self) -> int:
        """Return UTC in seconds since 1970, or 0 while unknown."""
        if time.gmtime()[0] < _FIRST_PLAUSIBLE_YEAR:
            return 0
        return int(time.time()) + self._offset_s

    def set_unix_s(self, unix_s: int, part_ms: int = 0) -> None:
        """Set the clock to UTC in seconds since 1970 and ms."""
        when = time.gmtime(unix_s - self._offset_s)
        # Year, month, day, weekday, hour, minute, second, microsecond.
        self._rtc.datetime((when[0], when[1], when[2], when[6], when[3], when[4], when[5], part_ms * 1000))
