"""Cable lock: solenoid and motor actuators, feedback, retries.

Patterns and times: SmartEVSE v3 sheet, section 1.6. Who wants the cable locked is decided elsewhere.
"""

from micropython import const

from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK, LOCK_IDLE

DISABLED = const(0)
SOLENOID = const(1)
MOTOR = const(2)

NONE = const(0)
UNLOCKED = const(1)
LOCKED = const(2)
MOVING = const(3)
FAULT = const(4)

STATUS_NAMES = ("none", "unlocked", "locked", "moving", "fault")

_PULSE_MS = const(600)
_CHECK_MS = const(800)
_RETRY_MS = const(5000)
_RETRY_SLOW_MS = const(60000)
_TRIES_UNTIL_FAULT = const(3)
_QUICK_TRIES = const(5)
_DISTURBED_MS = const(200)

_AT_REST = const(0)
_PULSE = const(1)
_SETTLE = const(2)
_WAIT = const(3)


class Lock:
    """Drive the actuator towards the wanted position and say where it is."""

    def __init__(self) -> None:
        self.kind = DISABLED
        self.status = NONE
        self.drive = LOCK_IDLE
        self.jammed = False
        self._target = False
        self._phase = _AT_REST
        self._elapsed_ms = 0
        self._tries = 0
        self._differs_ms = 0
        self._differs = False
        self._unknown = True

    def configure(self, kind: int) -> None:
        """Set the actuator: DISABLED, SOLENOID (feedback 0 is locked) or MOTOR (feedback 1 is locked)."""
        if kind == self.kind:
            return
        self.kind = kind
        self.drive = LOCK_IDLE
        self.jammed = False
        self.status = NONE if kind == DISABLED else MOVING
        self._phase = _AT_REST
        self._differs_ms = 0
        self._unknown = True

    def step(self, feedback: int, want_locked: bool, dt_ms: int) -> None:
        """Go on towards `want_locked`; feedback is the raw level, -1 for none."""
        if self.kind == DISABLED:
            return
        at_target = feedback < 0 or (feedback == (1 if self.kind == MOTOR else 0)) == want_locked
        if want_locked != self._target or (self._unknown and (feedback < 0 or not at_target)):
            self._target = want_locked
            self._tries = 0
            self._begin()
        elif self._phase != _AT_REST:
            self._elapsed_ms += dt_ms
            self._progress(at_target)
        elif at_target:
            self._differs_ms = 0
            self._differs = False
            self._unknown = False
            self.status = LOCKED if want_locked else UNLOCKED
        elif not self._differs:
            self._differs = True
        else:
            self._differs_ms += dt_ms
            if self._differs_ms >= _DISTURBED_MS:
                self._tries = 0
                self._begin()

    def proven_locked(self) -> bool:
        """Return True when the cable is locked or no lock is configured."""
        return self.kind == DISABLED or self.status == LOCKED

    def next_ms(self) -> int:
        """Return the time until something changes by itself with the same feedback, or -1."""
        if self.kind == DISABLED:
            return -1
        if self._phase == _AT_REST:
            return _DISTURBED_MS - self._differs_ms if self._differs else -1
        if self._phase == _PULSE:
            return _PULSE_MS - self._elapsed_ms
        if self._phase == _SETTLE:
            return _CHECK_MS - self._elapsed_ms
        return self._retry_ms() - self._elapsed_ms

    def _begin(self) -> None:
        self._phase = _PULSE
        self._elapsed_ms = 0
        self._differs_ms = 0
        self._differs = False
        self._unknown = False
        self.drive = LOCK_DRIVE_LOCK if self._target else LOCK_DRIVE_UNLOCK
        if not self.jammed:
            self.status = MOVING

    def _retry_ms(self) -> int:
        return _RETRY_MS if self._tries < _QUICK_TRIES else _RETRY_SLOW_MS

    def _progress(self, at_target: bool) -> None:
        if self._phase == _PULSE:
            if self._elapsed_ms >= _PULSE_MS:
                self.drive = LOCK_IDLE
                self._phase = _SETTLE
        elif self._phase == _SETTLE:
            if self._elapsed_ms >= _CHECK_MS:
                if at_target:
                    self._rest()
                else:
                    self._phase = _WAIT
                    self._tries += 1
                    if self._tries >= _TRIES_UNTIL_FAULT:
                        self.jammed = True
                        self.status = FAULT
        elif at_target:
            self._rest()
        elif self._elapsed_ms >= self._retry_ms():
            self._begin()

    def _rest(self) -> None:
        self._phase = _AT_REST
        self._tries = 0
        self.jammed = False
        self.status = LOCKED if self._target else UNLOCKED
