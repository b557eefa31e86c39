"""The average power of the house connection and of the car by quarter hours of the last day."""

from array import array

from micropython import const

_ROWS = const(96)
_QUARTER_S = const(900)
_DAY_S = const(86400)
# Kept in 10 W, in 16 bits.
_UNIT_W = const(10)
_MOST = const(32767)
_NOTHING = const(-32768)


class PowerDay:
    """`note` both every few seconds; the row of a quarter is what was noted in it on average.

    `has_mains` says whether there is a meter at the house connection at all.
    """

    def __init__(self) -> None:
        self.has_mains = True
        self._mains = array("h", bytes(2 * _ROWS))
        self._car = array("h", bytes(2 * _ROWS))
        self._quarter = -1
        self._mains_mean = _Mean()
        self._car_mean = _Mean()

    def note(self, mains_w: "int | None", unix_s: int, car_w: int = 0) -> None:
        """Take the power now, None for what nobody measures; nothing is kept while nobody knows the time."""
        if unix_s <= 0:
            return
        quarter = unix_s // _QUARTER_S
        if quarter != self._quarter:
            self._begin(quarter)
        place = quarter % _ROWS
        if mains_w is not None:
            self._mains[place] = self._mains_mean.take(mains_w)
        self._car[place] = self._car_mean.take(car_w)

    def rows(self, offset_s: int) -> list:
        """Return 96 rows of local time and power of the house connection in W, oldest first; none without a meter."""
        if not self.has_mains:
            return []
        last = self._quarter if self._quarter >= 0 else _ROWS - 1
        found = []
        for quarter in range(last - _ROWS + 1, last + 1):
            minute = (quarter * _QUARTER_S + offset_s) % _DAY_S // 60
            found.append(
                {
                    "time": "%02d:%02d" % (minute // 60, minute % 60),
                    "power": _watts(self._mains[quarter % _ROWS]) or 0,
                }
            )
        return found

    def quarters(self):
        """Yield (begin in unix seconds, power of the house connection, of the car), oldest first.

        In W, None for unknown. Nothing while the time is not known; the last quarter is still going on.
        """
        if self._quarter < 0:
            return
        for quarter in range(self._quarter - _ROWS + 1, self._quarter + 1):
            place = quarter % _ROWS
            yield quarter * _QUARTER_S, _watts(self._mains[place]), _watts(self._car[place])

    def _begin(self, quarter: int) -> None:
        """Go on to a quarter; those in between, and all after a jump of the clock, are empty."""
        skipped = quarter - self._quarter if self._quarter >= 0 else 0
        if not 0 < skipped <= _ROWS:
            skipped = _ROWS
        for back in range(skipped):
            self._mains[(quarter - back) % _ROWS] = _NOTHING
            self._car[(quarter - back) % _ROWS] = _NOTHING
        self._quarter = quarter
        self._mains_mean.clear()
        self._car_mean.clear()


class _Mean:
    """The mean of what was taken since `clear`."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self._sum = 0
        self._count = 0

    def take(self, power_w: int) -> int:
        """Return the mean in units, with this one."""
        self._sum += power_w // _UNIT_W
        self._count += 1
        return max(-_MOST, min(_MOST, self._sum // self._count))


def _watts(kept: int) -> "int | None":
    return None if kept == _NOTHING else kept * _UNIT_W
