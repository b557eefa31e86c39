"""A car that draws more than it was offered."""

from bench_station import MV_6, MV_9, charging, config

from evse.core import limits as lim
from evse.core import states as s


def feed(bench, duration_ms, l1_ma, l2_ma=0, l3_ma=0):
    """Let the meter report these currents every second."""
    for _ in range(duration_ms // 1000):
        bench.station.meter_currents(l1_ma, l2_ma, l3_ma, 0)
        bench.run(1000)


def at_16_a():
    return charging(config(max_ma=16000))


def test_more_than_10_percent_and_half_an_ampere_for_7_s_stops():
    bench = at_16_a()
    feed(bench, 6000, 18060)
    assert bench.state == s.C
    feed(bench, 2000, 18060)
    assert bench.state == s.C1
    assert bench.faults() == ["overcurrent"]


def test_every_phase_counts():
    for phase in range(3):
        bench = at_16_a()
        current_ma = [0, 0, 0]
        current_ma[phase] = 20000
        feed(bench, 8000, current_ma[0], current_ma[1], current_ma[2])
        assert bench.faults() == ["overcurrent"]


def test_within_the_tolerance_nothing_happens():
    bench = at_16_a()
    # 266 permille offer 15960 mA; 10 % and 500 mA more are 18056 mA.
    feed(bench, 60000, 18056, 18056, 18056)
    assert bench.state == s.C


def test_a_short_excess_is_no_fault():
    bench = at_16_a()
    for _ in range(10):
        feed(bench, 6000, 25000)
        feed(bench, 1000, 16000)
    assert bench.faults() == []


def test_old_readings_do_not_count():
    bench = at_16_a()
    bench.station.meter_currents(25000, 0, 0, 0)
    bench.run(60000)
    assert bench.faults() == []


def test_it_latches_until_the_car_is_unplugged():
    bench = at_16_a()
    feed(bench, 9000, 25000)
    bench.plug(MV_9)
    feed(bench, 60000, 0)
    assert bench.state == s.B1
    assert bench.faults() == ["overcurrent"]
    bench.unplug()
    bench.until_state(s.A)
    assert bench.faults() == []


def test_current_outside_a_charge_does_not_count():
    bench = at_16_a()
    bench.plug(MV_9)
    feed(bench, 20000, 25000)
    assert bench.faults() == []


def test_a_car_has_time_to_follow_a_lower_offer():
    bench = charging()
    feed(bench, 3000, 31900)
    bench.station.limits.claim(lim.MAINS, 6000)
    feed(bench, 5000, 31900)
    feed(bench, 30000, 6000)
    assert bench.faults() == []
    assert bench.state == s.C


def test_a_car_that_follows_5_s_late_may_be_lowered_step_by_step():
    bench = charging()
    offered = [31900]
    for second in range(60):
        if second % 2 == 0:
            bench.station.limits.claim(lim.MAINS, max(6000, 32000 - 2000 * (second // 2)))
        offered.append(bench.station.offered_ma())
        # The car draws what was offered 5 s ago.
        feed(bench, 1000, offered[max(0, len(offered) - 6)])
    assert bench.faults() == []
    assert bench.state == s.C


def test_no_meter_no_fault():
    bench = at_16_a()
    feed(bench, 5000, 25000)
    bench.station.meter_gone()
    bench.run(60000)
    assert bench.faults() == []


def test_a_new_charge_counts_anew():
    bench = at_16_a()
    feed(bench, 6000, 25000)
    bench.plug(MV_9)
    bench.run(100)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.c1.closed)
    feed(bench, 6000, 25000)
    assert bench.faults() == []
    feed(bench, 2000, 25000)
    assert bench.faults() == ["overcurrent"]
