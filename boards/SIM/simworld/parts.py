"""Electrical and mechanical parts of the station, as the world sees them."""

from evse.core.io import LOCK_DRIVE_LOCK, LOCK_IDLE

_LOCK_MOVE_MS = 250
_RESIDUAL_MOVE_MS = 200


class Contact:
    """A contactor with its delay and its failures."""

    def __init__(self, values: dict, name: str) -> None:
        self._values = values
        self._fault = name + ".fault"
        self.command = False
        self.closed = False
        self._left_ms = 0

    def set(self, command: bool) -> None:
        if command != self.command:
            self.command = command
            self._left_ms = self._values["c1.delay_ms"]

    def step(self, dt_ms: int) -> None:
        fault = self._values[self._fault]
        if fault is not None:
            self.closed = fault == "welded"
        elif self.closed != self.command:
            self._left_ms -= dt_ms
            if self._left_ms <= 0:
                self.closed = self.command

    def next_ms(self) -> int:
        """Return the time until it moves, or -1."""
        if self._values[self._fault] is None and self.closed != self.command:
            return self._left_ms if self._left_ms > 0 else 0
        return -1


class LockActuator:
    """A lock bolt that moves while it is driven long enough."""

    def __init__(self, values: dict) -> None:
        self._values = values
        self.locked = False
        self.motor = False
        self.fitted = False
        self._drive = LOCK_IDLE
        self._driven_ms = 0

    def drive(self, direction: int) -> None:
        if direction != self._drive:
            self._drive = direction
            self._driven_ms = 0

    def feedback(self) -> int:
        """Return the raw level: a solenoid shows 0 when locked, a motor 1."""
        if not self.fitted:
            return -1
        return 1 if self.locked == self.motor else 0

    def step(self, dt_ms: int) -> None:
        if self._drive == LOCK_IDLE or self._values["lock.fault"] == "jammed":
            return
        self._driven_ms += dt_ms
        if self._driven_ms >= _LOCK_MOVE_MS:
            self.locked = self._drive == LOCK_DRIVE_LOCK

    def next_ms(self) -> int:
        """Return the time until it has moved, or -1."""
        wanted = self._drive == LOCK_DRIVE_LOCK
        if self._drive == LOCK_IDLE or self._values["lock.fault"] == "jammed" or self.locked == wanted:
            return -1
        return max(_LOCK_MOVE_MS - self._driven_ms, 0)


class ResidualDevice:
    """A residual-current device that trips a while after its test begins and recovers a while after its end."""

    def __init__(self, values: dict) -> None:
        self._values = values
        self.testing = False
        self.tripped_by_test = False
        self._left_ms = 0

    def test(self, active: bool) -> None:
        if active != self.testing:
            self.testing = active
            self._left_ms = _RESIDUAL_MOVE_MS

    def tripped(self) -> bool:
        return self._values["rcm"] or self.tripped_by_test

    def step(self, dt_ms: int) -> None:
        if self._moves():
            self._left_ms -= dt_ms
            if self._left_ms <= 0:
                self.tripped_by_test = self.testing

    def next_ms(self) -> int:
        """Return the time until it trips or recovers, or -1."""
        return max(self._left_ms, 0) if self._moves() else -1

    def _moves(self) -> bool:
        stuck = "never_trips" if self.testing else "stays_tripped"
        return self.tripped_by_test != self.testing and self._values["rcm.fault"] != stuck


class Noise:
    """A small repeatable generator; the same numbers on every interpreter."""

    def __init__(self, seed: int) -> None:
        self._state = seed

    def below(self, limit: int) -> int:
        """Return a number from 0 to `limit` - 1."""
        # Stays below 2^30 so that a 32-bit interpreter needs no big integers.
        self._state = (self._state * 1021 + 12345) & 0xFFFFF
        return (self._state >> 4) % limit
