"""The buzzer: short tunes, without holding the loop."""

from machine import PWM, Pin
from micropython import const

from evse import aio

# (Hz, ms): SmartEVSE v3.1 sheet, section 1.2.
OK = ((2637, 100), (2794, 100), (3136, 100))
ERROR = ((3136, 100), (2794, 100), (2637, 100))

_HALF = const(32768)
_IDLE_HZ = const(2637)
_IDLE_CHECK_MS = const(50)


class Buzzer:
    """A piezo disc on one LEDC channel."""

    def __init__(self, gpio: int) -> None:
        self._pwm = PWM(Pin(gpio, Pin.OUT), freq=_IDLE_HZ, duty_u16=0)
        self._tune = ()
        self._next = 0

    def play(self, tune: tuple) -> None:
        """Play (Hz, ms) pairs from now on instead of whatever sounds."""
        self._tune = tune
        self._next = 0

    def step(self) -> int:
        """Sound the next tone, or silence; return for how many ms."""
        if self._next >= len(self._tune):
            self._pwm.duty_u16(0)
            return _IDLE_CHECK_MS
        frequency_hz, duration_ms = self._tune[self._next]
        self._next += 1
        self._pwm.freq(frequency_hz)
        self._pwm.duty_u16(_HALF)
        return duration_ms

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            await aio.sleep_ms(self.step())
