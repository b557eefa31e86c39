"""A port for datagrams from anybody, which are answered one by one; nothing here waits."""

import select
import socket

from micropython import const

_DATAGRAM_BYTES = const(1472)


class UdpServer:
    """Datagrams to one port of this host; OSError when it is taken."""

    def __init__(self, port: int, address: str = "0.0.0.0") -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sender = None
        try:
            self._socket.setblocking(False)
            self._socket.bind(socket.getaddrinfo(address, port)[0][-1])
        except OSError:
            self._socket.close()
            raise
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)

    def receive(self, buffer: memoryview) -> int:
        """Move a datagram into `buffer`, cut off at its end; return how many bytes, 0 when none waits."""
        if not self._poll.poll(0):
            return 0
        data, self._sender = self._socket.recvfrom(min(len(buffer), _DATAGRAM_BYTES))
        buffer[: len(data)] = data
        return len(data)

    def reply(self, data: bytes) -> None:
        """Send a datagram to whom the last one came from."""
        if self._sender:
            self._socket.sendto(data, self._sender)

    def close(self) -> None:
        """Give the port back."""
        self._socket.close()
