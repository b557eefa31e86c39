"""Residual-current device: polled, for the record and for an orderly stop.

Software is not the protection: with a 10 ms raster and a Python interpreter in between, the device itself must
open the contactor's coil circuit in hardware. The core latches what is seen here.
"""

from machine import Pin
from micropython import const

from evse.hal.esp32 import now
from evse.hal.esp32.pins import input_pin

_CONFIRM_US = const(1000)


class ResidualCurrent:
    """The fault input, and the test output where one is fitted, of the wiring's group `residual_current`."""

    def __init__(self, wiring: dict) -> None:
        # With the pull-up an unplugged device reads as tripped where that is the high level.
        self._pin = input_pin(wiring["trip_pin"])
        self._tripped_level = wiring["tripped_level"]
        self._confirmed = False
        self._test_level = wiring["test_level"]
        gpio = wiring["test_pin"]
        self._test = Pin(gpio, Pin.OUT, value=1 - self._test_level) if gpio is not None else None

    def tripped(self) -> bool:
        """Return True when two reads agree that the device has tripped; takes 1 ms only when it does."""
        if self._pin.value() != self._tripped_level:
            self._confirmed = False
        elif not self._confirmed:
            now.wait_us(_CONFIRM_US)
            self._confirmed = self._pin.value() == self._tripped_level
        return self._confirmed

    @property
    def has_test(self) -> bool:
        """True where the device can be tested."""
        return self._test is not None

    def test(self, active: bool) -> None:
        """Start or end a simulated residual current; nothing where the device has no test input."""
        if self._test is not None:
            self._test.value(self._test_level if active else 1 - self._test_level)
