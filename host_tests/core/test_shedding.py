"""IN1 and IN2, the grid operator's relay, derating by temperature, override, installer maximum, minimum."""

from bench_station import MV_9, charging, config, profile
from house_bench import plugged, smart, solar

from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core import states as s
from evse.core.derating import Derating
from evse.core.inputs_filter import MainsSignal, Steady
from evse.core.limits import NO_LIMIT, Limits
from evse.core.shedding import grid_relay_ma, shed_ma


def test_the_four_combinations_of_the_inputs():
    assert [shed_ma(level, 32000) for level in range(4)] == [NO_LIMIT, 16000, 6000, 0]
    bench = charging()
    for in1, in2, low_ma, high_ma in (
        (False, False, 31000, 32000),
        (True, False, 15900, 16000),
        (False, True, 5900, 6100),
        (False, False, 31000, 32000),
    ):
        bench.inputs.in1 = in1
        bench.inputs.in2 = in2
        bench.run(400)
        assert low_ma <= bench.station.offered_ma() <= high_ma
    bench.inputs.in1 = bench.inputs.in2 = True
    bench.run(400)
    assert bench.state == s.C1
    assert bench.station.limits.winner == lim.SHED


def test_a_shed_level_below_the_minimum_is_a_pause():
    bench = charging(config(minimum_ma=8000))
    bench.inputs.in2 = True
    bench.run(400)
    assert bench.state == s.C1


def test_an_unwired_station_with_turned_inputs_gets_nothing():
    bench = plugged(config(shed_active_low=True))
    assert bench.offered_ma == 0
    bench.inputs.in1 = bench.inputs.in2 = True
    bench.run_s(70)
    assert bench.offered_ma > 31000


def test_half_is_half_of_what_the_station_may_give():
    bench = charging(config(installer_ma=20000))
    bench.inputs.in1 = True
    bench.run(400)
    assert 9900 <= bench.station.offered_ma() <= 10000


def test_a_mains_signal_pulses_and_is_steady():
    for on_ms, off_ms in ((10, 10), (10, 20), (20, 30)):
        signal = MainsSignal()
        steady = Steady(200)
        steady.step(0, 10)
        changes = 0
        for at_ms in range(0, 5000, 10):
            present = signal.step(at_ms % (on_ms + off_ms) < on_ms, 10)
            changes += steady.step(1 if present else 0, 10)
        assert steady.value == 1
        assert changes == 1


def test_spikes_and_bounces_are_nothing():
    signal = MainsSignal()
    steady = Steady(200)
    steady.step(0, 10)
    for _ in range(100):
        steady.step(1 if signal.step(True, 10) else 0, 10)
        for _ in range(15):
            assert not steady.step(1 if signal.step(False, 10) else 0, 10)
    assert steady.value == 0


def test_the_relay_leaves_4200_w():
    assert grid_relay_ma(3, 2300) == 6086
    assert grid_relay_ma(1, 2300) == 18260
    assert grid_relay_ma(3, 2400) == 5833
    for voltage_dv in range(2000, 2600, 7):
        for phases in (1, 2, 3):
            assert grid_relay_ma(phases, voltage_dv) * phases * voltage_dv // 10000 <= 4200


def test_open_relay_limits_at_once_and_closed_one_lets_go():
    bench = charging(config(switch=5))
    # The switch is open from the start.
    assert bench.station.limits.winner == lim.GRID_RELAY
    assert bench.station.offered_ma() <= 6090
    bench.inputs.switch = True
    bench.run(400)
    assert bench.station.offered_ma() > 31000
    bench.inputs.switch = False
    bench.run(400)
    assert 3 * bench.station.offered_ma() * 230 <= 4200 * 1000


def test_where_three_phases_do_not_fit_one_is_used():
    house = plugged(config(switch=5, max_ma=16000))
    house.inputs.switch = True
    house.run_s(90)
    assert house.station.phases == 3
    house.station.meter_voltage(2400, 2405, 2390)
    house.inputs.switch = False
    house.run_s(120)
    assert house.station.phases == 1
    assert house.state == s.C
    assert house.drawn_ma[0] * 2405 // 10000 <= 4200


