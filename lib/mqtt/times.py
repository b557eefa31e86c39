"""Where time differs between the interpreters."""

import asyncio
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
