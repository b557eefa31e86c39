"""Sockets that never wait, the same on MicroPython and CPython; addresses are IPv4 literals, so nothing is resolved."""

import errno
import select
import socket

from micropython import const

from . import is_address

_CLOSED = const(-1)
# What a datagram holds on Ethernet and Wi-Fi.
_DATAGRAM_BYTES = const(1472)


class TcpLink:
    """A connection to address and port, from its first packet on; OSError when it cannot be made or is lost."""

    def __init__(self, address: str, port: int) -> None:
        """Begin to connect. Raises ValueError for a name, which would have to be resolved."""
        if not is_address(address):
            raise ValueError("no IPv4 address: " + address)
        self._socket = socket.socket()
        self._is_open = False
        try:
            self._socket.setblocking(False)
            try:
                self._socket.connect(socket.getaddrinfo(address, port)[0][-1])
            except OSError as error:
                if error.args[0] != errno.EINPROGRESS:
                    raise
            self._poll = select.poll()
            self._poll.register(self._socket, select.POLLOUT)
        except OSError:
            self._socket.close()
            raise
        # CPython and MicroPython name the same call differently.
        self._receive = getattr(self._socket, "recv_into", None) or self._socket.readinto  # pyright: ignore[reportAttributeAccessIssue]

    def ready(self) -> bool:
        """Return True once bytes can go; OSError when the other side refuses."""
        if not self._is_open:
            events = self._poll.poll(0)
            if events:
                if events[0][1] & (select.POLLERR | select.POLLHUP):
                    raise OSError(errno.ECONNREFUSED)
                self._poll.modify(self._socket, select.POLLIN)
                self._is_open = True
        return self._is_open

    def send(self, data: memoryview) -> int:
        """Send what fits; return how many bytes."""
        try:
            return self._socket.send(data)
        except OSError as error:
            if error.args[0] != errno.EAGAIN:
                raise
            return 0

    def receive(self, buffer: memoryview) -> int:
        """Move received bytes into `buffer`; return how many, -1 when the other side has closed."""
        if not self._poll.poll(0):
            return 0
        return self._receive(buffer) or _CLOSED

    def close(self) -> None:
        """Drop the connection."""
        self._socket.close()


class UdpLink:
    """Datagrams to one address and back from anybody; OSError when there is no network."""

    def __init__(self, address: str, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._address = socket.getaddrinfo(address, port)[0][-1]
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def send(self, data: bytes) -> None:
        """Send one datagram."""
        self._socket.sendto(data, self._address)

    def receive(self, buffer: memoryview) -> int:
        """Move a datagram into `buffer`, cut off at its end; return how many bytes, 0 when none waits."""
        if not self._poll.poll(0):
            return 0
        # MicroPython's `readinto` would put several into one buffer.
        data = self._socket.recv(min(len(buffer), _DATAGRAM_BYTES))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
