"""Run the ESP32 pilot against its circuit for many control steps and judge every burst.

`Bench` is one station with a car; `Campaign` lets the car change at random instants and counts.
"""

import random

import esp32_bench
from fake_chip import chip
from machine import PWM
from pilot_circuit import InterpreterTime, PilotCircuit
from simulated_time import clock

from evse.core.io import NOT_SAMPLED, Inputs
from evse.core.pilot import INVALID, N12, V0, V3, V6, V9, V12, PilotReader, PilotWindows, classify
from evse.hal.esp32 import now, pilot

STEP_US = 10000
# Bits of the PWM timer, mV at the sense pin at 0 V, mV for every volt.
NETWORKS = {"SMARTEVSE_V3": (20, 1723.0, 129.9), "PICO32": (14, 1559.0, 106.75)}
# What the interpreter needs around the calls that the fakes see: measured as 31 empty loops, which are 50 us.
ENTRY_US = 50
# How far a control step may be off its time.
JITTER_US = 100
LEVELS = (V12, V9, V6, V3, V0, N12)
# The slew from one level to another passes those between.
ORDER = (N12, V0, V3, V6, V9, V12)
# Loss is certain after 104 bursts that deny the level and 208 that were not sampled.
LONGEST_ACCEPT_STEPS = 110


class Board:
    """What the tests need to know of a board."""

    def __init__(self, module, timer_bits, base_mv, mv_per_v):
        self.wiring = module.WIRING["pilot"]
        self.windows = PilotWindows(**module.WIRING["profile"]["pilot"])
        self.timer_bits = timer_bits
        self.base_mv = base_mv
        self.mv_per_v = mv_per_v


class Bench:
    """One board with its circuit, its pilot and the reader of the core."""

    def __init__(self, board, monkeypatch, seed, sampler=None):
        chip.power_up()
        monkeypatch.setattr(now, "time", InterpreterTime())
        monkeypatch.setattr(PWM, "timer_bits", board.timer_bits)
        self.windows = board.windows
        self.random = random.Random(seed)
        # Anywhere within a PWM period.
        clock.now_us += self.random.randrange(1000)
        self.circuit = PilotCircuit(board.wiring, board.base_mv, board.mv_per_v, seed)
        self.pilot = pilot.Pilot(board.wiring, board.windows, sampler)
        self.inputs = Inputs()
        self.reader = PilotReader(board.windows)
        self.busy_us = 0
        self._next_us = clock.now_us

    def set(self, permille, connected=True):
        """Drive the pilot and let the change arrive."""
        self.pilot.set(permille, connected)
        clock.advance(3000)
        self._next_us = clock.now_us

    def step(self):
        """Do one control step, on time but for the jitter; return the raw level."""
        self._next_us += STEP_US
        begin_us = self._next_us + self.random.randrange(JITTER_US)
        clock.advance(begin_us - clock.now_us + ENTRY_US)
        self.pilot.read_into(self.inputs)
        self.busy_us = clock.now_us - begin_us
        self.reader.step(self.inputs)
        if self.inputs.pilot_high_max_mv == NOT_SAMPLED:
            return NOT_SAMPLED
        return classify(self.windows, self.inputs.pilot_high_min_mv, self.inputs.pilot_high_max_mv)

    def plan_change(self, volts, diode=True):
        """Let the car change somewhere in the coming control step."""
        at_us = clock.now_us + self.random.randrange(STEP_US)
        self.circuit.change(at_us, volts, diode)
        return at_us


def make_board(name):
    """Return a board by its name."""
    return Board(esp32_bench.load_board(name), *NETWORKS[name])


def make_bench(monkeypatch, name, permille, seed=1):
    """Return a bench whose pilot is connected and has this duty."""
    bench = Bench(make_board(name), monkeypatch, seed)
    bench.set(permille)
    return bench


