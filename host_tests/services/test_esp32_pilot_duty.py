"""The generator of the pilot in the ESP32 HAL: rounding of the duty, static levels, changes between them."""

import esp32_bench
import pytest
from fake_chip import chip
from machine import PWM, Pin
from pilot_campaign import make_bench
from simulated_time import clock

from evse.core.pilot import duty_permille, offered_ma
from evse.hal.esp32.pilot_pwm import duty_u16


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)


@pytest.mark.parametrize("timer_bits", [20, 14])
def test_the_duty_is_never_more_than_asked_for_and_hardly_less(monkeypatch, timer_bits):
    monkeypatch.setattr(PWM, "timer_bits", timer_bits)
    pwm = PWM(Pin(5, Pin.OUT), freq=1000, duty_u16=65535)
    assert abs(pwm.period_ns - 1000000) <= 5000
    worst = 0
    for permille in range(1, 1000):
        pwm.duty_u16(duty_u16(permille))
        clock.advance(2000)
        assert pwm.plateau(clock.now_us)[1] < pwm.period_ns
        high_ns = pwm.high_ns()
        short = permille - high_ns * 1000 / pwm.period_ns
        assert 0 <= short + 1e-6
        worst = max(worst, short)
    print("\n%d bits: at most %.4f permille below" % (pwm.bits, worst))
    assert worst < 0.2
    assert duty_u16(1000) == 65535 and duty_u16(0) == 0


def test_every_current_is_offered_within_the_rounding(monkeypatch):
    for current_ma in range(6000, 80001, 100):
        permille = duty_permille(current_ma)
        effective = duty_u16(permille) >> 3
        assert offered_ma(permille) <= current_ma
        assert effective * 1000 <= permille * 8192 < (effective + 1) * 1000 + 1000


def plateaus(pwm, until_us):
    """Return the plateaus from now on as (level, us)."""
    found = []
    at_us = clock.now_us
    while at_us < until_us:
        level = pwm.plateau(at_us)[0]
        edge_us = pwm.next_edge_us(at_us)
        end_us = until_us if edge_us is None else edge_us
        if found and found[-1][0] == level:
            found[-1][1] += end_us - at_us
        else:
            found.append([level, end_us - at_us])
        at_us = end_us
    return found


def test_static_is_static_and_changes_make_no_odd_pulse(monkeypatch):
    bench = make_bench(monkeypatch, "PICO32", 1000)
    pwm = chip.gpio(bench_pin()).peripheral
    for before in (0, 100, 533, 960, 1000):
        for after in (0, 100, 533, 960, 1000):
            bench.pilot.set(before, True)
            clock.advance(5000 + bench.random.randrange(1000))
            bench.pilot.set(after, True)
            allowed = {1: (before, after, before + after), 0: (1000 - before, 1000 - after)}
            # The first and the last are cut off by looking; between two duties a low part is whole as well.
            for level, duration_us in plateaus(pwm, clock.now_us + 9000)[1:-1]:
                assert min(abs(duration_us - width) for width in allowed[level]) <= 2, (before, after)
            clock.advance(9000)
            if after in (0, 1000):
                assert plateaus(pwm, clock.now_us + 50000) == [[1 if after else 0, 50000]]
    assert chip.gpio(bench_pin()).peripheral is pwm


def bench_pin():
    return esp32_bench.load_board("PICO32").WIRING["pilot"]["pwm_pin"]
