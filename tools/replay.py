#!/usr/bin/env python3
"""Replay a recorded or a shipped day: what would the station have done with the car?

The day's currents go through simulated meters into the real core of the station, in virtual time, with a simulated
car. Prints the figures; --report makes a page with plots, --json a file with everything.

Exit status: 0 when it ran; 2 for a day, a car or a setting that cannot be used.
"""

import argparse
import json
import sys
from pathlib import Path

import replay_lib.paths  # noqa: F401  (the firmware's modules)
from evse.core.errors import FieldError
from replay_lib.cars import CARS
from replay_lib.day import Day, DayError
from replay_lib.day_clock import clock_seconds
from replay_lib.options import parse_set
from replay_lib.parallel import run_plans
from replay_lib.read_day import read_day
from replay_lib.report import make_report
from replay_lib.run import REGULATORS, Plan, Run
from replay_lib.shipped_days import DAYS
from replay_lib.summary import describe, text_table

OK, BAD = 0, 2


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip(),
        epilog="cars:\n"
        + "\n".join(f"  {name:<12} {car.help_text}" for name, car in CARS.items())
        + "\n\nshipped days:\n"
        + "\n".join(f"  {name:<20} {row.title}" for name, row in DAYS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "day", metavar="DAY.csv", help="a day: CSV, P1 telegrams, Home Assistant history, or a shipped one"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="a setting by menu label",
    )
    parser.add_argument("--car", choices=sorted(CARS), metavar="MODEL", help="which car (below)")
    parser.add_argument("--needs-wh", type=int, metavar="WH", help="energy until the car is full (never)")
    parser.add_argument(
        "--plug", action="append", default=[], metavar="HH:MM", help="when the car is plugged in (00:00)"
    )
    parser.add_argument("--unplug", action="append", default=[], metavar="HH:MM", help="when it is unplugged")
    parser.add_argument(
        "--regulator", choices=REGULATORS, default=REGULATORS[0], help="who regulates (microevse)"
    )
    parser.add_argument(
        "--compare",
        action="append",
        default=[],
        metavar="REGULATOR|KEY=VALUE[,KEY=VALUE]",
        help="run again with the other regulator, or with these settings; may be repeated",
    )
    parser.add_argument("--report", type=Path, metavar="OUT.html", help="write a page with plots and figures")
    parser.add_argument("--json", type=Path, metavar="OUT.json", help="write all figures")
    parser.add_argument(
        "--house-phases", type=int, choices=(1, 3), help="phases of the home, when the file does not say"
    )
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="ENTITY=COLUMN",
        help="what an entity of Home Assistant is (l1_w)",
    )
    parser.add_argument(
        "--meter-period-ms", type=int, default=1000, metavar="MS", help="a new reading every (1000)"
    )
    parser.add_argument(
        "--meter-latency-ms", type=int, default=200, metavar="MS", help="how old it is by then (200)"
    )
    return parser.parse_args(arguments)


def prepare(options: argparse.Namespace) -> list[Plan]:
    """Return what to run; DayError or FieldError say what is wrong."""
    mapping = dict(parse_set(text) for text in options.map)
    day = read_day(options.day, options.house_phases, mapping)
    if options.needs_wh is not None:
        day.needs_wh = options.needs_wh
    plugs = _plugs(options, day)
    if plugs:
        day.plugs = plugs
    if not any(plugged for _, plugged in day.plugs):
        day.plugs = [(0, True)]
    for name, value, least, most in (
        ("--meter-period-ms", options.meter_period_ms, 1000, 60000),
        ("--meter-latency-ms", options.meter_latency_ms, 20, 900),
    ):
        if not least <= value <= most or value % 10:
            raise FieldError(name, f"must be from {least} to {most} in steps of 10")
    base = dict(parse_set(text) for text in options.settings)
    told = [f"{name}={value}" for name, value in base.items()]
    plans = [_plan(options, day, base, options.regulator, " ".join(told) if told and options.compare else "")]
    for text in options.compare:
        if text in REGULATORS:
            plans.append(_plan(options, day, base, text, text))
        else:
            other = dict(parse_set(part) for part in text.split(","))
            plans.append(_plan(options, day, {**base, **other}, options.regulator, text))
    for plan in plans:
        # Only to find out whether the settings fit.
        Run(plan)
    return plans


def _plan(
    options: argparse.Namespace, day: Day, settings: dict[str, str], regulator: str, label: str
) -> Plan:
    return Plan(
        day,
        settings,
        options.car or "",
        regulator,
        options.meter_period_ms,
        options.meter_latency_ms,
        label or regulator,
    )


def _plugs(options: argparse.Namespace, day: Day) -> list[tuple[int, bool]]:
    plugs = []
    for texts, plugged in ((options.plug, True), (options.unplug, False)):
        for text in texts:
            try:
                second = (clock_seconds(text) - day.start_s) % 86400
            except ValueError:
                raise FieldError("--plug" if plugged else "--unplug", f"{text!r} is not HH:MM") from None
            plugs.append((second, plugged))
    return sorted(plugs)


def main() -> int:
    """Run what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    try:
        plans = prepare(options)
        outcomes = run_plans(plans)
        runs = [describe(outcome) for outcome in outcomes]
        print(text_table(runs))
        if options.report:
            options.report.write_text(make_report(outcomes), encoding="utf-8")
        if options.json:
            options.json.write_text(json.dumps({"runs": runs}, indent=1), encoding="utf-8")
    except DayError as error:
        print(error, file=sys.stderr)
        return BAD
    except FieldError as error:
        print(f"error: {error.field}: {error.text}", file=sys.stderr)
        return BAD
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return BAD
    return OK


if __name__ == "__main__":
    sys.exit(main())
