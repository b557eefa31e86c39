"""Derating: less current before the temperature forces a stop."""

from micropython import const

from evse.core import limits as lim

_LEAST_MA = const(6000)
# Derating begins so far below MAX TEMP and reaches 6 A one degree below it.
_DERATE_SPAN_MC = const(6000)
_DERATE_END_MC = const(1000)
_DERATE_BACK_MC = const(500)
_NO_TEMP_MC = const(-1000000)


class Derating:
    """Own the claim TEMPERATURE."""

    def __init__(self, limits) -> None:
        self._limits = limits
        self._max_mc = 0
        self._full_ma = 0
        self._temp_mc = _NO_TEMP_MC
        self._used_mc = _NO_TEMP_MC

    def configure(self, max_temp_c: int, full_ma: int) -> None:
        """Take the settings over; `full_ma` is the highest current the station itself may give."""
        self._max_mc = max_temp_c * 1000
        self._full_ma = full_ma
        self._temp_mc = _NO_TEMP_MC

    def step(self, temp_mc: int) -> None:
        """Take the temperature of this control step."""
        if temp_mc != self._temp_mc:
            self._temp_mc = temp_mc
            self._limits.claim(lim.TEMPERATURE, self.limit_ma(temp_mc))

    def limit_ma(self, temp_mc: int) -> int:
        """Return the limit at this temperature; it rises again only when it has cooled a little."""
        if self._used_mc - _DERATE_BACK_MC < temp_mc <= self._used_mc:
            temp_mc = self._used_mc
        self._used_mc = temp_mc
        above_mc = temp_mc - (self._max_mc - _DERATE_SPAN_MC)
        if above_mc <= 0:
            return lim.NO_LIMIT
        full_ma = self._full_ma
        span_mc = _DERATE_SPAN_MC - _DERATE_END_MC
        above_mc = min(above_mc, span_mc)
        span_ma = full_ma - _LEAST_MA if full_ma > _LEAST_MA else 0
        return full_ma - span_ma // 1000 * above_mc // (span_mc // 1000)
