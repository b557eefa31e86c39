"""Every command in docs/meters.md does what it says."""

import json
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from running_station import Station

from interpreters import ROOT
from meters_lib import kinds

TEXT = (ROOT / "docs/meters.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line]
SERVE = [command for command in COMMANDS if " serve " in command]
SERVE_HTTP = next(command for command in SERVE if "Homewizrd" in command)
PROBE = [command for command in COMMANDS if " probe " in command]
WAIT_S = 20.0


class Serving:
    """A command that serves: what it printed first, and the port that it took."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout
        self._keyboard, self._screen = process.stdin, process.stdout
        self.line = self._screen.readline()
        self.port = self.line.split("127.0.0.1:")[-1].split(":")[0]

    def type(self, line: str, answer: str) -> None:
        """Type a line and wait for an answer."""
        self._keyboard.write(line + "\n")
        self._keyboard.flush()
        while answer not in self._screen.readline():
            pass


@contextmanager
def started(command: str) -> Iterator[Serving]:
    """Run a command that serves."""
    # Another port, because this one may be taken here.
    words = [re.sub(r"^:\d+$", ":0", word) for word in shlex.split(command)]
    process = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield Serving(process)
    finally:
        process.terminate()
        process.communicate(timeout=10)


def run(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def test_every_command_is_known_here():
    others = [command for command in COMMANDS if command not in SERVE + PROBE]
    assert [command.split()[0] for command in others] == ["printf", "make", "make"]


def test_every_type_is_described():
    assert all(name in TEXT for name in [*kinds.names(), "API"])


@pytest.mark.parametrize("command", [command for command in SERVE if "--tcp" in command])
def test_served_meters_are_found(command):
    (ROOT / "build").mkdir(exist_ok=True)
    csv = next(line for line in COMMANDS if line.startswith("printf"))
    subprocess.run(["bash", "-c", csv], cwd=ROOT, check=True)
    with started(command) as serving:
        place = "Homewizrd" if command == SERVE_HTTP else " at address 10"
        assert place + " on 127.0.0.1:" in serving.line, serving.line
        words = shlex.split(command)
        again = [word for word in words if word not in ("--keyboard",)]
        if "--csv" in again:
            del again[again.index("--csv") : again.index("--csv") + 2]
        again[again.index("serve")] = "probe"
        again[again.index("--tcp") + 1] = "127.0.0.1:" + serving.port
        result = subprocess.run(again, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert "current" in result.stdout and "latency" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize("command", [command for command in PROBE if "--tcp" in command])
def test_probes_read_the_served_meter(command):
    with started(SERVE_HTTP if "Homewizrd" in command else SERVE[0]) as serving:
        serving.type("10 -5 3", "10.00 -5.00 3.00 A")
        result = run(re.sub(r"127\.0\.0\.1:50\d\d", "127.0.0.1:" + serving.port, command))
        assert result.returncode == 0, result.stdout + result.stderr
        assert "10.00 A     -5.00 A      3.00 A" in result.stdout, result.stdout


@pytest.mark.parametrize("command", [command for command in SERVE + PROBE if "/dev/ttyUSB0" in command])
def test_without_an_adapter_the_device_is_named(command):
    result = run(command.replace("/dev/ttyUSB0", "/dev/no-such-port"))
    assert result.returncode == 2 and "/dev/no-such-port" in result.stderr, result.stdout + result.stderr


@pytest.mark.parametrize("serve", [SERVE[0], SERVE_HTTP])
def test_a_station_takes_the_served_meter(serve: str, tmp_path: Path):
    port = re.search(r":(50\d\d)", serve)
    assert port
    command = next(line for line in COMMANDS if line.startswith("make sim") and port[0] in line)
    dry_run = run(command + " --dry-run")
    line = next(text for text in dry_run.stdout.splitlines() if "tools/sim.py" in text)
    with started(serve) as serving:
        serving.type("4 5 6", "4.00 5.00 6.00 A")
        arguments = [word.replace(port[0], ":" + serving.port) for word in shlex.split(line)[2:]]
        with Station(tmp_path, *arguments, "--bench-port", "0") as station:
            deadline = time.monotonic() + WAIT_S
            status = station.get("/status")
            while status["mains.sum_ma"] != 15000 and time.monotonic() < deadline:
                time.sleep(0.1)
                status = station.get("/status")
            assert status["mains.sum_ma"] == 15000, json.dumps(status)
