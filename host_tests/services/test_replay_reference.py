"""The model of the reference regulator against the numbers of its sheet."""

import pytest
from replay_days import make, run

from replay_lib.reference import (
    ALWAYS_OFF,
    AUTO,
    C1,
    CAP_FIXED,
    NORMAL,
    SMART,
    SOLAR,
    SOLAR_OFF,
    B,
    C,
    Currents,
    Limits,
    flanders_capacity_a,
    solar_step_da,
    trunc,
)


def charging(limits: Limits, balanced_da: int, mains_da: list[int]) -> Currents:
    """Return a station in state C that has just measured."""
    currents = Currents(limits)
    currents.state = C
    currents.charging_s = 100
    currents.iset_da = currents.balanced_da = balanced_da
    currents.measure(mains_da, 0)
    return currents


def test_quotients_truncate() -> None:
    assert [trunc(number, 3) for number in (7, -7, 6, -1)] == [2, -2, 2, 0]


@pytest.mark.parametrize(
    ("over_da", "room_da", "step_da"),
    [(-11, 11, 5), (-10, 50, 1), (-11, 10, 1), (0, 50, 0), (3, 50, 0), (4, 50, -1), (10, 50, -1), (11, 50, -5),
     (20, 50, -5), (21, 50, -10), (60, 50, -30)],
)  # fmt: skip
def test_fine_steps_of_solar(over_da, room_da, step_da) -> None:
    assert solar_step_da(over_da, room_da) == step_da


@pytest.mark.parametrize(
    ("mains_da", "after_da"),
    [
        # D > 0: a quarter of it; D <= 0: all of it at once.
        ([200, 0, 0], 100 + 12),
        ([249, 0, 0], 100),
        ([250, 0, 0], 100),
        ([270, 0, 0], 80),
        # Never below MIN while something is left to count.
        ([310, 0, 0], 60),
    ],
)
def test_smart_follows_the_room_below_mains(mains_da, after_da) -> None:
    currents = charging(Limits(SMART, max=32), 100, mains_da)
    currents.regulate()
    assert currents.balanced_da == after_da


def test_nothing_changes_without_a_new_measurement() -> None:
    currents = charging(Limits(SMART, max=32), 100, [200, 0, 0])
    currents.regulate()
    currents.regulate()
    assert currents.balanced_da == 112


def test_room_below_the_capacity_is_divided_by_three() -> None:
    limits = Limits(SMART, max=32, cap_mode=CAP_FIXED, capacity=30)
    currents = charging(limits, 100, [100, 70, 70])
    currents.regulate()
    # (300 - 240) / 3 / 4, whatever the car uses.
    assert currents.balanced_da == 105


@pytest.mark.parametrize(("rounds", "less_6a"), [(1, False), (2, False), (3, True)])
def test_the_third_shortage_stops(rounds, less_6a) -> None:
    currents = charging(Limits(SMART), 60, [260, 0, 0])
    for _ in range(rounds):
        currents.measure([260, 0, 0], 0)
        currents.regulate()
    assert currents.less_6a is less_6a


def test_twice_mains_stops_at_once() -> None:
    currents = charging(Limits(SMART), 60, [501, 0, 0])
    currents.regulate()
    assert currents.less_6a


def test_a_soft_shortage_of_capacity_waits() -> None:
    limits = Limits(SMART, cap_mode=CAP_FIXED, capacity=20, cap_stop_min=3)
    currents = charging(limits, 60, [80, 80, 80])
    for _ in range(4):
        currents.measure([80, 80, 80], 0)
        currents.regulate()
    assert currents.capacity_stop_s == 180 and not currents.less_6a


@pytest.mark.parametrize(
    ("isum_da", "available"),
    # START 4 A: strictly more than that must be exported.
    [(-41, True), (-40, False), (100, False)],
)
def test_solar_starts_with_a_surplus(isum_da, available) -> None:
    currents = Currents(Limits(SOLAR, start=4))
    currents.measure([isum_da, 0, 0], 0)
    assert currents.available() is available


@pytest.mark.parametrize(("mains_da", "available"), [(190, True), (191, False)])
def test_smart_starts_with_room_for_min(mains_da, available) -> None:
    currents = Currents(Limits(SMART))
    currents.measure([mains_da, 0, 0], 0)
    assert currents.available() is available


@pytest.mark.parametrize(
    ("contact2", "isum_da", "available"),
    # 1 or 3 times MIN below a capacity of 25 A.
    [(3, 70, True), (3, 71, False), (ALWAYS_OFF, 190, True), (ALWAYS_OFF, 191, False)],
)
def test_capacity_needs_room_for_every_phase(contact2, isum_da, available) -> None:
    currents = Currents(Limits(SMART, cap_mode=CAP_FIXED, capacity=25, contact2=contact2, mains=80))
    currents.measure([isum_da, 0, 0], 0)
    assert currents.available() is available


