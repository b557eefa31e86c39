"""Jumps of the wall clock reach neither sessions nor timers: those count ticks."""

import bench_station as bs

from evse.core import states as s
from evse.services.wall_clock import WallClock


class Clock:
    def __init__(self, bench):
        self._bench = bench
        self.unix = 1790000000

    def ticks_ms(self):
        return bs.ticks.add(bs.START_TICKS, self._bench.now_ms)

    def unix_s(self):
        return self.unix


JUMPS_S = (86400, -86400, -3600, 315360000, -320000000, 1, -7)


def trace(jumps):
    """Charge for two minutes, with a jump every ten seconds, and return what the station did each second."""
    bench = bs.Bench()
    clock = Clock(bench)
    wall = WallClock(clock, bench.station)
    wall.configure("CET-1CEST,M3.5.0,M10.5.0/3")
    seen = []
    bench.run(1000)
    bench.pilot_mv = bs.MV_9
    bench.run(2000)
    bench.pilot_mv = bs.MV_6
    for second in range(120):
        if second % 10 == 9 and jumps:
            clock.unix += JUMPS_S[second // 10 % len(JUMPS_S)]
        clock.unix += 1
        wall.step(clock.ticks_ms())
        bench.run(1000)
        station = bench.station
        # A delay in the middle, to see a timer run.
        if second == 60:
            bench.pilot_mv = bs.MV_9
        seen.append(
            (bench.state, station.session.duration_s, station.uptime_s, bench.delay_ms, station.offered_ma())
        )
    return seen


def test_a_session_is_the_same_with_and_without_jumps():
    steady = trace(False)
    assert steady[50][0] == s.C and steady[50][1] >= 50
    assert trace(True) == steady
