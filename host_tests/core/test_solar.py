"""Solar mode: start, hold, follow and stop by the surplus; START, STOP, IMPORT and the home battery."""

from bench_station import config
from house_bench import House, plugged, smart, solar, steady

from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core import states as s


def sunny(surplus_ma: int, settings=None, **car) -> House:
    """Return a house that exports `surplus_ma` on each phase, with a car plugged in for a minute."""
    house = plugged(settings or solar(), (-surplus_ma, -surplus_ma, -surplus_ma), **car)
    house.run_s(60)
    return house


def test_no_surplus_no_start():
    house = plugged(solar(), (1000, 0, -4900))
    house.run_s(60)
    assert house.state == s.B1
    assert house.station.limits.winner == lim.SUN
    assert house.faults() == ["no_power"]


def test_start_at_the_export_that_start_names():
    house = plugged(solar(), (-1000, -1000, -1900), noise_ma=0)
    house.run_s(60)
    assert not house.c1.closed
    house.house_ma[2] = -2000
    house.run_s(75)
    assert house.c1.closed


def test_the_sum_at_the_connection_settles_at_import():
    for ev_meter in (True, False):
        for delay_ms in (0, 2000, 5000):
            for import_ma in (0, 6000):
                house = sunny(9000, solar(import_ma=import_ma), ev_meter=ev_meter, delay_ms=delay_ms)
                house.run_s(120)
                assert house.state == s.C
                assert -2000 <= house.sum_ma() - import_ma <= 500, (
                    ev_meter,
                    delay_ms,
                    import_ma,
                    house.sum_ma(),
                )
                steady(house)


def test_single_phase_cars_get_the_whole_surplus():
    house = sunny(4000, car_phases=1)
    house.run_s(120)
    assert 11400 <= house.drawn_ma[0] <= 12000


def test_too_little_sun_stops_after_the_time():
    house = sunny(8000, solar(stop_ms=60000))
    house.run_s(60)
    assert house.state == s.C
    house.house_ma[:] = [1000, 1000, 1000]
    house.until(lambda h: h.regulation.solar_stop_ms() > 0, 20000)
    took_ms = house.until(lambda h: not h.c1.closed, 80000)
    assert 59000 <= took_ms <= 67000
    assert house.state == s.B1 or house.state == s.C1


def test_somebody_at_the_station_lets_the_time_begin_anew():
    house = sunny(8000, solar(stop_ms=60000))
    house.run_s(60)
    house.house_ma[:] = [1000, 1000, 1000]
    house.until(lambda h: h.regulation.solar_stop_ms() > 0, 20000)
    house.run_s(45)
    assert 0 < house.regulation.solar_stop_ms() <= 15000
    house.station.skip_delay()
    house.run_s(30)
    assert house.regulation.solar_stop_ms() > 25000
    assert house.state == s.C
    house.until(lambda h: not h.c1.closed, 60000)


def test_a_passing_cloud_stops_nothing():
    house = sunny(8000, solar(stop_ms=60000))
    house.run_s(60)
    starts = house.starts
    for _ in range(10):
        house.house_ma[:] = [0, 0, 0]
        house.run_s(45)
        house.house_ma[:] = [-8000, -8000, -8000]
        house.run_s(30)
    assert house.starts == starts


def test_stop_disabled_never_stops():
    house = sunny(8000, solar(stop_ms=0))
    house.house_ma[:] = [3000, 3000, 3000]
    house.run_s(900)
    assert house.state == s.C
    assert house.regulation.solar_stop_ms() == 0
    assert 5900 <= house.offered_ma <= 6100


def test_settings_act_at_once():
    house = sunny(8000, solar(stop_ms=600000))
    house.house_ma[:] = [1000, 1000, 1000]
    house.run_s(30)
    assert house.regulation.solar_stop_ms() > 60000
    house.config.stop_ms = 60000
    house.station.configure(house.config)
    assert house.regulation.solar_stop_ms() <= 60000
    house.config.stop_ms = 0
    house.station.configure(house.config)
    house.run_s(5)
    assert house.regulation.solar_stop_ms() == 0
    house.house_ma[:] = [-8000, -8000, -8000]
    house.run_s(60)
    house.config.import_ma = 9000
    house.station.configure(house.config)
    house.run_s(30)
    assert 7000 <= house.sum_ma() <= 9500


