#!/usr/bin/env python3
"""Load the station's web server as several clients do: four new connections per second next to a live stream.

As a program: `web_load.py [--hours 24] [--data DIR]`; prints the figures, and fails when they are bad.
"""

import argparse
import json
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "host_tests/services")]

from web_station import WebStation  # noqa: E402

RATE_HZ = 4
P99_LIMIT_S = 0.3
# A collection does not always find the same.
GROWTH_LIMIT_BYTES = 20_000
SETTLE_S = 5


class Figures(NamedTuple):
    """What was measured; times in seconds."""

    requests: int
    refused: int
    failed: int
    events: int
    p50_s: float
    p99_s: float
    worst_s: float
    heap_before: int
    heap_after: int
    worst_lag_ms: int

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.refused} refused, {self.failed} failed, {self.events} live messages; "
            f"p50 {self.p50_s * 1000:.0f} ms, p99 {self.p99_s * 1000:.0f} ms, worst {self.worst_s * 1000:.0f} ms; "
            f"heap {self.heap_before} before, {self.heap_after} after; worst loop lag {self.worst_lag_ms} ms"
        )

    def problems(self) -> list[str]:
        """Return what is not as it should be."""
        found = []
        if self.refused or self.failed:
            found.append(f"{self.refused} refused, {self.failed} failed")
        if self.p99_s > P99_LIMIT_S:
            found.append(f"p99 is {self.p99_s:.3f} s")
        if self.heap_after - self.heap_before > GROWTH_LIMIT_BYTES:
            found.append(f"the heap grew by {self.heap_after - self.heap_before} bytes")
        if not self.events:
            found.append("the live stream said nothing")
        return found


class Stream(threading.Thread):
    """One client of /api/v1/events."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.messages = 0
        self.ended = False
        self._link = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._link.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: evse\r\n\r\n")

    def run(self) -> None:
        """Count the messages until the stream ends."""
        with self._link.makefile("rb") as file:
            assert b" 200 " in file.readline()
            for line in file:
                if line.startswith(b"data: "):
                    json.loads(line[6:])
                    self.messages += 1
        self.ended = True


def load(station: WebStation, seconds: float) -> Figures:
    """Ask for /settings at the rate, and return the figures."""
    stream = Stream(station.port)
    stream.start()
    for _ in range(10):
        station.call("GET", "/settings")
    before = heap_used(station)
    times: list[float] = []
    refused = failed = 0
    begin = time.monotonic()
    next_s = begin
    while time.monotonic() - begin < seconds:
        sent = time.monotonic()
        try:
            answer = station.call("GET", "/settings", Connection="close")
            times.append(time.monotonic() - sent)
            refused += answer.status == 503
            failed += answer.status not in (200, 503) or "version" not in answer.json
        except OSError:
            failed += 1
        next_s += 1 / RATE_HZ
        time.sleep(max(0, next_s - time.monotonic()))
    after = heap_used(station)
    assert not stream.ended, "the live stream was cut"
    times.sort()
    return Figures(
        len(times),
        refused,
        failed,
        stream.messages,
        times[len(times) // 2],
        times[len(times) * 99 // 100],
        times[-1],
        before,
        after,
        station.own("GET", "/api/v1/health").json["worst_lag_ms"],
    )


def heap_used(station: WebStation) -> int:
    """Return the least of some seconds, because the heap is collected once per second."""
    found = []
    deadline = time.monotonic() + SETTLE_S
    while time.monotonic() < deadline:
        found.append(station.own("GET", "/api/v1/health").json["heap_used"])
        time.sleep(0.1)
    return min(found)


def main(arguments: list[str]) -> int:
    """Run for so many hours; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--hours", type=float, default=1)
    parser.add_argument("--data", type=Path, default=None)
    options = parser.parse_args(arguments)
    data = options.data or Path(tempfile.mkdtemp())
    with WebStation(data) as station:
        station.set_up()
        figures = load(station, options.hours * 3600)
    print(figures)
    for problem in figures.problems():
        print("PROBLEM: " + problem)
    return 1 if figures.problems() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
