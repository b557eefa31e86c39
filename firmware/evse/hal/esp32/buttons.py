"""Three buttons: plain, or sharing the LCD's data lines as on SmartEVSE v3."""

from machine import Pin
from micropython import const

from evse.hal.esp32 import now
from evse.hal.esp32.pins import input_pin

# A line that the LCD driver held low needs this long to follow its pull-up.
_SETTLE_US = const(10)


class Buttons:
    """Left, middle and right of the wiring's group `buttons`; `lcd_pins` are the LCD's outputs.

    A LCD with a shared line must be driven by software SPI: a pin that was an input for a moment would be lost
    to an SPI peripheral. Without a clock edge the LCD takes no notice of what its data lines do.
    """

    def __init__(self, wiring: dict, lcd_pins: tuple) -> None:
        self._pressed_level = wiring["pressed_level"]
        self._pins = []
        self._shared = []
        for name in ("left_pin", "middle_pin", "right_pin"):
            gpio = wiring[name]
            if gpio in lcd_pins:
                pin = Pin(gpio, Pin.OUT)
                self._shared.append(pin)
            else:
                pin = input_pin(gpio)
            self._pins.append(pin)

    def read_mask(self) -> int:
        """Return pressed buttons: bit 0 left, bit 1 middle, bit 2 right. Not while the LCD is written to."""
        for pin in self._shared:
            pin.init(Pin.IN, Pin.PULL_UP)
        if self._shared:
            now.wait_us(_SETTLE_US)
        mask = 0
        bit = 1
        for pin in self._pins:
            if pin.value() == self._pressed_level:
                mask |= bit
            bit <<= 1
        for pin in self._shared:
            pin.init(Pin.OUT)
        return mask
