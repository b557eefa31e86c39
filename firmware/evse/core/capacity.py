"""Capacity tariff: how much current the house connection may carry in all, summed over its phases.

Three ways to say it (SmartEVSE v3 sheet, section 3.8): a fixed sum, a power per time of day, or the Belgian
average of 15 minutes, which may not exceed the highest one of this month.
"""

from micropython import const

from evse.core.limits import NO_LIMIT

DISABLED = const(0)
FIXED = const(1)
INTERVAL = const(2)
FLANDERS = const(3)

QUARTER_S = const(900)
# Belgian tariff: the least that is paid for, and what a month begins with.
LEAST_PEAK_W = const(2500)
# The reference keeps this distance, too.
_MARGIN_W = const(100)
# Towards the end of a quarter the rest of its energy would be a huge power for a moment.
_LEAST_LEFT_S = const(60)
_MOST_W = const(100000)
_LONGEST_MS = const(900000)


class Capacity:
    """Know the present limit; `quarter`, `minute` and `month` come from whoever knows the time of day."""

    def __init__(self) -> None:
        self.mode = DISABLED
        self.fixed_ma = 0
        # (minute of the day, power in W), by minute.
        self.intervals: tuple = ()
        self.peak_w = LEAST_PEAK_W
        self.month = 0
        self.peak_changes = 0
        self._quarter = -1
        self._second = 0
        self._minute = -1
        self._used_ws = 0
        # What is not yet a tenth of a second, and not yet a whole Ws.
        self._rest_ms = 0
        self._rest_ws10 = 0
        self._complete = False
        self._power_w = 0

    def configure(self, mode: int, fixed_ma: int, intervals: tuple) -> None:
        """Take the settings over."""
        self.mode = mode
        self.fixed_ma = fixed_ma
        self.intervals = intervals

    def restore_peak(self, peak_w: int, month: int) -> None:
        """Take the highest average of the month from before a restart."""
        self.peak_w = peak_w if peak_w > LEAST_PEAK_W else LEAST_PEAK_W
        self.month = month

    def active(self) -> bool:
        """Return True when there is a limit now."""
        if self.mode == FIXED:
            return self.fixed_ma > 0
        if self.mode == INTERVAL:
            return len(self.intervals) > 0 and self._minute >= 0
        return self.mode == FLANDERS and self._quarter >= 0

    def wall_time(self, quarter: int, second: int, minute: int, month: int) -> None:
        """Take the time of day: quarter hours since 1970 (UTC), second in it, local minute of day, month 1..12."""
        self._minute = minute
        if quarter != self._quarter:
            if self._complete and quarter == self._quarter + 1:
                self._end_quarter()
            # A quarter seen from its beginning only: others would look smaller than they were.
            self._complete = self._quarter >= 0 and quarter == self._quarter + 1
            self._quarter = quarter
            # What was used before this station knew the time counts as if it had been like now.
            self._used_ws = 0 if self._complete else self._power_w * second
        self._second = second
        if month != self.month:
            self.month = month
            self.peak_w = LEAST_PEAK_W
            self.peak_changes += 1

    def power(self, power_w: int, dt_ms: int) -> None:
        """Take the power drawn from the grid (0 while exporting) that lasted for `dt_ms`."""
        power_w = min(max(power_w, 0), _MOST_W)
        self._power_w = power_w
        if dt_ms <= _LONGEST_MS:
            # 100 kW for a quarter of an hour in units of 0.1 s stay below 2^30.
            self._rest_ms += dt_ms
            self._rest_ws10 += power_w * (self._rest_ms // 100)
            self._rest_ms %= 100
            self._used_ws = min(self._used_ws + self._rest_ws10 // 10, _MOST_W * QUARTER_S)
            self._rest_ws10 %= 10

    def limit_w(self) -> int:
        """Return the power that the connection may have now, for the modes that are told in W."""
        if self.mode == INTERVAL:
            power_w = self.intervals[-1][1]
            for row in self.intervals:
                if row[0] <= self._minute:
                    power_w = row[1]
            return max(power_w - _MARGIN_W, 0)
        left_s = max(QUARTER_S - self._second, _LEAST_LEFT_S)
        left_ws = self.peak_w * QUARTER_S - self._used_ws
        return max(left_ws // left_s - _MARGIN_W, 0)

    def limit_ma(self, voltage_dv: int) -> int:
        """Return the sum of the currents that the connection may have now."""
        if not self.active():
            return NO_LIMIT
        if self.mode == FIXED:
            return self.fixed_ma
        return min(self.limit_w(), _MOST_W) * 10000 // voltage_dv

    def _end_quarter(self) -> None:
        average_w = self._used_ws // QUARTER_S
        if average_w > self.peak_w:
            self.peak_w = average_w
            self.peak_changes += 1
