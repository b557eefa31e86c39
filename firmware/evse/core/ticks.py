"""Arithmetic on millisecond ticks that wrap, within 31-bit small integers.

The period is that of the ESP32 port on every interpreter; differences reach half a period (6.2 days).
Longer times are counted in seconds.
"""

from micropython import const

PERIOD = const(0x40000000)
_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def diff(later: int, earlier: int) -> int:
    """Return `later - earlier` in ms, negative when `later` came first."""
    delta = (later - earlier) & _MASK
    if delta >= _HALF:
        return (delta - _HALF) - _HALF
    return delta


def add(ticks: int, delta_ms: int) -> int:
    """Return `ticks` moved by `delta_ms`, which lies within half a period."""
    # No intermediate value leaves the small-integer range: adding half a period is flipping its bit.
    return ((ticks - _HALF + delta_ms) & _MASK) ^ _HALF
