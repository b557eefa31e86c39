"""The few places where asyncio and time differ between the interpreters."""

import asyncio
import time


async def forever() -> None:
    """Wait until cancelled."""
    await asyncio.Event().wait()


try:
    _HAS_TICKS = time.ticks_ms is not None
except AttributeError:
    _HAS_TICKS = False

if _HAS_TICKS:

    def sleep_ms(delay_ms: int):
        """Wait for `delay_ms`."""
        return asyncio.sleep_ms(delay_ms)

    def ticks_ms() -> int:
        """Return a millisecond counter that wraps."""
        return time.ticks_ms()  # pyright: ignore[reportReturnType]

    def ticks_us() -> int:
        """Return a microsecond counter that wraps."""
        return time.ticks_us()  # pyright: ignore[reportReturnType]

    def ticks_diff(later: int, earlier: int) -> int:
        """Return the difference of two counters."""
        return time.ticks_diff(later, earlier)  # pyright: ignore[reportArgumentType, reportCallIssue]

else:

    def sleep_ms(delay_ms: int):
        """Wait for `delay_ms`."""
        return asyncio.sleep(delay_ms / 1000)

    def ticks_ms() -> int:
        """Return a millisecond counter."""
        return time.monotonic_ns() // 1000000  # pyright: ignore[reportAttributeAccessIssue]

    def ticks_us() -> int:
        """Return a microsecond counter."""
        return time.monotonic_ns() // 1000  # pyright: ignore[reportAttributeAccessIssue]

    def ticks_diff(later: int, earlier: int) -> int:
        """Return the difference of two counters."""
        return later - earlier