class Tally:
    """What a campaign saw."""

    def __init__(self):
        self.windows = self.wrong = self.accepted_wrong = self.stale = 0
        self.unsampled = self.low_sampled = self.transitions = 0
        self.busy_us = self.worst_busy_us = 0
        self.worst_stop_us = self.stops = 0
        self.diode_doubted = self.diode_unproven = 0
        self.worst_low_gap = 0

    def add(self, other):
        """Add what another one saw."""
        for name, value in vars(other).items():
            mine = getattr(self, name)
            setattr(self, name, max(mine, value) if name.startswith("worst") else mine + value)

    def mistakes(self):
        """Return what must never be seen."""
        return {
            name: getattr(self, name)
            for name in ("wrong", "accepted_wrong", "stale", "diode_doubted")
            if getattr(self, name)
        }


def between(before, after):
    """Return the levels that a slew from one to the other passes, both included."""
    first, last = sorted((ORDER.index(before), ORDER.index(after)))
    return ORDER[first : last + 1]


class Campaign:
    """Let a car with a diode change level again and again, and judge every window of the bench."""

    def __init__(self, bench, has_low):
        self._bench = bench
        self._has_low = has_low
        self.tally = Tally()
        self._changed_us = -1000000
        self._before = self._level = V12
        self._steps_since = 0
        self._low_gap = 0
        self._stop_from_us = None

    def run(self, windows):
        """Do so many control steps."""
        dwell = 0
        for _ in range(windows):
            if dwell == 0:
                dwell = self._change()
            dwell -= 1
            accepted_before = self._bench.reader.level
            raw = self._bench.step()
            self._judge(raw, accepted_before)
        return self.tally

    def _change(self):
        chance = self._bench.random
        self._before = self._level
        self._level = chance.choice([level for level in LEVELS if level != self._before])
        self._changed_us = self._bench.plan_change(self._level)
        self._steps_since = 0
        self.tally.transitions += 1
        reader_level = self._bench.reader.level
        stops = self._level in (V9, V12) and self._before == reader_level and self._before not in (V0, N12)
        self._stop_from_us = self._changed_us if stops else None
        # Long enough to be accepted, or shorter than that, or a moment.
        return chance.choice((chance.randint(3, 8), chance.randint(20, 60), chance.randint(60, 140)))

    def _judge(self, raw, accepted_before):
        tally = self.tally
        bench = self._bench
        tally.windows += 1
        tally.busy_us += bench.busy_us
        tally.worst_busy_us = max(tally.worst_busy_us, bench.busy_us)
        self._steps_since += 1
        ended_us = clock.now_us
        begun_us = ended_us - bench.busy_us
        if ended_us < self._changed_us:
            possible = (self._before,)
        elif begun_us > self._changed_us + 100:
            possible = (self._level,)
        else:
            possible = between(self._before, self._level)
        if raw == NOT_SAMPLED:
            tally.unsampled += 1
        elif raw not in possible and (raw != INVALID or len(possible) == 1):
            tally.wrong += 1
        self._judge_accepted(accepted_before, possible, ended_us)
        self._judge_low(begun_us)

    def _judge_accepted(self, before, possible, ended_us):
        level = self._bench.reader.level
        tally = self.tally
        if level not in (before, INVALID) and level not in possible:
            tally.accepted_wrong += 1
        if level not in (INVALID, self._level) and self._steps_since > LONGEST_ACCEPT_STEPS:
            tally.stale += 1
        if self._stop_from_us is not None and level == self._level:
            tally.stops += 1
            tally.worst_stop_us = max(tally.worst_stop_us, ended_us - self._stop_from_us)
            self._stop_from_us = None

    def _judge_low(self, begun_us):
        reader = self._bench.reader
        tally = self.tally
        tally.diode_doubted += reader.diode_missing
        if not self._has_low:
            return
        if self._bench.inputs.pilot_low_max_mv != NOT_SAMPLED:
            tally.low_sampled += 1
            self._low_gap = 0
        else:
            self._low_gap += 1
            tally.worst_low_gap = max(tally.worst_low_gap, self._low_gap)
        if reader.level in (V6, V3, V9) and self._steps_since > 60 and not reader.diode_ok:
            tally.diode_unproven += 1
