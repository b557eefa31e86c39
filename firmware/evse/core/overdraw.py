"""Notice a car that draws more than it was offered.

IEC 61851-1 gives a car 5 s to follow a lower offer. Then two readings are enough; without a lower offer before, an
excess has to last, because chargers overshoot for a moment.
"""

from micropython import const

# Highest offers of so many seconds, the present one included: what a car may still be drawing.
_SECONDS = const(7)
_SECOND_MS = const(1000)
_VALID_MS = const(5000)
_LASTING_MS = const(7000)
_AFTER_LOWERING_MS = const(20000)
_READINGS = const(2)
_TOLERANCE_MA = const(500)


class Overdraw:
    """Compare the EV meter's readings with what was offered; `present` once it is sure."""

    def __init__(self) -> None:
        self.present = False
        self._current_ma = [0, 0, 0]
        self._age_ms = _VALID_MS
        self._offers_ma = [0] * _SECONDS
        self._place = 0
        self._place_ms = 0
        self._peak_ma = 0
        self._lowered_ms = _AFTER_LOWERING_MS
        self._over_ms = 0
        self._over_readings = 0
        self._new = False

    def reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the EV meter."""
        current_ma = self._current_ma
        current_ma[0] = l1_ma
        current_ma[1] = l2_ma
        current_ma[2] = l3_ma
        self._age_ms = 0
        self._new = True

    def forget(self) -> None:
        """Forget the readings: the meter is gone."""
        self._age_ms = _VALID_MS

    def step(self, dt_ms: int, offered_ma: int, closed: bool) -> bool:
        """Let time pass; return True while the car draws too much."""
        if self._age_ms < _VALID_MS:
            self._age_ms += dt_ms
        if self._lowered_ms < _AFTER_LOWERING_MS:
            self._lowered_ms += dt_ms
        self._note_offer(dt_ms, offered_ma)
        current_ma = self._current_ma
        allowed_ma = self._peak_ma + self._peak_ma // 10 + _TOLERANCE_MA
        over = current_ma[0] > allowed_ma or current_ma[1] > allowed_ma or current_ma[2] > allowed_ma
        if not over or offered_ma == 0 or not closed or self._age_ms >= _VALID_MS:
            self._over_ms = 0
            self._over_readings = 0
            self.present = False
            self._new = False
            return False
        if self._new:
            self._new = False
            self._over_readings += 1
        if self._over_ms < _LASTING_MS:
            self._over_ms += dt_ms
        lowered = self._lowered_ms < _AFTER_LOWERING_MS
        self.present = self._over_ms >= _LASTING_MS or (lowered and self._over_readings >= _READINGS)
        return self.present

    def next_ms(self, offered_ma: int) -> int:
        """Return the time until something changes with the same offer and readings, or -1."""
        next_ms = -1
        for left_ms in (
            _LASTING_MS - self._over_ms if 0 < self._over_ms < _LASTING_MS else -1,
            _SECOND_MS - self._place_ms if self._peak_ma > offered_ma else -1,
            _VALID_MS - self._age_ms if self._age_ms < _VALID_MS else -1,
            _AFTER_LOWERING_MS - self._lowered_ms if self._lowered_ms < _AFTER_LOWERING_MS else -1,
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _note_offer(self, dt_ms: int, offered_ma: int) -> None:
        """Keep the highest offer of each of the last seconds, and the highest of them all."""
        offers_ma = self._offers_ma
        if offered_ma > offers_ma[self._place]:
            offers_ma[self._place] = offered_ma
            if offered_ma > self._peak_ma:
                self._peak_ma = offered_ma
        self._place_ms += dt_ms
        if self._place_ms < _SECOND_MS:
            return
        self._place_ms %= _SECOND_MS
        self._place = (self._place + 1) % _SECONDS
        offers_ma[self._place] = offered_ma
        peak_ma = 0
        for offer_ma in offers_ma:
            if offer_ma > peak_ma:
                peak_ma = offer_ma
        if peak_ma < self._peak_ma:
            self._lowered_ms = 0
        self._peak_ma = peak_ma
