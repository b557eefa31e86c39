"""Board temperature from a linear analogue sensor such as the MCP9700A (500 mV at 0 degC, 10 mV per degC)."""

from micropython import const

from evse.hal.esp32.pins import adc_channel

# What a broken sensor reads as, so that it stops charging: hotter than any limit that can be set.
FAILED_MC = const(199000)

# Below is where an open or shorted sensor ends up: the dead zone of the ADC hides what is colder.
_LOWEST_MC = const(-35000)
_HIGHEST_MC = const(125000)
_CALLS_PER_READING = const(16)
# The weight of a new reading is 1/8: noise of the ADC must not trip a limit.
_SMOOTHING_SHIFT = const(3)


class Temperature:
    """Read the sensor every 16th call (160 ms in the control step) and smooth over about a second."""

    def __init__(self, wiring: dict) -> None:
        self._adc = adc_channel(wiring)
        self._zero_uv = wiring["zero_mv"] * 1000
        self._mv_per_c = wiring["mv_per_c"]
        self._calls = 0
        self._smooth_mc = FAILED_MC

    def read_mc(self) -> int:
        """Return the temperature in 0.001 degC; `FAILED_MC` while the sensor cannot be believed."""
        if self._calls == 0:
            # One mV per degC is one uV per 0.001 degC.
            self._take((self._adc.read_uv() - self._zero_uv) // self._mv_per_c)
        self._calls += 1
        if self._calls == _CALLS_PER_READING:
            self._calls = 0
        return self._smooth_mc

    def _take(self, reading_mc: int) -> None:
        if not _LOWEST_MC <= reading_mc <= _HIGHEST_MC:
            self._smooth_mc = FAILED_MC
        elif self._smooth_mc == FAILED_MC:
            self._smooth_mc = reading_mc
        else:
            self._smooth_mc += (reading_mc - self._smooth_mc) >> _SMOOTHING_SHIFT
