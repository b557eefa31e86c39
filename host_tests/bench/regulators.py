#!/usr/bin/env python3
"""Our regulator against the reference over all shipped days: one table, and the ratios that must hold.

BENCH_DAYS=name,name takes some days only. Exit status 1 when a ratio is missed.
"""

import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import replay_lib.paths  # noqa: F401  (the firmware's modules)
from replay_lib.make_day import make_day
from replay_lib.run import REGULATORS, Plan, Run
from replay_lib.shipped_days import DAYS

PROCESSES = 2
MOST_EXCESS = 0.1
LONGEST_EXCESS_S = 5.0
MOST_SWITCHES = 1 / 3
LEAST_SUN = 1.0
LEAST_FORESIGHT = 0.97
LONGEST_RUN_S = 30.0


@dataclass
class Result:
    """What one regulator did on one day."""

    day: str
    regulator: str
    mode: str
    run_s: float
    energy_wh: int
    sun_wh: int
    foresight_wh: int
    above_as: float
    longest_s: float
    switches: int


def measure(task: tuple[str, str]) -> Result:
    """Run one day with one regulator."""
    name, regulator = task
    # Other programs on this computer must not make a day slower.
    begin_s = time.process_time()
    outcome = Run(Plan(make_day(name), regulator=regulator)).go()
    figures = outcome.figures
    summary = figures.summary()
    mains = summary["limits"]["mains"]
    return Result(
        name,
        regulator,
        str(outcome.shown_settings["MODE"]),
        time.process_time() - begin_s,
        summary["energy_wh"],
        summary["from_sun_wh"],
        outcome.bound.energy_wh if outcome.bound.valid else 0,
        mains["above_as"],
        mains["longest_s"],
        figures.switches,
    )


@dataclass
class Check:
    """A figure and what it must be; `text` has both."""

    name: str
    text: str
    kept: bool


def check_all(ours: list[Result], theirs: list[Result]) -> list[Check]:
    """Return the checks over all days."""
    excess = ratio(sum(result.above_as for result in ours), sum(result.above_as for result in theirs))
    switches = ratio(sum(result.switches for result in ours), sum(result.switches for result in theirs))
    sunny = [(our, their) for our, their in zip(ours, theirs) if our.mode == "Solar"]
    sun = ratio(sum(our.sun_wh for our, _ in sunny), sum(their.sun_wh for _, their in sunny))
    smart = [result for result in ours if result.mode == "Smart"]
    foresight = ratio(sum(result.energy_wh for result in smart), sum(result.foresight_wh for result in smart))
    longest_s = max(result.longest_s for result in ours)
    slowest_s = max(result.run_s for result in ours)
    checks = [
        Check(name, f"{value_s:.2f} s (at most {most_s:.0f} s)", value_s <= most_s)
        for name, value_s, most_s in (
            ("longest time above MAINS", longest_s, LONGEST_EXCESS_S),
            ("slowest day, processor time", slowest_s, LONGEST_RUN_S),
        )
    ]
    for name, value, limit, most in (
        ("amp-seconds above MAINS, ours / reference", excess, MOST_EXCESS, True),
        ("contactor and phase switches, ours / reference", switches, MOST_SWITCHES, True),
        ("energy from sun in Solar, ours / reference", sun, LEAST_SUN, False),
        ("energy in Smart, ours / perfect foresight", foresight, LEAST_FORESIGHT, False),
    ):
        if value is not None:
            kept = value <= limit if most else value >= limit
            bound = f"at {'most' if most else 'least'} {limit:.3f}"
            checks.append(Check(name, f"{value:.3f} ({bound})", kept))
    return checks


def ratio(ours: float, theirs: float) -> float | None:
    """Return a ratio, or None when there is nothing to compare."""
    return ours / theirs if theirs else None


def print_table(ours: list[Result], theirs: list[Result]) -> None:
    """Print one line per day, each figure as ours / reference."""
    head = f"{'day':<20} {'kWh':>13} {'foresight %':>12} {'sun kWh':>12} {'As > MAINS':>14} {'longest s':>10}"
    print(head + f" {'switches':>9} {'cpu s':>10}")
    for our, their in zip(ours, theirs):
        foresight = sun = "-"
        if our.foresight_wh:
            foresight = f"{100 * our.energy_wh / our.foresight_wh:.1f}/{100 * their.energy_wh / their.foresight_wh:.1f}"
        if our.sun_wh or their.sun_wh:
            sun = f"{our.sun_wh / 1000:.1f}/{their.sun_wh / 1000:.1f}"
        energy = f"{our.energy_wh / 1000:.1f}/{their.energy_wh / 1000:.1f}"
        excess = f"{our.above_as:.0f}/{their.above_as:.0f}"
        longest = f"{our.longest_s:.1f}/{their.longest_s:.1f}"
        switches = f"{our.switches}/{their.switches}"
        run = f"{our.run_s:.1f}/{their.run_s:.1f}"
        print(
            f"{our.day:<20} {energy:>13} {foresight:>12} {sun:>12} {excess:>14} {longest:>10}"
            f" {switches:>9} {run:>10}"
        )


def main() -> int:
    """Run the days and print what came of them."""
    wanted = os.environ.get("BENCH_DAYS", "")
    names = wanted.split(",") if wanted else list(DAYS)
    unknown = [name for name in names if name not in DAYS]
    if unknown:
        print(f"error: BENCH_DAYS: no day {unknown[0]}; there are {', '.join(DAYS)}", file=sys.stderr)
        return 2
    begin = time.monotonic()
    # The slower regulator first, so that both processes end at about the same time.
    tasks = [(name, regulator) for regulator in REGULATORS for name in names]
    results = []
    with ProcessPoolExecutor(PROCESSES) as pool:
        for result in pool.map(measure, tasks):
            results.append(result)
            if sys.stderr.isatty():
                print(f"\r\033[K{len(results)} of {len(tasks)} runs", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    ours, theirs = results[: len(names)], results[len(names) :]
    print_table(ours, theirs)
    print()
    checks = check_all(ours, theirs)
    for check in checks:
        print(f"{'ok' if check.kept else 'MISSED':<7} {check.name}: {check.text}")
    print(f"\n{len(names)} days, both regulators: {time.monotonic() - begin:.0f} s")
    return 0 if all(check.kept for check in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
