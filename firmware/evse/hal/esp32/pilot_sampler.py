"""Sample the pilot on its plateaus: the high one carries the car's level, the low one proves its diode.

The pilot's own output pin tells where the plateaus are. `machine.time_pulse_us` waits for its edges in C with an
accuracy of about 1 us, on every chip and whatever the pin; native code of our own would gain nothing and would tie
the image to one instruction set. A reading counts if it began after the filter of the sense input had settled and
ended on the same plateau.

Plateaus of 10 % of a period and less are over before a slow reading is. What an edge may have disturbed lies between
the level of the plateau and that of the other one, so it proves something all the same. A high one that shows +9 V or
more proves that the car takes no current; a low one that shows -12 V proves the diode. Those count too, so a car that
stops is seen at once and a doubtful reading can never invent one that asks for power. A diode that is gone shows in
doubtful low readings that never come down to -12 V. Learning when the edges come, to begin a reading before one,
would gain nothing: to settle takes longer than the calls between edge and reading.

A burst of PWM lasts 1.5 to 2.9 ms: its last high sample comes later in the control step than the first one of any
other does. So if the second burst of a new level ends with its first sample, that is less than 20 ms after the last
sample that could show the old one: a car that stops is seen within 20 ms even if it just missed a burst. The first
burst does not end early: should the level have changed during its first sample, the others make it count. The third
does, in case the change fell into the only sample of the first.
"""

from machine import time_pulse_us
from micropython import const

from evse.core.io import NOT_SAMPLED
from evse.hal.esp32 import now

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

    from machine import ADC, Pin

    from evse.core.io import Inputs
    from evse.core.pilot import PilotWindows

_PERIOD_US = const(1000)
# Longer than any plateau: 962 us of the 1002 us that the clock divider of the ESP32 makes of 1 ms.
_EDGE_TIMEOUT_US = const(1000)
_BURST_US = const(1500)
_STATIC_BURST_US = const(500)
# Up to here into the burst a plateau that is up to a period away is still read within 3 ms, and one that is near.
_LAST_TRY_US = const(1850)
_LAST_NEAR_US = const(2600)
# A whole plateau narrower than this might pass unseen during one reading.
_NARROW_US = const(150)
# The filter and the wires settle within 25 us, of which the interpreter takes at least 5. On a plateau that has not
# the time a little of the swing is left to go.
_SETTLE_US = const(20)
_SETTLE_PART = const(16)
_SHORTEST_SETTLED_US = const(60)
# More than noise makes of one level, less than lies between two, compressed ones included.
_CHANGE_MV = const(120)
# The converter samples before three quarters of a reading are over, so one that begins 15 us after the edge and lasts
# a third longer than what is left of the plateau sampled on it. This is that third and what the calls around it take.
_OUTLASTS_US = const(40)
# So many bursts in a row do not miss a -12 V that is there, not even on plateaus of 40 us.
_LOW_MISSES = const(10)
_FIRST_HURRIED = const(2)
_LAST_HURRIED = const(3)
# A plateau that has no end.
_STATIC_US = const(100000)
_TICKS_MASK = const(0x3FFFFFFF)


