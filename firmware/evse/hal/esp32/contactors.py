"""Contactor outputs C1 and C2 and their feedback contacts."""

from machine import Pin
from micropython import const

from evse.core.io import NO_FEEDBACK
from evse.hal.esp32.pins import input_pin

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.core.io import Inputs


class Contactors:
    """Outputs and auxiliary contacts as the wiring's group `contactors` names them."""

    def __init__(self, wiring: dict) -> None:
        on_level = wiring["on_level"]
        self._on = on_level
        self._off = 1 - on_level
        self._c1 = Pin(wiring["c1_pin"], Pin.OUT, value=self._off)
        c2_pin = wiring["c2_pin"]
        self._c2 = Pin(c2_pin, Pin.OUT, value=self._off) if c2_pin is not None else None
        self._closed_level = wiring["feedback_closed_level"]
        self._feedback1 = _feedback(wiring["c1_feedback_pin"])
        self._feedback2 = _feedback(wiring["c2_feedback_pin"])
        self.commanded = False

    def set(self, c1: bool, c2: bool) -> None:
        """Drive both outputs, C1 first: it carries all the current."""
        self._c1.value(self._on if c1 else self._off)
        if self._c2 is not None:
            self._c2.value(self._on if c2 else self._off)
        self.commanded = c1 or c2

    def read_into(self, inputs: "Inputs") -> None:
        """Fill `c1_closed` and `c2_closed`: 1 closed, 0 open, -1 no feedback contact."""
        inputs.c1_closed = self._read(self._feedback1)
        inputs.c2_closed = self._read(self._feedback2)

    def all_open(self) -> bool:
        """Return True when no contactor is told to close and no feedback says that one is closed."""
        return not (self.commanded or self._read(self._feedback1) == 1 or self._read(self._feedback2) == 1)

    def _read(self, pin: "Pin | None") -> int:
        if pin is None:
            return NO_FEEDBACK
        return 1 if pin.value() == self._closed_level else 0


def _feedback(gpio: "int | None") -> "Pin | None":
    return input_pin(gpio) if gpio is not None else None
