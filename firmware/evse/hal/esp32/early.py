"""Drive outputs safe: the first thing after power-up and after any crash, so nothing else is imported."""

from machine import Pin


def outputs_safe(low: tuple, high: tuple) -> None:
    """Drive every GPIO of `low` to 0 and of `high` to 1, taking it from whatever peripheral holds it.

    A GPIO that this chip does not have raises ValueError, but only after all others are safe.
    """
    wrong = None
    for level, gpios in ((0, low), (1, high)):
        for gpio in gpios:
            try:
                # The level is set before the direction, so the pin makes no glitch.
                Pin(gpio, Pin.OUT, value=level)
            except ValueError as error:
                wrong = error
    if wrong is not None:
        raise wrong
