"""Mosquitto, its command line clients, a client under test and a network that can swallow bytes."""

import datetime as dt
import ipaddress
import json
import select
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from interpreters import MICROPYTHON, ROOT, cpython_environment, find_mosquitto, micropython_environment

TIMEOUT_S = 30.0
HERE = Path(__file__).parent


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Lines:
    """The output of a process, line by line."""

    def __init__(self, command: list[str], env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()

    def wait_for(self, found, what: object, after: int = 0, timeout_s: float = TIMEOUT_S) -> int:
        """Wait for a line that `found` accepts; return its number."""
        deadline = time.monotonic() + timeout_s
        at = after
        with self._news:
            while True:
                while at < len(self.lines):
                    if found(self.lines[at]):
                        return at
                    at += 1
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"no line with {what!r}; output: {self.lines[-20:]}")
                self._news.wait(left_s)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join(5)


class Broker:
    """A mosquitto on a port of its own."""

    def __init__(self, folder: Path, *, users: dict[str, str] | None = None, tls: Path | None = None) -> None:
        """Prepare; `users` are names with passwords, `tls` a folder with `server.pem` and `server.key`."""
        self.port = free_port()
        self._config = folder / f"mosquitto-{self.port}.conf"
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            "user root",
            f"allow_anonymous {'false' if users else 'true'}",
        ]
        if users:
            passwords = folder / "passwords"
            passwords.touch(0o600)
            for user, password in users.items():
                subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, password], check=True)
            lines.append(f"password_file {passwords}")
        if tls:
            lines += [f"certfile {tls / 'server.pem'}", f"keyfile {tls / 'server.key'}"]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: Lines | None = None

    def __enter__(self) -> "Broker":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        path = find_mosquitto()
        assert path is not None
        self._process = Lines([path, "-c", str(self._config)])
        self._process.wait_for(lambda line: line.endswith(" running"), "running")

    def stop(self) -> None:
        if self._process:
            self._process.stop()
            self._process = None

    @property
    def process_id(self) -> int:
        """Return the process that runs now."""
        assert self._process is not None
        return self._process.process.pid

    def publish(self, topic: str, message: str, *options: str) -> None:
        """Publish with mosquitto_pub."""
        command = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-t", topic, "-m", message]
        subprocess.run([*command, *options], check=True, timeout=TIMEOUT_S)

    def observe(self, topic: str = "#", *options: str) -> "Observer":
        """Subscribe with mosquitto_sub."""
        return Observer(self, topic, *options)


class Observer:
    """A mosquitto_sub; each line of its output is `topic|QoS|retained|message`."""

    def __init__(self, broker: Broker, topic: str, *options: str) -> None:
        # Without stdbuf its remark that the broker has agreed would stay in its buffer.
        command = [
            "stdbuf",
            "-oL",
            "mosquitto_sub",
            "-h",
            "127.0.0.1",
            "-p",
            str(broker.port),
            "-q",
            "1",
            "-F",
            "%t|%q|%r|%p",
        ]
        self._lines = Lines([*command, "-t", topic, *options, "-d"])
        self._lines.wait_for(lambda line: line.startswith("Subscribed "), "Subscribed")

    def __enter__(self) -> "Observer":
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.stop()

    def wait_for(self, line: str, timeout_s: float = TIMEOUT_S) -> None:
        """Wait until a message was received, now or earlier."""
        self._lines.wait_for(lambda seen: seen == line, line, 0, timeout_s)

    def seen(self) -> list[str]:
        """Return what was received, without mosquitto_sub's remarks."""
        return [line for line in self._lines.lines if line.count("|") >= 3]


