"""Make input pins and ADC channels from wiring data."""

from machine import ADC, Pin


def input_pin(gpio: int) -> Pin:
    """Return an input with a pull-up."""
    # GPIO 34 to 39 of the ESP32 have none and take no notice of this one; the boards carry resistors there.
    return Pin(gpio, Pin.IN, Pin.PULL_UP)


def adc_channel(wiring: dict) -> ADC:
    """Return the channel that a group of the wiring describes: `pin`, `attenuation_db`."""
    attenuation = {0: ADC.ATTN_0DB, 6: ADC.ATTN_6DB, 11: ADC.ATTN_11DB}[wiring["attenuation_db"]]
    return ADC(Pin(wiring["pin"]), atten=attenuation)
