"""Load shedding by the inputs IN1 and IN2, and the grid operator's relay, as limits per phase."""

from micropython import const

from evse.core.limits import NO_LIMIT

LEAST_MA = const(6000)
# Section 14a EnWG: what a controllable consumer may always have (mission row S-035).
GRID_RELAY_W = const(4200)


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
