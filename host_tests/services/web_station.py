"""Runs tools/sim.py for the tests of the station's web server, and talks HTTP to it by plain sockets."""

import http.client
import json
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from interpreters import ROOT

PASSWORD = "correct horse battery"
INSTALLER_PASSWORD = "three phases and a neutral"
# Accepted by nobody on purpose: a card number of 7 bytes.
CARD = "04A1B2C3D4E5F6"


class Answer:
    """A status, headers (names in lower case) and a body."""

    def __init__(self, status: int, headers: "dict[str, str]", body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"{self.status} {self.body[:300]!r}"


class WebStation:
    """One simulated station with its web server; use it as a context manager."""

    def __init__(
        self, data: Path, *settings: str, heap: str = "2M", interpreter: str = "micropython"
    ) -> None:
        command = [sys.executable, "-u", str(ROOT / "tools/sim.py"), "--data", str(data), "--bench-port", "0"]
        command += ["--heap", heap, "--interpreter", interpreter]
        for setting in settings:
            command += ["--set", setting]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.data = data
        self.lines: list[str] = []
        self.code = ""
        self.port = 0
        self.bench_port = 0
        self.starts = 0
        self.cookie = ""
        self.csrf = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "WebStation":
        self.wait(lambda: self.port and self.bench_port)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    def wait(self, condition, seconds: float = 30):
        """Return what `condition()` returns once that is true."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            time.sleep(0.05)
        raise AssertionError(f"never came true; output: {self.lines[-20:]}")

    def exchange(self, data: bytes, half_close: bool = False, timeout: float = 15) -> bytes:
        """Send raw bytes and return everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as link:
            link.sendall(data)
            if half_close:
                link.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while piece := link.recv(65536):
                    answer += piece
            except ConnectionResetError:
                pass
        return answer

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Exchange one request over a connection of its own; names of headers have _ for -."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def set_up(self, installer: bool = False) -> Answer:
        """Set the first password and log in by it."""
        body = {"password": PASSWORD, "code": self.code}
        if installer:
            body["installer_password"] = INSTALLER_PASSWORD
        return self._take_login(self.call("POST", "/api/v1/setup", body))

    def log_in(self, password: str = PASSWORD, name: str = "owner") -> Answer:
        """Log in."""
        return self._take_login(self.call("POST", "/api/v1/login", {"password": password, "name": name}))

    def own(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Exchange one request as who is logged in."""
        return self.call(method, path, body, Cookie=self.cookie, X_CSRF_Token=self.csrf, **headers)

    def bench(self, path: str, body: object = None):
        """Return the JSON of the bench page; with a body by POST."""
        connection = http.client.HTTPConnection("127.0.0.1", self.bench_port, timeout=10)
        try:
            connection.request(
                "GET" if body is None else "POST", path, None if body is None else json.dumps(body)
            )
            answer = connection.getresponse()
            found = json.loads(answer.read())
            assert answer.status == 200, found
            return found
        finally:
            connection.close()

    def _take_login(self, answer: Answer) -> Answer:
        if answer.status == 200:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
            self.csrf = answer.json["csrf"]
        return answer

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            if found := re.match(r"Set-up code: (\d{8})$", line):
                self.code = found[1]
            if found := re.match(r"Web page: http://127\.0\.0\.1:(\d+)/", line):
                self.port = int(found[1])
                self.starts += 1
            if found := re.match(r"Bench page: http://127\.0\.0\.1:(\d+)/", line):
                self.bench_port = int(found[1])
            self.lines.append(line.rstrip("\n"))
