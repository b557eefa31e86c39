"""Tell the core the time of day, in parts that stay small integers on a 32-bit controller."""

from evse import aio
from evse.core import ticks
from evse.settings.timezone import Zone

_PERIOD_MS = 1000
_QUARTER_S = 900
_DAY_S = 86400


class WallClock:
    """Once a second, while the board knows the time; `offset_s` is local time less UTC, by `zone`."""

    def __init__(self, clock, station) -> None:
        self._clock = clock
        self._station = station
        self._due = clock.ticks_ms()
        self._zone_text = "UTC0"
        self.zone = Zone(self._zone_text)
        self.offset_s = 0

    def configure(self, zone: str) -> None:
        """Take the local time from a POSIX time zone; ValueError when it is none."""
        if zone != self._zone_text:
            self.zone = Zone(zone)
            self._zone_text = zone
            self._due = self._clock.ticks_ms()
            self._shift(self._clock.unix_s())

    def step(self, now: int) -> None:
        """Tell the time when a second has passed."""
        if ticks.diff(now, self._due) < 0:
            return
        self._due = ticks.add(now, _PERIOD_MS)
        unix_s = self._clock.unix_s()
        if unix_s > 0:
            self._shift(unix_s)
            local_s = unix_s + self.offset_s
            self._station.wall_time(
                unix_s // _QUARTER_S, unix_s % _QUARTER_S, local_s % _DAY_S // 60, month(local_s // _DAY_S)
            )

    def next_due_ms(self, now: int) -> int:
        """Return after how many ms `step` has something to do; -1 while nobody knows the time."""
        return max(0, ticks.diff(self._due, now)) if self._clock.unix_s() > 0 else -1

    def _shift(self, unix_s: int) -> None:
        self.offset_s = self.zone.offset_s(unix_s) if unix_s > 0 else self.zone.standard_s

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            self.step(self._clock.ticks_ms())
            await aio.sleep_ms(_PERIOD_MS)


def month(day: int) -> int:
    """Return the month, 1 to 12, of a day counted from 1970-01-01."""
    # The civil calendar, with years that begin in March, so that leap days come last.
    day_of_era = (day + 719468) % 146097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    return march_month + 3 if march_month < 10 else march_month - 9
