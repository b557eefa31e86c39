"""The fake `onewire`: the bus on a pin, with the times that the real one takes.

`chip.wires[gpio]` is the device on the bus: a callable that returns the eight bytes it answers Read-ROM with, or
None when nothing answers the reset.
"""

from fake_chip import OPEN_DRAIN, PULL_UP, chip
from simulated_time import clock

_RESET_US = 970
_BIT_US = 72


class OneWire:
    def __init__(self, pin):
        self.pin = pin
        self.pin.init(OPEN_DRAIN, PULL_UP, value=1)
        self._answer = b""

    def reset(self, required=False):
        clock.block(_RESET_US)
        device = chip.wires.get(self.pin.number)
        self._answer = device() if device is not None else None
        # A line that somebody holds low looks like the answer to a reset.
        return self._answer is not None or self.pin.value() == 0

    def writebyte(self, value):
        clock.block(8 * _BIT_US)
        if value != 0x33:
            self._answer = None

    def readinto(self, buffer):
        clock.block(8 * _BIT_US * len(buffer))
        for index in range(len(buffer)):
            buffer[index] = self._answer[index] if self._answer else 0xFF

    def crc8(self, data):
        crc = 0
        for value in data:
            for _ in range(8):
                mix = (crc ^ value) & 1
                crc >>= 1
                if mix:
                    crc ^= 0x8C
                value >>= 1
        return crc
