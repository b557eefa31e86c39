"""The PC's side of measuring a station in its network: a broker, a browser that loads the page, and the station."""

import gzip
import http.client
import json
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interpreters import MICROPYTHON, ROOT, find_mosquitto

PROGRAM = ROOT / "tools/device/measure_network.py"
TIMEOUT_S = 120
# What the page asks for when it begins.
ASKED = ("/api/v1/session", "/api/v1/status")
STREAM = b"GET /api/v1/events HTTP/1.1\r\nHost: evse\r\n\r\n"
_LINK = re.compile(
    rb"""(?:src=|href=|from\s|import\s|import\()\s*["'](\.?/?(?:page/)?[a-z0-9_-]+\.(?:js|css))["']"""
)


class NetworkError(Exception):
    """The station could not be measured, and why."""


@contextmanager
def broker() -> Iterator[int]:
    """Run mosquitto; return its port."""
    program = find_mosquitto()
    if program is None:
        raise NetworkError("mosquitto is missing: make setup says how to get it")
    port = _free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "mosquitto.conf"
        file.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n")
        process = subprocess.Popen(
            [program, "-c", str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
        )
        try:
            _wait_for_port(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise NetworkError("the broker does not start") from None
            time.sleep(0.05)


def load_page(port: int) -> int:
    """Load the page with all of its files, and what it asks for when it begins; return how many."""
    waiting, seen = ["/", *ASKED], set[str]()
    while waiting:
        path = waiting.pop(0)
        seen.add(path)
        text = _get(port, path)
        for found in _LINK.findall(text):
            name = "/page/" + found.decode().rpartition("/")[2]
            if name not in seen and name not in waiting:
                waiting.append(name)
    return len(seen)


def follow(port: int) -> socket.socket:
    """Follow the live stream."""
    stream = socket.create_connection(("127.0.0.1", port), timeout=30)
    stream.sendall(STREAM)
    if b" 200 " not in stream.recv(100):
        raise NetworkError("no live stream")
    return stream


def _get(port: int, path: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Accept-Encoding": "gzip", "Accept": "*/*"})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    if answer.status != 200:
        raise NetworkError(f"{path}: status {answer.status}")
    if answer.getheader("Content-Encoding") == "gzip":
        return gzip.decompress(body)
    return body


def measure(image: Path) -> tuple[list[tuple[str, int]], str]:
    """Run the station from an image; return its rows, and in words what was loaded."""
    data = tempfile.mkdtemp()
    with broker() as broker_port:
        page_port = _free_port()
        command = [str(MICROPYTHON), "-X", "heapsize=4M", str(PROGRAM), str(image), data]
        command += [str(broker_port), str(page_port)]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        timer = threading.Timer(TIMEOUT_S, process.kill)
        timer.start()
        try:
            return _follow(process, page_port)
        finally:
            timer.cancel()
            process.kill()
            process.wait()
            shutil.rmtree(data, ignore_errors=True)


def _follow(process: subprocess.Popen[str], port: int) -> tuple[list[tuple[str, int]], str]:
    files = 0
    stream = None
    lines: list[str] = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if line.startswith("browse"):
            files = load_page(port)
            print(file=process.stdin, flush=True)
        elif line.startswith("follow"):
            stream = follow(port)
            # Read on, or the station would wait for it.
            threading.Thread(target=_drain, args=(stream,), daemon=True).start()
    try:
        rows = [(str(part), int(size)) for part, size in json.loads(lines[-1])]
    except (ValueError, IndexError):
        raise NetworkError("no result in:\n" + "".join(lines)) from None
    if stream is None:
        raise NetworkError("nobody loaded the page")
    stream.close()
    names = re.search(r"n_pool=(\d+), n_qstr=(\d+).*n_total_bytes=(\d+)", "".join(lines[-2:]))
    if names is None:
        raise NetworkError("no figures of names in:\n" + "".join(lines))
    text = "the page took {} requests; {} tables hold {} names in {} bytes"
    return rows, text.format(files, names[1], names[2], names[3])


def _drain(stream: socket.socket) -> None:
    try:
        while stream.recv(4096):
            pass
    except OSError:
        return
