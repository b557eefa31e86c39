"""IN1, IN2 and SWITCH.

IN1 and IN2 come from optocouplers that a mains voltage drives, so while ON they pulse: 50 Hz behind one
diode, 100 Hz behind a bridge. Sampling alone beats against that: the control step comes every 10.000 ms, half
or all of the pulses' period, so it meets the same point of the wave every time, and if that is a gap it stays
one for seconds. So the pulse counter of the chip, which misses no edge, says whether there was a pulse since
the last step; the level counts too, for inputs that are driven with DC. Whatever the phase, two edges are at
most one period (20 ms) apart and are seen at most one step later, so an input that is ON is renewed within
30 ms and reads ON with any hold time above that; it reads OFF one hold time and at most one step after its
last pulse.
"""

from esp32 import PCNT
from micropython import const

from evse.core import ticks
from evse.hal.esp32 import now
from evse.hal.esp32.pins import input_pin

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from machine import Pin

    from evse.core.io import Inputs

# 12.8 us at 80 MHz, the longest the chip offers: keeps spikes from counting as mains.
_FILTER_TICKS = const(1023)
_COUNT_MAX = const(32767)


class MainsInput:
    """One optocoupler; `unit` is a free pulse counter of the chip, 0 .. 3."""

    def __init__(self, gpio: int, unit: int, voltage_level: int, hold_ms: int) -> None:
        self._pin = input_pin(gpio)
        self._voltage_level = voltage_level
        self._hold_ms = hold_ms
        count_rising = PCNT.INCREMENT if voltage_level else PCNT.IGNORE
        count_falling = PCNT.IGNORE if voltage_level else PCNT.INCREMENT
        self._counter = PCNT(
            unit,
            pin=self._pin,
            rising=count_rising,
            falling=count_falling,
            max=_COUNT_MAX,
            filter=_FILTER_TICKS,
        )
        self._counter.start()
        self._count = self._counter.value()
        self._pulse_ms = 0
        self._on = False

    def read(self, now_ms: int) -> bool:
        """Return True when a pulse, or the steady level, was there within the hold time."""
        count = self._counter.value()
        if count != self._count or self._pin.value() == self._voltage_level:
            self._count = count
            self._pulse_ms = now_ms
            self._on = True
        elif self._on and ticks.diff(now_ms, self._pulse_ms) > self._hold_ms:
            self._on = False
        return self._on


class Switch:
    """A contact with debouncing; its pin may be shared with a 1-Wire reader."""

    def __init__(self, pin: "Pin", closed_level: int, debounce_ms: int) -> None:
        self._pin = pin
        self._closed_level = closed_level
        self._debounce_ms = debounce_ms
        self._closed = pin.value() == closed_level
        self._since_ms = now.ms()

    def read(self, now_ms: int) -> bool:
        """Return True while closed; a change counts once it has lasted for the debouncing time."""
        if (self._pin.value() == self._closed_level) == self._closed:
            self._since_ms = now_ms
        elif ticks.diff(now_ms, self._since_ms) > self._debounce_ms:
            self._closed = not self._closed
        return self._closed


class DigitalInputs:
    """A part that is None reads OFF."""

    def __init__(self, in1: "MainsInput | None", in2: "MainsInput | None", switch: "Switch | None") -> None:
        self._in1 = in1
        self._in2 = in2
        self._switch = switch

    def read_into(self, inputs: "Inputs") -> None:
        """Fill `in1`, `in2` (voltage present) and `switch` (closed)."""
        now_ms = now.ms()
        inputs.in1 = self._in1.read(now_ms) if self._in1 is not None else False
        inputs.in2 = self._in2.read(now_ms) if self._in2 is not None else False
        inputs.switch = self._switch.read(now_ms) if self._switch is not None else False


def from_wiring(wiring: dict, switch_pin: "Pin | None") -> DigitalInputs:
    """Return the inputs of the wiring's group `inputs`; `switch_pin` is the pin that is already open."""
    mains = []
    for unit, name in enumerate(("in1_pin", "in2_pin")):
        gpio = wiring[name]
        part = None
        if gpio is not None:
            part = MainsInput(gpio, unit, wiring["voltage_level"], wiring["pulse_hold_ms"])
        mains.append(part)
    switch = None
    if switch_pin is not None:
        switch = Switch(switch_pin, wiring["switch_closed_level"], wiring["switch_debounce_ms"])
    return DigitalInputs(mains[0], mains[1], switch)
