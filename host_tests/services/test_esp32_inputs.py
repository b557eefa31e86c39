"""Inputs of the ESP32 HAL: proximity, temperature, residual current, IN1/IN2, switch and the card reader."""

import random

import esp32_bench
import pytest
from fake_chip import chip
from machine import Pin
from onewire import OneWire
from simulated_time import clock

from evse.core.io import Inputs
from evse.hal.esp32 import digital_inputs, temperature
from evse.hal.esp32.onewire_rfid import OneWireRfid
from evse.hal.esp32.proximity import Proximity
from evse.hal.esp32.residual_current import ResidualCurrent
from evse.hal.esp32.temperature import Temperature

TEMPERATURE = {"pin": 36, "attenuation_db": 6, "zero_mv": 500, "mv_per_c": 10}
INPUTS = {
    "in1_pin": 8,
    "in2_pin": 9,
    "voltage_level": 0,
    "pulse_hold_ms": 60,
    "switch_pin": 10,
    "switch_closed_level": 0,
    "switch_debounce_ms": 100,
}


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)


@pytest.mark.parametrize("attenuation_db", [6, 11])
def test_proximity_reads_millivolts(attenuation_db):
    part = Proximity({"pin": 34, "attenuation_db": attenuation_db})
    for millivolts in (300, 595, 1336):
        chip.gpio(34).analog_mv = millivolts
        assert part.read_mv() == millivolts


def test_at_6_db_an_open_cable_cannot_be_told_from_13_a_but_at_11_db_it_can():
    readings = {}
    for attenuation_db in (6, 11):
        part = Proximity({"pin": 34, "attenuation_db": attenuation_db})
        for millivolts in (1980, 3300):
            chip.gpio(34).analog_mv = millivolts
            readings[attenuation_db, millivolts] = part.read_mv()
    assert readings[6, 1980] == readings[6, 3300]
    assert readings[11, 1980] == 1980 and readings[11, 3300] > 2800


@pytest.mark.parametrize("celsius", [-30, -10, 0, 25, 60, 105])
def test_temperature(celsius):
    chip.gpio(36).analog_mv = 500 + 10 * celsius
    assert Temperature(TEMPERATURE).read_mc() == celsius * 1000


@pytest.mark.parametrize("broken_mv", [0, 100, 3300])
def test_a_broken_temperature_sensor_reads_as_too_hot(broken_mv):
    part = Temperature(TEMPERATURE)
    chip.gpio(36).analog_mv = 750
    assert part.read_mc() == 25000
    chip.gpio(36).analog_mv = broken_mv
    assert [part.read_mc() for _ in range(16)][-1] == temperature.FAILED_MC
    chip.gpio(36).analog_mv = 750
    assert [part.read_mc() for _ in range(17)][-1] == 25000


def test_temperature_follows_within_seconds_and_ignores_noise():
    part = Temperature(TEMPERATURE)
    noise = random.Random(2)
    chip.gpio(36).analog_mv = 750
    part.read_mc()
    worst = 0
    for _ in range(2000):
        chip.gpio(36).analog_mv = 750 + noise.randint(-40, 40)
        worst = max(worst, abs(part.read_mc() - 25000))
    assert worst < 3000
    chip.gpio(36).analog_mv = 1150
    readings = [part.read_mc() for _ in range(1000)]
    assert abs(readings[-1] - 65000) < 500


def residual_current():
    return ResidualCurrent({"trip_pin": 13, "tripped_level": 1, "test_pin": 17, "test_level": 0})


def test_residual_current_trips_when_two_reads_agree():
    part = residual_current()
    chip.gpio(13).drive(0)
    begin_us = clock.now_us
    assert not part.tripped()
    assert clock.now_us - begin_us < 10
    chip.gpio(13).drive(1)
    begin_us = clock.now_us
    assert part.tripped()
    assert clock.now_us - begin_us == 1000
    # Once it is certain, it costs nothing more.
    begin_us = clock.now_us
    assert part.tripped()
    assert clock.now_us == begin_us
    chip.gpio(13).drive(0)
    assert not part.tripped()


def test_a_spike_is_no_trip():
    part = residual_current()
    chip.gpio(13).drive(1)
    clock.at(clock.now_us + 500, lambda: chip.gpio(13).drive(0))
    assert not part.tripped()


