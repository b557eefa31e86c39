"""Transitions from C and D, one test each, and what entering these states does."""

from bench_station import (
    MV_0,
    MV_3,
    MV_6,
    MV_9,
    MV_12,
    MV_N12,
    Bench,
    charging,
    config,
    in_b,
    profile,
)

from evse.core import limits as lim
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH

VENTILATED = profile(ventilated=True)


def open_within(bench, limit_ms):
    """Say whether C1 is told to open within so long after the next sample."""
    bench.step()
    return bench.until(lambda bench: not bench.outputs.c1) <= limit_ms - 10


def in_d() -> Bench:
    bench = in_b(fitted=VENTILATED)
    bench.plug(MV_3)
    bench.until_state(s.D, 1000)
    bench.run(1000)
    assert bench.c1.closed
    return bench


# C


def test_c_closes_both_contactors_for_three_phases():
    bench = charging()
    assert bench.c1.closed
    assert bench.c2.closed
    assert bench.station.phases == 3


def test_c_leaves_c2_open_for_one_phase():
    bench = charging(config(contact2=1))
    assert bench.c1.closed
    assert not bench.outputs.c2
    assert bench.station.phases == 1


def test_c_leaves_c2_open_where_it_is_not_used():
    bench = charging(config(contact2=0))
    assert bench.c1.closed
    assert not bench.outputs.c2
    assert bench.station.phases == 3


def test_c_to_a_at_12_v_within_20_ms():
    bench = charging()
    bench.unplug()
    assert open_within(bench, 20)
    assert bench.state == s.A


def test_c_to_b_at_9_v_within_20_ms():
    bench = charging()
    bench.plug(MV_9)
    assert open_within(bench, 20)
    assert bench.state == s.B


def test_c_opens_within_20_ms_when_the_first_burst_is_half_old_half_new():
    for new_mv, state in ((MV_9, s.B), (MV_12, s.A)):
        bench = charging()
        bench.noise(MV_6, new_mv)
        bench.step()
        assert bench.outputs.c1
        bench.quiet(new_mv)
        bench.step()
        assert not bench.outputs.c1
        assert bench.state == state


def test_c_goes_on_through_single_disturbed_bursts():
    bench = charging()
    for _ in range(200):
        bench.noise(MV_6, MV_9)
        bench.step()
        bench.quiet(MV_6)
        bench.run(20)
    assert bench.state == s.C
    assert bench.outputs.c1


def test_c_stays_at_6_v():
    bench = charging()
    bench.run(120000)
    assert bench.state == s.C
    assert bench.c1.closed
    assert bench.faults() == []


def test_c_goes_on_offering_what_the_limit_allows():
    bench = charging()
    bench.station.limits.claim(lim.MAINS, 7000)
    bench.step()
    assert bench.state == s.C
    assert bench.outputs.pilot_permille == 116


def test_c_to_e_in_a_short_opens_after_51_bursts():
    bench = charging()
    bench.plug(MV_0)
    bench.run(500)
    assert bench.state == s.C
    bench.step()
    assert bench.state == s.E
    assert not bench.outputs.c1
    assert bench.faults() == ["pilot_short"]


def test_c_to_f_at_an_invalid_pilot_opens():
    for low_mv, high_mv in ((800, 800), (MV_N12, MV_12), (MV_0, MV_6)):
        bench = charging()
        bench.noise(low_mv, high_mv)
        assert open_within(bench, 530)
        assert bench.state == s.F
        assert bench.faults() == ["pilot_lost"]


def test_c_to_f_at_minus_12_v_opens():
    bench = charging()
    bench.quiet(MV_N12)
    assert open_within(bench, 520)
    assert bench.state == s.F


def test_c_to_f_opens_when_levels_below_6_v_alternate():
    bench = charging()
    for _ in range(100):
        bench.quiet(MV_3)
        bench.step()
        bench.quiet(MV_0)
        bench.step()
    assert not bench.outputs.c1


def test_c_opens_when_the_pilot_is_not_sampled_any_more():
    bench = charging()
    bench.quiet(-1)
    bench.run(1050)
    assert not bench.outputs.c1


def test_c_to_c1_at_3_v_without_ventilation_opens_after_3_s():
    bench = charging()
    bench.plug(MV_3)
    assert bench.until_state(s.C1) <= 520
    assert bench.outputs.pilot_permille == STATIC_HIGH
    assert bench.outputs.c1
    assert bench.until_state(s.B1) == 3000
    assert not bench.outputs.c1


def test_c_to_d_at_3_v_with_ventilation():
    bench = charging(fitted=VENTILATED)
    bench.plug(MV_3)
    assert bench.until_state(s.D) <= 520
    bench.run(10000)
    assert bench.outputs.c1
    assert bench.station.offered_ma() == 31980


def test_c_to_b1_when_the_diode_is_lost():
    bench = charging()
    bench.diode = False
    assert open_within(bench, 510)
    assert bench.state == s.B1
    assert bench.faults() == ["no_diode"]


def test_c_to_b_and_again_to_c_when_the_car_pauses():
    bench = charging()
    bench.run(10000)
    bench.plug(MV_9)
    bench.run(1000)
    assert bench.state == s.B
    bench.plug(MV_6)
    assert bench.until(lambda bench: bench.c1.closed) <= 700


def test_a_car_that_toggles_closes_c1_no_oftener_than_every_5_s():
    bench = charging()
    closings = 0
    before = True
    for _ in range(60):
        for mv in (MV_9, MV_6):
            bench.plug(mv)
            for _ in range(52):
                bench.step()
                closings += bench.outputs.c1 and not before
                before = bench.outputs.c1
    assert 1 <= closings <= bench.now_ms // 5000


# D


def test_d_to_c_at_6_v():
    bench = in_d()
    bench.plug(MV_6)
    assert bench.until_state(s.C) <= 520
    assert bench.outputs.c1


def test_d_to_b_at_9_v_within_20_ms():
    bench = in_d()
    bench.plug(MV_9)
    assert open_within(bench, 20)
    assert bench.state == s.B


def test_d_to_a_at_12_v_within_20_ms():
    bench = in_d()
    bench.unplug()
    assert open_within(bench, 20)
    assert bench.state == s.A


def test_d_to_c1_by_a_stop_and_by_access_and_without_power():
    for cause in (
        lambda bench: bench.station.stop(),
        lambda bench: bench.station.set_access(s.ACCESS_OFF),
        lambda bench: bench.station.limits.claim(lim.MAINS, 0),
    ):
        bench = in_d()
        cause(bench)
        bench.step()
        assert bench.state == s.C1


def test_d_to_e_in_a_short():
    bench = in_d()
    bench.plug(MV_0)
    bench.until_state(s.E, 600)
    assert not bench.outputs.c1
