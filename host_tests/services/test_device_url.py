"""The e2e lane against a station that somebody else started: here one that `tools/sim.py` runs."""

import subprocess
import sys
from pathlib import Path

from running_station import Station

from bench.listener import free_port
from interpreters import ROOT


def run_lane(url: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the lane in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "host_tests/e2e", "--device-url", url, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_station_at_the_url_is_tested_and_left_as_it_was(tmp_path: Path) -> None:
    # A restarted station must be where it was.
    port = ("--bench-port", str(free_port("127.0.0.1")))
    with Station(tmp_path, *port, "--set", "MAX=14", "--set", "LOCK=Solenoid") as station:
        station.post("/world", {"car.auto": True, "car.pilot": "B", "car.max_a": 12, "temp_c": 31})
        station.wait_status({"state": "C", "c1.closed": True}, 20)
        before = (station.get("/settings"), station.get("/world"))
        result = run_lane(station.address)
        assert result.returncode == 0, result.stdout + result.stderr
        summary = result.stdout.splitlines()[-1]
        assert "5 passed" in summary and "failed" not in summary and "error" not in summary
        assert "a process of its own on this PC; not with --device-url" in result.stdout
        assert f"the station at {station.address} has an interpreter already" in result.stdout
        assert station.wait_status({"state": "C", "c1.closed": True}, 20)["limit.ma"] == 14000
        assert (station.get("/settings"), station.get("/world")) == before
        assert sum("station runs" in line for line in station.lines) == 2, "one start and one asked restart"


def test_a_url_without_a_station_fails(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        gone = station.address
    result = run_lane(gone, "-k", "bad_world_value")
    assert result.returncode == 1
    assert f"no station answers at {gone}" in result.stdout
