"""Run programs on a real board through mpremote and read what they print."""

import subprocess
import sys
from pathlib import Path


class BoardLink:
    """A board at a serial port that runs MicroPython with our image on it."""

    def __init__(self, port: str) -> None:
        self.port = port

    def copy(self, source: Path, target: str) -> None:
        """Copy a file onto the board."""
        self._mpremote("fs", "cp", str(source), ":" + target)

    def remove(self, path: str) -> None:
        """Remove a file of the board."""
        self._mpremote("fs", "rm", ":" + path)

    def run(self, program: str) -> list[str]:
        """Run a program and return its lines; AssertionError with the traceback when it raises."""
        return self._mpremote("exec", program).splitlines()

    def _mpremote(self, *words: str) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", self.port, "resume", *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout
