"""What must hold at every step of long random runs; the same runs on every interpreter."""

from bench_station import (
    MV_0,
    MV_3,
    MV_6,
    MV_9,
    MV_N12,
    PP_13A_MV,
    PP_32A_MV,
    PP_OPEN_MV,
    UNPLUGGED,
    Bench,
    config,
    profile,
)

from evse.core import limits as lim
from evse.core import lock
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH, STATIC_LOW

EPISODES = 20


class Dice:
    """A small generator whose numbers stay below 2^30."""

    def __init__(self, seed):
        self._state = seed

    def below(self, limit):
        self._state = (self._state * 1021 + 12345) & 0xFFFFF
        return (self._state >> 4) % limit


# Drawn oftener what keeps a charge going.
PILOTS = (MV_6, MV_6, MV_6, MV_9, MV_9, UNPLUGGED, MV_3, MV_0, MV_N12, 800)


def change_car(bench, dice):
    kind = dice.below(6)
    if kind < 4:
        bench.quiet(PILOTS[dice.below(len(PILOTS))])
        bench.diode = dice.below(12) != 0
    elif kind == 4:
        bench.noise(MV_6, MV_9)
    else:
        bench.pp_mv = (PP_32A_MV, PP_13A_MV, PP_32A_MV, PP_OPEN_MV)[dice.below(4)]


def change_parts(bench, dice):
    bench.c1.welded = dice.below(40) == 0
    bench.c2.welded = dice.below(40) == 0
    bench.c1.stuck = dice.below(20) == 0
    bench.c2.stuck = dice.below(20) == 0
    bench.lock_jammed = dice.below(12) == 0
    bench.inputs.residual_current = dice.below(12) == 0
    bench.inputs.temp_mc = 70000 if dice.below(8) == 0 else 30000


def change_wishes(bench, dice):
    station = bench.station
    kind = dice.below(8)
    if kind == 0:
        station.stop()
    elif kind == 1:
        station.unlock_cable()
    elif kind == 2:
        bench.config.contact2 = 1 if dice.below(2) else 3
        station.configure(bench.config)
    elif kind < 5:
        station.limits.claim(lim.MAINS, (32000, 16000, 6000, 0)[dice.below(4)], 3000 + dice.below(9000))
    else:
        station.set_access(
            (s.ACCESS_ON, s.ACCESS_ON, s.ACCESS_ON, s.ACCESS_OFF, s.ACCESS_PAUSE)[dice.below(5)]
        )
    if dice.below(4) == 0:
        station.reset_faults()


class Watch:
    """Check every step of a bench."""

    def __init__(self, bench):
        self.bench = bench
        self.c1 = False
        self.c2 = False
        self.off_bursts = 0
        self.closings = 0
        self.closed_at_ms = -5000

    def step(self):
        bench = self.bench
        before_state = bench.state
        level_mv = bench.pilot_mv
        clean = bench.pilot_min_mv is None
        sampled = bench.outputs.pilot_connected and bench.outputs.pilot_permille != STATIC_LOW
        bench.step()
        self.off_bursts = self.off_bursts + 1 if sampled and clean and level_mv >= MV_9 else 0
        self._check_command(before_state)
        self._check_offer()
        self.c1 = bench.outputs.c1
        self.c2 = bench.outputs.c2

    def _check_command(self, before_state):
        bench = self.bench
        outputs = bench.outputs
        state = bench.state
        if outputs.c1:
            assert state in (s.C, s.D, s.C1)
            assert self.off_bursts < 2, "the car has stopped"
            assert not bench.station.faults.active & bench.station.faults.open_mask
            assert not (bench.inputs.residual_current and bench.config.residual_current_monitor)
        if outputs.c1 and not self.c1:
            self.closings += 1
            assert state in (s.C, s.D), "closed while stopping"
            assert bench.station.charger.access == s.ACCESS_ON
            assert bench.station.pilot.diode_ok
            assert bench.station.limits.limit_ma > 0
            assert bench.config.lock_kind == lock.DISABLED or bench.station.lock.status == lock.LOCKED
            assert bench.now_ms - self.closed_at_ms >= 5000
            self.closed_at_ms = bench.now_ms
        if outputs.c2 != self.c2 and not bench.c1.welded:
            assert not self.c1
            assert not bench.c1.closed
        if state in (s.C, s.D) and before_state not in (s.C, s.D):
            assert bench.station.charger.access == s.ACCESS_ON

    def _check_offer(self):
        bench = self.bench
        offered = bench.station.offered_ma()
        if offered:
            assert bench.state in (s.B, s.C, s.D)
            assert offered <= bench.station.limits.limit_ma
            assert bench.station.charger.access == s.ACCESS_ON
        elif bench.state != s.ACTSTART:
            assert bench.outputs.pilot_permille == STATIC_HIGH


def heal(bench):
    """Repair everything and unplug the car."""
    bench.quiet(UNPLUGGED)
    bench.diode = True
    bench.pp_mv = PP_32A_MV
    bench.lock_jammed = False
    for contact in (bench.c1, bench.c2):
        contact.welded = contact.stuck = False
    bench.inputs.residual_current = False
    bench.inputs.temp_mc = 30000
    bench.station.limits.release(lim.MAINS)
    bench.station.set_access(s.ACCESS_ON)


def check_recovery(bench):
    """A healthy car gets its charge after all that."""
    heal(bench)
    # A lock that failed is tried once a minute.
    bench.run(70000)
    bench.station.reset_faults()
    bench.run(100)
    assert bench.state == s.A
    assert bench.faults() == []
    assert not bench.bolt_locked
    bench.quiet(MV_6)
    bench.until(lambda bench: bench.c1.closed, 10000)


def run_random(seed, settings, fitted):
    bench = Bench(settings, fitted)
    dice = Dice(seed)
    watch = Watch(bench)
    for _ in range(EPISODES):
        heal(bench)
        bench.station.reset_faults()
        for _ in range(dice.below(100)):
            watch.step()
        bench.quiet(MV_6)
        for _ in range(100 + dice.below(700)):
            watch.step()
        for _ in range(dice.below(600)):
            if dice.below(50) == 0:
                change_car(bench, dice)
            if dice.below(200) == 0:
                change_parts(bench, dice)
            if dice.below(100) == 0:
                change_wishes(bench, dice)
            watch.step()
    check_recovery(bench)
    return watch.closings


def test_socket_with_lock():
    closings = 0
    for seed in range(1, 4):
        settings = config(lock_kind=lock.SOLENOID, residual_current_monitor=True)
        closings += run_random(seed, settings, profile())
    assert closings > 30


def test_socket_without_lock():
    closings = 0
    for seed in range(11, 14):
        closings += run_random(seed, config(), profile())
    assert closings > 30


def test_fixed_cable_with_ventilation_and_without_c2():
    closings = 0
    for seed in range(21, 24):
        settings = config(socket=False, residual_current_monitor=True)
        closings += run_random(seed, settings, profile(has_c2=False, ventilated=True))
    assert closings > 30