def test_the_battery_counts_in_solar_only() -> None:
    for mode, contact2, isum_da in ((SOLAR, 3, -30), (SOLAR, ALWAYS_OFF, -31), (SMART, 3, 0)):
        currents = Currents(Limits(mode, contact2=contact2))
        currents.measure([0, 0, 0], 31)
        assert currents.isum_da == isum_da


def test_solar_begins_with_forty_seconds_at_min() -> None:
    currents = charging(Limits(SOLAR, max=16), 60, [-200, 0, 0])
    currents.charging_s = 39
    currents.regulate()
    assert currents.balanced_da == 60
    currents.charging_s = 40
    currents.measure([-200, 0, 0], 0)
    currents.regulate()
    assert currents.balanced_da == 65


def test_solar_without_sun_stops_after_the_stop_time() -> None:
    currents = charging(Limits(SOLAR, max=16, stop_min=10), 60, [80, 0, 0])
    currents.regulate()
    assert currents.solar_stop_s == 600
    currents.measure([-10, 0, 0], 0)
    currents.regulate()
    assert currents.solar_stop_s == 0


@pytest.mark.parametrize(("isum_da", "timer_s"), [(59, 600), (60, 30)])
def test_auto_asks_for_one_phase(isum_da, timer_s) -> None:
    currents = charging(Limits(SOLAR, max=16, contact2=AUTO), 60, [isum_da, 0, 0])
    currents.regulate()
    assert currents.solar_stop_s == timer_s
    currents.solar_stop_s = 2
    currents.measure([isum_da, 0, 0], 0)
    currents.regulate()
    assert currents.stop_asked and currents.pending_phases == 1 and currents.solar_stop_s == 0


@pytest.mark.parametrize(("surplus_da", "timer_s"), [(50, 0), (51, 63)])
def test_auto_asks_for_three_phases(surplus_da, timer_s) -> None:
    currents = charging(Limits(SOLAR, max=16, contact2=AUTO), 160, [-surplus_da, 0, 0])
    currents.phases = 1
    currents.regulate()
    # spare = 3 * (6 + 1) - 16 = 5 A.
    assert currents.solar_stop_s == timer_s
    currents.solar_stop_s = 3
    currents.measure([-surplus_da, 0, 0], 0)
    currents.regulate()
    assert currents.pending_phases == (3 if timer_s else 0)


def test_contact_2() -> None:
    assert Currents(Limits(SOLAR, contact2=SOLAR_OFF)).single_phase()
    assert not Currents(Limits(SMART, contact2=SOLAR_OFF)).single_phase()
    assert Currents(Limits(SMART, contact2=ALWAYS_OFF)).single_phase()
    assert not Currents(Limits(SMART, contact2=AUTO)).single_phase()


def test_normal_gives_max() -> None:
    currents = charging(Limits(NORMAL, max=13), 0, [999, 0, 0])
    currents.regulate()
    assert currents.balanced_da == 130 and not currents.less_6a


@pytest.mark.parametrize(
    ("used_wh", "left_s", "capacity_a"),
    # 625 Wh in a quarter of an hour, 100 W below it, at 230 V, and never 0.
    [(0, 900, 10), (625, 450, 1), (300, 450, 10), (700, 100, 1)],
)
def test_capacity_in_flanders(used_wh, left_s, capacity_a) -> None:
    assert flanders_capacity_a(2500, used_wh, left_s) == capacity_a


def test_a_charge_begins_and_stops_with_the_times_of_the_sheet() -> None:
    # From 60 s on nothing is left below MAINS.
    day = make(300, lambda second: (24 if 60 <= second < 120 else 1, 0, 0), car="one16")
    outcome = run(day, "reference", MODE="Smart", MAINS="25", MAX="16")
    states = [(start, name) for start, _, name in outcome.timeline.state.spans(300)]
    assert states[0][1] == B and states[1][1] == C
    stop = next(start for start, name in states if name == C1)
    # Three cycles of 2 s, the second's check after them.
    assert 64 <= stop <= 68
    again = [start for start, name in states if name == B and start > stop]
    # 60 s from when there is room again.
    assert 179 <= again[0] <= 183
    assert outcome.figures.starts == 2 and outcome.figures.stops == 1


def test_the_reference_switches_to_one_phase_and_back() -> None:
    def house(second: int) -> tuple[float, float, float]:
        current_a = -3.0 if 400 <= second < 1600 else -9.0
        return current_a, current_a, current_a

    day = make(3600, house, car="three16")
    outcome = run(day, "reference", MODE="Solar", MAINS="25", MAX="16", CONTACT_2="Auto")
    assert outcome.figures.phase_switches == 2
    assert outcome.figures.summary()["from_sun_wh"] > 0.85 * outcome.figures.summary()["energy_wh"]
