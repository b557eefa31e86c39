"""A small record in RTC memory: it survives every reset, but no power cut."""

from machine import RTC


class Scratch:
    """What is in there after a power cut is empty or noise, so the user's record needs its own check."""

    def __init__(self) -> None:
        self._rtc = RTC()

    def read(self) -> bytes:
        """Return what was written last; empty when nothing was."""
        return self._rtc.memory()

    def write(self, data: bytes) -> None:
        """Keep `data`, at most 2048 bytes; ValueError when it is longer."""
        self._rtc.memory(data)
