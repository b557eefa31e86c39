#!/usr/bin/env python3
"""Run scenarios: scripts of world changes, requests and expectations, in virtual time on the simulated board.

Exit status: 0 when every expectation held; 1 when one failed, or when the two interpreters differ; 2 for a
scenario that cannot be run.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import scenario_process
from json_lines import DuplicateKey, find_lines
from scenario_process import Outcome, Run

OK, FAILED, BAD = 0, 1, 2

EPILOG = """\
A scenario is a JSON file:

  {"name": "a car charges",
   "settings": {"MAX": 16},
   "world": {"cable.rating_a": 32, "car.phases": 3},
   "steps": [
     {"at_ms": 1000, "set": {"car.pilot": "C"}},
     {"at_ms": 1000, "expect": {"state": "C", "c1": true}, "within_ms": 3000, "for_ms": 10000},
     {"at_ms": 20000, "request": ["stop"]},
     {"at_ms": 20000, "expect": {"state": "C1", "offered_ma": {"max": 0}}},
     {"at_ms": 30000, "mqtt": ["Set/Mode", "Off"], "expect": {"mqtt.set_error": "", "access": "off"}},
     {"at_ms": 40000, "rest": ["POST", "/settings?mode=1"], "expect": {"rest.status": 200}}
   ]}

