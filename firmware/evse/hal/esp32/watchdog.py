"""The task watchdog: resets the chip when nobody feeds it, which opens the contactors."""

from machine import WDT
from micropython import const

_SHORTEST_MS = const(1000)


class Watchdog:
    """Runs from construction on and cannot be stopped; its time-out can be changed."""

    def __init__(self, timeout_ms: int) -> None:
        self.timeout_ms = 0
        self._wdt = None
        self.set_timeout(timeout_ms)

    def feed(self) -> None:
        """Say that all is well."""
        if self._wdt is not None:
            self._wdt.feed()

    def set_timeout(self, timeout_ms: int) -> None:
        """Change the time-out in ms; below 1 s it is 1 s, the least that the chip takes."""
        if timeout_ms < _SHORTEST_MS:
            timeout_ms = _SHORTEST_MS
        if timeout_ms != self.timeout_ms:
            # On ESP32 constructing it again reconfigures the one watchdog and returns the same object.
            self._wdt = WDT(timeout=timeout_ms)
            self.timeout_ms = timeout_ms
            self._wdt.feed()
