"""What the control step and the meter task call of the ESP32 HAL allocates nothing, run against the fake chip."""

import sys
import time

import micropython

ROUNDS = 200
INPUTS = {
    "in1_pin": 8,
    "in2_pin": 9,
    "voltage_level": 0,
    "pulse_hold_ms": 60,
    "switch_pin": 10,
    "switch_closed_level": 0,
    "switch_debounce_ms": 100,
}
CONTACTORS = {
    "c1_pin": 21,
    "c2_pin": 38,
    "on_level": 1,
    "c1_feedback_pin": 39,
    "c2_feedback_pin": None,
    "feedback_closed_level": 1,
}
LOCK = {
    "a_pin": 17,
    "b_pin": 18,
    "lock_levels": (0, 1),
    "unlock_levels": (1, 0),
    "idle_levels": (1, 1),
    "feedback_pin": 35,
}
RS485 = {
    "uart": 1,
    "tx_pin": 21,
    "rx_pin": 23,
    "direction_pin": 22,
    "transmit_level": 1,
    "baud": 9600,
}


def fake_chip():
    """Return the fake chip, in real time and without a history, which would take memory."""
    if "host_tests/fakes" not in sys.path:
        sys.path.insert(0, "host_tests/fakes")
    import simulated_time  # pyright: ignore[reportMissingImports]
    from fake_chip import chip  # pyright: ignore[reportMissingImports]

    simulated_time.clock.real = time.ticks_us
    chip.log = False
    chip.power_up()
    return chip


def locked(function):
    """Call `function` again and again with the heap locked."""
    # Once without: a first call may fill a cache.
    function()
    micropython.heap_lock()
    try:
        for _ in range(ROUNDS):
            function()
    finally:
        micropython.heap_unlock()


def test_contactors():
    chip = fake_chip()
    from evse.core.io import Inputs
    from evse.hal.esp32.contactors import Contactors

    part = Contactors(CONTACTORS)
    inputs = Inputs()

    def step():
        part.set(not part.commanded, False)
        part.read_into(inputs)
        part.all_open()

    locked(step)
    assert chip.gpio(21).level() == (1 if part.commanded else 0)


def test_lock():
    chip = fake_chip()
    from evse.hal.esp32.lock import Lock

    part = Lock(LOCK)

    def step():
        for direction in range(3):
            part.drive(direction)
        part.read_feedback()
        part.release()

    locked(step)
    assert chip.gpio(17).level() == chip.gpio(18).level() == 1


def test_proximity_and_temperature():
    chip = fake_chip()
    from evse.hal.esp32.proximity import Proximity
    from evse.hal.esp32.temperature import Temperature

    chip.gpio(34).analog_mv = 595
    chip.gpio(36).analog_mv = 750
    proximity = Proximity({"pin": 34, "attenuation_db": 11})
    temperature = Temperature({"pin": 36, "attenuation_db": 6, "zero_mv": 500, "mv_per_c": 10})

    def step():
        proximity.read_mv()
        temperature.read_mc()

    locked(step)
    assert (proximity.read_mv(), temperature.read_mc()) == (595, 25000)


def test_residual_current():
    chip = fake_chip()
    from evse.hal.esp32.residual_current import ResidualCurrent

    part = ResidualCurrent({"trip_pin": 13, "tripped_level": 1, "test_pin": None, "test_level": 0})

    chip.gpio(13).drive(0)
    outside = chip.gpio(13).external

    def step():
        outside.value = 1 - outside.value
        part.tripped()

    locked(step)


def test_digital_inputs():
    chip = fake_chip()
    from machine import Pin

    from evse.core.io import Inputs
    from evse.hal.esp32.digital_inputs import from_wiring

    part = from_wiring(INPUTS, Pin(10, Pin.IN, Pin.PULL_UP))
    inputs = Inputs()
    chip.gpio(8).pulse(200, 100)
    locked(lambda: part.read_into(inputs))
    assert inputs.in1 and not inputs.in2


class StubUart:
    """A UART that is done at every other look and always has a few bytes."""

    def __init__(self):
        self.done = False

    def write(self, buffer, count):
        return count

    def txdone(self):
        self.done = not self.done
        return self.done

    def any(self):
        return 5

    def readinto(self, buffer, count):
        return count


class StubTimer:
    def init(self, mode, period, tick_hz, callback):
        self.callback = callback


def test_rs485():
    fake_chip()
    from evse.hal.esp32.rs485 import Rs485Port

    port = Rs485Port(RS485)
    timer = StubTimer()
    setattr(port, "_uart", StubUart())  # noqa: B010
    setattr(port, "_timer", timer)  # noqa: B010
    # Past in no time.
    port._char_us = 1
    frame = bytearray(256)
    chunk = memoryview(bytearray(64))

    def step():
        port.write(frame, 8)
        port.read_into(chunk)
        timer.callback(timer)
        port.read_into(chunk)

    locked(step)
    assert not port.is_sending


class StubPilot:
    """The pilot has its own tests."""

    def __init__(self, wiring, windows):
        self.permille = 1000

    def set(self, permille, connected):
        self.permille = permille

    def read_into(self, inputs):
        inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = 2500


def _wiring(board):
    """Return the wiring of a board, without a journal, which needs more of the fake flash than runs here."""
    names = {}
    with open("boards/" + board + "/board.py") as file:
        exec(file.read(), names)
    wiring = dict(names["WIRING"])
    wiring["journal"] = None
    return wiring


def _read_and_apply(board):
    fake_chip()
    from evse.core.io import Inputs, Outputs
    from evse.hal.esp32 import station_board

    pilot = station_board.Pilot
    station_board.Pilot = StubPilot
    try:
        hardware = station_board.build(_wiring(board))
    finally:
        station_board.Pilot = pilot
    inputs = Inputs()
    outputs = Outputs()
    outputs.pilot_permille = 533

    def step():
        outputs.lock = (outputs.lock + 1) % 3
        hardware.read(inputs)
        hardware.apply(outputs)

    locked(step)
    assert inputs.pilot_high_max_mv == 2500


def test_reading_and_driving_smartevse_v3():
    _read_and_apply("SMARTEVSE_V3")


def test_reading_and_driving_pico32():
    _read_and_apply("PICO32")
