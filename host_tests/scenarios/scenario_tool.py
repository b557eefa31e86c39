"""Calls tools/scenario.py and its processes for the tests of this folder."""

import json
import subprocess
import sys
from pathlib import Path

from board_folders import find_board
from image import build_facts, compile_files
from image_sources import everything
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


def compiled_tree(folder: Path) -> Path:
    """Return everything as an image has it: compiled, with constants in place and short names."""
    board = find_board("SIM")
    files = {**everything(board), "run_scenario.py": board.folder / "run_scenario.py"}
    compile_files(files, folder, board.march, build_facts(board), keep_names=True)
    return folder


def run_all(
    interpreter: str, files: list[Path], folder: Path, every_step: bool = False, tree: Path | None = None
) -> Run:
    """Start all files in one process, from the sources or a compiled tree; traces go to `folder`."""
    folder.mkdir()
    traces: list[Path | None] = [folder / f"{file.stem}.csv" for file in files]
    run = Run(interpreter, files, traces, every_step, tree)
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
