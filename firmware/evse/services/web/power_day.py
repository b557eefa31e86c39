"""The average power of the house connection by quarter hours of the last day."""

from array import array

from micropython import const

_ROWS = const(96)
_QUARTER_S = const(900)
_DAY_S = const(86400)
# Kept in 10 W, in 16 bits.
_UNIT_W = const(10)
_MOST = const(32767)


class PowerDay:
    """`note` the power every few seconds; the row of a quarter is what was noted in it on average."""

    def __init__(self) -> None:
        self._rows = array("h", bytes(2 * _ROWS))
        self._quarter = -1
        self._sum = 0
        self._count = 0

    def note(self, power_w: int, unix_s: int) -> None:
        """Take the power now; nothing is kept while nobody knows the time."""
        if unix_s <= 0:
            return
        quarter = unix_s // _QUARTER_S
        if quarter != self._quarter:
            self._begin(quarter)
        self._sum += power_w // _UNIT_W
        self._count += 1
        average = self._sum // self._count
        self._rows[quarter % _ROWS] = max(-_MOST, min(_MOST, average))

    def rows(self, offset_s: int) -> list:
        """Return 96 rows of local time and power in W, oldest first."""
        last = self._quarter if self._quarter >= 0 else _ROWS - 1
        found = []
        for quarter in range(last - _ROWS + 1, last + 1):
            minute = (quarter * _QUARTER_S + offset_s) % _DAY_S // 60
            found.append(
                {
                    "time": "%02d:%02d" % (minute // 60, minute % 60),
                    "power": self._rows[quarter % _ROWS] * _UNIT_W,
                }
            )
        return found

    def _begin(self, quarter: int) -> None:
        """Go on to a quarter; those in between, and all after a jump of the clock, are empty."""
        skipped = quarter - self._quarter - 1 if self._quarter >= 0 else 0
        if not 0 <= skipped < _ROWS:
            skipped = _ROWS
        for back in range(1, skipped + 1):
            self._rows[(quarter - back) % _ROWS] = 0
        self._quarter = quarter
        self._sum = self._count = 0
