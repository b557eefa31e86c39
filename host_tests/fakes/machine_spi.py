"""The hardware SPI of the fake `machine`: whole transfers to the device at `chip.wires[("spi", id)]`.

A device has `cs_gpio` and `transfer(data)`, which returns as many bytes; with its chip select high it does not hear,
and the line is pulled up.
"""

from fake_chip import chip
from simulated_time import clock

# What a transfer costs beside its bits: the driver's queue.
_CALL_US = 25


class SPI:
    """A master in mode 0 .. 3."""

    def __init__(self, id, baudrate=1000000, *, polarity=0, phase=0, bits=8, firstbit=0, sck, mosi, miso):
        if id not in (1, 2):
            raise ValueError("SPI(%d) doesn't exist" % id)
        self._id = id
        self._baudrate = baudrate
        self._mode = polarity << 1 | phase

    def write_readinto(self, out, into):
        if len(out) != len(into):
            raise ValueError("buffers must be the same length")
        clock.block(_CALL_US + len(out) * 8 * 1000000 // self._baudrate)
        device = chip.wires.get(("spi", self._id))
        if device is None or chip.gpio(device.cs_gpio).level() or self._mode:
            answer = b"\xff" * len(out)
        else:
            answer = device.transfer(bytes(out))
        into[:] = answer
