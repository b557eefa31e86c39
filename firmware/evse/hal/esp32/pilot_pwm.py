"""The pilot's generator: 1 kHz by LEDC behind a comparator that makes +12 V of high and -12 V of low.

Pin and channel are made once: making either again would take the pin from the PWM.
"""

from machine import PWM, Pin
from micropython import const

FREQUENCY_HZ = const(1000)

# The port takes the top of the range for always high and zero for always low, without a pulse in between.
_FULL = const(65535)
_SCALE = const(65536)
_STATIC_HIGH = const(1000)


def duty_u16(permille: int) -> int:
    """Return the duty in 1/65536 that the hardware never makes more of than `permille`.

    LEDC drops the bits that its timer lacks at 1 kHz (none on ESP32, three on S3), so rounding down here and there
    tells the car at most 0.13 permille too little (8 mA up to 51 A, 31 mA above) and never too much.
    """
    if permille >= _STATIC_HIGH:
        return _FULL
    return permille * _SCALE // 1000 if permille > 0 else 0


class PilotPwm:
    """Drive the pilot by the wiring's `pwm_pin`, `connect_pin` and `connect_level`; begins static high, floating."""

    def __init__(self, wiring: dict) -> None:
        self._connect_level = wiring["connect_level"]
        # Floating first, so that the car does not see the channel start.
        self._switch = Pin(wiring["connect_pin"], Pin.OUT, value=1 - self._connect_level)
        # An output can be read back too, which is how the sampler finds the edges.
        self.pin = Pin(wiring["pwm_pin"], Pin.OUT, value=1)
        self._pwm = PWM(self.pin, freq=FREQUENCY_HZ, duty_u16=_FULL)
        self._permille = _STATIC_HIGH
        self.connected = False

    def set(self, permille: int, connected: bool) -> bool:
        """Drive 0 (static -12 V) .. 1000 (static +12 V), floating unless `connected`; True when the duty changed.

        The duty changes with the next period, at most 1 ms later, without a shortened or extra pulse.
        """
        if not connected:
            self._connect(False)
        changed = permille != self._permille
        if changed:
            self._permille = permille
            self._pwm.duty_u16(duty_u16(permille))
        if connected:
            self._connect(True)
        return changed

    def _connect(self, connected: bool) -> None:
        if connected != self.connected:
            self.connected = connected
            self._switch.value(self._connect_level if connected else 1 - self._connect_level)
