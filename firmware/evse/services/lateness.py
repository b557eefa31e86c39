"""How late control steps come: the worst, and the 99.9th percentile, without allocation while counting."""

from micropython import const

_BUCKETS = const(64)
# Halving all counts now and then keeps them small and lets old times fade.
_HALVE_AT = const(1000000)


class Lateness:
    """Count steps by their lag in whole milliseconds; longer lags share the last bucket."""

    def __init__(self) -> None:
        self.worst_ms = 0
        self.worst_closed_ms = 0
        self._counts = [0] * _BUCKETS
        self._total = 0

    def note(self, lag_ms: int, closed: bool) -> None:
        """Count one step; `closed` tells whether a contactor was closed."""
        if lag_ms > self.worst_ms:
            self.worst_ms = lag_ms
        if closed and lag_ms > self.worst_closed_ms:
            self.worst_closed_ms = lag_ms
        counts = self._counts
        counts[lag_ms if 0 <= lag_ms < _BUCKETS else (0 if lag_ms < 0 else _BUCKETS - 1)] += 1
        self._total += 1
        if self._total == _HALVE_AT:
            self._total = 0
            for index in range(_BUCKETS):
                counts[index] //= 2
                self._total += counts[index]

    def p999_ms(self) -> int:
        """Return the lag in ms that 99.9 % of the steps did not exceed; the worst when it shares the last bucket."""
        if self._total == 0:
            return 0
        above = self._total // 1000
        for index in range(_BUCKETS - 1, -1, -1):
            above -= self._counts[index]
            if above < 0:
                return self.worst_ms if index == _BUCKETS - 1 else index
        return 0
