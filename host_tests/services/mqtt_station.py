"""A station on the simulated board under MicroPython, as a process that a test talks to by MQTT and its bench page."""

import json
import re
import socket
import time
import urllib.request
from pathlib import Path

from mqtt_broker import TIMEOUT_S, Broker, Lines

from interpreters import MICROPYTHON, micropython_environment
from mqtt import packets

PREFIX = "SmartEVSE/9"


class Station:
    """One run of main.py with settings by their keys; `lines` is what it printed."""

    # What MicroPython runs, and what it wants to be told beside the options.
    program = ("firmware/main.py",)

    def __init__(self, data: Path, port: int, **settings: object) -> None:
        chosen = {
            "MQTTHost": "127.0.0.1",
            "MQTTPort": port,
            "MQTTprefix": PREFIX,
            "LegacyApi": "Read and set",
        }
        chosen.update(settings)
        command = [str(MICROPYTHON), "-X", "heapsize=8M", *self.program, "--data", str(data)]
        command += ["--bench-port", "0", "--web-port", "0"]
        for key, value in chosen.items():
            command += ["--set", f"{key}={value}"]
        self._lines = Lines(command, micropython_environment())
        at = self._lines.wait_for(lambda line: line.startswith("Bench page: "), "Bench page")
        found = re.search(r"http://127.0.0.1:\d+", self._lines.lines[at])
        assert found
        self.address = found[0]

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        self._lines.stop()

    @property
    def lines(self) -> list[str]:
        return self._lines.lines

    def wait_for_line(self, text: str) -> None:
        self._lines.wait_for(lambda line: text in line, text)

    def status(self) -> dict:
        with urllib.request.urlopen(self.address + "/status", timeout=TIMEOUT_S) as answer:
            return json.load(answer)

    def post(self, path: str, body: object) -> dict:
        request = urllib.request.Request(self.address + path, json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return json.load(answer)

    def wait_status(self, name: str, wanted: object, timeout_s: float = TIMEOUT_S) -> float:
        """Wait until an output has a value; return how many seconds it took."""
        begin = time.monotonic()
        found = None
        while time.monotonic() - begin < timeout_s:
            found = self.status().get(name)
            if found == wanted:
                return time.monotonic() - begin
        raise AssertionError(f"{name} is {found}, not {wanted}; log: {self.lines[-20:]}")


class Listener:
    """Everything that a broker passes on, with the time at which it came; retained messages from before are marked."""

    def __init__(self, broker: Broker, topic: str = "#") -> None:
        command = ["stdbuf", "-oL", "mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1"]
        command += ["-F", "%U|%t|%r|%p", "-t", topic, "-d"]
        self._lines = Lines(command)
        self._lines.wait_for(lambda line: line.startswith("Subscribed "), "Subscribed")

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.stop()

    def mark(self) -> int:
        return len(self._lines.lines)

    def messages(self, after: int = 0) -> list[tuple[str, str, str]]:
        """Return (topic, retained, payload)."""
        lines = [line.split("|", 3) for line in self._lines.lines[after:] if line.count("|") >= 3]
        return [(topic, retained, payload) for _, topic, retained, payload in lines]

    def wait_for(
        self, topic: str, payload: str | None = None, after: int = 0, timeout_s: float = TIMEOUT_S
    ) -> tuple[float, str]:
        """Wait for a message below the prefix; return when it came, in unix seconds, and the payload."""

        def is_it(line: str) -> bool:
            fields = line.split("|", 3)
            return len(fields) == 4 and fields[1] == topic and payload in (None, fields[3])

        topic = topic if topic.startswith("homeassistant/") else f"{PREFIX}/{topic}"
        at = self._lines.wait_for(is_it, (topic, payload), after, timeout_s)
        fields = self._lines.lines[at].split("|", 3)
        return float(fields[0]), fields[3]


def kept(broker: Broker, topic: str = "#") -> dict[str, str]:
    """Return what the broker keeps, by topic."""
    with Listener(broker, topic) as late:
        # Behind everything that it has kept.
        end = topic.replace("#", "end")
        broker.publish(end, "end")
        deadline = time.monotonic() + TIMEOUT_S
        while (end, "0", "end") not in late.messages() and topic.endswith("#"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return {name: payload for name, retained, payload in late.messages() if retained == "1"}


class Commander:
    """A client that is connected already, so that a command takes no longer than it must."""

    def __init__(self, broker: Broker) -> None:
        self._socket = socket.create_connection(("127.0.0.1", broker.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(packets.encode_connect(b"commander", 0, True, None, None, None))
        assert self._socket.recv(4)[:1] == b"\x20"

    def __enter__(self) -> "Commander":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def set(self, name: str, payload: str) -> None:
        buffer = bytearray(256)
        topic = f"{PREFIX}/Set/{name}".encode()
        text = payload.encode()
        end = packets.put_publish(buffer, 0, topic, len(text), False, 0, False)
        self._socket.sendall(bytes(buffer[:end]) + text)
