"""Keep one measuring point under its limit: which current per phase may the car have there.

Load without the car is what the meter shows less the draw of the car. It counts at once when it rises; what is
remembered of it afterwards is the business of `LoadMemory`.
"""

from micropython import const

from evse.core.draw import Draw
from evse.core.limits import NO_LIMIT
from evse.core.load_memory import LoadMemory
from evse.core.readings import Readings

# The claim stays this much below what is left, so that noise stays below the limit.
_MARGIN_MA = const(400)
# A claim this close to what is allowed is not touched.
_FALL_MA = const(200)
_RISE_MA = const(600)
_READINGS_TO_STOP = const(2)
# A remembered load keeps a car from starting for so long.
_WAIT_MS = const(150000)
# Over the limit for so long although the offer was lowered: longer than a car may take to follow.
_STUCK_MS = const(7000)
# A car that draws more than it is offered by this much at most is compensated for.
_TRIM_MOST_MA = const(3000)
_TRIM_BACK_MA = const(50)


class Guard:
    """Guard of the house connection, or of the circuit."""

    def __init__(self) -> None:
        self.claim_ma = [NO_LIMIT, NO_LIMIT, NO_LIMIT]
        # What is left for the car, per phase, whether it is enough or not.
        self.left_ma = [NO_LIMIT, NO_LIMIT, NO_LIMIT]
        self._limit_ma = 0
        self._loads = (LoadMemory(), LoadMemory(), LoadMemory())
        # For how long each phase has had enough for a car.
        self._enough_ms = [0, 0, 0]
        self._trim_ma = [0, 0, 0]
        self._over_ms = 0
        self._lacking = 0
        self._lacking_ms = 0
        # A lack must last for so long before it stops the car: for readings that come late.
        self.patience_ms = 0
        # True once the load was seen.
        self.known = False

    def forget(self, hold_ma: int = 0) -> None:
        """Begin anew, without any knowledge of the load; until it is seen the car may have `hold_ma`."""
        self.known = False
        self._lacking = 0
        self._over_ms = 0
        for phase in range(3):
            self.claim_ma[phase] = hold_ma
            self.left_ma[phase] = 0
            self._trim_ma[phase] = 0
            self._loads[phase].forget()

    def limit(self, limit_ma: int, minimum_ma: int, draw: Draw) -> None:
        """Take another limit over at once, with the load as it was last seen."""
        if limit_ma == self._limit_ma:
            return
        self._limit_ma = limit_ma
        if self.known:
            for phase in range(3):
                self._reckon_left(phase)
                self._claim(phase, draw, minimum_ma, False)

    def update(self, readings: Readings, draw: Draw, minimum_ma: int, charging: bool, dt_ms: int) -> None:
        """Take a new reading of the point; `dt_ms` since the one before."""
        lacks = False
        over = False
        for phase in range(3):
            current_ma = readings.current_ma[phase]
            load_ma = current_ma - draw.current_ma[phase]
            self._loads[phase].note(load_ma, dt_ms, draw.trusted())
            enough = self._limit_ma - _MARGIN_MA - load_ma >= minimum_ma
            if not enough:
                self._enough_ms[phase] = 0
            elif charging or self._enough_ms[phase] >= _WAIT_MS:
                self._enough_ms[phase] = _WAIT_MS
            else:
                self._enough_ms[phase] += dt_ms or 1
            if draw.uses[phase]:
                over = current_ma > self._limit_ma or over
                lacks = lacks or not enough
                self._trim(phase, current_ma - self._limit_ma, draw)
            self._reckon_left(phase)
        self.known = True
        if not over or not charging:
            self._over_ms = 0
        else:
            self._over_ms += dt_ms if self._over_ms else 1
        # One reading may be the inrush of a motor: it takes the car to the minimum, two stop it.
        self._lacking_ms = self._lacking_ms + dt_ms if lacks and self._lacking else 0
        self._lacking = self._lacking + 1 if lacks else 0
        spare = charging and (self._lacking < _READINGS_TO_STOP or self._lacking_ms < self.patience_ms)
        for phase in range(3):
            self._claim(phase, draw, minimum_ma, spare)

    def _reckon_left(self, phase: int) -> None:
        left_ma = self._limit_ma - _MARGIN_MA - self._loads[phase].counts_ma - self._trim_ma[phase]
        self.left_ma[phase] = left_ma if left_ma > 0 else 0

    def _trim(self, phase: int, over_ma: int, draw: Draw) -> None:
        """Compensate for a car that draws a little more than it is offered, which the reckoning cannot see."""
        trim_ma = self._trim_ma[phase]
        if over_ma > 0 and draw.measured and self._over_ms >= _STUCK_MS:
            trim_ma = min(trim_ma + over_ma, _TRIM_MOST_MA)
        elif trim_ma > 0 and over_ma < -2 * _MARGIN_MA:
            trim_ma = max(trim_ma - _TRIM_BACK_MA, 0)
        self._trim_ma[phase] = trim_ma

    def _claim(self, phase: int, draw: Draw, minimum_ma: int, spare: bool) -> None:
        if not draw.uses[phase]:
            # What the car does not use cannot be relieved by it.
            self.claim_ma[phase] = NO_LIMIT
            return
        left_ma = self.left_ma[phase]
        claim_ma = self.claim_ma[phase]
        if left_ma < minimum_ma and (spare or self._enough_ms[phase] >= _WAIT_MS):
            # What is only remembered stops no car, and keeps none from starting for long.
            left_ma = minimum_ma
        if left_ma > minimum_ma and self._over_ms > 0 and not draw.measured:
            if draw.futile or self._over_ms >= _STUCK_MS:
                # The car draws less than it is offered, nobody knows how much less.
                left_ma = minimum_ma
        if left_ma < claim_ma - _FALL_MA or left_ma < minimum_ma:
            self.claim_ma[phase] = left_ma
        elif left_ma > claim_ma + _RISE_MA and draw.trusted():
            self.claim_ma[phase] = left_ma