def test_an_unplugged_residual_current_device_has_tripped():
    assert residual_current().tripped()


def test_the_test_output_is_idle_until_used():
    part = residual_current()
    assert part.has_test and chip.gpio(17).level() == 1
    part.test(True)
    assert chip.gpio(17).level() == 0
    part.test(False)
    assert chip.gpio(17).level() == 1


def read_inputs(part, inputs, steps, step_us=10000):
    """Read once a step; return how often IN1 was ON."""
    seen = 0
    for _ in range(steps):
        clock.advance(step_us)
        part.read_into(inputs)
        seen += inputs.in1
    return seen


def mains_shapes():
    """Period and low time in us: half wave and full wave, from a weak input to one that conducts nearly always."""
    for hertz_milli in (47000, 49900, 49999, 50000, 50001, 50100, 52000):
        for halves, lows in ((1, (1000, 3000, 9500)), (2, (1000, 5000, 9400))):
            period_us = 1000000000 // hertz_milli // halves
            for low_us in lows:
                yield period_us, low_us


@pytest.mark.parametrize("hold_ms", [40, 60])
def test_mains_never_beats_against_the_control_step(hold_ms):
    """Every frequency, shape and phase: ON is ON in every step once begun, for two minutes each."""
    inputs = Inputs()
    checked = 0
    for period_us, low_us in mains_shapes():
        for phase_us in range(0, period_us, period_us // 8):
            part = digital_inputs.from_wiring(dict(INPUTS, pulse_hold_ms=hold_ms), None)
            chip.gpio(8).pulse(period_us, low_us, clock.now_us + phase_us)
            read_inputs(part, inputs, 4)
            assert read_inputs(part, inputs, 400) == 400, (period_us, low_us, phase_us)
            checked += 400
    print("%d steps with mains on, hold %d ms: none OFF" % (checked, hold_ms))


def test_sampling_alone_would_beat():
    """The counterexample that the pulse counter is there for: 1 ms pulses, 50 Hz, sampled every 10 ms."""
    chip.gpio(8).pulse(20000, 1000, clock.now_us + 5000)
    levels = []
    for _ in range(1000):
        clock.advance(10000)
        levels.append(chip.gpio(8).level())
    assert 0 not in levels


def test_input_goes_off_after_the_hold_time():
    part = digital_inputs.from_wiring(INPUTS, None)
    inputs = Inputs()
    chip.gpio(8).pulse(20000, 9000, clock.now_us)
    read_inputs(part, inputs, 20)
    assert inputs.in1 and not inputs.in2
    chip.gpio(8).drive(1)
    begin_us = clock.now_us
    while inputs.in1:
        read_inputs(part, inputs, 1)
    assert 60000 <= clock.now_us - begin_us <= 80000


def test_a_late_step_does_not_switch_an_input_off():
    part = digital_inputs.from_wiring(INPUTS, None)
    inputs = Inputs()
    chip.gpio(8).pulse(20000, 1000, clock.now_us + 3000)
    read_inputs(part, inputs, 10)
    clock.advance(500000)
    part.read_into(inputs)
    assert inputs.in1


def test_a_direct_voltage_counts_too():
    part = digital_inputs.from_wiring(INPUTS, None)
    inputs = Inputs()
    chip.gpio(9).drive(0)
    read_inputs(part, inputs, 100)
    assert inputs.in2 and not inputs.in1


def test_counter_limit_is_crossed_unnoticed():
    part = digital_inputs.from_wiring(INPUTS, None)
    inputs = Inputs()
    chip.gpio(8).pulse(10000, 500, clock.now_us + 100)
    read_inputs(part, inputs, 4)
    # 32767 pulses at 100 Hz are 5.5 minutes.
    assert read_inputs(part, inputs, 40000) == 40000


def test_inputs_that_are_not_fitted_read_off():
    part = digital_inputs.from_wiring(dict(INPUTS, in1_pin=None, in2_pin=None), None)
    inputs = Inputs()
    inputs.in1 = inputs.in2 = inputs.switch = True
    part.read_into(inputs)
    assert not (inputs.in1 or inputs.in2 or inputs.switch)


def test_switch_is_debounced():
    part = digital_inputs.from_wiring(INPUTS, Pin(10, Pin.IN, Pin.PULL_UP))
    inputs = Inputs()

    def run(steps):
        seen = 0
        for _ in range(steps):
            clock.advance(10000)
            part.read_into(inputs)
            seen += inputs.switch
        return seen

    assert run(20) == 0
    chip.gpio(10).drive(0)
    assert run(10) == 0
    chip.gpio(10).drive(1)
    assert run(20) == 0
    chip.gpio(10).drive(0)
    assert run(12) > 0 and inputs.switch
    chip.gpio(10).drive(1)
    assert run(5) == 5
    assert run(20) < 10 and not inputs.switch


class Card:
    """A reader on the wire of GPIO 16; `answer` None is no reader, all ones a reader without a card."""

    def __init__(self):
        self.answer: bytes | None = b"\xff" * 8
        chip.wires[16] = lambda: self.answer

    def show(self, *data):
        body = bytes(data)
        self.answer = body + bytes((OneWire(Pin(16)).crc8(body),))


def poll(reader, seconds=1):
    found = []
    for _ in range(10 * seconds):
        clock.advance(100000)
        uid = reader.read_uid()
        if uid is not None:
            found.append(uid)
    return found


def test_cards_of_old_and_new_readers():
    card = Card()
    reader = OneWireRfid(Pin(16, Pin.IN, Pin.PULL_UP))
    assert poll(reader, 2) == []
    card.show(0x01, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6)
    assert poll(reader, 3) == ["A1B2C3D4E5F6"]
    card.show(0x04, 0xA1, 0xB2, 0xC3, 0xD4, 0xE5, 0xF6)
    assert poll(reader, 3) == ["04A1B2C3D4E5F6"]
    card.show(0xDE, 0xAD, 0xBE, 0xEF, 0, 0, 0)
    assert poll(reader, 3) == ["DEADBEEF"]


def test_a_card_counts_again_only_after_it_was_gone():
    card = Card()
    reader = OneWireRfid(Pin(16, Pin.IN, Pin.PULL_UP))
    card.show(0x04, 1, 2, 3, 4, 5, 6)
    assert len(poll(reader, 5)) == 1
    good = card.answer
    assert good is not None
    # A damaged answer is neither a card nor its absence.
    card.answer = good[:7] + bytes((good[7] ^ 1,))
    assert poll(reader, 5) == []
    card.answer = good
    assert poll(reader, 2) == []
    card.answer = None
    poll(reader, 1)
    card.answer = good
    assert poll(reader, 2) == []
    card.answer = None
    poll(reader, 3)
    card.answer = good
    assert len(poll(reader, 2)) == 1


def test_a_shorted_line_is_no_card():
    card = Card()
    card.answer = bytes(8)
    reader = OneWireRfid(Pin(16, Pin.IN, Pin.PULL_UP))
    assert poll(reader, 3) == []


def test_a_closed_switch_is_no_reader_and_the_switch_still_reads():
    card = Card()
    card.show(0x04, 1, 2, 3, 4, 5, 6)
    pin = Pin(16, Pin.IN, Pin.PULL_UP)
    reader = OneWireRfid(pin)
    part = digital_inputs.from_wiring(dict(INPUTS, in1_pin=None, in2_pin=None), pin)
    inputs = Inputs()
    chip.gpio(16).drive(0)
    assert poll(reader, 2) == []
    assert reader.worst_poll_us == 0
    for _ in range(30):
        clock.advance(10000)
        part.read_into(inputs)
    assert inputs.switch
    chip.gpio(16).drive(1)
    assert len(poll(reader, 2)) == 1
    for _ in range(30):
        clock.advance(10000)
        part.read_into(inputs)
    assert not inputs.switch


def test_what_a_poll_costs_the_loop():
    card = Card()
    reader = OneWireRfid(Pin(16, Pin.IN, Pin.PULL_UP))
    poll(reader)
    with_reader_us = reader.worst_poll_us
    reader.worst_poll_us = 0
    card.answer = None
    poll(reader)
    print("1-Wire poll: %d us with a reader, %d us without" % (with_reader_us, reader.worst_poll_us))
    assert with_reader_us < 8000 and reader.worst_poll_us < 1500
    begin_us = clock.now_us
    reader.read_uid()
    assert clock.now_us - begin_us < 10
