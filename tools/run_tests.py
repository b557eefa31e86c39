#!/usr/bin/env python3
"""Run the tests: most of them side by side, then those that bear nothing beside them. Arguments go to pytest.

The environment variable JOBS tells how many run at a time, 0 for one after the other; otherwise one more than there
are processors, because many wait for a station most of the time.
"""

import os
import subprocess
import sys

from interpreters import ROOT

NOTHING_SELECTED = 5
TAIL_BYTES = 4096


def run(what: str, arguments: list[str]) -> tuple[int, str]:
    """Run pytest and show what it prints; return its exit status and its last line."""
    print(f"== {what}", flush=True)
    command = [sys.executable, "-m", "pytest", *arguments]
    if sys.stdout.isatty():
        command.append("--color=yes")
    tail = b""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        while piece := os.read(process.stdout.fileno(), 65536):
            sys.stdout.buffer.write(piece)
            sys.stdout.buffer.flush()
            tail = (tail + piece)[-TAIL_BYTES:]
    lines = tail.decode(errors="replace").rstrip().splitlines()
    return process.returncode, lines[-1] if lines else ""


def outcome(statuses: list[int]) -> int:
    """Return the exit status of all: the first failure, if any; none of them may have had nothing to do alone."""
    failures = [status for status in statuses if status not in (0, NOTHING_SELECTED)]
    if failures:
        return failures[0]
    return 0 if 0 in statuses else NOTHING_SELECTED


def main() -> int:
    """Run both parts, even when one has failed; repeat at the end how each ended."""
    jobs = os.environ.get("JOBS") or str((os.cpu_count() or 1) + 1)
    parts = {
        f"tests, {jobs} at a time": ["-n", jobs, "--alone=without", *sys.argv[1:]],
        "tests that run alone": ["-n", "0", "--alone=only", *sys.argv[1:]],
    }
    results = {what: run(what, arguments) for what, arguments in parts.items()}
    print()
    for what, (_, line) in results.items():
        print(f"{what}: {line.strip('= ')}")
    return outcome([status for status, _ in results.values()])


if __name__ == "__main__":
    sys.exit(main())
