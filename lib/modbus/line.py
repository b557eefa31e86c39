"""Times on the wire of a serial line ("Modbus over Serial Line" V1.02, section 2.5.1.1)."""

from micropython import const

# Silence on a link without wire times: a transparent gateway to a 9600 baud line behind it needs this much.
_UNPACED_SILENCE_MS = const(5)


def wire_ms(count: int, baud: int, bits_per_char: int) -> int:
    """Return how long `count` bytes take, in ms rounded up; 0 for a link without wire times (baud 0)."""
    return (count * bits_per_char * 1000 + baud - 1) // baud if baud else 0


def silence_ms(baud: int) -> int:
    """Return 3.5 characters of 11 bits, or 1.75 ms above 19200 baud, in ms rounded up."""
    if not baud:
        return _UNPACED_SILENCE_MS
    silence_us = 1750 if baud > 19200 else 38500000 // baud
    return silence_us // 1000 + 1