def test_after_a_stop_start_alone_is_not_enough():
    """Else a surplus between START and the minimum would start and stop the car all day."""
    house = sunny(2000, solar(stop_ms=60000))
    starts = house.starts
    house.run_s(1800)
    assert house.starts - starts <= 1


def test_the_home_battery_is_taken_out():
    house = plugged(solar(), (-1000, 0, 0), battery_ma=10000)
    house.run_s(10)
    assert house.regulation.sum_ma() == -1000 or house.c1.closed
    assert house.regulation.corrected_sum_ma() - house.regulation.sum_ma() == -10000
    house.battery_ma = None
    house.run_s(8)
    assert house.regulation.corrected_sum_ma() - house.regulation.sum_ma() == -10000
    house.run_s(4)
    assert house.regulation.corrected_sum_ma() == house.regulation.sum_ma()


def test_the_home_battery_counts_on_one_phase_when_c2_is_off():
    house = plugged(solar(contact2=ph.ALWAYS_OFF), (-1000, 0, 0), battery_ma=-10000, noise_ma=0)
    house.run_s(3)
    home = house.regulation.house
    assert home and home.corrected_ma == [9000, 0, 0]
    house.config.contact2 = ph.ALWAYS_ON
    house.station.configure(house.config)
    house.run_s(3)
    assert home.corrected_ma == [-1000 + 3334, 3333, 3333]


def test_the_battery_is_nothing_to_the_fuse():
    house = plugged(solar(), (-9000, -9000, -9000), battery_ma=30000)
    house.run_s(120)
    house.house_ma[0] = 15000
    house.run_s(30)
    assert house.mains_ma(0) <= 25000


def test_another_mode_lets_go():
    house = plugged(solar(), (1000, 1000, 1000))
    assert house.offered_ma == 0
    house.config.mode = ph.SMART
    house.station.configure(house.config)
    house.run_s(75)
    assert house.offered_ma > 15900


def test_from_smart_to_solar_with_sun_the_car_goes_on():
    house = plugged(smart(), (-9000, -9000, -9000))
    house.config = solar()
    house.station.configure(house.config)
    for _ in range(1200):
        house.step()
        assert house.state == s.C and house.c1.closed
    assert house.starts == 1 and 8000 <= house.offered_ma <= 9500


def test_from_smart_to_solar_without_sun_the_car_goes_on_for_stop():
    """As it does when the sun goes away."""
    house = plugged(smart(), (1000, 1000, 1000))
    house.config = solar(stop_ms=120000)
    house.station.configure(house.config)
    house.run_s(20)
    assert house.state == s.C and house.offered_ma == 6000
    assert 100000 <= house.regulation.solar_stop_ms() <= 119000
    house.run_s(85)
    assert house.state == s.C and house.starts == 1
    house.run_s(30)
    assert not house.c1.closed
    house.run_s(600)
    assert not house.c1.closed


def test_from_normal_to_solar_with_another_number_of_phases_the_car_waits_for_the_sun():
    """It has to stop for C2 anyway."""
    house = plugged(smart(contact2=ph.SOLAR_OFF), (500, 500, 500))
    house.config = solar(contact2=ph.SOLAR_OFF)
    house.station.configure(house.config)
    house.run_s(300)
    assert not house.c1.closed and house.station.phases == 1
    house.house_ma[:] = [-8000, 0, 0]
    house.run_s(120)
    assert house.state == s.C and house.c1.closed and not house.c2.closed


def test_from_solar_to_smart_and_normal_the_car_goes_on():
    house = plugged(solar(), (-3000, -3000, -3000))
    house.run_s(60)
    assert house.state == s.C
    for settings in (smart(), config(max_ma=16000, mains_meter=True), smart(), solar()):
        house.config = settings
        house.station.configure(settings)
        for _ in range(300):
            house.step()
            assert house.state == s.C and house.c1.closed
    assert house.starts == 1 and house.over_mas == 0
