"""Cable lock on a two-wire driver: solenoid or motor between wires A and B, feedback from the actuator.

Patterns: SmartEVSE v3 sheet, section 1.6. Pulse times and retries are the core's business.
"""

from machine import Pin

from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK, LOCK_IDLE, NO_FEEDBACK


class Lock:
    """The driver as the wiring's group `lock` names it; both wires stay low until the first `drive`."""

    def __init__(self, wiring: dict) -> None:
        self._a = Pin(wiring["a_pin"], Pin.OUT, value=0)
        self._b = Pin(wiring["b_pin"], Pin.OUT, value=0)
        self._idle = wiring["idle_levels"]
        self._lock = wiring["lock_levels"]
        self._unlock = wiring["unlock_levels"]
        gpio = wiring["feedback_pin"]
        self._feedback = Pin(gpio, Pin.IN) if gpio is not None else None
        self._direction = -1

    def drive(self, direction: int) -> None:
        """Drive LOCK_IDLE, LOCK_DRIVE_LOCK or LOCK_DRIVE_UNLOCK; anything else is idle."""
        if direction == self._direction:
            return
        self._direction = direction
        # By way of idle, so that no moment drives the opposite direction.
        self._set(self._idle)
        if direction == LOCK_DRIVE_LOCK:
            self._set(self._lock)
        elif direction == LOCK_DRIVE_UNLOCK:
            self._set(self._unlock)

    def release(self) -> None:
        """Write the idle levels, whatever was written last."""
        self._direction = LOCK_IDLE
        self._set(self._idle)

    def read_feedback(self) -> int:
        """Return the raw level 0 or 1, or -1 when there is no feedback."""
        return self._feedback.value() if self._feedback is not None else NO_FEEDBACK

    def _set(self, levels: tuple) -> None:
        self._a.value(levels[0])
        self._b.value(levels[1])
