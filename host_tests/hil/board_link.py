"""Run programs on a real board through mpremote and read what they print."""

import subprocess
import sys
from pathlib import Path

TIMEOUT_S = 120


class BoardLink:
    """A board at a serial port that runs MicroPython with our image on it."""

    def __init__(self, port: str) -> None:
        self.port = port

    def copy(self, source: Path, target: str) -> None:
        """Copy a file onto the board."""
        self._mpremote("fs", "cp", str(source), ":" + target)

    def copy_folder(self, source: Path) -> None:
        """Copy a folder with all that is in it into the root of the board."""
        self._mpremote("fs", "cp", "-r", str(source), ":/")

    def remove(self, path: str) -> None:
        """Remove a file of the board, or a folder with all that is in it."""
        self._mpremote("fs", "rm", "-r", ":" + path)

    def run(self, program: str, timeout_s: int = TIMEOUT_S) -> list[str]:
        """Run a program and return its lines; AssertionError with the traceback when it raises."""
        return self._mpremote("exec", program, timeout_s=timeout_s).splitlines()

    def _mpremote(self, *words: str, timeout_s: int = TIMEOUT_S) -> str:
        command = [sys.executable, "-m", "mpremote", "connect", self.port, "resume", *words]
        result = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
        return result.stdout
