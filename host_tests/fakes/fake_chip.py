"""The simulated chip behind the fake modules: what is on its pins and what it keeps.

`chip` is the one that `machine`, `esp32` and `network` act on; `chip.power_up()` begins anew.
"""

from micropython import const
from simulated_time import clock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

IN = 1
OUT = 3
OPEN_DRAIN = 7
PULL_UP = 2
PULL_DOWN = 1


class PowerCut(Exception):
    """The supply failed in the middle of something."""


class MachineReset(Exception):
    """The chip was reset."""


class Level:
    """A steady level from outside."""

    def __init__(self, value):
        self.value = value

    def at(self, _now_us):
        return self.value

    def edges(self, _begin_us, _end_us, _falling):
        return 0


class Pulses:
    """Low for `low_us` of every `period_us`, as an optocoupler makes of mains."""

    def __init__(self, period_us, low_us, phase_us=0):
        self.period_us = period_us
        self.low_us = low_us
        self.phase_us = phase_us

    def at(self, now_us):
        return 0 if (now_us - self.phase_us) % self.period_us < self.low_us else 1

    def edges(self, begin_us, end_us, falling):
        """Count the edges in (begin, end]; the falling one begins a period."""
        offset_us = self.phase_us + (0 if falling else self.low_us)
        return (end_us - offset_us) // self.period_us - (begin_us - offset_us) // self.period_us


class Gpio:
    """One pad: what the chip does to it and what is connected outside."""

    def __init__(self, number):
        self.number = number
        self.mode = 0
        self.pull: Any = None
        self.out = 0
        self.peripheral: Any = None
        self.external: Any = None
        self.analog_mv: Any = 0
        self.edge_counts = [0, 0]
        self.history = []
        self.changed_us = 0

    def level(self):
        if self.peripheral is not None:
            return self.peripheral.level()
        if self.mode == OUT or (self.mode == OPEN_DRAIN and self.out == 0):
            return self.out
        if self.external is not None:
            return self.external.at(clock.now())
        return 1 if self.pull == PULL_UP or self.mode == OPEN_DRAIN else 0

    def write(self, level):
        if self.out != level:
            self.out = level
            self.changed_us = clock.now()
            if chip.log:
                self.history.append((clock.now(), level))

    def drive(self, level):
        """Put a steady level on the pad from outside."""
        before = self.level()
        self.external = Level(level)
        if before != self.level():
            self.edge_counts[0 if level == 0 else 1] += 1

    def pulse(self, period_us, low_us, phase_us=0):
        """Put mains pulses on the pad from outside."""
        self.external = Pulses(period_us, low_us, phase_us)

    def millivolts(self):
        """Return the voltage on an analogue pad."""
        return self.analog_mv() if callable(self.analog_mv) else self.analog_mv


class Chip:
    """Everything that a reset leaves alone, and everything that it does not."""

    def __init__(self):
        # Keeping a history takes memory, which a test under heap_lock has not.
        self.log = True
        self.power_up()

    def power_up(self):
        """Forget all: a new chip with new flash."""
        self.gpios = {}
        self.uarts: dict = {}
        self.wires: dict = {}
        self.timers: dict = {}
        self.rtc_memory = b""
        self.rtc_datetime = (2000, 1, 1, 5, 0, 0, 0, 0)
        self.watchdog: Any = None
        self.flash: Any = None
        self.nvs: dict = {}
        self.networks: dict = {}
        self.memory_words = {}

    def gpio(self, number):
        pad = self.gpios.get(number)
        if pad is None:
            pad = self.gpios[number] = Gpio(number)
        return pad

    def reset(self):
        """Let go of all pads and peripherals, as a reset does; memories stay."""
        for pad in self.gpios.values():
            pad.mode = 0
            pad.pull = None
            pad.out = 0
            pad.peripheral = None
        self.uarts = {}
        self.timers = {}
        self.watchdog = None


chip = Chip()
