"""Runs scenarios on whichever interpreter this is, for tools/scenario.py, which checks the JSON before.

Arguments: --every-step, --progress, then a scenario and a trace file ("-": none) for each run. Every run
prints one line of JSON.
"""

import gc
import json
import sys

from bench import trace
from bench.scenario import run
from bench.scenario_check import ScenarioError
from evse import aio

# The longer nothing is collected, the longer MicroPython looks for room for whatever it allocates.
_COLLECT_BYTES = 1 << 20


def main(arguments: list) -> None:
    """Run every scenario that the arguments name."""
    if hasattr(gc, "threshold"):
        gc.threshold(_COLLECT_BYTES)  # pyright: ignore[reportAttributeAccessIssue]
    jump = "--every-step" not in arguments
    progress = _progress if "--progress" in arguments else None
    files = [word for word in arguments if not word.startswith("--")]
    for index in range(0, len(files), 2):
        print(json.dumps(run_file(files[index], files[index + 1], jump, progress)))


def run_file(path: str, trace_path: str, jump: bool = True, progress=None) -> dict:
    """Run one scenario and return how it went."""
    with open(path) as file:
        document = json.load(file)
    begin_ms = aio.ticks_ms()
    result: dict = {"failures": [], "error": None, "virtual_ms": 0}
    try:
        if trace_path == "-":
            scenario = run(document, None, jump, progress)
        else:
            with open(trace_path, "w") as file:
                file.write(trace.HEADER)
                scenario = run(
                    document,
                    lambda at_ms, name, value: file.write(trace.line(at_ms, name, value)),
                    jump,
                    progress,
                )
        result["virtual_ms"] = scenario.at_ms
        result["failures"] = [list(failure) for failure in scenario.failures]
    except ScenarioError as error:
        result["error"] = [error.step_index, error.field, error.text]
    result["real_ms"] = aio.ticks_diff(aio.ticks_ms(), begin_ms)
    return result


def _progress(at_ms: int, until_ms: int) -> None:
    print("progress %d %d" % (at_ms, until_ms))
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
