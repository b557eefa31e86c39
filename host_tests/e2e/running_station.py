"""Start the station as `make sim` does and talk to it through its bench page."""

import json
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from interpreters import ROOT

START_S = 30.0


class Station:
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

    def get(self, path: str) -> dict:
        """Return the JSON at a path."""
        with urllib.request.urlopen(self.address + path, timeout=5) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> tuple[int, dict]:
        """Return status and JSON of a POST."""
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def wait_status(self, wanted: dict, timeout_s: float) -> dict:
        """Wait until the status has the wanted values; return it."""
        deadline = time.monotonic() + timeout_s
        status: dict = {}
        while time.monotonic() < deadline:
            try:
                status = self.get("/status")
            except OSError:
                status = {}
            if all(status.get(name) == value for name, value in wanted.items()):
                return status
            time.sleep(0.05)
        raise AssertionError(f"not {wanted} within {timeout_s} s, but {status}; log: {self.lines[-20:]}")

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
            self.lines.append(line.rstrip("\n"))
            found = re.search(r"Bench page: (http://[^/]+)/", line)
            if found:
                self.address = found[1]
