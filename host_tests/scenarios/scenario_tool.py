"""Calls tools/scenario.py and its processes for the tests of this folder."""

import json
import subprocess
import sys
from pathlib import Path

from interpreters import ROOT
from scenario_process import Outcome, Run

FOLDER = ROOT / "host_tests/scenarios"
FILES = sorted(FOLDER.glob("*.json"))
SHORT_MS = 600_000


def names(files: list[Path]) -> list[str]:
    """Return how the files are called in test names."""
    return [file.stem for file in files]


def duration_ms(file: Path) -> int:
    """Return at least how long a scenario takes."""
    document = json.loads(file.read_text())
    return max([document.get("until_ms", 0)] + [step["at_ms"] for step in document["steps"]])


def run_all(interpreter: str, files: list[Path], folder: Path, every_step: bool = False) -> Run:
    """Start all files in one process; traces go to `folder`."""
    folder.mkdir()
    traces: list[Path | None] = [folder / f"{file.stem}.csv" for file in files]
    run = Run(interpreter, files, traces, every_step)
    run.start()
    return run


def problems(outcome: Outcome) -> str:
    """Return what went wrong, or an empty text."""
    return (
        outcome.crash or str(outcome.error or "") or "\n".join(str(failure) for failure in outcome.failures)
    )


def tool(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run tools/scenario.py as a user does."""
    return subprocess.run(
        [sys.executable, ROOT / "tools/scenario.py", *words],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
