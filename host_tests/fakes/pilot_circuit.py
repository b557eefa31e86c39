"""The analogue side of the pilot: generator, car, sense network, and the converter of the chip.

All of it is a function of the simulated microsecond. The generator and the filter of the sense input make every
edge an exponential one. The converter reads at some instant within the time it takes, with an offset, with noise,
without what lies below its dead zone and compressed at the top.
"""

import math
import random

from fake_chip import chip
from machine_ledc import CALL_US
from simulated_time import PERIOD, clock

READ_US = (20, 80)
# Where within the time of a reading the sample is taken.
APERTURE = (0.25, 0.75)
NOISE = 0.02
OFFSET_MV = 20
DEAD_ZONE_MV = 130
LINEAR_MV = 2950
COMPRESSION = 0.62
CEILING_MV = 3160
STEP_UV = 770
# 40.2 kohm, 15 kohm and 10 kohm in parallel into 1 nF.
TIME_CONSTANT_US = 4.3
SLEW_US = 1.0
_SETTLED = 12 * TIME_CONSTANT_US
_STATEMENT_US = 2


class InterpreterTime:
    """The `time` module as code sees it that takes time itself; stands in for it in the module under test."""

    def ticks_us(self):
        clock.advance(_STATEMENT_US)
        ticks = clock.now_us % PERIOD
        clock.advance(_STATEMENT_US)
        return ticks

    def sleep_us(self, duration_us):
        clock.advance(duration_us + 2 * _STATEMENT_US)


class PilotCircuit:
    """What is wired between the PWM pin and the sense pin: `base_mv` at 0 V and `mv_per_v` for every volt."""

    def __init__(self, wiring, base_mv, mv_per_v, seed):
        self._pwm_pad = chip.gpio(wiring["pwm_pin"])
        self._switch_pad = chip.gpio(wiring["connect_pin"])
        self._connect_level = wiring["connect_level"]
        self._base_mv = base_mv
        self._mv_per_v = mv_per_v
        self._random = random.Random(seed)
        self.offset_mv = self._random.uniform(-OFFSET_MV, OFFSET_MV)
        self.shortest_read_us, self.longest_read_us = READ_US
        self.noise = NOISE
        self.reads = 0
        self.volts = 12
        self.diode = True
        self._before = (12, True)
        self.changed_us = 0
        self._next = None
        chip.gpio(wiring["sense_pin"]).analog_mv = self

    def change(self, at_us, volts, diode=True):
        """Let the car change to another level at an instant to come."""
        self._next = (at_us, volts, diode)

    def _follow(self, at_us):
        if self._next is not None and at_us >= self._next[0]:
            self._before = (self.volts, self.diode)
            self.changed_us, self.volts, self.diode = self._next
            self._next = None

    def _settled_mv(self, level, car):
        """Return what a plateau of the generator comes to."""
        volts, diode = car
        if self._switch_pad.out != self._connect_level:
            volts = 0
        elif level == 0:
            # Behind a diode the negative half is not loaded; in a short it is, diode or not.
            volts = -12 if diode and volts != 0 else -abs(volts)
        return min(self._base_mv + self._mv_per_v * volts, 3300.0)

    def _mv_of(self, level, since_us, car):
        mv = self._settled_mv(level, car)
        if since_us < _SETTLED:
            other_mv = self._settled_mv(1 - level, car)
            mv += (other_mv - mv) * math.exp(-max(0.0, since_us - SLEW_US) / TIME_CONSTANT_US)
        return mv

    def pin_mv(self, at_us):
        """Return the voltage at the sense pin; looks go forward in time only."""
        self._follow(at_us)
        level, since_ns = self._pwm_pad.peripheral.plateau(at_us)
        since_us = since_ns / 1000
        mv = self._mv_of(level, since_us, (self.volts, self.diode))
        if at_us - self.changed_us < _SETTLED:
            before_mv = self._mv_of(level, since_us, self._before)
            mv += (before_mv - mv) * math.exp(-(at_us - self.changed_us) / TIME_CONSTANT_US)
        return mv

    def convert_uv(self):
        """Do one calibrated reading."""
        chance = self._random.random
        self.reads += 1
        duration_us = self.shortest_read_us
        duration_us += int(chance() * (self.longest_read_us - duration_us + 1))
        instant = APERTURE[0] + (APERTURE[1] - APERTURE[0]) * chance()
        mv = self.pin_mv(clock.now_us + CALL_US // 2 + int(duration_us * instant))
        mv = mv * (1 + self.noise * (2 * chance() - 1)) + self.offset_mv
        if mv > LINEAR_MV:
            mv = min(LINEAR_MV + (mv - LINEAR_MV) * COMPRESSION, CEILING_MV)
        elif mv < DEAD_ZONE_MV:
            mv = DEAD_ZONE_MV
        clock.advance(CALL_US + duration_us)
        return int(mv * 1000) // STEP_UV * STEP_UV
