"""A card reader on simulated time and a loop that asks it, and what every kind of reader must do."""

from typing import Any

import pytest
from simulated_time import clock
from type_a_cards import Card

UIDS = ["DEADBEEF", "04A1B2C3D4E5F6", "04112233445566778899"]


class ReaderRig:
    """A reader that is asked every `step_ms`; who inherits makes `device` and `reader`."""

    device: Any
    reader: Any

    def __init__(self, step_ms=100):
        self.step_ms = step_ms
        self.worst_us = 0
        self.connect()

    def connect(self):
        """Make the device and its driver."""
        raise NotImplementedError

    def run(self, seconds):
        """Return the cards that were told meanwhile."""
        found = []
        for _ in range(int(seconds * 1000) // self.step_ms):
            clock.advance(self.step_ms * 1000)
            begin_us = clock.now_us
            uid = self.reader.read_uid()
            self.worst_us = max(self.worst_us, clock.now_us - begin_us)
            if uid is not None:
                found.append(uid)
        return found

    def put(self, *cards):
        """Let these cards, and no others, lie on the reader."""
        self.device.field.put(*cards)


class AnyReader:
    """Tests of every kind of reader; who inherits gives `make_rig`, and how a card is known to be asked often."""

    make_rig = ReaderRig

    @pytest.mark.parametrize("step_ms", [5, 10, 100, 300])
    @pytest.mark.parametrize("uid", UIDS)
    def test_a_card_is_read_once_while_it_stays_and_again_after_it_was_away(self, uid, step_ms):
        rig = self.make_rig(step_ms)
        assert rig.run(3) == []
        assert rig.reader.health == ""
        card = Card(uid)
        rig.put(card)
        assert rig.run(60) == [uid]
        assert card.selected >= 40
        rig.put()
        assert rig.run(3) == []
        rig.put(card)
        assert rig.run(5) == [uid]

    @pytest.mark.parametrize("off_s", [0.05, 0.5, 5, 100])
    def test_a_reader_that_loses_power_comes_back_and_does_not_tell_the_same_card_again(self, off_s):
        rig = self.make_rig()
        card = Card("DEADBEEF")
        rig.put(card)
        assert rig.run(3) == ["DEADBEEF"]
        rig.device.power(False)
        assert rig.run(off_s) == []
        rig.device.power(True)
        # It lies there still: reporting it would end the charge.
        assert rig.run(40) == []
        assert rig.reader.health == ""
        rig.put()
        rig.run(3)
        rig.put(card)
        assert rig.run(2) == ["DEADBEEF"]

    def test_a_pause_of_a_week_does_not_stop_it(self):
        """The counter of milliseconds is behind then."""
        rig = self.make_rig()
        rig.device.power(False)
        rig.run(40)
        clock.now_us += 7 * 86400 * 1000000
        rig.device.power(True)
        rig.put(Card("DEADBEEF"))
        assert rig.run(4) == ["DEADBEEF"]
        clock.now_us += 7 * 86400 * 1000000
        rig.put(Card(UIDS[1]))
        assert rig.run(4) == [UIDS[1]]
        # In the middle of a command that nobody answers any more.
        rig.device.power(False)
        rig.run(0.1)
        clock.now_us += 7 * 86400 * 1000000
        rig.device.power(True)
        rig.put(Card(UIDS[2]))
        assert rig.run(4) == [UIDS[2]]


def most_ms_until_read(make_rig, uid, chance):
    """Return how long a card must be held at most, of 50 times."""
    worst_ms = 0
    for _ in range(50):
        rig = make_rig()
        clock.advance(chance.randrange(100000))
        rig.run(2)
        rig.put(Card(uid))
        begin_us = clock.now_us
        while not rig.run(0.1):
            pass
        worst_ms = max(worst_ms, (clock.now_us - begin_us) // 1000)
    return worst_ms


def disturbed_polls(rig, disturb, cards, chance):
    """Poll 10,000 times and return how many cards were told; `disturb(on)` makes faults before each, and ends them.

    Never a wrong UID; and when the faults end, the next card is read.
    """
    polls, told = 0, 0
    while polls < 10000:
        rig.put(*cards(chance))
        for _ in range(50):
            disturb(True)
            if chance.random() < 0.01:
                rig.device.power(chance.random() < 0.7)
            found = rig.run(0.1)
            assert set(found) <= set(UIDS), found
            told += len(found)
            polls += 1
        if polls % 1000 == 0:
            disturb(False)
            rig.device.power(True)
            rig.put()
            rig.run(40)
            rig.put(Card(UIDS[2]))
            assert rig.run(3) == [UIDS[2]]
    return told
