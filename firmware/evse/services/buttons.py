"""Decodes three buttons: presses without bounce, short or long, repeated ever faster while held, alone or together.

Facts: section 1.7. Allocates nothing.
"""

from micropython import const

from evse.core import ticks

LEFT = const(1)
MIDDLE = const(2)
RIGHT = const(4)

# Events.
NONE = const(0)
PRESS = const(1)
REPEAT = const(2)
SHORT = const(3)  # released in less than 2 s
LONG = const(4)  # held for 2 s
RELEASE = const(5)  # released after LONG
TOGETHER = const(6)  # more than one button

_LONG_MS = const(2000)
_BOUNCE_MS = const(15)
_REPEAT_MS = const(500)
# Faster than this nobody could stop at a value.
_FASTEST_MS = const(40)
# A loop that was held up must not make a long press of a short one.
_MOST_STEP_MS = const(100)
_ENOUGH_MS = const(1000000)


class Presses:
    """Turn masks into events; `button` is the mask of what the last one is about, `repeats` counts while held."""

    def __init__(self) -> None:
        self.button = 0
        self.repeats = 0
        self._now = 0
        self._raw = 0
        self._raw_ms = 0
        self._pressed = 0
        self._held_ms = 0
        self._repeat_ms = 0
        self._repeat_at_ms = 0
        self._long = False
        self._ignored = False

    def busy(self) -> bool:
        """Return True while a button is pressed or about to be."""
        return self._raw != 0 or self._pressed != 0

    def ignore(self) -> None:
        """Take no more events of what is pressed now."""
        self._ignored = True

    def step(self, mask: int, now: int) -> int:
        """Take the buttons that are pressed at tick `now`, bit 0 left to bit 2 right; return what happened."""
        dt_ms = ticks.diff(now, self._now)
        if not 0 <= dt_ms <= _MOST_STEP_MS:
            dt_ms = _MOST_STEP_MS
        self._now = now
        if mask != self._raw:
            self._raw = mask
            self._raw_ms = 0
        elif mask != self._pressed:
            self._raw_ms += dt_ms
            if self._raw_ms >= _BOUNCE_MS:
                return self._change(mask)
        if self._pressed and not self._ignored:
            return self._hold(dt_ms)
        return NONE

    def _change(self, mask: int) -> int:
        before = self._pressed
        self._pressed = mask
        if mask == 0:
            ignored = self._ignored
            self._ignored = False
            if ignored:
                return NONE
            return RELEASE if self._long else SHORT
        if before == 0:
            self.button = mask
            self.repeats = 0
            self._held_ms = 0
            self._repeat_ms = self._repeat_at_ms = _REPEAT_MS
            self._long = False
            if mask & (mask - 1) == 0:
                return PRESS
        elif self._ignored or mask & ~before == 0:
            self._ignored = True
            return NONE
        self.button = before | mask
        self._ignored = True
        return TOGETHER

    def _hold(self, dt_ms: int) -> int:
        if self._held_ms < _ENOUGH_MS:
            self._held_ms += dt_ms
        if self._held_ms >= _LONG_MS and not self._long:
            self._long = True
            return LONG
        if self._held_ms < self._repeat_at_ms:
            return NONE
        if self._repeat_ms > _FASTEST_MS:
            self._repeat_ms = max(self._repeat_ms - (self._repeat_ms >> 3), _FASTEST_MS)
        self._repeat_at_ms = self._held_ms + self._repeat_ms
        self.repeats += 1
        return REPEAT
