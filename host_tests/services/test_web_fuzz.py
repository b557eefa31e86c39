"""No request, however broken, reaches the loop as an exception, changes anything, or leaves memory behind.

2,000 requests by default; MICROEVSE_FUZZ=100000 takes some minutes.
"""

import errno
import os
import random
import socket
import time

import http_fuzz
import pytest
from web_station import WebStation

COUNT = int(os.environ.get("MICROEVSE_FUZZ", "2000"))
SEED = int(os.environ.get("MICROEVSE_FUZZ_SEED", "1"))
# What a broken request may be told; 500 is a mistake of ours.
STATUSES = {200, 202, 400, 401, 403, 404, 405, 408, 409, 413, 414, 429, 431, 501, 503, 505, 507}
# What the log says after a mistake.
MISTAKES = ("Traceback", "task died", "Error:", "MemoryError", "server failed", "reset")
HEAP_GROWTH = 40_000


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A station that was set up; nobody is logged in unless a test says so."""
    with WebStation(tmp_path_factory.mktemp("fuzz"), heap="1200k") as station:
        station.set_up()
        yield station


def heap_used(station: WebStation) -> int:
    """Return the least of some seconds, because the heap is collected once per second."""
    found = []
    for _ in range(30):
        found.append(station.own("GET", "/api/v1/health").json["heap_used"])
        time.sleep(0.1)
    return min(found)


def send(station: WebStation, data: bytes) -> "int | None":
    """Return the status of the answer, None when there was none."""
    try:
        answer = station.exchange(data, half_close=True, timeout=30)
    except (BrokenPipeError, ConnectionResetError):
        return None
    except OSError as error:
        # Refused and closed before our own end was.
        if error.errno == errno.ENOTCONN:
            return None
        raise
    if not answer:
        return None
    if answer.startswith(b"HTTP/1.1 100 "):
        answer = answer.partition(b"\r\n\r\n")[2]
        if not answer:
            return None
    assert answer.startswith(b"HTTP/1.0 "), (data, answer)
    return int(answer.split()[1])


def assert_no_mistake(station: WebStation, data: bytes = b"") -> None:
    """Look at everything that the station said."""
    said = [line for line in station.lines if any(word in line for word in MISTAKES)]
    assert said == [], (data, station.lines[-12:])
    assert station.starts == 1 and station.process.poll() is None


def picture(station: WebStation) -> dict:
    """Return what nobody may have changed."""
    return {
        "settings": {row["key"]: row["value"] for row in station.bench("/settings")},
        "access": station.bench("/status")["access"],
        "accounts": station.own("GET", "/api/v1/accounts").json,
        "cards": station.own("GET", "/api/v1/cards").json,
    }


def test_strangers_change_nothing(station):
    source = random.Random(SEED)
    before = picture(station)
    # Everything that is loaded with its first use is loaded.
    for _ in range(200):
        send(station, http_fuzz.mutated(source))
    used = heap_used(station)
    told = set()
    for number in range(COUNT):
        data = http_fuzz.mutated(source)
        status = send(station, data)
        if status is not None:
            assert status in STATUSES, (number, data, status)
            told.add(status)
        if number % 200 == 0:
            assert_no_mistake(station, data)
    assert_no_mistake(station)
    # The requests are as varied as they should be.
    assert told >= {200, 400, 401, 404, 405}
    assert picture(station) == before
    grown = heap_used(station) - used
    print(f"{COUNT} requests, statuses {sorted(told)}, heap {used} and {grown} more")
    assert grown < HEAP_GROWTH
    assert station.own("GET", "/api/v1/health").json["worst_lag_ms"] < 500


def test_mistakes_of_who_is_logged_in_are_answered(station):
    source = random.Random(SEED + 1)
    credentials = f"Cookie: {station.cookie}\r\nX-CSRF-Token: {station.csrf}\r\n".encode()
    # Not the accounts: the test itself would be thrown out.
    seeds = tuple(seed for seed in http_fuzz.SEEDS if b"/accounts" not in seed)
    for number in range(COUNT // 2):
        head, _, rest = http_fuzz.mutated(source, seeds).partition(b"\r\n")
        data = head + b"\r\n" + credentials + rest
        status = send(station, data)
        assert status is None or status in STATUSES, (number, data, status)
        if number % 200 == 0:
            assert_no_mistake(station, data)
    assert_no_mistake(station)


def test_connections_that_are_torn_down_leave_nothing(station):
    source = random.Random(SEED + 2)
    for _ in range(min(COUNT, 2000) // 20):
        data = http_fuzz.mutated(source)
        link = socket.create_connection(("127.0.0.1", station.port), timeout=10)
        # Closed with a reset, in the middle of whatever it was.
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        link.sendall(data[: source.randrange(1, len(data) + 1)])
        link.close()
    station.wait(lambda: station.own("GET", "/api/v1/health").json["connections"] == 1)
    assert_no_mistake(station)
