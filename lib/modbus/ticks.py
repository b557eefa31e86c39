"""Differences and sums of a millisecond counter that wraps at 2**30.

Every intermediate value fits the 31-bit small integers of a 32-bit MicroPython, so nothing is allocated.
"""

from micropython import const

FOREVER_MS = const(0x1FFFFFFF)

_MASK = const(0x3FFFFFFF)
_HALF = const(0x20000000)


def ticks_diff(a_ms: int, b_ms: int) -> int:
    """Return a - b in ms, in -2**29 .. 2**29 - 1 (6.2 days either way)."""
    difference = (a_ms - b_ms) & _MASK
    if difference >= _HALF:
        # Two steps: 2**30 itself is no small integer.
        difference = (difference - _HALF) - _HALF
    return difference


def ticks_add(a_ms: int, delta_ms: int) -> int:
    """Return the tick `delta_ms` (-2**29 .. 2**29 - 1) after `a_ms`."""
    if delta_ms >= 0 and a_ms >= _HALF:
        # Stay below 2**30 before adding; the mask brings the result back into the ring.
        return ((a_ms - _HALF) + (delta_ms - _HALF)) & _MASK
    return (a_ms + delta_ms) & _MASK
