"""Keep the sum of the house connection under the limit of the capacity tariff, and bear a lack for CAP STOP."""

from micropython import const

from evse.core import limits as lim
from evse.core.capacity import FIXED, Capacity
from evse.core.draw import Draw
from evse.core.readings import Readings

_RISE_MA = const(500)
_READINGS_TO_STOP = const(2)


class CapacityGuard:
    """Own the claim CAPACITY; `left_ms` is what is left of CAP STOP while too much is drawn at the minimum."""

    def __init__(self, limits) -> None:
        self._limits = limits
        self.stop_ms = 0
        self.left_ms = 0
        self._lacking = 0
        self._spent = False

    def configure(self, stop_ms: int) -> None:
        """Take CAP STOP over; a timer that runs is never longer than it."""
        self.stop_ms = stop_ms
        if self.left_ms > stop_ms:
            self.left_ms = stop_ms

    def reset(self) -> None:
        """Begin anew: no car, or no limit."""
        self.left_ms = 0
        self._lacking = 0
        self._spent = False

    def step(self, dt_ms: int) -> None:
        """Count the timer; when it runs out the car must stop."""
        if self.left_ms > 0:
            self.left_ms -= dt_ms
            if self.left_ms <= 0:
                self.left_ms = 0
                self._spent = True
                self._limits.claim(lim.CAPACITY, 0)

    def next_ms(self) -> int:
        """Return the time until the timer shows another second, or -1."""
        return self.left_ms % 1000 or 1000 if self.left_ms > 0 else -1

    def update(
        self, capacity: Capacity, mains: Readings, draw: Draw, phases: int, minimum_ma: int, charging: bool
    ) -> None:
        """Take a new reading of the connection; `phases` is on how many the car draws or will draw."""
        if not capacity.active():
            self._limits.release(lim.CAPACITY)
            self.reset()
            return
        # A fixed limit counts what comes in on each phase; a tariff in W what the meter nets.
        used_ma = mains.import_sum_ma() if capacity.mode == FIXED else mains.sum_ma()
        limit_ma = capacity.limit_ma(mains.highest_dv())
        left_ma = (limit_ma - used_ma + draw.sum_ma()) // phases
        if left_ma >= minimum_ma:
            self.reset()
        elif charging and not self._spent:
            left_ma = self._bear(left_ma, minimum_ma)
        held_ma = self._limits.claimed_ma(lim.CAPACITY, 0)
        if left_ma < held_ma or left_ma < minimum_ma or (draw.trusted() and left_ma > held_ma + _RISE_MA):
            self._limits.claim(lim.CAPACITY, left_ma)

    def _bear(self, left_ma: int, minimum_ma: int) -> int:
        """Return the claim while even the minimum is too much: it is borne for CAP STOP, or for one reading."""
        if self.stop_ms > 0:
            if self.left_ms == 0:
                self.left_ms = self.stop_ms
            return minimum_ma
        self._lacking += 1
        return minimum_ma if self._lacking < _READINGS_TO_STOP else left_ma