class EdgeSampler:
    """Sample with `adc` between the edges of `pin`; `gain_permille` and `offset_mv` correct what it reads.

    `windows` say which corrected readings show +9 V or more, and which -12 V. The eFuses of the chip calibrate the
    converter; the corrections are for the dividers of the board. Near the top the converter of the ESP32 compresses;
    the windows of the board allow for that.
    """

    def __init__(
        self, pin: "Pin", adc: "ADC", windows: "PilotWindows", offset_mv: int = 0, gain_permille: int = 1000
    ) -> None:
        self._pin = pin
        self._v9_min_mv = windows.v9_min
        self._n12_max_mv = windows.n12_max
        self._offset_mv = offset_mv
        self._gain_permille = gain_permille
        # Bound once: binding allocates. The counter is asked directly, another layer would cost 5 us each time.
        self._level = pin.value
        self._read_uv = adc.read_uv
        self._ticks_us: "Any" = now.time.ticks_us
        self._sleep_us = now.time.sleep_us
        self._high_us = self._low_us = 0
        self._high_settle_us = self._low_settle_us = 0
        self._burst_us = self._after_low_us = 0
        self._no_edges = False
        self._known_mv = 0
        self._new_bursts = 0
        self._doubtful_low_mv = NOT_SAMPLED
        self._low_misses = 0
        self.follow(_PERIOD_US)

    def follow(self, permille: int) -> None:
        """Expect plateaus of this duty from the next PWM period on."""
        if 0 < permille < _PERIOD_US:
            self._high_us = permille
            self._low_us = _PERIOD_US - permille
            self._burst_us = _BURST_US
        else:
            self._high_us = _STATIC_US if permille > 0 else 0
            self._low_us = 0 if permille > 0 else _STATIC_US
            self._burst_us = _STATIC_BURST_US
        self._after_low_us = _LAST_NEAR_US if self._low_us < _NARROW_US else _LAST_TRY_US
        self._high_settle_us = _settle_us(self._high_us)
        self._low_settle_us = _settle_us(self._low_us)
        self._low_misses = 0

    def read_into(self, inputs: "Inputs") -> None:
        """Fill `pilot_high_*_mv` and `pilot_low_*_mv` within 3 ms; gives up after the first edge that is missing."""
        inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = NOT_SAMPLED
        inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = NOT_SAMPLED
        self._no_edges = False
        self._doubtful_low_mv = NOT_SAMPLED
        if self._high_us == 0:
            self._read_low(inputs, False)
        else:
            self._read_high(inputs)
            self._doubt_low(inputs)

    def _doubt_low(self, inputs: "Inputs") -> None:
        """Report the lowest doubtful reading once so many bursts in a row did not show -12 V that it is no accident."""
        low_mv = inputs.pilot_low_max_mv
        if low_mv == NOT_SAMPLED:
            if self._doubtful_low_mv == NOT_SAMPLED:
                return
            if self._low_misses < _LOW_MISSES:
                self._low_misses += 1
            else:
                inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = self._doubtful_low_mv
        elif low_mv < self._n12_max_mv:
            self._low_misses = 0

    def _read_low(self, inputs: "Inputs", follows: bool) -> None:
        mv = self._sample(0, follows)
        inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = mv

    def _read_high(self, inputs: "Inputs") -> None:
        """Sample the high plateaus of a burst, and low ones in between until one sample counts."""
        high_min = high_max = NOT_SAMPLED
        low_wanted = self._low_us > 0
        after_low = False
        begin_us = self._ticks_us()
        while True:
            mv = self._sample(1, after_low)
            if high_max == NOT_SAMPLED:
                high_min = high_max = mv
                if mv != NOT_SAMPLED and self._is_new(mv):
                    break
            elif mv > high_max:
                high_max = mv
            elif mv < high_min and mv != NOT_SAMPLED:
                high_min = mv
            if self._is_complete(begin_us, self._burst_us, _LAST_TRY_US, high_min, high_max):
                break
            after_low = low_wanted
            if low_wanted:
                self._read_low(inputs, True)
                low_wanted = inputs.pilot_low_max_mv == NOT_SAMPLED
                if self._is_complete(begin_us, self._after_low_us, self._after_low_us, high_min, high_max):
                    break
        inputs.pilot_high_min_mv = high_min
        inputs.pilot_high_max_mv = high_max

    def _is_new(self, mv: int) -> bool:
        """Return True for the second and third burst in a row that begin with a new level: one makes it count."""
        if -_CHANGE_MV < mv - self._known_mv < _CHANGE_MV:
            self._new_bursts = 0
        else:
            self._new_bursts += 1
        return _FIRST_HURRIED <= self._new_bursts <= _LAST_HURRIED

    def _is_complete(self, begin_us: int, enough_us: int, last_us: int, high_min: int, high_max: int) -> bool:
        """Return True when the burst has lasted long enough, or there is no time for another plateau."""
        spent_us = (self._ticks_us() - begin_us) & _TICKS_MASK
        if self._no_edges or spent_us >= last_us or (spent_us >= enough_us and high_max != NOT_SAMPLED):
            if high_max != NOT_SAMPLED and self._new_bursts != 1:
                self._known_mv = (high_min + high_max) // 2
                self._new_bursts = 0
            return True
        return False

    def _sample(self, level: int, follows: bool) -> int:
        """Return mV of a plateau, or NOT_SAMPLED; `follows` when the other plateau was looked at just before."""
        if level:
            own_us = self._high_us
            other_us = self._low_us
            settle_us = self._high_settle_us
        else:
            own_us = self._low_us
            other_us = self._high_us
            settle_us = self._low_settle_us
        outlast_us = 0
        narrow = 0 < other_us < _NARROW_US
        if narrow and follows:
            # It ends about now; whoever waits for an edge that has just been waits for a whole period.
            self._sleep_us(other_us)
        begin_us = self._ticks_us()
        if self._level() != level or (narrow and not follows):
            waited_us = time_pulse_us(self._pin, 1 - level, _EDGE_TIMEOUT_US)
            if waited_us < 0:
                self._no_edges = True
                return NOT_SAMPLED
            if own_us < _NARROW_US:
                # No time for a look at the clock; the other plateau is much longer than this limit. In this order
                # no sum leaves the small integers.
                begin_us = (begin_us + (waited_us - _TICKS_MASK) - 1) & _TICKS_MASK
                limit_us = 2 * _NARROW_US
                outlast_us = own_us + _OUTLASTS_US
            else:
                begin_us = self._ticks_us()
                limit_us = own_us
        elif narrow:
            # The edge was not seen, but it is not long ago.
            limit_us = own_us - 2 * _NARROW_US
        else:
            # Shorter than the other plateau: both ends lie on the same one.
            limit_us = other_us if other_us else own_us
        if settle_us:
            self._sleep_us(settle_us)
        mv = self._read_uv() // 1000
        undisturbed = self._level() == level
        spent_us = (self._ticks_us() - begin_us) & _TICKS_MASK
        mv = mv * self._gain_permille // 1000 + self._offset_mv
        if mv < 0:
            mv = 0
        if undisturbed and spent_us < limit_us:
            return mv
        if level:
            return mv if mv >= self._v9_min_mv and spent_us < outlast_us else NOT_SAMPLED
        if mv < self._n12_max_mv:
            return mv
        if self._doubtful_low_mv == NOT_SAMPLED or mv < self._doubtful_low_mv:
            self._doubtful_low_mv = mv
        return NOT_SAMPLED


def _settle_us(plateau_us: int) -> int:
    return min(_SETTLE_US, plateau_us // _SETTLE_PART) if plateau_us >= _SHORTEST_SETTLED_US else 0
