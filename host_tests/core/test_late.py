"""The tick wrap and late control steps break nothing."""

from bench_station import (
    MV_0,
    MV_6,
    MV_9,
    PP_OPEN_MV,
    START_TICKS,
    Bench,
    charging,
    config,
    idle,
    in_b,
    in_c1,
)

from evse.core import limits as lim
from evse.core import states as s
from evse.core import ticks
from evse.core.io import Inputs, Outputs
from evse.core.station import Station

WRAP_MS = 5000


def test_the_bench_begins_5_s_before_the_wrap():
    assert ticks.add(START_TICKS, WRAP_MS) == 0


def test_every_timer_lasts_as_long_across_the_wrap():
    lasted = []
    # Stopped so that C1, and later its delay, begin before, at and after the wrap.
    for stop_ms in (2500, 4000, 4990, 5000, 5010, 8000):
        bench = Bench()
        bench.run(500)
        bench.plug(MV_6)
        bench.until_state(s.C)
        bench.run(stop_ms - bench.now_ms)
        bench.station.stop()
        bench.step()
        lasted.append((bench.until_state(s.B1), bench.until_state(s.B), bench.until_state(s.C)))
    for times in lasted:
        assert times == lasted[0]


def test_the_wrap_itself_changes_nothing():
    bench = Bench()
    bench.run(500)
    bench.plug(MV_6)
    bench.until_state(s.C)
    before = (bench.station.session.duration_s, bench.station.uptime_s)
    bench.run(10000)
    assert bench.state == s.C
    assert bench.c1.closed
    assert bench.station.uptime_s == before[1] + 10
    assert bench.station.session.duration_s == before[0] + 10


def test_uptime_counts_whole_seconds():
    bench = Bench()
    bench.step()
    for dt_ms in (10, 990, 500, 500, 1, 999, 2500):
        bench.step(dt_ms)
    bench.step()
    assert bench.station.uptime_s == 5


def test_the_first_step_takes_no_time():
    station = Station(Bench().profile)
    station.limits.claim(lim.REMOTE, 10000, 5, 0)
    station.step(START_TICKS, Inputs(), Outputs())
    assert station.limits.claimed_ma(lim.REMOTE, 0) == 10000


def test_a_charge_goes_on_through_late_steps():
    bench = charging()
    for _ in range(100):
        bench.step(500)
        bench.step(10)
    assert bench.state == s.C
    assert bench.c1.closed
    assert bench.faults() == []


def test_a_stop_is_seen_by_the_second_late_step():
    for mv, state in ((MV_9, s.B),):
        bench = charging()
        bench.plug(mv)
        bench.step(500)
        bench.step(500)
        bench.step(10)
        assert bench.state == state
        assert not bench.outputs.c1


def test_one_burst_of_9_v_in_a_late_step_does_not_stop():
    bench = charging()
    bench.step(500)
    bench.plug(MV_9)
    bench.step(10)
    bench.plug(MV_6)
    bench.run(1000)
    assert bench.state == s.C


def test_c1_ends_in_time_with_late_steps():
    bench = in_c1()
    begin_ms = bench.now_ms
    while bench.state == s.C1:
        bench.step(500)
    assert 5500 <= bench.now_ms - begin_ms <= 6500


def test_delays_never_go_negative():
    bench = in_b()
    bench.station.limits.claim(lim.MAINS, 0)
    bench.run(100)
    bench.station.limits.release(lim.MAINS)
    for _ in range(300):
        bench.step(370)
        assert bench.delay_ms >= 0
        assert bench.station.next_ms() >= 0
    assert bench.state in (s.B, s.ACTSTART)


def test_the_cycle_works_with_steps_of_500_ms():
    bench = idle()
    bench.plug()
    for _ in range(10):
        bench.step(500)
    assert bench.state == s.B
    bench.plug(MV_6)
    for _ in range(60):
        bench.step(500)
    assert bench.state == s.C
    assert bench.c1.closed
    assert bench.faults() == []
    bench.unplug()
    for _ in range(10):
        bench.step(500)
    assert bench.state == s.A
    assert bench.station.contactors.proven_open()
    assert bench.faults() == []


def test_safety_inputs_act_in_the_late_step_itself():
    bench = charging(config(residual_current_monitor=True))
    bench.inputs.residual_current = True
    bench.step(10)
    assert not bench.outputs.c1
    bench = charging()
    bench.pp_mv = PP_OPEN_MV
    for _ in range(6):
        bench.step(500)
    assert not bench.outputs.c1


def test_a_short_needs_its_bursts_however_late_they_are():
    bench = charging()
    bench.plug(MV_0)
    bench.step(500)
    bench.step(500)
    assert bench.state == s.C
    bench.run(500)
    assert bench.state == s.E


def test_a_claim_expires_in_a_late_step():
    bench = charging()
    bench.station.limits.claim(lim.GROUP, 10000, 300, 0)
    bench.step(10)
    bench.step(500)
    bench.step(10)
    assert bench.state == s.C1


def test_a_step_after_days_of_standstill_opens_nothing_and_closes_nothing():
    bench = idle()
    bench.step(ticks.PERIOD // 2 - 1)
    bench.run(1000)
    assert bench.state == s.A
    assert not bench.outputs.c1
    assert bench.faults() == []
