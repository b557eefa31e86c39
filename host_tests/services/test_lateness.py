"""Lateness of the control step in real time, with everything running and a busy bench page.

`LATENESS_S` sets how long; 600 is the ten minutes that the budget speaks of.
"""

import os
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from running_station import Station

DURATION_S = float(os.environ.get("LATENESS_S", "45"))
LIMIT_MS = 10


@pytest.mark.alone
def test_control_steps_are_on_time_under_load(tmp_path: Path) -> None:
    with Station(tmp_path, "--set", "EV METER=Eastron3P", "--set", "LOCK=Motor") as station:
        end = time.monotonic() + DURATION_S

        def follow() -> None:
            with urllib.request.urlopen(station.address + "/stream", timeout=10) as stream:
                while time.monotonic() < end:
                    stream.read1(4096)

        followers = [threading.Thread(target=follow) for _ in range(2)]
        for follower in followers:
            follower.start()
        station.post("/world", {"car.auto": True, "car.pilot": "B", "car.noise_mv": 40})
        while time.monotonic() < end:
            station.get("/status")
            station.get("/world")
            time.sleep(0.5)
        status = station.get("/status")
        for follower in followers:
            follower.join()
        print(
            f"\ncontrol steps over {DURATION_S:.0f} s: p99.9 {status['loop.p999_lag_ms']} ms late,"
            f" worst {status['loop.worst_lag_ms']} ms"
        )
        assert status["state"] == "C"
        assert status["loop.p999_lag_ms"] <= LIMIT_MS
