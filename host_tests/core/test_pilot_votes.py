"""From bursts to accepted levels: how many must agree, and what noise may do."""

from bench_station import MV_0, MV_3, MV_6, MV_9, MV_12, MV_N12

from evse.core.io import Inputs
from evse.core.pilot import INVALID, N12, V0, V3, V6, V9, V12, PilotReader, PilotWindows


class Reader:
    """A PilotReader that is fed one burst a call."""

    def __init__(self, level_mv=None):
        self.pilot = PilotReader(PilotWindows())
        self.inputs = Inputs()
        if level_mv is not None:
            self.feed(60, level_mv)

    def feed(self, count, low_mv, high_mv=None):
        self.inputs.pilot_high_min_mv = low_mv
        self.inputs.pilot_high_max_mv = low_mv if high_mv is None else high_mv
        for _ in range(count):
            self.pilot.step(self.inputs)
        return self.pilot.level


def test_nothing_is_known_at_first():
    assert Reader().pilot.level == INVALID


def test_9_v_and_12_v_need_two_bursts():
    for mv, level in ((MV_9, V9), (MV_12, V12)):
        for before_mv in (None, MV_6, MV_3, MV_0):
            reader = Reader(before_mv)
            before = reader.pilot.level
            assert reader.feed(1, mv) == before
            assert reader.feed(1, mv) == level


def test_12_v_is_seen_at_once_from_9_v_and_back():
    reader = Reader(MV_9)
    assert reader.feed(2, MV_12) == V12
    assert reader.feed(2, MV_9) == V9


def test_every_other_level_needs_51_bursts():
    for mv, level in ((MV_6, V6), (MV_3, V3), (MV_0, V0), (MV_N12, N12)):
        reader = Reader(MV_9)
        assert reader.feed(50, mv) == V9
        assert reader.feed(1, mv) == level


def test_the_count_begins_anew_after_the_present_level():
    reader = Reader(MV_9)
    reader.feed(50, MV_6)
    reader.feed(1, MV_9)
    assert reader.feed(50, MV_6) == V9
    assert reader.feed(1, MV_6) == V6


def test_the_count_begins_anew_for_another_candidate():
    reader = Reader(MV_9)
    reader.feed(50, MV_6)
    reader.feed(1, MV_3)
    assert reader.feed(50, MV_6) == V9
    assert reader.feed(1, MV_6) == V6


def test_a_disturbed_burst_takes_two_votes_back():
    reader = Reader(MV_9)
    reader.feed(30, MV_6)
    reader.feed(10, MV_0, MV_6)
    assert reader.feed(40, MV_6) == V9
    assert reader.feed(1, MV_6) == V6


def test_a_first_burst_half_old_half_new_counts_for_stopping():
    for old_mv in (MV_6, MV_3):
        for new_mv, level in ((MV_9, V9), (MV_12, V12)):
            reader = Reader(old_mv)
            reader.feed(1, old_mv, new_mv)
            assert reader.feed(1, new_mv) == level


def test_one_clean_burst_of_9_v_in_a_charge_is_not_enough():
    reader = Reader(MV_6)
    for _ in range(100):
        reader.feed(1, MV_9)
        assert reader.feed(3, MV_6) == V6


def test_a_disturbed_burst_alone_does_not_stop():
    reader = Reader(MV_6)
    for _ in range(1000):
        reader.feed(1, MV_6, MV_12)
        assert reader.feed(2, MV_6) == V6


def test_lost_after_52_disturbed_bursts():
    reader = Reader(MV_6)
    assert reader.feed(51, MV_N12, MV_12) == V6
    assert not reader.pilot.lost
    assert reader.feed(1, MV_N12, MV_12) == INVALID
    assert reader.pilot.lost


def test_lost_when_more_than_a_third_is_disturbed():
    reader = Reader(MV_6)
    for _ in range(110):
        reader.feed(1, MV_N12, MV_12)
        reader.feed(1, MV_6)
    assert reader.pilot.lost


def test_lost_when_not_sampled_for_104_steps():
    reader = Reader(MV_6)
    assert reader.feed(103, -1) == V6
    assert reader.feed(1, -1) == INVALID
    assert reader.pilot.lost


def test_a_lost_pilot_comes_back_when_it_is_steady():
    for mv, level in ((MV_12, V12), (MV_9, V9), (MV_6, V6)):
        reader = Reader(MV_6)
        reader.feed(60, MV_N12, MV_12)
        assert reader.feed(50, mv) == INVALID
        assert reader.feed(1, mv) == level
        assert not reader.pilot.lost


def test_lost_at_minus_12_v():
    reader = Reader(MV_6)
    reader.feed(51, MV_N12)
    assert reader.pilot.lost


def test_loss_ends_with_the_next_accepted_level():
    reader = Reader(MV_6)
    reader.feed(60, 800)
    assert reader.pilot.lost
    assert reader.feed(50, MV_6) == INVALID
    assert reader.pilot.lost
    assert reader.feed(1, MV_6) == V6
    assert not reader.pilot.lost


def test_loss_is_noticed_when_no_level_was_known_before():
    reader = Reader()
    reader.feed(60, 800)
    assert reader.pilot.lost
    reader = Reader(MV_6)
    reader.pilot.forget()
    reader.feed(60, MV_N12, MV_12)
    assert reader.pilot.lost


def test_levels_that_keep_changing_are_a_lost_pilot():
    reader = Reader(MV_6)
    for _ in range(100):
        reader.feed(1, MV_3)
        reader.feed(1, MV_0)
    assert reader.pilot.lost
    assert reader.pilot.level != V6


def test_a_stop_that_flickers_with_a_level_below_is_not_taken_for_charging():
    reader = Reader(MV_6)
    for _ in range(100):
        reader.feed(1, MV_9)
        reader.feed(1, MV_3)
    assert reader.pilot.level != V6


def test_a_part_that_was_not_sampled_changes_nothing_in_between():
    reader = Reader(MV_9)
    reader.feed(50, MV_6)
    reader.feed(1, -1)
    assert reader.pilot.level == V9
    assert reader.feed(1, MV_6) == V6


def test_forget():
    reader = Reader(MV_6)
    reader.pilot.forget()
    assert reader.pilot.level == INVALID
    assert reader.feed(50, MV_6) == INVALID
    assert reader.feed(1, MV_6) == V6


def test_settled_means_that_the_same_burst_changes_nothing():
    for mv in (MV_12, MV_9, MV_6, MV_3, MV_0, MV_N12, 800):
        reader = Reader(MV_9)
        for _ in range(120):
            settled = reader.pilot.settled()
            before = (reader.pilot.level, reader.pilot.lost)
            reader.feed(1, mv)
            # Settled speaks of the burst before; it may speak of this one after it was fed once.
            if settled and reader.pilot.settled():
                assert before == (reader.pilot.level, reader.pilot.lost)
        assert reader.pilot.settled()
