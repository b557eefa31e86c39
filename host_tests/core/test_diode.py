"""The proof that the car has a diode behind its pilot resistors."""

from bench_station import MV_0, MV_6, MV_9, MV_12, MV_N12, MV_NO_DIODE

from evse.core.io import Inputs
from evse.core.pilot import PilotReader, PilotWindows


class Reader:
    """A PilotReader with the high part at one level and the low part chosen by the test."""

    def __init__(self, high_mv=MV_9):
        self.pilot = PilotReader(PilotWindows())
        self.inputs = Inputs()
        self.high(60, high_mv)

    def high(self, count, high_mv):
        self.inputs.pilot_high_min_mv = self.inputs.pilot_high_max_mv = high_mv
        for _ in range(count):
            self.pilot.step(self.inputs)

    def low(self, count, low_mv, high_mv=None):
        self.inputs.pilot_low_min_mv = low_mv
        self.inputs.pilot_low_max_mv = low_mv if high_mv is None else high_mv
        for _ in range(count):
            self.pilot.step(self.inputs)


def test_no_proof_without_a_sample_of_the_low_part():
    reader = Reader()
    reader.low(200, -1)
    assert not reader.pilot.diode_ok
    assert not reader.pilot.diode_missing


def test_one_burst_at_minus_12_v_proves_it():
    reader = Reader()
    reader.low(1, MV_N12)
    assert reader.pilot.diode_ok


def test_edges_of_the_window():
    for low_mv, high_mv, ok in (
        (101, 299, True),
        (101, 101, True),
        (299, 299, True),
        (100, 200, False),
        (200, 300, False),
        (0, 0, False),
    ):
        reader = Reader()
        reader.low(1, low_mv, high_mv)
        assert reader.pilot.diode_ok == ok


def test_missing_after_50_bad_bursts():
    reader = Reader()
    reader.low(49, MV_NO_DIODE)
    assert not reader.pilot.diode_missing
    reader.low(1, MV_NO_DIODE)
    assert reader.pilot.diode_missing
    assert not reader.pilot.diode_ok


def test_lost_in_a_charge_after_50_bad_bursts():
    reader = Reader(MV_6)
    reader.low(10, MV_N12)
    reader.low(49, MV_NO_DIODE)
    assert reader.pilot.diode_ok
    reader.low(1, MV_NO_DIODE)
    assert not reader.pilot.diode_ok
    assert reader.pilot.diode_missing


def test_lost_when_more_than_a_third_of_the_bursts_is_bad():
    reader = Reader(MV_6)
    reader.low(1, MV_N12)
    for _ in range(100):
        reader.low(1, MV_NO_DIODE)
        reader.low(1, MV_N12)
    assert reader.pilot.diode_missing
    assert not reader.pilot.diode_ok


def test_bursts_without_a_diode_and_then_without_a_level_add_up():
    reader = Reader(MV_6)
    reader.low(1, MV_N12)
    reader.low(40, MV_NO_DIODE)
    assert not reader.pilot.lost
    reader.high(12, MV_0)
    assert reader.pilot.lost
    assert not reader.pilot.diode_ok


def test_single_bad_bursts_take_nothing_away():
    reader = Reader(MV_6)
    reader.low(1, MV_N12)
    for _ in range(1000):
        reader.low(1, MV_NO_DIODE)
        reader.low(2, MV_N12)
        assert reader.pilot.diode_ok


def test_no_proof_from_bursts_without_a_car():
    for high_mv in (MV_12, MV_0, MV_N12):
        reader = Reader(high_mv)
        reader.low(100, MV_N12)
        assert not reader.pilot.diode_ok
        reader.low(100, MV_NO_DIODE)
        assert not reader.pilot.diode_missing


def test_the_proof_ends_when_the_car_is_unplugged():
    reader = Reader()
    reader.low(1, MV_N12)
    reader.inputs.pilot_low_min_mv = reader.inputs.pilot_low_max_mv = -1
    reader.high(2, MV_12)
    assert not reader.pilot.diode_ok


def test_the_proof_ends_in_a_short_and_when_the_pilot_is_lost():
    for high_mv in (MV_0, MV_N12, 800):
        reader = Reader()
        reader.low(1, MV_N12)
        reader.high(52, high_mv)
        assert not reader.pilot.diode_ok


def test_rearm_demands_a_new_proof():
    reader = Reader()
    reader.low(1, MV_N12)
    reader.pilot.rearm_diode()
    assert not reader.pilot.diode_ok
    reader.low(1, MV_N12)
    assert reader.pilot.diode_ok


def test_rearm_counts_missing_from_the_start():
    reader = Reader()
    reader.low(49, MV_NO_DIODE)
    reader.pilot.rearm_diode()
    reader.low(49, MV_NO_DIODE)
    assert not reader.pilot.diode_missing
    reader.low(1, MV_NO_DIODE)
    assert reader.pilot.diode_missing


def test_forget_ends_the_proof():
    reader = Reader()
    reader.low(1, MV_N12)
    reader.pilot.forget()
    assert not reader.pilot.diode_ok
