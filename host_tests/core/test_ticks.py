from evse.core import ticks

LAST = ticks.PERIOD - 1
HALF = ticks.PERIOD // 2


def test_diff_without_wrap():
    assert ticks.diff(1500, 500) == 1000
    assert ticks.diff(500, 1500) == -1000
    assert ticks.diff(7, 7) == 0


def test_diff_across_the_wrap():
    assert ticks.diff(4, ticks.PERIOD - 5) == 9
    assert ticks.diff(ticks.PERIOD - 5, 4) == -9
    assert ticks.diff(0, LAST) == 1
    assert ticks.diff(LAST, 0) == -1


def test_diff_reaches_half_a_period():
    assert ticks.diff(HALF - 1, 0) == HALF - 1
    assert ticks.diff(HALF, 0) == -HALF
    assert ticks.diff(HALF + 1, 0) == -HALF + 1


def test_add_without_wrap():
    assert ticks.add(500, 1000) == 1500
    assert ticks.add(1500, -1000) == 500
    assert ticks.add(0, 0) == 0
    assert ticks.add(LAST, 0) == LAST


def test_add_across_the_wrap():
    assert ticks.add(LAST, 1) == 0
    assert ticks.add(0, -1) == LAST
    assert ticks.add(ticks.PERIOD - 5, 10) == 5
    assert ticks.add(5, -10) == ticks.PERIOD - 5


def test_add_and_diff_are_inverse_everywhere():
    for start in (0, 1, 5000, HALF - 1, HALF, HALF + 1, LAST - 1, LAST):
        for delta_ms in (-HALF, 1 - HALF, -5000, -1, 0, 1, 5000, HALF - 1):
            later = ticks.add(start, delta_ms)
            assert 0 <= later < ticks.PERIOD
            assert ticks.diff(later, start) == delta_ms
