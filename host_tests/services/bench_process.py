"""Runs the bench server over the stand-in simulation as a process of either interpreter."""

import json
import os
import socket
import subprocess
import sys
import time

from interpreters import MICROPYTHON, ROOT, micropython_environment

CPYTHON_PATHS = ("firmware", "lib", "boards/SIM", "tools/shims", "build/mplib")


def available(interpreter: str) -> str:
    """Return why an interpreter cannot be used, or an empty text."""
    if interpreter == "micropython" and not MICROPYTHON.exists():
        return "no MicroPython unix port beside " + sys.executable
    if not (ROOT / "build/mplib/microdot").is_dir():
        return "build/mplib has no microdot"
    return ""


class BenchProcess:
    """One bench server over the stand-in simulation, reached over real sockets."""

    def __init__(self, interpreter: str, port: int = 0, heap: str = "400k") -> None:
        script = "host_tests/services/fake_simulation.py"
        if interpreter == "micropython":
            command = [str(MICROPYTHON), "-X", "heapsize=" + heap, script, str(port)]
            environment = micropython_environment()
        else:
            command = [sys.executable, script, str(port)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(CPYTHON_PATHS)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout
        self.first_line = self.process.stdout.readline().strip()
        self.url = self.first_line
        self.port = int(self.url.rsplit(":", 1)[1].strip("/")) if self.url.startswith("http") else 0

    def stop(self) -> str:
        """End the process and return what else it printed."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=10)
        return output

    def exchange(self, data: bytes) -> bytes:
        """Send raw bytes and return everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as link:
            link.sendall(data)
            answer = b""
            while piece := link.recv(65536):
                answer += piece
        return answer

    def call(
        self, method: str, path: str, body: "object | bytes" = None
    ) -> "tuple[int, dict[str, str], bytes]":
        """Return the status, the headers (names in lower case) and the body of one HTTP exchange."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(data)}\r\n\r\n"
        head_text, _, content = self.exchange(head.encode() + data).partition(b"\r\n\r\n")
        lines = head_text.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers, content

    def get(self, path: str) -> "object":
        """Return the JSON of a page that must be there."""
        status, headers, body = self.call("GET", path)
        assert status == 200, body
        assert headers["content-type"].startswith("application/json")
        return json.loads(body)

    def post(self, path: str, body: "object | bytes") -> "tuple[int, dict[str, object]]":
        """Post a body and return the status and the JSON that came back."""
        status, _, answer = self.call("POST", path, body)
        return status, json.loads(answer)


class Stream:
    """One client of /stream."""

    def __init__(self, port: int) -> None:
        self.link = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.link.sendall(b"GET /stream HTTP/1.1\r\nHost: bench\r\n\r\n")
        self.file = self.link.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = []
        while line := self.file.readline().strip():
            self.headers.append(line.decode())

    def block(self) -> str:
        """Return the next event or comment as it was sent."""
        lines = []
        while line := self.file.readline().decode().rstrip("\n"):
            lines.append(line)
        return "\n".join(lines)

    def message(self) -> "dict[str, dict[str, object]]":
        """Return the next message."""
        while True:
            block = self.block()
            if block.startswith("data: "):
                return json.loads(block[6:])

    def until(self, part: str, name: str, value: object, seconds: float = 10) -> "list[dict]":
        """Return the messages up to the one that tells a value."""
        messages = []
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            messages.append(self.message())
            if messages[-1].get(part, {}).get(name) == value:
                return messages
        raise AssertionError(f"{name} never became {value}: {messages}")

    def close(self) -> None:
        """Go away without a word."""
        self.file.close()
        self.link.close()
