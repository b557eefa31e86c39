"""Capacity tariff: fixed sum, power by time of day, and the Belgian average of 15 minutes."""

from house_bench import plugged, smart

from evse.core import capacity as cap
from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core import states as s
from evse.core.capacity import Capacity


def fixed(**values):
    settings = {"capacity_mode": cap.FIXED, "capacity_ma": 30000, "mains_ma": 40000}
    settings.update(values)
    return smart(**settings)


def test_the_sum_of_all_phases_stays_below():
    for ev_meter in (True, False):
        house = plugged(fixed(), (2000, 2000, 2000), ev_meter=ev_meter)
        house.run_s(20)
        assert house.station.limits.winner == lim.CAPACITY
        assert 29000 <= house.sum_ma() <= 30000
        house.house_ma[0] = 8000
        house.run_s(10)
        assert house.sum_ma() <= 30000
        assert house.state == s.C


def test_one_phase_gets_all_of_it():
    house = plugged(fixed(contact2=ph.ALWAYS_OFF, capacity_ma=20000), (2000, 2000, 2000))
    house.run_s(20)
    assert 13000 <= house.drawn_ma[0] <= 14000


def test_export_on_one_phase_does_not_pay_for_another():
    house = plugged(fixed(), (8000, -20000, 2000))
    house.run_s(20)
    total_ma = 0
    for phase in range(3):
        total_ma += max(house.mains_ma(phase), 0)
    assert total_ma <= 30000


def test_cap_stop_gives_time_before_the_stop():
    house = plugged(fixed(capacity_stop_ms=60000), (2000, 2000, 2000))
    house.house_ma[0] = 20000
    house.until(lambda h: h.regulation.capacity_stop_ms() > 0, 20000)
    took_ms = house.until(lambda h: not h.c1.closed, 90000)
    assert 59000 <= took_ms <= 67000
    house.run_s(120)
    assert not house.c1.closed
    house.house_ma[0] = 2000
    house.run_s(90)
    assert house.c1.closed


def test_cap_stop_is_taken_back():
    house = plugged(fixed(capacity_stop_ms=60000), (2000, 2000, 2000))
    house.house_ma[0] = 20000
    house.run_s(30)
    assert house.regulation.capacity_stop_ms() > 0
    assert house.state == s.C
    house.house_ma[0] = 2000
    house.run_s(40)
    assert house.regulation.capacity_stop_ms() == 0
    assert house.state == s.C


def test_without_cap_stop_it_stops_soon():
    house = plugged(fixed(), (2000, 2000, 2000))
    house.house_ma[0] = 20000
    house.run_s(12)
    assert not house.c1.closed


def test_nothing_of_it_in_normal_mode():
    house = plugged(fixed(mode=ph.NORMAL), (20000, 2000, 2000))
    assert house.offered_ma > 15900


def test_interval_takes_the_row_of_the_hour():
    capacity = Capacity()
    capacity.configure(cap.INTERVAL, 0, ((360, 4000), (1200, 10000)))
    assert not capacity.active()
    for minute, power_w in (
        (0, 10000),
        (359, 10000),
        (360, 4000),
        (1199, 4000),
        (1200, 10000),
        (1439, 10000),
    ):
        capacity.wall_time(1000, 0, minute, 6)
        assert capacity.limit_w() == power_w - 100
    assert capacity.limit_ma(2300) == 9900 * 10000 // 2300


def test_flanders_allows_the_peak_of_the_month():
    capacity = Capacity()
    capacity.configure(cap.FLANDERS, 0, ())
    capacity.wall_time(1000, 899, 0, 6)
    capacity.wall_time(1001, 0, 0, 6)
    assert capacity.limit_w() == 2400
    for second in range(450):
        capacity.wall_time(1001, second, 0, 6)
        capacity.power(1000, 1000)
    # Half of the time at 1 kW leaves 4 kW for the other half.
    assert 3880 <= capacity.limit_w() <= 3920


def test_flanders_remembers_the_highest_quarter_and_forgets_it_next_month():
    capacity = Capacity()
    capacity.configure(cap.FLANDERS, 0, ())
    capacity.wall_time(1000, 899, 0, 6)
    for quarter in (1001, 1002):
        for second in range(900):
            capacity.wall_time(quarter, second, 0, 6)
            capacity.power(4000, 1000)
    capacity.wall_time(1003, 0, 0, 6)
    assert 3990 <= capacity.peak_w <= 4000
    assert capacity.limit_w() > 3850
    capacity.wall_time(1004, 0, 0, 7)
    assert capacity.peak_w == cap.LEAST_PEAK_W


def test_a_quarter_that_was_not_seen_whole_sets_no_peak():
    capacity = Capacity()
    capacity.configure(cap.FLANDERS, 0, ())
    capacity.wall_time(1000, 500, 0, 6)
    capacity.power(20000, 1000)
    for second in range(501, 900):
        capacity.wall_time(1000, second, 0, 6)
        capacity.power(20000, 1000)
    capacity.wall_time(1001, 0, 0, 6)
    assert capacity.peak_w == cap.LEAST_PEAK_W


def test_flanders_keeps_the_average_below_the_peak():
    house = plugged(smart(capacity_mode=cap.FLANDERS, contact2=ph.ALWAYS_OFF, capacity_stop_ms=300000))
    quarter, second = 1000, 899
    used_ws = 0
    for _ in range(900):
        house.station.wall_time(quarter, second, 600, 6)
        second += 1
        if second == 900:
            quarter, second = quarter + 1, 0
            used_ws = 0
        house.house_ma[:] = [3000 if second % 300 < 60 else 500, 200, 200]
        house.run(1000)
        used_ws += house.sum_ma() * 230 // 1000
    assert house.starts >= 1
    assert 1500 * 900 <= used_ws <= 2500 * 900
