"""One point of the installation that has a meter: what it reads, what of that is the car, and what may be drawn.

The house connection is one, the circuit of the station may be another; each reckons for itself, because they are read
at different moments.
"""

from micropython import const

from evse.core.draw import Draw
from evse.core.guard import Guard
from evse.core.readings import NEVER_MS, Readings

# The EV meter is read right after the mains meter.
PAIR_WAIT_MS = const(400)
_EV_ALIVE_MS = const(5000)
# A reading with a gap before it says nothing about that gap.
_LONGEST_GAP_MS = const(60000)


class MeterPoint:
    """Own the claim `slot` and the fault of a silent meter."""

    def __init__(self, limits, slot: int, pair_wait_ms: int) -> None:
        """Wait up to `pair_wait_ms` for the EV reading that belongs to a reading of this point."""
        self._limits = limits
        self._slot = slot
        self._pair_wait_ms = pair_wait_ms
        self.readings = Readings()
        self.draw = Draw()
        self.guard = Guard()
        self.fitted = False
        self._silent_ms = 0
        self._limit_ms = 0
        # True while a reading waits to be used.
        self._waits = False
        self._waiting_ms = 0
        self._unused_ms = 0

    def configure(
        self, fitted: bool, limit_ma: int, silent_ms: int, late_ms: int, minimum_ma: int, hold_ma: int
    ) -> None:
        """Take the settings over; a meter that comes or goes begins anew.

        `silent_ms` without a reading make it silent; its readings are up to `late_ms` old when they come. A car that
        charges with `hold_ma` keeps that until the first reading of a new meter, or until it is silent.
        """
        if fitted != self.fitted:
            self.fitted = fitted
            self.readings.forget()
            self.guard.forget(hold_ma)
            if hold_ma:
                self.draw.assume(hold_ma)
            self._waits = False
            self._silent_ms = 0
        self._limit_ms = silent_ms
        self.draw.late_ms = late_ms
        self.guard.patience_ms = late_ms
        self.guard.limit(limit_ma, minimum_ma, self.draw)

    def begin(self, hold_ma: int) -> None:
        """Begin to guard, with the last reading if it still counts; until that is used a car keeps `hold_ma`."""
        self._waits = self.readings.age_ms < self._limit_ms
        self.guard.forget(hold_ma if self._waits else 0)

    def take(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take a reading."""
        readings = self.readings
        readings.take(l1_ma, l2_ma, l3_ma)
        self._silent_ms = 0
        # The same values again are news when the car had long settled before them.
        if readings.is_new or self.draw.settled_before(readings.value_ms):
            self._waits = True

    def step(self, dt_ms: int, offer_ma: int, charging: bool, phases: int) -> None:
        """Let time pass."""
        self.readings.step(dt_ms)
        self.draw.step(dt_ms, offer_ma, charging, phases)
        if self._unused_ms < NEVER_MS:
            self._unused_ms += dt_ms
        if self._waits:
            self._waiting_ms += dt_ms

    def miss(self, dt_ms: int) -> bool:
        """Count the time without a reading; return True while the meter is silent."""
        if self._silent_ms < self._limit_ms:
            self._silent_ms += dt_ms
        return self._silent_ms >= self._limit_ms

    def need_not(self) -> None:
        """Say that nobody needs readings now, so that none is missed."""
        self._silent_ms = 0

    def is_due(self, ev: Readings) -> bool:
        """Return True when a reading waits, and the EV reading that belongs to it is there or comes no more."""
        if not self._waits:
            return False
        ev_ms = ev.age_ms
        return (
            ev_ms <= self.readings.age_ms or ev_ms >= _EV_ALIVE_MS or self._waiting_ms >= self._pair_wait_ms
        )

    def use(self) -> int:
        """Take the waiting reading; return the time since the one that was used before, 0 when none waits."""
        if not self._waits:
            return 0
        elapsed_ms = self._unused_ms
        self._waits = False
        self._waiting_ms = 0
        self._unused_ms = 0
        return elapsed_ms or 1

    def reckon(self, ev: Readings, minimum_ma: int, charging: bool, elapsed_ms: int) -> bool:
        """Claim what the reading leaves; return False when it may still show a car that is gone."""
        dt_ms = elapsed_ms if elapsed_ms < _LONGEST_GAP_MS else _LONGEST_GAP_MS
        self.draw.update(self.readings, ev, dt_ms)
        if self.draw.just_opened():
            return False
        self.guard.update(self.readings, self.draw, minimum_ma, charging, dt_ms)
        self._claim()
        return True

    def claim(self) -> None:
        """Claim anew after a change of the settings."""
        if not self.fitted:
            self._limits.release(self._slot)
        elif self.guard.known and self.readings.age_ms >= self._limit_ms:
            # Nobody knows any more what is drawn there.
            self._limits.claim(self._slot, 0)
        else:
            self._claim()

    def next_ms(self, ev: Readings) -> int:
        """Return the time until something changes by itself, 0 for the next step, or -1."""
        if self.is_due(ev):
            return 0
        next_ms = self._pair_wait_ms - self._waiting_ms if self._waits else -1
        for left_ms in (
            self.draw.next_ms(),
            self._limit_ms - self._silent_ms if self._silent_ms < self._limit_ms else -1,
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _claim(self) -> None:
        claim_ma = self.guard.claim_ma
        self._limits.claim_phases(self._slot, claim_ma[0], claim_ma[1], claim_ma[2])
