"""What the car draws, per phase: measured by the EV meter, or else reckoned from offer and mains readings.

A mains reading and an EV reading tell the load of the house only when both were taken at nearly the same time;
otherwise a car on its way to a new offer looks like a change of the house. IEC 61851-1 gives a car 5 s to follow a
changed offer. Where no measurement tells, the earlier draw is assumed until the mains current has moved by half of
the change or that time is over.
"""

from micropython import const

from evse.core.readings import Readings

# 5 s for the car and one for the meter that must show it.
FOLLOW_MS = const(6000)
_FRESH_MS = const(5000)
_WATCHED_MS = const(20000)
# Two readings so close to each other belong together.
_PAIR_MS = const(500)
_CLOSE_MS = const(100)
_USED_MA = const(1000)
_CLEAR_MA = const(4000)
_UNUSED_MS = const(15000)
_MOVED_LEAST_MA = const(500)
# After the contactor has opened the next reading may still be from before.
_OPENED_MS = const(1500)
# How late the readings of a feed over the network may be.
LATE_MS = const(4000)
_LONG_MS = const(30000)


class Draw:
    """Draw of the car as the regulator takes it to be."""

    def __init__(self) -> None:
        self.current_ma = [0, 0, 0]
        self.uses = [True, True, True]
        # Phases that the car was seen to use while three were offered; 0: not known.
        self.car_phases = 0
        # True while the EV meter tells what the present mains reading contains.
        self.measured = False
        # True while a change of the offer may not have been followed yet, as far as anybody can tell.
        self.waiting = False
        # True when the last reduction showed no effect.
        self.futile = False
        self._watched = False
        self._base_ma = 0
        self._offer_ma = 0
        self._wait_ms = 0
        self._changed_ms = _LONG_MS
        self._closed = False
        self._opened_ms = _LONG_MS
        # Mains readings are some seconds old, those of the EV meter are not.
        self.late_ms = 0
        self._before_ma = 0
        self._last_l1_ma = 0
        self._phases = 3
        self._unused_ms = [0, 0, 0]

    def unplugged(self) -> None:
        """Forget the car."""
        self.car_phases = 0
        self._forget_phases()

    def assume(self, offer_ma: int) -> None:
        """Begin with a car that draws already, what it is offered."""
        self._closed = True
        self._offer_ma = offer_ma
        self._settle()

    def step(self, dt_ms: int, offer_ma: int, closed: bool, phases: int) -> None:
        """Follow the offer and C1 in every control step."""
        if phases != self._phases:
            self._phases = phases
            self._forget_phases()
        if self._changed_ms < _LONG_MS:
            self._changed_ms += dt_ms
        if self._opened_ms < _LONG_MS:
            self._opened_ms += dt_ms
        if not closed:
            if self._closed:
                self._closed = False
                self._opened_ms = 0
                self._offer_ma = 0
                self._settle()
            return
        self._closed = True
        if offer_ma != self._offer_ma:
            if not self.waiting:
                self._base_ma = self._offer_ma
                self._before_ma = self._last_l1_ma
            self._offer_ma = offer_ma
            self._wait_ms = FOLLOW_MS + self.late_ms
            self._changed_ms = 0
            self.waiting = True
            self.futile = False
        elif self.waiting and offer_ma > 0:
            # A car that is told to stop draws until the contactor opens.
            self._wait_ms -= dt_ms
            if self._wait_ms <= 0:
                self.futile = self._offer_ma < self._base_ma and not self.measured
                self._settle()

    def next_ms(self) -> int:
        """Return the time until a change counts as followed, or -1."""
        return self._wait_ms if self.waiting and self._offer_ma > 0 else -1

    def update(self, mains: Readings, ev: Readings, dt_ms: int) -> None:
        """Reckon the draw that a new mains reading contains; `dt_ms` since the one before."""
        self._last_l1_ma = mains.current_ma[0]
        alive = ev.age_ms < _FRESH_MS
        watched = ev.age_ms < _WATCHED_MS
        if self._watched and not watched:
            # Nobody watches any more which phases the car uses.
            self._forget_phases()
        self._watched = watched
        before_ms = ev.age_ms - mains.age_ms
        # While the car is on its way, an EV reading from before the mains reading may tell another draw.
        most_ms = _CLOSE_MS if self.waiting else _PAIR_MS
        paired = alive and not self.late_ms and -_PAIR_MS <= before_ms <= most_ms
        # A reading from before the last change tells nothing about what was made of it.
        steady = self._changed_ms >= FOLLOW_MS + self.late_ms and ev.age_ms < self._changed_ms
        self.measured = paired or (alive and steady)
        if self.measured:
            self._measure(ev, dt_ms)
            return
        if self.waiting:
            self._look_for_a_move(mains.current_ma[0])
        for phase in range(3):
            self.current_ma[phase] = self._base_ma if self.uses[phase] else 0

    def settled_before(self, value_ms: int) -> bool:
        """Return True when the last change of the offer was followed before a value that is `value_ms` old."""
        return self._changed_ms - value_ms >= FOLLOW_MS

    def trusted(self) -> bool:
        """Return True when a rise can be reckoned from the present reading."""
        return self.measured or not self.waiting

    def just_opened(self) -> bool:
        """Return True while readings may still show a car whose contactor has opened."""
        return self._opened_ms < _OPENED_MS + self.late_ms

    def used(self) -> int:
        """Return on how many phases the car draws or may draw."""
        count = 0
        for phase in range(self._phases):
            if self.uses[phase]:
                count += 1
        return count or 1

    def sum_ma(self) -> int:
        """Return the sum of the phases."""
        current_ma = self.current_ma
        return current_ma[0] + current_ma[1] + current_ma[2]

    def _settle(self) -> None:
        self._base_ma = self._offer_ma
        self._wait_ms = 0
        self.waiting = False

    def _look_for_a_move(self, l1_ma: int) -> None:
        half_ma = (self._offer_ma - self._base_ma) // 2
        moved_ma = l1_ma - self._before_ma
        if half_ma > _MOVED_LEAST_MA and moved_ma >= half_ma:
            self._settle()
        elif half_ma < -_MOVED_LEAST_MA and moved_ma <= half_ma:
            self._settle()

    def _measure(self, ev: Readings, dt_ms: int) -> None:
        most_ma = 0
        for phase in range(3):
            current_ma = ev.current_ma[phase]
            if current_ma < 0:
                current_ma = -current_ma
            self.current_ma[phase] = current_ma
            if current_ma > most_ma:
                most_ma = current_ma
        for phase in range(self._phases):
            if self.current_ma[phase] > _USED_MA:
                self.uses[phase] = True
                self._unused_ms[phase] = 0
            elif most_ma > _CLEAR_MA and self.uses[phase]:
                self._unused_ms[phase] += dt_ms
                if self._unused_ms[phase] >= _UNUSED_MS:
                    self.uses[phase] = False
        if self._phases == 3 and most_ma > _CLEAR_MA and not self._undecided():
            self.car_phases = self.used()

    def _undecided(self) -> bool:
        for phase in range(3):
            if self.uses[phase] and self.current_ma[phase] <= _USED_MA:
                return True
        return False

    def _forget_phases(self) -> None:
        for phase in range(3):
            self.uses[phase] = phase < self._phases
            self._unused_ms[phase] = 0
