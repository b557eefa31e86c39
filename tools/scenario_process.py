"""The processes that run scenarios: boards/SIM/run_scenario.py under CPython or MicroPython."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

HEAP = "32M"
_MAIN = "boards/SIM/run_scenario.py"


@dataclass
class Outcome:
    """How one scenario went on one interpreter."""

    interpreter: str
    virtual_ms: int = 0
    real_ms: int = 0
    failures: list = field(default_factory=list)
    error: list | None = None
    crash: str = ""


def find_micropython() -> Path | None:
    """Return the MicroPython of this environment or else of the repository's; None when there is none."""
    for path in (MICROPYTHON, ROOT / ".venv/bin/micropython"):
        if path.exists():
            return path
    return None


class Run:
    """All scenarios of one call, one after the other in one process of one interpreter."""

    def __init__(
        self,
        interpreter: str,
        files: list[Path],
        traces: list[Path | None],
        every_step: bool,
        tree: Path | None = None,
    ) -> None:
        """Take the sources, or for MicroPython a `tree` of compiled files."""
        self.traces = traces
        self._interpreter = interpreter
        self._files = files
        self._tree = tree
        self._options = ["--every-step"] if every_step else []
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile("w+")
        self._outcomes: list[Outcome] = []

    def start(self, progress: bool = False) -> None:
        """Start the process."""
        command = [sys.executable, "-u"]
        environment = cpython_environment()
        if self._interpreter == "micropython":
            command = [str(find_micropython()), "-X", f"heapsize={HEAP}"]
            environment = micropython_environment()
        main = [_MAIN]
        if self._tree:
            environment["MICROPYPATH"] = f"{self._tree}:.frozen"
            main = ["-m", Path(_MAIN).stem]
        command += [*main, *self._options] + (["--progress"] if progress else [])
        for file, trace in zip(self._files, self.traces, strict=True):
            command += [str(file), str(trace or "-")]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def outcomes(self) -> Iterator[Outcome]:
        """Yield how each scenario went, as soon as it is known; show the progress on a terminal."""
        terminal = sys.stderr.isatty()
        self.start(progress=terminal)
        for index in range(len(self._files)):
            outcome = self.outcome(index, terminal)
            if terminal:
                print("\r\033[K", end="", file=sys.stderr, flush=True)
            yield outcome

    def outcome(self, index: int, terminal: bool = False) -> Outcome:
        """Wait for the scenario with this index."""
        while len(self._outcomes) <= index:
            self._outcomes.append(self._read(terminal))
        return self._outcomes[index]

    def _read(self, terminal: bool) -> Outcome:
        assert self._process is not None and self._process.stdout is not None
        other = []
        for line in self._process.stdout:
            if line.startswith("progress "):
                if terminal:
                    self._show(line)
            elif line.startswith("{"):
                return Outcome(self._interpreter, **json.loads(line))
            else:
                other.append(line)
        self._process.wait()
        self._errors.seek(0)
        text = "".join(other) + self._errors.read()
        return Outcome(
            self._interpreter, crash=text.strip() or f"it ended with status {self._process.returncode}"
        )

    def _show(self, line: str) -> None:
        at_ms, until_ms = (int(word) for word in line.split()[1:])
        done = f"{at_ms * 100 // max(until_ms, 1)} % of {until_ms // 1000} s"
        print(f"\r\033[K{done}", end="", file=sys.stderr, flush=True)


def first_difference(first: Path, second: Path) -> str:
    """Return the first line in which two traces differ, or an empty text."""
    one, other = first.read_bytes(), second.read_bytes()
    if one == other:
        return ""
    lines, others = one.split(b"\n"), other.split(b"\n")
    lines += [b"(end)"] * (len(others) - len(lines))
    others += [b"(end)"] * (len(lines) - len(others))
    number = next(index for index in range(len(lines)) if lines[index] != others[index])
    return (
        f"line {number + 1}: cpython {lines[number].decode(errors='replace')!r}, "
        f"micropython {others[number].decode(errors='replace')!r}"
    )
