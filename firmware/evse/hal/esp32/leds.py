"""The RGB light, by LEDC."""

from machine import PWM, Pin
from micropython import const

# 8 bits to 16: 255 becomes 65535.
_SCALE = const(257)


class Leds:
    """Three channels as the wiring's group `led` names them; a colour that is not fitted has no pin."""

    def __init__(self, wiring: dict) -> None:
        self._channels = []
        off_level = 1 - wiring["on_level"]
        for name in ("red_pin", "green_pin", "blue_pin"):
            channel = None
            if wiring[name] is not None:
                pin = Pin(wiring[name], Pin.OUT, value=off_level)
                channel = PWM(pin, freq=wiring["frequency_hz"], duty_u16=0, invert=bool(off_level))
            self._channels.append(channel)
        self._shown = [0, 0, 0]

    def set_rgb(self, red: int, green: int, blue: int) -> None:
        """Show a colour, each part 0 .. 255."""
        self._set(0, red)
        self._set(1, green)
        self._set(2, blue)

    def _set(self, index: int, value: int) -> None:
        value = min(max(value, 0), 255)
        channel = self._channels[index]
        if channel is not None and value != self._shown[index]:
            self._shown[index] = value
            channel.duty_u16(value * _SCALE)
