"""The chip's counters as plain integers that wrap at 2**30; `core.ticks` has the arithmetic for both."""

import time


def ms() -> int:
    """Return milliseconds."""
    return time.ticks_ms()  # pyright: ignore[reportReturnType]


def us() -> int:
    """Return microseconds; differences reach nine minutes."""
    return time.ticks_us()  # pyright: ignore[reportReturnType]


def wait_us(duration_us: int) -> None:
    """Hold everything for `duration_us`."""
    time.sleep_us(duration_us)