class Peer:
    """A client under test in a process of its own, see mqtt_peer.py."""

    PROGRAM = "mqtt_peer.py"

    def __init__(self, interpreter: str, port: int, **options: object) -> None:
        program = str(HERE / self.PROGRAM)
        text = json.dumps({"port": port, **options})
        if interpreter == "micropython":
            # So small that what is not given back would show.
            command = [str(MICROPYTHON), "-X", "heapsize=400k", program]
            self._lines = Lines(command, micropython_environment())
        else:
            self._lines = Lines([sys.executable, program], cpython_environment())
        self._at: dict[str, int] = {}
        # Not as an argument: MicroPython takes none of more than 255 bytes.
        self._write(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.stop()

    def order(self, *words: object) -> None:
        self._write(json.dumps(words))

    def _write(self, line: str) -> None:
        stdin = self._lines.process.stdin
        assert stdin is not None
        stdin.write(line + "\n")
        stdin.flush()

    def next(self, name: str, timeout_s: float = TIMEOUT_S) -> list:
        """Wait for the next line of this name; return what it says."""
        start = json.dumps([name])[:-1]
        at = self._lines.wait_for(lambda line: line.startswith(start), name, self._at.get(name, 0), timeout_s)
        self._at[name] = at + 1
        return json.loads(self._lines.lines[at])[1:]

    def ask(self, name: str) -> list:
        self.order(name)
        return self.next(name)

    def ask_subscribed(self) -> list[str]:
        """Wait until the broker has answered every subscription; return those that it rejects."""
        self.order("wait_subscribed")
        return self.next("subscribed")[0]

    def wait_for_empty_queue(self) -> None:
        """Wait until everything is sent and acknowledged."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.ask("state")[:2] != [True, 0]:
            assert time.monotonic() < deadline, self._lines.lines[-20:]

    def kill(self) -> None:
        self._lines.stop()

    def wait(self) -> None:
        """Wait until the process ends without an error."""
        assert self._lines.process.wait(TIMEOUT_S) == 0, self._lines.lines


class Proxy:
    """Pass bytes on to a port, or swallow them and keep the connection open."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.swallow_down = False
        self.connections = 0
        self._dead_until = 0
        self._pairs: list[tuple[socket.socket, socket.socket, int]] = []
        self._running = True
        self._closing = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._running = False
        self._thread.join(5)
        for client, server, _number in self._pairs:
            client.close()
            server.close()
        self._listener.close()

    def swallow(self) -> None:
        """Let the present connections go dead without closing them; later ones work."""
        self._dead_until = self.connections

    def close_all(self) -> None:
        """Close the present connections."""
        self._closing = True
        while self._closing:
            time.sleep(0.01)

    def _run(self) -> None:
        while self._running:
            if self._closing:
                for client, server, _number in self._pairs:
                    client.close()
                    server.close()
                self._pairs = []
                self._closing = False
            sockets = [self._listener]
            for pair in self._pairs:
                sockets += pair[:2]
            for ready in select.select(sockets, [], [], 0.02)[0]:
                if ready is self._listener:
                    self._accept()
                else:
                    self._pass_on(ready)

    def _accept(self) -> None:
        client, _address = self._listener.accept()
        self.connections += 1
        try:
            server = socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            client.close()
            return
        self._pairs.append((client, server, self.connections))

    def _pass_on(self, ready: socket.socket) -> None:
        for pair in self._pairs:
            client, server, number = pair
            if ready not in (client, server):
                continue
            try:
                data = ready.recv(65536)
                dead = number <= self._dead_until
                swallowed = dead or (self.swallow_down and ready is server)
                if data and not swallowed:
                    (server if ready is client else client).sendall(data)
            except OSError:
                data = b""
            if not data:
                self._pairs.remove(pair)
                client.close()
                server.close()
            return


def make_certificates(folder: Path, host: str = "localhost", days: tuple[float, float] = (-1, 1)) -> Path:
    """Make an authority (`ca.pem`) and a server's certificate (`server.pem`, `server.key`) in a new folder.

    It is valid between two days from now.
    """
    folder.mkdir()
    ca_key = ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"Test authority {folder.name}")])
    ca = _certificate(ca_name, ca_name, ca_key, ca_key, x509.BasicConstraints(ca=True, path_length=None))
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    names = x509.SubjectAlternativeName(
        [x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        if host == "localhost"
        else [x509.DNSName(host)]
    )
    server = _certificate(
        name, ca_name, key, ca_key, x509.BasicConstraints(ca=False, path_length=None), names, days=days
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "ca.der").write_bytes(ca.public_bytes(serialization.Encoding.DER))
    (folder / "server.pem").write_bytes(server.public_bytes(pem))
    (folder / "server.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption())
    )
    return folder


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    *extensions: x509.ExtensionType,
    days: tuple[float, float] = (-10, 10),
) -> x509.Certificate:
    now = dt.datetime.now(dt.timezone.utc)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(issuer_key, hashes.SHA256())
