"""The remote limit: a level or a current for a while, then its fallback; never more than the other limits allow."""

from bench_station import Bench, charging, config

from evse.core import limits as lim
from evse.core import remote as rm

SECOND_MS = 1000


def limited(level: int, current_ma: int = 0, duration_s: int = 60, **settings) -> Bench:
    """Return a bench with a car that charges at 32 A, and a remote limit since now."""
    bench = charging()
    bench.station.configure(config(**settings))
    bench.station.limit_remotely(level, current_ma, duration_s * SECOND_MS)
    bench.step()
    return bench


def limit_ma(bench: Bench) -> int:
    return bench.station.limits.limit_ma


def state(bench: Bench) -> int:
    remote = bench.station.regulation.remote
    return remote.state() if remote is not None else rm.FREE


def test_nobody_limits_before_somebody_does():
    bench = charging()
    assert bench.station.regulation.remote is None and limit_ma(bench) == 32000
    assert bench.station.limits.claimed_ma(lim.REMOTE, 0) == lim.NO_LIMIT


def test_levels_are_those_of_the_inputs():
    for level, allowed_ma in ((rm.HALF, 16000), (rm.LEAST, 6000), (rm.NOTHING, 0)):
        bench = limited(level)
        assert limit_ma(bench) == allowed_ma and state(bench) == rm.LIMITED
        bench.station.limit_remotely(rm.MAXIMUM, 0, 0)
        bench.step()
        assert limit_ma(bench) == 32000 and state(bench) == rm.FREE


def test_a_current_never_raises_what_others_allow():
    bench = limited(rm.CURRENT, 10000)
    assert limit_ma(bench) == 10000 and bench.station.limits.winner == lim.REMOTE
    bench.station.limit_remotely(rm.CURRENT, 100000, 60 * SECOND_MS)
    bench.step()
    assert limit_ma(bench) == 32000 and state(bench) == rm.LIMITED
    bench.station.configure(config(installer_ma=20000))
    bench.step()
    assert limit_ma(bench) == 20000 and bench.station.limits.winner == lim.INSTALLER


def test_less_than_the_station_minimum_is_nothing():
    bench = limited(rm.LEAST, minimum_ma=8000)
    assert limit_ma(bench) == 0 and bench.station.limits.lowest_ma == 6000
    assert limit_ma(limited(rm.CURRENT, 5900)) == 0


def test_the_offer_follows_within_a_step_and_nothing_opens_the_contactor():
    bench = limited(rm.HALF)
    bench.step()
    assert 15900 <= bench.station.offered_ma() <= 16000 and bench.outputs.c1


def test_it_lasts_as_long_as_it_was_told_and_renewing_makes_it_longer():
    bench = limited(rm.HALF, duration_s=10)
    bench.run(9000)
    assert state(bench) == rm.LIMITED
    bench.station.limit_remotely(rm.HALF, 0, 10 * SECOND_MS)
    bench.run(9000)
    assert state(bench) == rm.LIMITED and limit_ma(bench) == 16000
    bench.run(1100)
    assert state(bench) == rm.EXPIRED and limit_ma(bench) == 6000


def test_without_renewal_the_fallback_counts_until_somebody_commands_anew():
    for fallback, allowed_ma, after in (
        (rm.RELEASE, 32000, rm.FREE),
        (rm.KEEP, 12000, rm.EXPIRED),
        (rm.FALL_TO_LEAST, 6000, rm.EXPIRED),
        (3, 0, rm.EXPIRED),
    ):
        bench = limited(rm.CURRENT, 12000, 5, remote_fallback=fallback)
        bench.run(5000)
        assert (limit_ma(bench), state(bench)) == (allowed_ma, after), fallback
        bench.run(60 * SECOND_MS)
        assert (limit_ma(bench), state(bench)) == (allowed_ma, after), fallback
        bench.station.limit_remotely(rm.CURRENT, 20000, 5000)
        bench.step()
        assert (limit_ma(bench), state(bench)) == (20000, rm.LIMITED), fallback


def test_settings_act_on_what_is_in_force():
    bench = limited(rm.HALF, duration_s=20)
    bench.station.configure(config(max_ma=20000))
    bench.step()
    assert limit_ma(bench) == 10000 and 0 < bench.station.limits.left_ms(lim.REMOTE) <= 20000
    bench.run(20000)
    assert limit_ma(bench) == 6000
    bench.station.configure(config(max_ma=20000, remote_fallback=3))
    bench.step()
    assert limit_ma(bench) == 0
    bench.station.configure(config(max_ma=20000, remote_fallback=rm.RELEASE))
    bench.step()
    assert limit_ma(bench) == 20000 and state(bench) == rm.FREE


def test_after_a_restart_the_fallback_counts():
    for fallback, allowed_ma in ((rm.RELEASE, 32000), (rm.KEEP, 0), (rm.FALL_TO_LEAST, 6000), (3, 0)):
        bench = Bench()
        bench.station.configure(config(remote_fallback=fallback))
        bench.station.lose_remote()
        bench.run(1000)
        claimed_ma = bench.station.limits.claimed_ma(lim.REMOTE, 0)
        assert min(claimed_ma, 32000) == allowed_ma, fallback
        assert state(bench) == (rm.FREE if fallback == rm.RELEASE else rm.EXPIRED)


def test_steps_may_be_left_out_up_to_the_expiry():
    bench = limited(rm.HALF, duration_s=3)
    bench.run(100)
    assert 0 <= bench.station.next_ms() <= 1000
    assert bench.station.limits.next_ms() <= 2900
