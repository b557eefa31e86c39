"""The count of late control steps."""

from evse.services.lateness import Lateness


def counted(lags):
    lateness = Lateness()
    for lag_ms in lags:
        lateness.note(lag_ms, False)
    return lateness


def test_nothing_counted_is_no_lag():
    assert Lateness().p999_ms() == 0


def test_one_step_in_a_thousand_may_be_later():
    assert counted([1] * 999 + [40]).p999_ms() == 1
    assert counted([1] * 998 + [40, 40]).p999_ms() == 40
    assert counted([0] * 5000 + [9] * 6).p999_ms() == 9


def test_a_few_steps_show_their_worst():
    assert counted([0, 3, 1]).p999_ms() == 3


def test_lags_beyond_the_buckets_show_the_worst():
    lateness = counted([5] * 100 + [500] * 2)
    assert lateness.p999_ms() == 500
    assert lateness.worst_ms == 500


def test_only_steps_with_a_closed_contactor_count_as_closed():
    lateness = Lateness()
    lateness.note(70, False)
    lateness.note(7, True)
    assert (lateness.worst_ms, lateness.worst_closed_ms) == (70, 7)


def test_a_step_that_came_early_is_not_late():
    assert counted([-1, 0]).p999_ms() == 0


def test_counts_are_halved_and_keep_their_shape():
    lateness = Lateness()
    for _ in range(1000):
        for _ in range(998):
            lateness.note(1, False)
        lateness.note(20, False)
        lateness.note(20, False)
    assert lateness._total == 500000
    assert lateness.p999_ms() == 20