def test_without_c2_it_waits_instead():
    house = plugged(config(switch=5, max_ma=16000, contact2=ph.NOT_PRESENT))
    house.station.meter_voltage(2400, 2405, 2390)
    house.inputs.switch = True
    house.run_s(90)
    house.inputs.switch = False
    house.run_s(30)
    assert house.offered_ma == 0


def derating_32a() -> Derating:
    derating = Derating(Limits())
    derating.configure(65, 32000)
    return derating


def test_derating_comes_before_the_stop():
    derating = derating_32a()
    limits = [derating.limit_ma(temp_mc) for temp_mc in range(50000, 65000, 1000)]
    assert limits[:10] == [NO_LIMIT] * 10
    assert limits[10:] == [26800, 21600, 16400, 11200, 6000]
    assert derating.limit_ma(64900) == 6000


def test_derating_does_not_flutter():
    derating = derating_32a()
    first_ma = derating.limit_ma(61000)
    for _ in range(10):
        assert derating.limit_ma(60800) == first_ma
        assert derating.limit_ma(61000) == first_ma
    assert derating.limit_ma(60400) > first_ma


def test_heat_reduces_and_then_stops():
    bench = charging()
    bench.inputs.temp_mc = 62000
    bench.run(100)
    assert bench.station.limits.winner == lim.TEMPERATURE
    assert 6000 < bench.station.offered_ma() < 20000
    bench.inputs.temp_mc = 65000
    bench.run(100)
    assert bench.state == s.C1


def test_override_lowers_and_is_lifted():
    bench = charging()
    bench.station.set_override(10000)
    bench.run(100)
    assert bench.station.limits.winner == lim.OVERRIDE
    assert 9900 <= bench.station.offered_ma() <= 10000
    bench.station.set_override(0)
    bench.run(100)
    assert bench.station.offered_ma() > 31000


def test_an_override_for_a_while_ends_by_itself():
    bench = charging()
    bench.station.set_override(10000, 60000)
    bench.run(30000)
    # What somebody sets meanwhile does not lengthen it.
    bench.station.configure(config(minimum_ma=7000))
    bench.run(29000)
    assert bench.station.regulation.override_ma == 10000 and bench.station.offered_ma() <= 10000
    bench.run(1100)
    assert bench.station.regulation.override_ma == 0 and bench.station.offered_ma() > 31000
    assert bench.state == s.C


def test_an_override_for_one_car_ends_when_it_is_unplugged():
    bench = charging()
    bench.station.set_override(10000, for_this_car=True)
    bench.plug(MV_9)
    bench.run(60000)
    assert bench.station.regulation.override_ends == "unplug" and bench.station.offered_ma() <= 10000
    bench.unplug()
    bench.run(1000)
    assert bench.station.regulation.override_ma == 0 and bench.station.regulation.override_ends == ""
    # One without an end is for every car.
    bench.station.set_override(10000)
    bench.plug(MV_9)
    bench.run(5000)
    bench.unplug()
    bench.run(1000)
    assert bench.station.regulation.override_ma == 10000


def test_a_new_override_forgets_how_the_one_before_would_end():
    bench = charging()
    bench.station.set_override(10000, 20000)
    bench.station.set_override(12000, for_this_car=True)
    bench.station.set_override(14000)
    bench.run(30000)
    bench.unplug()
    bench.run(1000)
    assert bench.station.regulation.override_ma == 14000


def test_override_exceeds_no_other_limit():
    house = plugged(smart(), (15000, 0, 0))
    house.station.set_override(16000)
    house.run_s(10)
    assert house.mains_ma(0) <= 25000


def test_solar_has_no_override():
    house = plugged(solar(), (-9000, -9000, -9000))
    house.station.set_override(6000)
    house.run_s(60)
    assert house.offered_ma > 8000


def test_the_grid_relay_that_is_chosen_while_charging_limits_at_once():
    bench = charging(config(), profile(has_inputs=False))
    bench.station.configure(config(switch=5))
    bench.run(100)
    # The relay is open: what it leaves is 4.2 kW.
    assert bench.station.limits.claimed_ma(lim.GRID_RELAY, 0) == 4200 * 10000 // (2300 * 3)
    assert bench.state == s.C and bench.c1.closed and bench.station.offered_ma() <= 6087
