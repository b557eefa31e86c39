"""Outputs of the ESP32 HAL: early, contactors, lock, light, buzzer, and the buttons on the LCD's pins."""

import esp32_bench
import pytest
from fake_chip import OUT, chip
from machine import PWM, Pin, SoftSPI

from evse.core.io import LOCK_DRIVE_LOCK, LOCK_DRIVE_UNLOCK, LOCK_IDLE, Inputs
from evse.hal.esp32 import buzzer, early
from evse.hal.esp32.buttons import Buttons
from evse.hal.esp32.contactors import Contactors
from evse.hal.esp32.leds import Leds
from evse.hal.esp32.lock import Lock


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)


def contactor_wiring(**changes):
    wiring = {
        "c1_pin": 21,
        "c2_pin": 38,
        "on_level": 1,
        "c1_feedback_pin": 39,
        "c2_feedback_pin": 40,
        "feedback_closed_level": 1,
    }
    wiring.update(changes)
    return wiring


def test_early_takes_pins_from_peripherals():
    pwm = PWM(Pin(19, Pin.OUT), freq=1000, duty_u16=30000)
    chip.gpio(32).write(1)
    early.outputs_safe((32, 27), (15, 19))
    assert [chip.gpio(number).level() for number in (32, 27, 15, 19)] == [0, 0, 1, 1]
    assert all(chip.gpio(number).mode == OUT for number in (32, 27, 15, 19))
    assert chip.gpio(19).peripheral is None
    pwm.duty_u16(0)
    assert chip.gpio(19).level() == 1


def test_early_makes_the_others_safe_before_it_complains_of_a_wrong_pin():
    with pytest.raises(ValueError):
        early.outputs_safe((99, 27), (15,))
    assert chip.gpio(27).mode == OUT
    assert chip.gpio(15).level() == 1


def test_early_makes_no_glitch_on_a_pin_that_shall_be_high():
    early.outputs_safe((), (15,))
    pad = chip.gpio(15)
    # The level was there before the pin became an output.
    assert [level for _, level in pad.history] == [1]


def test_contactors_command_and_feedback_are_independent():
    contactors = Contactors(contactor_wiring())
    inputs = Inputs()
    for c1, c2 in ((False, True), (True, True), (False, True), (False, False)):
        contactors.set(c1, c2)
        assert (chip.gpio(21).level(), chip.gpio(38).level()) == (int(c1), int(c2))
        assert contactors.commanded == (c1 or c2)
    chip.gpio(39).drive(0)
    chip.gpio(40).drive(1)
    contactors.read_into(inputs)
    assert (inputs.c1_closed, inputs.c2_closed) == (0, 1)


def test_a_broken_feedback_wire_reads_as_closed_and_forbids_an_erase():
    contactors = Contactors(contactor_wiring())
    inputs = Inputs()
    contactors.read_into(inputs)
    assert (inputs.c1_closed, inputs.c2_closed) == (1, 1)
    assert not contactors.all_open()
    chip.gpio(39).drive(0)
    chip.gpio(40).drive(0)
    assert contactors.all_open()
    contactors.set(True, False)
    assert not contactors.all_open()


def test_contactors_without_feedback_and_without_c2():
    contactors = Contactors(contactor_wiring(c2_pin=None, c1_feedback_pin=None, c2_feedback_pin=None))
    inputs = Inputs()
    contactors.set(True, True)
    contactors.read_into(inputs)
    assert (inputs.c1_closed, inputs.c2_closed) == (-1, -1)
    assert not contactors.all_open()


@pytest.mark.parametrize("idle", [(1, 1), (0, 0)])
def test_lock_levels(idle):
    lock = Lock(
        {
            "a_pin": 17,
            "b_pin": 18,
            "lock_levels": (0, 1),
            "unlock_levels": (1, 0),
            "idle_levels": idle,
            "feedback_pin": 35,
        }
    )

    def wires():
        return chip.gpio(17).level(), chip.gpio(18).level()

    assert wires() == (0, 0)
    for direction, levels in (
        (LOCK_IDLE, idle),
        (LOCK_DRIVE_LOCK, (0, 1)),
        (LOCK_DRIVE_UNLOCK, (1, 0)),
        (LOCK_DRIVE_LOCK, (0, 1)),
        (LOCK_IDLE, idle),
    ):
        lock.drive(direction)
        assert wires() == levels
    chip.gpio(17).write(1 - idle[0])
    lock.release()
    assert wires() == idle
    chip.gpio(35).drive(1)
    assert lock.read_feedback() == 1
    chip.gpio(35).drive(0)
    assert lock.read_feedback() == 0


def test_a_lock_without_feedback_says_so():
    lock = Lock(
        {
            "a_pin": 17,
            "b_pin": 18,
            "lock_levels": (0, 1),
            "unlock_levels": (1, 0),
            "idle_levels": (1, 1),
            "feedback_pin": None,
        }
    )
    assert lock.read_feedback() == -1


def test_light_writes_changes_only():
    leds = Leds({"red_pin": 2, "green_pin": 4, "blue_pin": None, "on_level": 1, "frequency_hz": 5000})
    leds.set_rgb(255, 128, 7)
    assert chip.gpio(2).peripheral.duty_u16() == 65535
    assert chip.gpio(4).peripheral.duty_u16() == 128 * 257
    assert chip.gpio(2).peripheral.freq() == 5000
    leds.set_rgb(-1, 300, 0)
    assert chip.gpio(2).peripheral.duty_u16() == 0
    assert chip.gpio(4).peripheral.duty_u16() == 65535


def test_buzzer_plays_and_falls_silent():
    part = buzzer.Buzzer(18)
    assert part.step() == 50
    part.play(buzzer.OK)
    heard = []
    for _ in range(3):
        duration_ms = part.step()
        pwm = chip.gpio(18).peripheral
        heard.append((pwm.freq(), duration_ms, pwm.duty_u16() > 0))
    assert heard == [(2637, 100, True), (2794, 100, True), (3136, 100, True)]
    part.step()
    assert chip.gpio(18).peripheral.duty_u16() == 0


def buttons_wiring():
    return {"left_pin": 0, "middle_pin": 25, "right_pin": 33, "pressed_level": 0}


def test_buttons_share_the_pins_of_the_lcd():
    spi = SoftSPI(baudrate=10000000, polarity=1, phase=1, sck=Pin(26, Pin.OUT), mosi=Pin(33, Pin.OUT))
    buttons = Buttons(buttons_wiring(), (33, 25))
    chip.gpio(33).out = 0
    assert buttons.read_mask() == 0
    chip.gpio(33).drive(0)
    assert buttons.read_mask() == 4
    chip.gpio(25).drive(0)
    chip.gpio(0).drive(0)
    assert buttons.read_mask() == 7
    chip.gpio(33).drive(1)
    assert buttons.read_mask() == 3
    # The LCD has its lines back.
    assert chip.gpio(33).mode == OUT and chip.gpio(25).mode == OUT
    spi.write(b"\xae")
    assert spi.written == b"\xae" and spi.lost == 0


def test_plain_buttons():
    buttons = Buttons(buttons_wiring(), ())
    chip.gpio(25).drive(0)
    assert buttons.read_mask() == 2
    assert chip.gpio(25).mode != OUT
