"""The cable in the socket, by its proximity pilot, and the fixed cable."""

from bench_station import (
    MV_3,
    MV_6,
    MV_9,
    PP_13A_MV,
    PP_20A_MV,
    PP_32A_MV,
    PP_63A_MV,
    PP_OPEN_MV,
    PP_SHORT_MV,
    Bench,
    charging,
    config,
    idle,
    in_b,
    in_b1,
    in_c1,
    in_wake,
)

from evse.core import limits as lim
from evse.core import states as s

WIDE = config(max_ma=80000, installer_ma=80000)


def test_the_rating_limits_the_offer():
    for pp_mv, rating_a in ((PP_13A_MV, 13), (PP_20A_MV, 20), (PP_32A_MV, 32), (PP_63A_MV, 63)):
        bench = Bench(WIDE)
        bench.pp_mv = pp_mv
        bench.run(1000)
        bench.plug()
        bench.until_state(s.B, 100)
        assert bench.station.rating_a == rating_a
        assert bench.station.limits.limit_ma == rating_a * 1000
        assert bench.station.limits.winner == lim.CABLE
        assert rating_a * 1000 - 250 < bench.station.offered_ma() <= rating_a * 1000


def test_without_a_cable_nothing_is_offered():
    for pp_mv in (PP_OPEN_MV, PP_SHORT_MV):
        bench = Bench()
        bench.pp_mv = pp_mv
        bench.run(1000)
        bench.plug(MV_6)
        for _ in range(1000):
            bench.step()
            assert bench.station.offered_ma() == 0
            assert not bench.outputs.c1


def test_a_lost_cable_opens_within_100_ms():
    for pp_mv in (PP_OPEN_MV, PP_SHORT_MV):
        for make in (charging, in_c1):
            bench = make()
            bench.pp_mv = pp_mv
            bench.run(60)
            assert not bench.outputs.c1
            assert bench.state == s.B1


def test_a_lost_cable_ends_the_offer():
    for make in (in_b, in_wake):
        bench = make()
        bench.pp_mv = PP_OPEN_MV
        bench.run(60)
        assert bench.state == s.B1
        bench.run(60000)
        assert bench.state == s.B1
        assert bench.station.offered_ma() == 0


def test_a_cable_that_comes_back_charges_after_the_delay():
    bench = charging()
    bench.pp_mv = PP_OPEN_MV
    bench.run(100)
    bench.run(6000)
    bench.pp_mv = PP_32A_MV
    assert 60000 <= bench.until_state(s.C, 70000) <= 61000


def test_a_reading_that_drops_out_for_less_than_50_ms_is_ignored():
    bench = charging()
    for _ in range(50):
        bench.pp_mv = PP_OPEN_MV
        bench.run(40)
        bench.pp_mv = PP_32A_MV
        bench.run(100)
    assert bench.state == s.C


def test_while_charging_the_rating_may_only_go_down():
    bench = charging(WIDE)
    bench.pp_mv = PP_63A_MV
    bench.run(1000)
    assert bench.station.rating_a == 32
    assert bench.station.limits.limit_ma == 32000
    bench.pp_mv = PP_20A_MV
    bench.run(100)
    assert bench.station.rating_a == 20
    assert bench.state == s.C
    assert 19000 <= bench.station.offered_ma() <= 20000
    bench.pp_mv = PP_63A_MV
    bench.run(10000)
    assert bench.station.rating_a == 20


def test_in_b1_the_cable_is_read_anew():
    bench = in_b1(WIDE)
    bench.pp_mv = PP_63A_MV
    bench.run(100)
    assert bench.station.rating_a == 63


def test_the_next_cable_is_read_anew():
    bench = charging(WIDE)
    bench.pp_mv = PP_13A_MV
    bench.run(1000)
    bench.unplug()
    bench.run(1000)
    bench.pp_mv = PP_63A_MV
    bench.run(1000)
    bench.plug()
    bench.until_state(s.B)
    assert bench.station.rating_a == 63


def test_a_fixed_cable_needs_no_proximity_pilot():
    bench = Bench(config(socket=False, max_ma=40000, installer_ma=40000))
    bench.pp_mv = PP_OPEN_MV
    bench.run(1000)
    bench.plug(MV_6)
    bench.until_state(s.C, 2000)
    assert bench.station.limits.limit_ma == 40000
    assert bench.station.limits.winner != lim.CABLE
    bench.pp_mv = PP_SHORT_MV
    bench.run(1000)
    assert bench.state == s.C


def test_a_fixed_cable_is_never_locked():
    from evse.core import lock

    bench = charging(config(socket=False, lock_kind=lock.SOLENOID))
    assert bench.station.lock.status == lock.NONE
    assert bench.station.lock.proven_locked()


def test_a_station_without_a_cable_at_rest():
    bench = Bench()
    bench.pp_mv = PP_OPEN_MV
    bench.run(10000)
    assert bench.state == s.A
    assert bench.faults() == []


def test_no_cable_while_access_is_off_is_no_fault():
    bench = in_b1()
    bench.pp_mv = PP_OPEN_MV
    bench.run(10000)
    assert bench.state == s.B1
    for mv in (MV_9, MV_3):
        bench.plug(mv)
        bench.run(1000)
    assert not bench.outputs.c1


def test_the_rating_of_the_last_car_does_not_serve_the_next():
    bench = idle(WIDE)
    bench.pp_mv = PP_63A_MV
    bench.run(100)
    bench.pp_mv = PP_13A_MV
    bench.plug()
    for _ in range(100):
        bench.step()
        if bench.state != s.A and bench.now_ms > 6250:
            assert bench.station.offered_ma() <= 13000
