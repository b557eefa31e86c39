#!/usr/bin/env python3
"""Load the station as several clients do: four new HTTP connections per second next to a live stream and a broker.

As a program: `web_load.py [--hours 24] [--data DIR]`; prints the figures, and fails when they are bad.
"""

import argparse
import contextlib
import json
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / place) for place in ("tools", "host_tests/services", "lib", "tools/shims")]

from mqtt_broker import Broker  # noqa: E402
from web_station import WebStation  # noqa: E402

from mqtt import packets  # noqa: E402
from mqtt.parser import Parser  # noqa: E402

RATE_HZ = 4
P99_LIMIT_S = 0.3
# A collection does not always find the same.
GROWTH_LIMIT_BYTES = 20_000
SETTLE_S = 2.5
PREFIX = "load"
_PUBLISH = 3
_LONGEST_BYTES = 1024


class Figures(NamedTuple):
    """What was measured; times in seconds."""

    requests: int
    refused: int
    failed: int
    events: int
    published: int
    p50_s: float
    p99_s: float
    worst_s: float
    heap_before: int
    heap_after: int
    worst_lag_ms: int

    def __str__(self) -> str:
        return (
            f"{self.requests} requests, {self.refused} refused, {self.failed} failed, {self.events} live messages, "
            f"{self.published} by MQTT; "
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
        if not self.published:
            found.append("the broker was told nothing")
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

    def close(self) -> None:
        """Go away."""
        self._link.shutdown(socket.SHUT_RDWR)
        self.join(5)
        self._link.close()


class Follower(threading.Thread):
    """One client of the broker, who counts what the station publishes."""

    def __init__(self, broker: Broker) -> None:
        super().__init__(daemon=True)
        self.messages = 0
        self._link = socket.create_connection(("127.0.0.1", broker.port), timeout=30)
        self._link.settimeout(None)
        self._link.sendall(packets.encode_connect(b"follower", 0, True, None, None, None))
        topic = (PREFIX + "/#").encode()
        self._link.sendall(bytes((0x82, len(topic) + 5, 0, 1, 0, len(topic))) + topic + b"\0")

    def run(self) -> None:
        """Count until the broker ends."""
        parser = Parser(_LONGEST_BYTES)
        while data := self._link.recv(4096):
            piece, at = memoryview(data), 0
            while at < len(piece):
                at = parser.feed(piece, at, len(piece))
                self.messages += parser.complete and parser.kind == _PUBLISH


@contextlib.contextmanager
def loaded_station(data: Path) -> Iterator[tuple[WebStation, Follower]]:
    """Start a station that charges, has been set up and is connected to a broker with a follower."""
    with Broker(data) as broker:
        follower = Follower(broker)
        follower.start()
        settings = ("MQTT HOST=127.0.0.1", f"MQTT PORT={broker.port}", f"MQTT PREF={PREFIX}")
        with WebStation(data, *settings) as station:
            station.set_up()
            station.bench("/world", {"car.pilot": "C"})
            station.wait(lambda: station.bench("/status")["mqtt.connected"])
            # Everything that is told after a connect takes a while.
            station.wait(lambda: follower.messages > 100)
            yield station, follower


def load(station: WebStation, follower: Follower, seconds: float) -> Figures:
    """Ask for /settings at the rate, and return the figures."""
    stream = Stream(station.port)
    stream.start()
    published = follower.messages
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
    assert station.bench("/status")["mqtt.connected"], "the broker was lost"
    stream.close()
    times.sort()
    return Figures(
        len(times),
        refused,
        failed,
        stream.messages,
        follower.messages - published,
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
    with loaded_station(data) as (station, follower):
        figures = load(station, follower, options.hours * 3600)
    print(figures)
    for problem in figures.problems():
        print("PROBLEM: " + problem)
    return 1 if figures.problems() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
