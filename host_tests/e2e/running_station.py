"""Start the station as `make sim` does and talk to it through its bench page."""

import re
import subprocess
import sys
import threading
import time
from pathlib import Path

from station_client import StationClient

from interpreters import ROOT

START_S = 30.0


class Station(StationClient):
    """One run of tools/sim.py; use it as a context manager."""

    def __init__(self, data: Path, *arguments: str) -> None:
        command = [sys.executable, "-u", str(ROOT / "tools/sim.py"), "--data", str(data), "--bench-port", "0"]
        self.process = subprocess.Popen(
            command + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self.address = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Station":
        self.wait_for_line("Bench page: ")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def evidence(self) -> str:
        """Return the end of the log."""
        return f"; log: {self.lines[-20:]}"

    def wait_for_line(self, text: str, timeout_s: float = START_S, after: int = 0) -> int:
        """Wait for a line of output that contains `text`; return its number."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            for number in range(after, len(self.lines)):
                if text in self.lines[number]:
                    return number
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError(f"no line with {text!r}; output: {self.lines[-20:]}")

    def wait_for_exit_output(self) -> None:
        """Wait until everything that an ended run wrote has been read."""
        self._reader.join(5)

    def firmware_pid(self) -> int:
        """Return the process that runs the firmware."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            found = re.search(r"(?:Bench|Recovery) page: (http://[^/]+)/", line)
            if found:
                self.address = found[1]
            # Last, because whoever waits for the line goes on to use the address.
            self.lines.append(line.rstrip("\n"))
