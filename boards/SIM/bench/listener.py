"""The listening socket of the bench page, which takes any free port for 0 on MicroPython too."""

import errno
import socket
import sys

from micropython import const

from evse import aio
from http_server import listener

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST_FREE_PORT = const(49152)
FREE_PORTS = const(16384)
PORT_TRIES = const(64)


def free_port(host: str, promised: int = 0) -> int:
    """Return a port that nobody listens at, nor will as `promised`; OSError when none was found."""
    for port in _candidates():
        if port == promised:
            continue
        probe = socket.socket()
        try:
            probe.bind(socket.getaddrinfo(host, port)[0][-1])
            return port
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
        finally:
            probe.close()
    raise OSError(errno.EADDRINUSE)


def _candidates() -> "Iterator[int]":
    port = FIRST_FREE_PORT + aio.ticks_ms() % FREE_PORTS
    for _ in range(PORT_TRIES):
        yield port
        port = FIRST_FREE_PORT + (port - FIRST_FREE_PORT + 251) % FREE_PORTS


class Listener(listener.Listener):
    """One listening socket that hands its connections to a microdot application."""

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port: the given one, or any free one for 0."""
        if port == 0 and sys.implementation.name == "micropython":
            # MicroPython cannot tell which port the system chose, so choose one and see whether it is free.
            return await self._open_any(host)
        return await super().open(host, port)

    async def _open_any(self, host: str) -> int:
        for port in _candidates():
            try:
                await self.start(host, port)
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE)
