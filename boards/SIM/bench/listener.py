"""Sockets of the bench page: listening, connections bounded in number and time, and closing them cleanly."""

import asyncio
import errno
import socket
import sys

from microdot import Request, Response
from micropython import const

from evse import aio

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from microdot import Microdot

MAX_CONNECTIONS = const(16)
REQUEST_TIMEOUT_S = const(10)
SEND_TIMEOUT_S = const(10)
CLOSE_TIMEOUT_S = const(2)
REST_TIMEOUT_S = 0.1
DISCARD_BYTES = const(1048576)
LAST_PORT = const(65535)
FIRST_FREE_PORT = const(49152)
FREE_PORTS = const(16384)
PORT_TRIES = const(64)


def free_port(host: str) -> int:
    """Return a port that nobody listens at; OSError when none was found."""
    for port in _candidates():
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


class Listener:
    """One listening socket that hands its connections to a microdot application."""

    def __init__(self, app: "Microdot") -> None:
        self._app = app
        self._server: Any = None
        self._connections = 0

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port: the given one, or any free one for 0."""
        if not 0 <= port <= LAST_PORT:
            raise OSError(f"cannot listen at port {port}: a port is a number from 0 to {LAST_PORT}")
        try:
            if port == 0 and sys.implementation.name == "micropython":
                return await self._open_any(host)
            self._server = await asyncio.start_server(self._connection, host, port)
        except OSError as error:
            raise OSError(f"cannot listen at {host}:{port}: {_reason(error)}")
        return port or self._server.sockets[0].getsockname()[1]

    async def _open_any(self, host: str) -> int:
        # MicroPython cannot tell which port the system chose, so choose one and see whether it is free.
        for port in _candidates():
            try:
                self._server = await asyncio.start_server(self._connection, host, port)
                return port
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE)

    def close(self) -> None:
        """Stop listening; connections under way end by themselves."""
        if self._server:
            self._server.close()
            self._server = None

    async def _connection(self, reader: "Any", writer: "Any") -> None:
        if self._connections >= MAX_CONNECTIONS:
            await _close(writer)
            return
        self._connections += 1
        try:
            await self._answer(reader, writer)
        except (OSError, EOFError, asyncio.TimeoutError):
            # The client went away or stopped; nobody is left to be told.
            pass
        finally:
            self._connections -= 1
            await _close(writer)

    async def _answer(self, reader: "Any", writer: "Any") -> None:
        out: Any = Out(writer)
        request = await self._parse(reader, writer, out)
        response = await self._app.dispatch_request(request)
        if response is Response.already_handled:
            return
        await response.write(out)
        # A socket closed with unread data is reset, and the client might never see the answer.
        if request is None:
            await asyncio.wait_for(_discard(reader, DISCARD_BYTES), REST_TIMEOUT_S)
        elif request.content_length > Request.max_body_length:
            await asyncio.wait_for(_discard(reader, request.content_length), CLOSE_TIMEOUT_S)

    async def _parse(self, reader: "Any", writer: "Any", out: "Any") -> "Any":
        """Read a request; None is bytes that are not HTTP, which microdot answers with 400."""
        create = Request.create(self._app, reader, out, writer.get_extra_info("peername"))
        try:
            request = await asyncio.wait_for(create, REQUEST_TIMEOUT_S)
        except (ValueError, IndexError):
            return None
        if request is None:
            raise EOFError("closed without a word")
        return request


class Out:
    """What microdot writes to: gives up on a client that no longer reads."""

    def __init__(self, writer: "Any") -> None:
        self._writer = writer

    async def awrite(self, data: bytes) -> None:
        """Send all of the data, or raise after the time-out."""
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), SEND_TIMEOUT_S)


async def _discard(reader: "Any", count: int) -> None:
    count = min(count, DISCARD_BYTES)
    while count > 0:
        data = await reader.read(min(count, 1024))
        if not data:
            return
        count -= len(data)


async def _close(writer: "Any") -> None:
    try:
        writer.close()
        await asyncio.wait_for(writer.wait_closed(), CLOSE_TIMEOUT_S)
    except (OSError, asyncio.TimeoutError):
        # CPython waits for unsent data; a client that does not read would hold the socket for ever.
        if hasattr(writer, "transport"):
            writer.transport.abort()


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use"
    if error.errno == errno.EACCES:
        return "this user may not use the port"
    return str(error)
