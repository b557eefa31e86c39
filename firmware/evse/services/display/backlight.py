"""The backlight of a display: on while somebody is there or something happens, then off.

Times: SmartEVSE v3 sheet, section 1.7.
"""

from micropython import const

from evse.core import ticks

ON_MS = const(120000)
_FADE_MS = const(1000)


class Backlight:
    """Drive displays that have `set_backlight(level)`, a level from 0 to `brightness`."""

    def __init__(self, displays) -> None:
        self._displays = displays
        self.brightness = 255
        # What was seen last: a change lights up.
        self._seen = ()
        self._until = 0
        self._lit = False
        self._level = -1

    def left_ms(self, now: int) -> int:
        """Return for how long it stays on, 0 while it is off."""
        return max(ticks.diff(self._until, now), 0) if self._lit else 0

    def light(self, now: int, duration_ms: int = ON_MS) -> None:
        """Switch on for so long; 0 switches off."""
        self._lit = True
        self._until = ticks.add(now, duration_ms)

    def step(self, now: int, *seen) -> None:
        """Let time pass; any change of what is `seen` lights up."""
        if seen != self._seen:
            self._seen = seen
            self.light(now)
        left_ms = self.left_ms(now)
        # Forgotten when it is over, because ticks wrap.
        self._lit = left_ms > 0
        level = self.brightness * min(left_ms, _FADE_MS) // _FADE_MS
        if level != self._level:
            self._level = level
            for display in self._displays:
                display.set_backlight(level)
