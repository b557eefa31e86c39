#!/usr/bin/env python3
"""A restart with 255 x 255 charging profiles and 500 queued transactions, and the heap of OCPP, each with its bound.

Both are measured with the whole station at our own central system over a real connection: the restart on the simulated
board, the heap with an image, whose code stays in the ROMFS. Exit status 1 when a bound is missed.
"""

import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "services"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "lib"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools/shims"))

from ocpp_station import Station

import image
import size
from csms_lib.threaded import ThreadedCsms
from interpreters import MICROPYTHON, ROOT, micropython_environment

PERIODS = 255
RESTART_S = 2.0
IDLE_BYTES = 40 * 1024
PEAK_BYTES = 60 * 1024
REPEATS = 3
SHOWN = 12


def profile() -> dict:
    """Return a profile of 255 periods."""
    periods = [
        {"startPeriod": 300 * index, "limit": 6 + index % 20 + 0.7, "numberPhases": 3}
        for index in range(PERIODS)
    ]
    return {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Recurring",
        "recurrencyKind": "Daily",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "startSchedule": "2026-01-01T00:00:00Z",
            "chargingSchedulePeriod": periods,
        },
    }


def run(*arguments: str) -> None:
    """Run a program under MicroPython."""
    command = [str(MICROPYTHON), "-X", "heapsize=16M", *arguments]
    subprocess.run(command, cwd=ROOT, env=micropython_environment(), check=True)


def measure_restart() -> tuple[float, float]:
    """Return the seconds from the start of the process to its boot message: with everything, and with nothing."""
    full, empty = [], []
    with tempfile.TemporaryDirectory() as folder:
        prepared = Path(folder) / "prepared"
        prepared.mkdir()
        run("host_tests/mp/ocpp_restart_data.py", str(prepared))
        for turn in range(REPEATS):
            for times, filled in ((full, True), (empty, False)):
                data = Path(folder) / f"{filled}{turn}"
                data.mkdir()
                if filled:
                    shutil.copytree(prepared, data, dirs_exist_ok=True)
                with ThreadedCsms() as central:
                    begin = time.monotonic()
                    with Station(data, central.port, EVMeter="Disabled") as station:
                        central.wait_for("BootNotification")
                        times.append(time.monotonic() - begin)
                        station.wait_status("ocpp.profiles", PERIODS if filled else 0)
    return statistics.median(full), statistics.median(empty)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def measure_heap() -> tuple[list[tuple[str, int]], int]:
    """Return what each part of OCPP adds to an idle station, and the peak while a profile comes."""
    built = size.bare_image()
    with tempfile.TemporaryDirectory() as data, ThreadedCsms() as central:
        command = [str(MICROPYTHON), "-X", "heapsize=4M", "tools/device/measure_ocpp.py"]
        command += [str(built.romfs), data, str(central.port), str(free_port())]
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        lines = []
        assert process.stdout and process.stdin
        for line in process.stdout:
            lines.append(line)
            if line.startswith("profile"):
                payload = {"connectorId": 1, "csChargingProfiles": profile()}
                answer = central.call("SetChargingProfile", payload)
                assert answer == {"status": "Accepted"}, answer
                print(file=process.stdin, flush=True)
        process.wait(10)
    sources = image.first_sources(built)
    rows = [(sources.get(f"{name}.mpy", str(name)), int(count)) for name, count in json.loads(lines[-1])]
    return rows[:-1], rows[-1][1]


def main() -> int:
    """Print the figures; return how many bounds are missed."""
    missed = 0

    def say(name: str, value: float, bound: float, unit: str) -> None:
        nonlocal missed
        kept = value <= bound
        missed += not kept
        print(f"{name:58} {value:10.2f} {unit:5} bound {bound:8.0f}  {'kept' if kept else 'MISSED'}")

    rows, peak = measure_heap()
    for name, count in sorted(rows, key=lambda row: -row[1])[:SHOWN]:
        print(f"  {count:8d}  {name}")
    awake = sum(count for name, count in rows if name != "rest")
    print(f"  {awake:8d}  altogether when it has just connected")
    say("OCPP, idle and connected, code in ROMFS, heap", sum(count for _, count in rows), IDLE_BYTES, "bytes")
    say("SetChargingProfile of 255 periods, peak of heap above idle", peak, PEAK_BYTES, "bytes")
    full_s, empty_s = measure_restart()
    print(f"  start to boot message without anything {empty_s:.2f} s, with everything {full_s:.2f} s")
    say("255 x 255 profiles, 500 transactions: process to boot", full_s, RESTART_S, "s")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
