"""Load shedding by the inputs IN1 and IN2, the grid operator's relay, and derating by temperature.

Each turns what it sees into a limit per phase; none of them knows about the others.
"""

from micropython import const

from evse.core.limits import NO_LIMIT

LEAST_MA = const(6000)
# Section 14a EnWG: what a controllable consumer may always have (mission row S-035).
GRID_RELAY_W = const(4200)
# Derating begins so far below MAX TEMP and reaches 6 A one degree below it.
_DERATE_SPAN_MC = const(6000)
_DERATE_END_MC = const(1000)
_DERATE_BACK_MC = const(500)


def shed_ma(level: int, full_ma: int) -> int:
    """Return the limit of two inputs that demand something: IN1 (1) half, IN2 (2) 6 A, both (3) nothing."""
    if level == 0:
        return NO_LIMIT
    if level == 1:
        return full_ma // 2
    return LEAST_MA if level == 2 else 0


def grid_relay_ma(phases: int, voltage_dv: int) -> int:
    """Return the limit per phase while the relay is open, for the phases in use and their voltage."""
    return GRID_RELAY_W * 10000 // (voltage_dv * phases)


class Derating:
    """Reduce the current before the temperature forces a stop."""

    def __init__(self) -> None:
        self.limit_ma = NO_LIMIT
        self._used_mc = -100000

    def update(self, temp_mc: int, max_temp_mc: int, full_ma: int) -> int:
        """Return the limit at this temperature; it rises again only when it has cooled a little."""
        if self._used_mc - _DERATE_BACK_MC < temp_mc <= self._used_mc:
            temp_mc = self._used_mc
        self._used_mc = temp_mc
        above_mc = temp_mc - (max_temp_mc - _DERATE_SPAN_MC)
        if above_mc <= 0:
            self.limit_ma = NO_LIMIT
        else:
            span_mc = _DERATE_SPAN_MC - _DERATE_END_MC
            above_mc = min(above_mc, span_mc)
            span_ma = full_ma - LEAST_MA if full_ma > LEAST_MA else 0
            self.limit_ma = full_ma - span_ma // 1000 * above_mc // (span_mc // 1000)
        return self.limit_ma
