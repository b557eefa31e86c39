"""What runs are judged by: figures, the bound of perfect foresight, the car and the battery they are made with."""

import pytest
from replay_days import make

from evse.core.pilot import duty_permille
from replay_lib.bound import perfect_foresight
from replay_lib.cars import CARS
from replay_lib.day import Battery
from replay_lib.figures import Figures, energy_wh
from replay_lib.plant import Plant, Storage
from replay_lib.reference import CAP_FIXED, CAP_FLANDERS, SMART, SOLAR, Limits
from replay_lib.timeline import Timeline

NO_BATTERY = 0


def hold(figures: Figures, seconds: int, house_a: tuple, car_a: tuple, battery_a: float = 0) -> None:
    for _ in range(seconds):
        figures.hold(
            1000,
            [round(current * 1000) for current in house_a],
            round(battery_a * 1000),
            [round(current * 1000) for current in car_a],
        )


def test_only_the_part_of_the_car_is_an_excess() -> None:
    figures = Figures(25000, 16000, 0)
    hold(figures, 10, (20, 30, 10), (8, 2, 8))
    mains = figures.summary()["limits"]["mains"]
    # L1: 3 A above. L2: 7 A above, of which the car's 2 A count; the house alone is 5 A above.
    assert mains["above_as"] == pytest.approx(50) and mains["house_alone_as"] == pytest.approx(50)
    assert mains["above_s"] == mains["longest_s"] == 10


def test_the_longest_excess_is_without_a_break() -> None:
    figures = Figures(25000, 16000, 0)
    for seconds in (3, 5, 2):
        hold(figures, seconds, (20, 0, 0), (6, 0, 0))
        hold(figures, 1, (20, 0, 0), (5.1, 0, 0))
    mains = figures.summary()["limits"]["mains"]
    # 0.1 A cannot be seen, but adds up.
    assert (mains["above_s"], mains["longest_s"]) == (10, 5)
    assert mains["above_as"] == pytest.approx(10.3)


def test_capacity_is_a_sum_of_phases() -> None:
    figures = Figures(25000, 16000, 20000)
    hold(figures, 4, (5, 5, 5), (6, 0, 0))
    hold(figures, 4, (5, 5, -5), (6, 0, 0))
    hold(figures, 4, (15, 15, 0), (6, 0, 0))
    capacity = figures.summary()["limits"]["capacity"]
    assert capacity["above_as"] == pytest.approx(4 * 1 + 4 * 6) and capacity[
        "house_alone_as"
    ] == pytest.approx(40)


def test_energy_is_told_apart() -> None:
    figures = Figures(25000, 16000, 0)
    # 6 A of 10 A come from what would be exported, netted over the phases; the rest is imported.
    hold(figures, 3600, (-10, 4, 0), (10, 0, 0))
    summary = figures.summary()
    assert (summary["energy_wh"], summary["from_sun_wh"], summary["from_grid_wh"]) == (2300, 1380, 920)
    assert summary["charging_s"] == 3600


def test_energy_that_a_battery_would_have_stored_is_from_the_sun() -> None:
    figures = Figures(25000, 16000, 0)
    # 8 A of sun: the battery takes 3 A and the car 5 A of it.
    hold(figures, 3600, (-5, 0, 0), (5, 0, 0), battery_a=3)
    # At night the battery gives 4 A, 1 A of which is for the house, and 2 A are imported.
    hold(figures, 3600, (-3, 0, 0), (5, 0, 0), battery_a=-4)
    summary = figures.summary()
    assert summary["from_sun_wh"] == 1150
    assert (summary["from_grid_wh"], summary["from_battery_wh"]) == (460, 690)


def test_quarters_are_those_of_the_clock() -> None:
    figures = Figures(25000, 16000, 0, start_s=600)
    hold(figures, 300, (9, 0, 0), (0, 0, 0))
    hold(figures, 900, (2, -4, 0), (0, 0, 0))
    hold(figures, 900, (1, 0, 0), (1, 0, 0))
    assert figures.quarters_w == [690, 0, 460]
    assert figures.summary()["peak_quarter_w"] == 690


def test_switches() -> None:
    figures = Figures(25000, 16000, 0)
    for closed, phases in ((True, 3), (False, 0), (True, 1), (False, 0), (True, 1)):
        figures.switched(closed, phases)
    assert (figures.starts, figures.stops, figures.phase_switches, figures.switches) == (3, 2, 1, 6)


def test_energy_of_currents() -> None:
    assert energy_wh(1000 * 3600 * 1000) == 230


def seen(house_a: list[tuple], plugged: bool = True) -> Timeline:
    timeline = Timeline(len(house_a))
    for second, three in enumerate(house_a):
        timeline.plugged[second] = plugged
        for phase in range(3):
            timeline.house_ma[phase][second] = round(three[phase] * 1000)
    return timeline


