"""Remember the load of one phase for a while, so that what comes and goes finds its place kept.

A peak that lasted counts fully for some seconds, then less and less; a single peak, such as the inrush of a motor,
counts only when it comes again soon. Appliances that switch on and off (an oven's thermostat, a hob, a dryer) are
known by the size of their steps: once one has returned, its place is kept for longer than it was away.
"""

from micropython import const

_PEAK_MA = const(500)
# Two peaks within this time belong together.
_AGAIN_MS = const(20000)
# A peak that lasted counts fully for so long, then less and less.
_HOLD_MS = const(12000)
_FORGET_MA_S = const(400)

# Appliances that are known at a time; a step counts from this size on.
_PLACES = const(4)
_STEP_MA = const(1500)
_SAME_MA = const(800)
_AWAY_LEAST_MS = const(1000)
_AWAY_MOST_MS = const(420000)
_ROOM_MS = const(40000)
_FREE = const(-1)
_PRESENT = const(-2)


class LoadMemory:
    """Load of one phase; `counts_ma` is what should be reckoned with."""

    def __init__(self) -> None:
        self.counts_ma = 0
        self._known = False
        self._now_ma = 0
        self._held_ma = 0
        self._held_ms = 0
        self._peak_ms = _AGAIN_MS
        # Per appliance: size of its step, for how long it is away (or _FREE, _PRESENT), how long its place is kept.
        self._size_ma = [0] * _PLACES
        self._away_ms = [_FREE] * _PLACES
        self._keep_ms = [0] * _PLACES

    def forget(self) -> None:
        """Begin anew."""
        self._known = False
        for place in range(_PLACES):
            self._away_ms[place] = _FREE

    def note(self, load_ma: int, dt_ms: int, certain: bool) -> None:
        """Take the present load; `dt_ms` since the one before; what is not `certain` counts, but is not kept."""
        if not self._known:
            self._known = True
            self._now_ma = load_ma
            self._held_ma = load_ma
        kept_ma = self._grow_older(dt_ms)
        if not certain:
            self.counts_ma = max(load_ma, self._held_ma)
            return
        before_ma = self._now_ma
        self._now_ma = load_ma
        self._hold(load_ma, before_ma, dt_ms)
        if load_ma < before_ma - _STEP_MA:
            self._leave(before_ma - load_ma)
            kept_ma = self._kept()
        elif load_ma > before_ma + _STEP_MA:
            self._come(load_ma - before_ma)
            kept_ma = self._kept()
        counts_ma = load_ma + kept_ma
        self.counts_ma = counts_ma if counts_ma > self._held_ma else self._held_ma

    def _hold(self, load_ma: int, before_ma: int, dt_ms: int) -> None:
        lasted_ma = load_ma if load_ma < before_ma else before_ma
        held_ma = self._held_ma
        if self._peak_ms < _AGAIN_MS:
            self._peak_ms += dt_ms
        if load_ma > held_ma + _PEAK_MA and lasted_ma < load_ma:
            if self._peak_ms < _AGAIN_MS:
                lasted_ma = load_ma
            self._peak_ms = 0
        if lasted_ma >= held_ma:
            held_ma = lasted_ma
            self._held_ms = 0
        elif self._held_ms < _HOLD_MS:
            self._held_ms += dt_ms
        else:
            held_ma -= _FORGET_MA_S * (dt_ms // 10) // 100
            if held_ma < load_ma:
                held_ma = load_ma
        self._held_ma = held_ma

    # Appliances

    def _grow_older(self, dt_ms: int) -> int:
        away_ms = self._away_ms
        for place in range(_PLACES):
            if away_ms[place] >= 0:
                away_ms[place] += dt_ms
                if away_ms[place] > self._keep_ms[place]:
                    # It has missed its time; that it comes and goes must show anew.
                    self._keep_ms[place] = 0
                if away_ms[place] > _AWAY_MOST_MS:
                    away_ms[place] = _FREE
        return self._kept()

    def _kept(self) -> int:
        kept_ma = 0
        for place in range(_PLACES):
            if self._away_ms[place] >= 0 and self._keep_ms[place] > 0:
                kept_ma += self._size_ma[place]
        return kept_ma

    def _find(self, size_ma: int, present: bool) -> int:
        """Return the place of an appliance of this size, or -1."""
        found = -1
        nearest_ma = _SAME_MA + size_ma // 16
        for place in range(_PLACES):
            away_ms = self._away_ms[place]
            if away_ms != _FREE and (away_ms == _PRESENT) == present:
                other_ma = self._size_ma[place] - size_ma
                other_ma = other_ma if other_ma >= 0 else -other_ma
                if other_ma < nearest_ma:
                    nearest_ma = other_ma
                    found = place
        return found

    def _leave(self, size_ma: int) -> None:
        if self._leave_together(size_ma):
            return
        place = self._find(size_ma, True)
        if place < 0:
            place = self._find(size_ma, False)
        if place < 0:
            place = self._oldest()
            self._keep_ms[place] = 0
        self._size_ma[place] = size_ma
        self._away_ms[place] = 0

    def _leave_together(self, size_ma: int) -> bool:
        """Let two appliances go whose steps fell together; return False when no two make up the step."""
        if self._find(size_ma, True) >= 0:
            return False
        for place in range(_PLACES):
            if self._away_ms[place] == _PRESENT:
                self._away_ms[place] = 0
                other = self._find(size_ma - self._size_ma[place], True)
                if other >= 0:
                    self._away_ms[other] = 0
                    return True
                self._away_ms[place] = _PRESENT
        return False

    def _come(self, size_ma: int) -> None:
        place = self._find(size_ma, False)
        if place >= 0:
            self._return(place, size_ma)
            return
        for first in range(_PLACES):
            first_ma = self._size_ma[first]
            away_ms = self._away_ms[first]
            if away_ms >= 0:
                self._away_ms[first] = _PRESENT
                other = self._find(size_ma - first_ma, False)
                self._away_ms[first] = away_ms
                if other >= 0:
                    # Two at once.
                    self._return(other, size_ma - first_ma)
                    self._return(first, first_ma)
                    return

    def _return(self, place: int, size_ma: int) -> None:
        away_ms = self._away_ms[place]
        if away_ms >= _AWAY_LEAST_MS:
            self._keep_ms[place] = away_ms * 3 // 2 + _ROOM_MS
            self._away_ms[place] = _PRESENT
            self._size_ma[place] = size_ma

    def _oldest(self) -> int:
        oldest = 0
        for place in range(_PLACES):
            away_ms = self._away_ms[place]
            if away_ms == _FREE:
                return place
            if away_ms > self._away_ms[oldest]:
                oldest = place
        return oldest
