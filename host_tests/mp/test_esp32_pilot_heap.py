"""The pilot of the ESP32 HAL allocates nothing, run against a wave and against the fake chip."""

import sys
import time

import micropython

ROUNDS = 500
WIRING = {
    "pwm_pin": 19,
    "connect_pin": 15,
    "connect_level": 0,
    "sense_pin": 39,
    "sense_attenuation_db": 11,
}


class Counter:
    """Time that passes only with calls; stands in for `time`."""

    def __init__(self):
        self.us = 0x3FFFF000

    def ticks_us(self):
        self.us = (self.us + 3) & 0x3FFFFFFF
        return self.us

    def sleep_us(self, duration_us):
        self.us = (self.us + duration_us) & 0x3FFFFFFF


class Wave:
    """A pin with a PWM on it and an ADC that follows, in integers."""

    def __init__(self, counter, high_us):
        self.counter = counter
        self.high_us = high_us

    def value(self, level=None):
        self.counter.us = (self.counter.us + 3) & 0x3FFFFFFF
        return 1 if self.counter.us % 1000 < self.high_us else 0

    def read_uv(self):
        level = self.value()
        self.counter.us = (self.counter.us + 45) & 0x3FFFFFFF
        return 2500000 if level else 164000

    def time_pulse_us(self, pin, level, timeout_us):
        while self.value() != level:
            pass
        begin_us = self.counter.us
        while self.value() == level:
            pass
        return (self.counter.us - begin_us) & 0x3FFFFFFF


def sampler_of(high_us):
    """Return a sampler over a wave of that duty."""
    if "host_tests/fakes" not in sys.path:
        sys.path.insert(0, "host_tests/fakes")
    from evse.core.pilot import PilotWindows
    from evse.hal.esp32 import now, pilot_sampler

    counter = Counter()
    wave = Wave(counter, high_us)
    now.time = counter
    pilot_sampler.time_pulse_us = wave.time_pulse_us
    try:
        sampler = pilot_sampler.EdgeSampler(wave, wave, PilotWindows())  # pyright: ignore[reportArgumentType]
    finally:
        now.time = time
    sampler.follow(high_us)
    return sampler


def test_a_burst_allocates_nothing():
    from evse.core.io import Inputs

    for high_us in (0, 100, 533, 900, 1000):
        sampler = sampler_of(high_us)
        inputs = Inputs()
        sampler.read_into(inputs)
        seen = 0
        micropython.heap_lock()
        try:
            for _ in range(ROUNDS):
                sampler.read_into(inputs)
                if inputs.pilot_high_max_mv == (2500 if high_us else -1):
                    seen += 1
                if inputs.pilot_low_max_mv == (164 if high_us < 1000 else -1):
                    seen += 1
        finally:
            micropython.heap_unlock()
        assert seen > ROUNDS * 3 // 2, (high_us, seen)


def test_a_change_of_the_duty_allocates_nothing():
    if "host_tests/fakes" not in sys.path:
        sys.path.insert(0, "host_tests/fakes")
    import simulated_time  # pyright: ignore[reportMissingImports]
    from fake_chip import chip  # pyright: ignore[reportMissingImports]

    from evse.core.io import Inputs
    from evse.core.pilot import PilotWindows
    from evse.hal.esp32 import now
    from evse.hal.esp32.pilot import Pilot

    simulated_time.clock.real = time.ticks_us
    chip.log = False
    chip.power_up()
    now.time = Counter()
    try:
        pilot = Pilot(WIRING, PilotWindows())
    finally:
        now.time = time
    inputs = Inputs()
    pilot.set(533, True)
    pilot.set(1000, False)
    micropython.heap_lock()
    try:
        for permille in range(0, 1001, 7):
            pilot.set(permille, True)
            pilot.set(1000, False)
            pilot.read_into(inputs)
    finally:
        micropython.heap_unlock()
    assert inputs.pilot_high_max_mv == -1
