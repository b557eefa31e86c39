"""Presses of three buttons: bounce, short and long, repetition that accelerates, two at a time."""

from evse.core import ticks
from evse.services import buttons as b
from evse.services.buttons import (
    LEFT,
    LONG,
    MIDDLE,
    NONE,
    PRESS,
    RELEASE,
    REPEAT,
    RIGHT,
    SHORT,
    TOGETHER,
    Presses,
)

START = ticks.PERIOD - 700


class Hand:
    """Presses buttons and notes (ms, event, button)."""

    def __init__(self, period_ms=20):
        self.presses = Presses()
        self.period_ms = period_ms
        self.ms = 0
        self.events = []

    def hold(self, mask, duration_ms):
        end_ms = self.ms + duration_ms
        while self.ms < end_ms:
            event = self.presses.step(mask, ticks.add(START, self.ms))
            if event != NONE:
                self.events.append((self.ms, event, self.presses.button))
            self.ms += self.period_ms
        return self

    def kinds(self):
        return [event for _, event, _ in self.events]


def test_a_short_press_is_noticed_at_once_and_when_it_ends():
    for button in (LEFT, MIDDLE, RIGHT):
        for period_ms in (10, 20):
            hand = Hand(period_ms).hold(0, 100).hold(button, 200).hold(0, 100)
            assert hand.events == [(120, PRESS, button), (320, SHORT, button)], hand.events
            assert not hand.presses.busy()


def test_bounce_is_no_press_and_no_second_press():
    hand = Hand(10)
    for _ in range(5):
        hand.hold(LEFT, 10).hold(0, 10)
    hand.hold(0, 100)
    assert hand.events == []
    for _ in range(3):
        hand.hold(LEFT, 10).hold(0, 10)
    hand.hold(LEFT, 300)
    for _ in range(3):
        hand.hold(0, 10).hold(LEFT, 10)
    hand.hold(0, 100)
    assert hand.kinds() == [PRESS, SHORT]


def test_a_long_press_is_told_after_two_seconds_and_is_not_short():
    hand = Hand(10).hold(MIDDLE, 1900).hold(0, 100)
    assert LONG not in hand.kinds() and hand.kinds()[-1] == SHORT
    hand = Hand(10).hold(MIDDLE, 2500).hold(0, 100)
    assert [event[0] for event in hand.events if event[1] == LONG] == [2020]
    assert hand.kinds()[-1] == RELEASE and hand.kinds().count(LONG) == 1


def test_repetition_begins_after_half_a_second_and_accelerates_by_an_eighth():
    hand = Hand(10).hold(RIGHT, 8000).hold(0, 50)
    times = [event[0] for event in hand.events if event[1] == REPEAT]
    assert times[0] == 520
    expected = [500]
    while expected[-1] > 40:
        expected.append(max(expected[-1] - expected[-1] // 8, 40))
    gaps = [times[index + 1] - times[index] for index in range(len(times) - 1)]
    for index in range(len(expected) - 1):
        # As exact as the buttons are looked at; the long press takes the place of one.
        assert expected[index + 1] <= gaps[index] <= expected[index + 1] + 20, (index, gaps)
    assert set(gaps[len(expected) :]) == {40}
    assert hand.presses.repeats == len(times)


def test_repeats_count_from_every_press():
    hand = Hand().hold(LEFT, 3000).hold(0, 100).hold(LEFT, 100)
    assert hand.kinds()[-1] == PRESS and hand.presses.repeats == 0


def test_two_buttons_are_one_event_and_nothing_more_until_all_are_released():
    for first, second in ((LEFT, RIGHT), (RIGHT, LEFT), (MIDDLE, RIGHT)):
        hand = Hand().hold(first, 100).hold(first | second, 3000).hold(second, 3000).hold(0, 100)
        assert hand.kinds() == [PRESS, TOGETHER], hand.events
        assert hand.events[1][2] == first | second
        assert hand.hold(LEFT, 100).kinds()[-1] == PRESS
    hand = Hand().hold(LEFT | RIGHT, 300).hold(0, 100)
    assert hand.kinds() == [TOGETHER] and hand.events[0][2] == LEFT | RIGHT


def test_what_is_ignored_gives_no_event_until_it_is_released():
    hand = Hand().hold(MIDDLE, 100)
    hand.presses.ignore()
    hand.hold(MIDDLE, 5000).hold(0, 100)
    assert hand.kinds() == [PRESS]
    assert hand.hold(MIDDLE, 100).hold(0, 100).kinds() == [PRESS, PRESS, SHORT]


def test_a_loop_that_was_held_up_makes_no_long_press():
    presses = Presses()
    now = START
    assert presses.step(MIDDLE, now) == NONE
    now = ticks.add(now, 20)
    assert presses.step(MIDDLE, now) == PRESS
    now = ticks.add(now, 4000)
    assert presses.step(MIDDLE, now) == NONE
    now = ticks.add(now, 20)
    presses.step(0, now)
    assert presses.step(0, ticks.add(now, 20)) == SHORT


def test_a_button_that_is_stuck_for_days_overflows_nothing():
    presses = Presses()
    now = START
    seen = 0
    for _ in range(60000):
        event = presses.step(LEFT, now)
        seen += event == LONG
        now = ticks.add(now, 100)
    assert seen == 1 and presses.busy()
    presses.step(0, now)
    assert presses.step(0, ticks.add(now, 20)) == RELEASE


def test_masks_are_those_of_the_board():
    assert (b.LEFT, b.MIDDLE, b.RIGHT) == (1, 2, 4)