@pytest.mark.parametrize(
    ("limits", "car", "house_a", "current_a"),
    [
        # MAX, the car, MAINS on the fullest phase, and nothing below MIN.
        (Limits(SMART, max=13), "three16", (0, 0, 0), 13 * 3),
        (Limits(SMART, max=32), "three16", (0, 0, 0), 16 * 3),
        (Limits(SMART, max=32, cable=20), "three32", (0, 0, 0), 20 * 3),
        (Limits(SMART, max=32), "three32", (3, 15, 0), 10 * 3),
        (Limits(SMART, max=32), "one32", (3, 15, 0), 22),
        (Limits(SMART, max=32), "two16", (3, 9, 20), 16 * 2),
        (Limits(SMART, max=16), "three16", (3, 19.5, 0), 0),
        (Limits(SMART, max=16, contact2=1), "three16", (3, 19.5, 0), 16),
        (Limits(SMART, max=16, cap_mode=CAP_FIXED, capacity=40), "three16", (4, 4, 2), 30),
        (Limits(SMART, max=16, cap_mode=CAP_FIXED, capacity=40), "three16", (10, 10, 3), 0),
    ],
)
def test_perfect_foresight(limits, car, house_a, current_a) -> None:
    bound = perfect_foresight(seen([house_a] * 3600), limits, CARS[car], make(1, lambda _: (0, 0, 0)))
    assert bound.valid and bound.energy_wh == pytest.approx(current_a * 230, abs=1)


def test_perfect_foresight_ends_when_the_car_is_full_or_gone() -> None:
    limits = Limits(SMART, max=16)
    day = make(1, lambda _: (0, 0, 0), needs_wh=5000)
    assert perfect_foresight(seen([(0, 0, 0)] * 3600), limits, CARS["three16"], day).energy_wh == 5000
    assert perfect_foresight(seen([(0, 0, 0)] * 3600, False), limits, CARS["three16"], day).energy_wh == 0
    assert not perfect_foresight(seen([(0, 0, 0)]), Limits(SOLAR), CARS["three16"], day).valid


def test_perfect_foresight_under_the_flemish_tariff() -> None:
    limits = Limits(SMART, max=16, cap_mode=CAP_FLANDERS)
    day = make(1, lambda _: (0, 0, 0), start_s=0)
    # 2500 W for a quarter of an hour, less the 230 W of the house. A house of 4600 W is the new peak.
    assert perfect_foresight(seen([(1, 0, 0)] * 900), limits, CARS["three16"], day).energy_wh == 567
    after_a_peak = [(20, 0, 0)] * 900 + [(1, 0, 0)] * 900
    one_phase = Limits(SMART, max=20, mains=20, cap_mode=CAP_FLANDERS, contact2=1)
    assert perfect_foresight(seen(after_a_peak), one_phase, CARS["one32"], day).energy_wh == 1092


def test_a_car_follows_offers_that_come_faster_than_it_reacts() -> None:
    plant = Plant(make(10, lambda _: (0, 0, 0)), CARS["one16"], None)
    car = plant.world.car
    plant.world.set({"car.auto": True, "car.pilot": "B"})
    for second in range(10):
        car.step(6000 + 1000 * second, False, True, 1000)
    # Two seconds behind.
    assert car.draws_ma == 6000 + 1000 * 7
    car.step(0, False, True, 1000)
    assert car.next_ms(True) >= 0
    car.step(0, False, True, 1000)
    car.step(0, False, True, 1000)
    assert car.draws_ma == 0


def test_a_car_forgets_its_offers_when_it_is_unplugged() -> None:
    plant = Plant(make(10, lambda _: (0, 0, 0)), CARS["one16"], None)
    plant.world.set({"car.auto": True, "car.pilot": "B"})
    plant.world.drive_pilot(duty_permille(16000), True)
    plant.world.step(plant.clock.now + 100)
    plant.world.set({"car.auto": False, "car.pilot": "A"})
    plant.world.set({"car.auto": True, "car.pilot": "B"})
    assert plant.world.car.next_ms(False) == -1


def test_a_battery_brings_the_connection_to_zero_as_long_as_it_can() -> None:
    storage = Storage(Battery(1000, 2000, 500, 3))
    power_w = []
    for _ in range(60):
        storage.second(1500 + storage.power_w)
        power_w.append(storage.power_w)
    assert power_w[0] == -500 and power_w[-1] == pytest.approx(-1500, abs=1)
    for _ in range(3600):
        storage.second(1500 + storage.power_w)
    assert storage.power_w == pytest.approx(0, abs=1)
    for _ in range(60):
        storage.second(-9000 + storage.power_w)
    assert storage.power_w == 2000
