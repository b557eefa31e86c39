"""Where time differs between the interpreters, and the pauses between attempts to connect."""

import asyncio
import random
import time

try:
    _HAS_TICKS = time.ticks_ms is not None
except AttributeError:
    _HAS_TICKS = False

if _HAS_TICKS:

    def sleep_ms(delay_ms: int):
        """Wait for `delay_ms`."""
        return asyncio.sleep_ms(delay_ms)

    def ticks_ms() -> int:
        """Return a millisecond counter that wraps at 2**30."""
        return time.ticks_ms()  # pyright: ignore[reportReturnType]

else:

    def sleep_ms(delay_ms: int):
        """Wait for `delay_ms`."""
        return asyncio.sleep(delay_ms / 1000)

    def ticks_ms() -> int:
        """Return a millisecond counter."""
        return time.monotonic_ns() // 1000000  # pyright: ignore[reportAttributeAccessIssue]


class Backoff:
    """Pauses that double up to a maximum, each shorter or longer by up to a quarter.

    Many stations lose one server at the same time; they shall not come back at the same time.
    """

    def __init__(self, first_ms: int, max_ms: int) -> None:
        self._first_ms = first_ms
        self._max_ms = max_ms
        self._pause_ms = first_ms

    def reset(self) -> None:
        """Begin anew: a connection has lasted."""
        self._pause_ms = self._first_ms

    def next_ms(self) -> int:
        """Return how long to wait before the next attempt."""
        pause_ms = self._pause_ms
        self._pause_ms = min(2 * pause_ms, self._max_ms)
        return pause_ms * (192 + random.getrandbits(7)) // 256
