"""Proximity pilot: the voltage over the cable's coding resistor."""

from evse.hal.esp32.pins import adc_channel


class Proximity:
    """A calibrated ADC channel; the core filters and classifies (SmartEVSE v3 sheet, section 1.4)."""

    def __init__(self, wiring: dict) -> None:
        self._adc = adc_channel(wiring)

    def read_mv(self) -> int:
        """Return the pin's voltage in mV."""
        return self._adc.read_uv() // 1000
