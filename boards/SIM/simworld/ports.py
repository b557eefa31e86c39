"""RS485 ports of a host: RTU over TCP, and a serial device. Both have the calls of an `Rs485Port`.

Nothing here waits. A port that has lost its peer swallows writes and tries to open again by itself, so that a
client above it only sees time-outs.
"""

import select
import socket

from modbus.ticks import ticks_add, ticks_diff
from simworld.serial_device import SerialDevice, check_device

RETRY_FIRST_MS = 500
RETRY_MAX_MS = 30000
# A peer that does not even refuse.
CONNECT_TIMEOUT_MS = 5000


class Backoff:
    """When to try again: waits that double up to a limit."""

    def __init__(self, now_ms) -> None:
        self._now_ms = now_ms
        self._wait_ms = RETRY_FIRST_MS
        self._due_ms = now_ms()

    def is_due(self) -> bool:
        """Return True when the next attempt may start."""
        return ticks_diff(self._now_ms(), self._due_ms) >= 0

    def fail(self) -> None:
        """Note a failed attempt or a lost link."""
        self._due_ms = ticks_add(self._now_ms(), self._wait_ms)
        self._wait_ms = min(2 * self._wait_ms, RETRY_MAX_MS)

    def succeed(self) -> None:
        """Note that the link works."""
        self._wait_ms = RETRY_FIRST_MS


def parse_tcp(url: str) -> tuple[str, int]:
    """Split `tcp://host:port`; the host must be an IPv4 address or localhost.

    Other names would need a resolver, which blocks. Raises ValueError.
    """
    host, colon, port = url[6:].rpartition(":")
    if not url.startswith("tcp://") or not colon or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError("serial must be tcp://host:port with port 1..65535, not " + url)
    if host == "localhost":
        host = "127.0.0.1"
    parts = host.split(".")
    if len(parts) != 4 or not all(part.isdigit() and int(part) <= 255 for part in parts):
        raise ValueError("serial: host must be an IPv4 address or localhost, not " + host)
    return host, int(port)


class _Connection:
    """One TCP connection from its first packet on; errors are OSError."""

    def __init__(self, address, now_ms: int) -> None:
        self.is_open = False
        self._start_ms = now_ms
        self._socket = socket.socket()
        self._socket.setblocking(False)
        # CPython and MicroPython name the same call differently.
        self._receive = getattr(self._socket, "recv_into", None) or self._socket.readinto
        try:
            self._socket.connect(address)
        except OSError:
            # Under way, or refused at once: the poll will tell.
            pass
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLOUT)

    def advance(self, now_ms: int) -> None:
        """See whether connecting has come to an end."""
        events = self._poll.poll(0)
        if events:
            if events[0][1] & (select.POLLERR | select.POLLHUP):
                raise OSError("connection refused")
            self._poll.modify(self._socket, select.POLLIN)
            self.is_open = True
        elif ticks_diff(now_ms, self._start_ms) >= CONNECT_TIMEOUT_MS:
            raise OSError("no answer")

    def send(self, data: bytes) -> None:
        if self._socket.send(data) != len(data):
            raise OSError("the peer does not read")

    def receive(self, buffer: memoryview) -> int:
        if not self._poll.poll(0):
            return 0
        count = self._receive(buffer)
        if not count:
            # Readable but empty.
            raise OSError("closed by the peer")
        return count

    def close(self) -> None:
        self._socket.close()


class TcpPort:
    """RTU frames over a TCP connection (a transparent serial gateway, or a simulated device)."""

    # The bytes take no time that a client could reckon with.
    baud = 0

    def __init__(self, url: str, now_ms) -> None:
        """Prepare the port; it connects when it is used. Raises ValueError for a bad URL."""
        host, port = parse_tcp(url)
        self.connects = 0
        self._now_ms = now_ms
        self._address = socket.getaddrinfo(host, port)[0][-1]
        self._backoff = Backoff(now_ms)
        self._connection = None

    @property
    def is_open(self) -> bool:
        """True while there is a connection; asking for it goes on with connecting."""
        return self._ready() is not None

    def write(self, buffer: bytearray, count: int) -> None:
        """Send the first `count` bytes, or lose them while there is no connection."""
        connection = self._ready()
        if connection:
            try:
                connection.send(bytes(buffer[:count]))
            except OSError:
                self.close()

    def read_into(self, buffer: memoryview) -> int:
        """Move received bytes into `buffer`; return how many."""
        connection = self._ready()
        if connection:
            try:
                return connection.receive(buffer)
            except OSError:
                self.close()
        return 0

    def close(self) -> None:
        """Drop the connection; the next use after a pause opens it again."""
        if self._connection:
            self._connection.close()
            self._connection = None
            self._backoff.fail()

    def _ready(self) -> "_Connection | None":
        """Advance connecting; return the connection when it is usable."""
        if self._connection is None:
            if not self._backoff.is_due():
                return None
            self._connection = _Connection(self._address, self._now_ms())
        connection = self._connection
        if not connection.is_open:
            try:
                connection.advance(self._now_ms())
            except OSError:
                self.close()
                return None
            if connection.is_open:
                self.connects += 1
                self._backoff.succeed()
        return connection if connection.is_open else None


class SerialPort:
    """A serial device of the host, 8N1; opens again when it was unplugged."""

    def __init__(self, path: str, now_ms, baud: int = 9600) -> None:
        """Prepare the port. Raises ValueError for a speed or a path that cannot be used."""
        check_device(path, baud)
        # A pseudo terminal has no wire.
        self.baud = 0 if path.startswith("/dev/pts/") else baud
        self._path = path
        self._speed = baud
        self._backoff = Backoff(now_ms)
        self._device = None

    @property
    def is_open(self) -> bool:
        """True while the device is there; asking for it tries to open it."""
        return self._ready() is not None

    def write(self, buffer: bytearray, count: int) -> None:
        """Send the first `count` bytes, or lose them while the device is missing."""
        device = self._ready()
        if device:
            try:
                device.write(bytes(buffer[:count]))
            except OSError:
                self.close()

    def read_into(self, buffer: memoryview) -> int:
        """Move received bytes into `buffer`; return how many."""
        device = self._ready()
        if device:
            try:
                return device.read_into(buffer)
            except OSError:
                self.close()
        return 0

    def close(self) -> None:
        """Close the device; the next use after a pause opens it again."""
        if self._device:
            self._device.close()
            self._device = None
            self._backoff.fail()

    def _ready(self) -> "SerialDevice | None":
        if self._device is None and self._backoff.is_due():
            try:
                self._device = SerialDevice(self._path, self._speed)
            except OSError:
                self._backoff.fail()
                return None
            self._backoff.succeed()
        return self._device


def open_port(url: str, now_ms, baud: int = 9600):
    """Return the port for `tcp://host:port` or `/dev/...`; raises ValueError naming what is wrong."""
    if url.startswith("tcp://"):
        return TcpPort(url, now_ms)
    if url.startswith("/dev/"):
        return SerialPort(url, now_ms, baud)
    raise ValueError("serial must be tcp://host:port or /dev/..., not " + url)