A back end of OCPP is there for a station whose settings choose one, say
{"OCPP": "Third party", "OCPP URL": "ws://csms.example/ocpp"}:

     {"at_ms": 0, "set": {"clock.utc": "2026-03-28T22:00:00Z", "csms.cards": "04A1B2C3 04D4E5F6"}},
     {"at_ms": 0, "csms_reply": ["BootNotification", {"interval": 60}]},
     {"at_ms": 5000, "request": ["rfid", "04A1B2C3"]},
     {"at_ms": 5000, "expect": {"ocpp.sent": {"contains": "Authorize"}}, "within_ms": 1000},
     {"at_ms": 9000, "ocpp": ["ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}],
                     "expect": {"ocpp.answer.status": "Accepted"}},
     {"at_ms": 9000, "expect": {"ocpp.sent.StatusNotification": {"contains": ["Unavailable", "2026-03-28T22:00:09Z"]}},
                     "within_ms": 1000},
     {"at_ms": 20000, "set": {"csms.connected": false}}

It accepts everything, or only the cards of csms.cards, and numbers transactions from 1. "csms_reply" changes what it
answers to a message from then on: fields in place of its own, null for no answer, a text for a CALLERROR with this
code; without an answer as at first. "ocpp" asks the station for something; ocpp.answer is the answer as JSON with its
keys in order, ocpp.answer.status its status or the code of a CALLERROR, "" while there is none. ocpp.sent lists the
messages that came since the step before, ocpp.sent.StatusNotification and the like are the payload of the last one of
them. ocpp.queue is 0 when every message about transactions was delivered, ocpp.limit_ma is what charging profiles
allow. While nothing goes on the station may take a second to answer, so give it "within_ms".
{"contains": [..]} wants all texts of a list, {"lacks": [..]} none.

host_tests/scenarios has one for everything that a car or a user can cause.
"""


class BadScenario(Exception):
    """A file that is no scenario; `line` is 0 when no line is to blame."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


class File:
    """One scenario file and where its parts stand."""

    def __init__(self, path: Path) -> None:
        """Read the file; raises BadScenario."""
        self.path = path
        self.name = path.stem
        try:
            text = path.read_text(encoding="utf-8")
            document = _parse(text)
            self._lines = find_lines(text)
        except OSError as error:
            raise BadScenario(0, str(error.strerror))
        except UnicodeDecodeError:
            raise BadScenario(0, "is not UTF-8 text")
        except RecursionError:
            raise BadScenario(0, "is nested too deeply")
        except DuplicateKey as error:
            raise BadScenario(error.line, str(error))
        if isinstance(document, dict) and isinstance(document.get("name"), str):
            self.name = document["name"]

    def line(self, step_index: int, field: str = "") -> int:
        """Return the line of a field, or else of its step; step -1 is everything outside the steps."""
        base = ("steps", step_index) if step_index >= 0 else ()
        inside = [path for path in self._lines if path[: len(base)] == base and path[-1:] == (field,)]
        if step_index < 0:
            inside = [path for path in inside if path[:1] != ("steps",) or path == ("steps",)]
        best = min(inside, key=len) if inside else base
        return self._lines.get(best, 1)


def _parse(text: str):
    def refuse(word: str):
        raise BadScenario(0, f"{word} is not JSON")

    try:
        return json.loads(text, parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise BadScenario(error.lineno, f"is not JSON: {error.msg} (column {error.colno})")
    except ValueError as error:
        raise BadScenario(0, str(error))


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip(),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json", help="scenarios to run")
    parser.add_argument(
        "--interpreter",
        choices=["cpython", "micropython", "both"],
        default="cpython",
        help="what runs the firmware (default: cpython); both: also compare the two traces byte by byte",
    )
    parser.add_argument(
        "--trace",
        type=Path,
        metavar="OUT.csv",
        help="write every change of every output as at_ms,output,value; with several scenarios a folder",
    )
    parser.add_argument(
        "--every-step",
        action="store_true",
        help="do all control steps, also those in which nothing can change (slow; the trace is the same)",
    )
    return parser.parse_args(arguments)


def run_files(files: list[File], options: argparse.Namespace, folder: Path) -> int:
    """Run all scenarios on the interpreters asked for, print the results and return the exit status."""
    names = ["cpython", "micropython"] if options.interpreter == "both" else [options.interpreter]
    # A trace that has been compared is the same from either.
    plans = {
        name: Run(
            name,
            [file.path.resolve() for file in files],
            _trace_paths(files, options, folder if name != names[0] else None, folder),
            options.every_step,
        )
        for name in names
    }
    runs = list(plans.values())
    for run in runs[1:]:
        run.start()
    status = OK
    for index, outcome in enumerate(runs[0].outcomes()):
        outcomes = [outcome] + [run.outcome(index) for run in runs[1:]]
        traces = [run.traces[index] for run in runs]
        status = max(status, report(files[index], outcomes, traces))
    return status


def report(file: File, outcomes: list[Outcome], traces: list[Path | None]) -> int:
    """Print how one scenario went and return its exit status."""
    status, problems = OK, []
    for outcome in outcomes:
        if outcome.error:
            step_index, field, text = outcome.error
            status = BAD
            problems.append(f"{file.path}:{file.line(step_index, field)}: {field}: {text}")
        elif outcome.crash:
            status = max(status, FAILED)
            problems.append(f"{file.path}: the {outcome.interpreter} engine broke down\n{outcome.crash}")
        for step_index, text in outcome.failures:
            status = max(status, FAILED)
            problems.append(f"{file.path}:{file.line(step_index)}: {text}")
    if status == OK and len(traces) == 2 and traces[0] and traces[1]:
        difference = scenario_process.first_difference(traces[0], traces[1])
        if difference:
            status = FAILED
            problems.append(f"{file.path}: the traces differ: {difference}")
    seconds = " + ".join(f"{outcome.real_ms / 1000:.2f} s" for outcome in outcomes)
    verdict = {OK: "ok", FAILED: "FAILED", BAD: "BAD"}[status]
    print(f"{verdict:6}  {file.name}  ({outcomes[0].virtual_ms / 1000:.2f} s in {seconds})")
    for problem in dict.fromkeys(problems):
        print(problem, file=sys.stderr)
    return status


def _trace_paths(
    files: list[File], options: argparse.Namespace, spare: Path | None, folder: Path
) -> list[Path | None]:
    """Return where the traces go; the second interpreter's, and unwanted ones to compare, go to a spare folder."""
    if spare:
        return [spare / f"{index}.second.csv" for index in range(len(files))]
    if options.trace is None:
        both = options.interpreter == "both"
        return [folder / f"{index}.csv" if both else None for index in range(len(files))]
    if len(files) == 1 and not options.trace.is_dir():
        return [options.trace.resolve()]
    return [options.trace.resolve() / f"{file.path.stem}.csv" for file in files]


def main() -> int:
    """Run what the command line asks for."""
    options = parse_arguments(sys.argv[1:])
    status = OK
    files = []
    for path in options.files:
        try:
            files.append(File(path))
        except BadScenario as error:
            place = f"{path}:{error.line}" if error.line else str(path)
            print(f"{place}: {error}", file=sys.stderr)
            status = BAD
    reason = _unwritable(options.trace, len(options.files))
    if not reason and options.interpreter != "cpython" and scenario_process.find_micropython() is None:
        reason = "no MicroPython here; `make setup` installs it"
    if reason:
        print(f"error: {reason}", file=sys.stderr)
        return BAD
    if files:
        with tempfile.TemporaryDirectory() as folder:
            status = max(status, run_files(files, options, Path(folder)))
    return status


def _unwritable(trace: Path | None, count: int) -> str:
    """Return why no trace can be written, or nothing; make the folder for several traces."""
    if trace is None:
        return ""
    try:
        if count > 1:
            trace.mkdir(parents=True, exist_ok=True)
        elif not trace.is_dir():
            trace.open("w").close()
    except OSError as error:
        return f"{trace}: {error.strerror}"
    return ""


if __name__ == "__main__":
    sys.exit(main())
