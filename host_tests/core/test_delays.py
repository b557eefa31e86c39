"""The charge delays of 3 s, 15 s and 60 s, and waiting for power."""

from bench_station import MV_6, MV_9, MV_12, charging, idle, in_b

from evse.core import limits as lim
from evse.core import states as s


def deny(bench):
    bench.station.limits.claim(lim.MAINS, 0)


def grant(bench):
    bench.station.limits.release(lim.MAINS)


def waiting():
    """Return a bench that has waited in B1 for power for 10 s."""
    bench = in_b()
    deny(bench)
    bench.run(10000)
    assert bench.state == s.B1
    return bench


def test_3_s_after_b1():
    bench = in_b()
    bench.station.set_access(s.ACCESS_OFF)
    bench.step()
    assert 2900 <= bench.delay_ms <= 3000
    bench.station.set_access(s.ACCESS_ON)
    assert 2900 <= bench.until_state(s.B) <= 3020


def test_3_s_do_not_replace_a_longer_delay():
    bench = charging()
    bench.station.stop()
    bench.run(1000)
    bench.plug(MV_9)
    bench.until_state(s.B1)
    assert 13500 <= bench.delay_ms <= 14000


def test_15_s_after_c1():
    bench = charging()
    bench.station.set_access(s.ACCESS_OFF)
    bench.step()
    assert 14900 <= bench.delay_ms <= 15000


def test_60_s_stand_still_without_power():
    bench = waiting()
    for _ in range(60):
        assert bench.delay_ms == 60000
        bench.run(1000)
    assert bench.state == s.B1


def test_60_s_count_only_after_power_is_back():
    bench = waiting()
    bench.run(120000)
    grant(bench)
    assert 59900 <= bench.until_state(s.B) <= 60050


def test_power_lost_in_between_starts_the_60_s_again():
    bench = waiting()
    grant(bench)
    bench.run(59000)
    assert bench.state == s.B1
    deny(bench)
    bench.run(1000)
    assert bench.delay_ms == 60000
    grant(bench)
    assert 59900 <= bench.until_state(s.B) <= 60050


def test_without_power_at_plug_in():
    bench = idle()
    deny(bench)
    bench.plug()
    bench.until_state(s.B1, 100)
    assert bench.faults() == ["no_power"]
    bench.run(6000)
    grant(bench)
    assert 59900 <= bench.until_state(s.B) <= 60050
    assert bench.faults() == []


def test_without_power_in_c():
    bench = charging()
    deny(bench)
    bench.step()
    assert bench.state == s.C1
    assert bench.faults() == ["no_power"]
    bench.plug(MV_9)
    bench.until_state(s.B1, 100)
    grant(bench)
    bench.plug(MV_6)
    assert 59900 <= bench.until_state(s.C) <= 61000


def test_without_power_in_the_wake_pulse():
    bench = in_b()
    bench.until_state(s.ACTSTART, 40000)
    deny(bench)
    bench.run(20)
    assert bench.state == s.B1
    assert bench.faults() == ["no_power"]


def test_no_power_is_shown_while_there_is_none_and_no_longer():
    bench = waiting()
    assert bench.faults() == ["no_power"]
    grant(bench)
    bench.run(20)
    assert bench.faults() == []
    assert bench.state == s.B1


def test_no_car_no_waiting_for_power():
    bench = idle()
    deny(bench)
    bench.run(10000)
    assert bench.state == s.A
    assert bench.faults() == []


def test_unplugging_ends_every_delay():
    for make in (waiting, charging):
        bench = make()
        bench.station.stop()
        bench.run(6100)
        bench.unplug()
        bench.until_state(s.A, 6000)
        assert bench.delay_ms == 0
        grant(bench)
        bench.run(100)
        bench.plug()
        assert bench.until_state(s.B) <= 30


def test_a_car_that_replugs_at_once_is_not_kept_waiting():
    bench = in_b()
    bench.unplug()
    bench.run(50)
    bench.plug()
    assert bench.until_state(s.B) <= 30


def test_power_that_flaps_faster_than_the_delay_never_charges():
    bench = waiting()
    for _ in range(10):
        grant(bench)
        bench.run(30000)
        deny(bench)
        bench.run(1000)
        assert bench.state == s.B1


def test_unplug_is_seen_while_waiting_for_power():
    bench = waiting()
    bench.plug(MV_12)
    assert bench.until_state(s.A) <= 20
    assert bench.faults() == []


def test_delays_of_a_car_at_6_v_are_the_same():
    bench = charging()
    deny(bench)
    bench.run(10000)
    assert bench.state == s.B1
    grant(bench)
    waited_ms = bench.until_state(s.C, 70000)
    assert 60000 <= waited_ms <= 60700
