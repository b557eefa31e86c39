"""CONTACT 2 = Auto: one phase or three by what brings more energy, never under load, never more often than allowed."""

from house_bench import House, plugged, smart, solar

from evse.core import phase_choice as ph
from evse.core import states as s

AUTO = {"contact2": ph.AUTO}


def watch(house: House, duration_s: int) -> None:
    """Let time pass and check that C2 never moves while current flows."""
    for _ in range(duration_s * 20):
        before = house.c2.closed
        drawn_ma = house.drawn_ma[0]
        house.step()
        if house.c2.closed != before:
            assert drawn_ma == 0
            assert not house.c1.closed


def test_little_sun_starts_with_one_phase():
    house = plugged(solar(contact2=ph.AUTO), (-3000, -3000, -3000))
    watch(house, 90)
    assert house.station.phases == 1
    assert house.state == s.C
    assert 8000 <= house.drawn_ma[0] <= 9000


def test_much_sun_starts_with_three():
    house = plugged(solar(contact2=ph.AUTO), (-9000, -9000, -9000))
    watch(house, 90)
    assert house.station.phases == 3
    assert house.drawn_ma[2] > 8000


def test_too_little_for_three_goes_to_one_and_back():
    for ev_meter in (True, False):
        house = plugged(solar(contact2=ph.AUTO), (-9000, -9000, -9000), ev_meter=ev_meter)
        watch(house, 660)
        assert house.station.phases == 3
        house.house_ma[:] = [-3000, -3000, -3000]
        watch(house, 120)
        assert house.station.phases == 3
        watch(house, 300)
        assert house.station.phases == 1, ev_meter
        assert house.state == s.C
        assert 7500 <= house.drawn_ma[0] <= 9000
        house.house_ma[:] = [-10000, -10000, -10000]
        watch(house, 300)
        assert house.station.phases == 1
        watch(house, 600)
        assert house.station.phases == 3, ev_meter
        assert house.drawn_ma[2] > 8000
        assert house.switches == 2


def test_passing_clouds_do_not_flap():
    house = plugged(solar(contact2=ph.AUTO), (-9000, -9000, -9000))
    last_ms = -600000
    switches = house.switches
    for cycle in range(40):
        level_ma = -9000 if cycle % 2 else -2000
        house.house_ma[:] = [level_ma, level_ma, level_ma]
        for _ in range(90):
            watch(house, 1)
            if house.switches != switches:
                switches = house.switches
                assert house.now_ms - last_ms >= 600000
                last_ms = house.now_ms
    assert house.switches <= 6


def test_a_car_with_one_phase_is_left_alone():
    house = plugged(solar(contact2=ph.AUTO), (-9000, -9000, -9000), car_phases=1)
    watch(house, 120)
    starts = house.starts
    house.house_ma[:] = [-3000, -3000, -3000]
    watch(house, 1800)
    assert house.starts == starts
    assert 8000 <= house.drawn_ma[0] <= 9000


def test_a_car_with_two_phases_is_reckoned_with():
    house = plugged(solar(contact2=ph.AUTO), (-5000, -5000, -5000), car_phases=2)
    watch(house, 120)
    # 15 A of sun are enough for two phases of 7 A.
    assert house.station.phases in (1, 3)
    assert house.sum_ma() <= 500
    if house.station.phases == 3:
        assert 7000 <= house.drawn_ma[1] <= 7500


def test_normal_mode_uses_three():
    house = plugged(solar(contact2=ph.AUTO), (-3000, -3000, -3000))
    watch(house, 60)
    assert house.station.phases == 1
    house.config.mode = ph.NORMAL
    house.station.configure(house.config)
    watch(house, 720)
    assert house.station.phases == 3
    assert house.drawn_ma[2] > 15000


def test_smart_takes_one_phase_when_another_is_full():
    house = plugged(smart(contact2=ph.AUTO), (2000, 22000, 2000))
    watch(house, 120)
    assert house.station.phases == 1
    assert house.drawn_ma[0] > 15000
    house.house_ma[1] = 2000
    watch(house, 720)
    assert house.station.phases == 3


def test_solar_off_follows_the_mode():
    house = plugged(smart(contact2=ph.SOLAR_OFF), (-9000, -9000, -9000))
    assert house.station.phases == 3
    house.config.mode = ph.SOLAR
    house.station.configure(house.config)
    watch(house, 150)
    assert house.station.phases == 1
    assert house.state == s.C
