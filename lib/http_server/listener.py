"""Sockets of an HTTP server: connections bounded in number, size and time, handed to a microdot application."""

import asyncio
import errno
import json

from microdot import Request, Response
from microdot.microdot import NoCaseDict
from micropython import const

from sockets import closing

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from microdot import Microdot

    from http_server import head as hd

_REQUEST_TIMEOUT_S = const(10)
_SEND_TIMEOUT_S = const(10)
_REST_TIMEOUT_S = 0.1
_DISCARD_BYTES = const(1048576)
_READ_BYTES = const(512)
_BACKLOG = const(10)
_SEND_BYTES = const(1024)
_ANSWER_MS = const(60000)
_TICKS_MASK = const(0x3FFFFFFF)
# Up to here a piece is a header, which took no time to make.
_SHORT_BYTES = const(100)
# Beside those that are served, so many are told that all are taken; more are closed without a word.
_REFUSALS = const(2)
_LAST_PORT = const(65535)

_TEXTS = {
    400: "the request is not valid HTTP",
    413: "the body is too long",
    414: "the address is too long",
    431: "the headers are too long",
    500: "the server failed; its log says why",
    501: "bodies in chunks are not taken",
    503: "all connections are in use",
    505: "only HTTP/1.0 and HTTP/1.1 are spoken",
}


class Listener:
    """One listening socket; `connections` are those open now, `refused` counts what found none free."""

    def __init__(
        self,
        app: "Microdot",
        most: int = 16,
        ticks_ms: "Callable[[], int] | None" = None,
        body_bytes: int = 16384,
    ) -> None:
        """Serve up to `most` connections; with `ticks_ms` an answer that takes longer than a minute is given up.

        Bodies of up to `body_bytes` are read before the handler runs, which reads longer ones from `request.stream`.
        """
        self._app = app
        self._body_bytes = body_bytes
        self._most = most
        self._ticks_ms = ticks_ms
        self._server: Any = None
        self.connections = 0
        self.refused = 0
        self._refusals = 0

    async def open(self, host: str, port: int) -> int:
        """Listen, and return the port: the given one, or where the system can tell it, any free one for 0."""
        if not 0 <= port <= _LAST_PORT:
            raise OSError(f"cannot listen at port {port}: a port is a number from 0 to {_LAST_PORT}")
        try:
            await self.start(host, port)
        except OSError as error:
            raise OSError(f"cannot listen at {host}:{port}: {_reason(error)}")
        return port or self._server.sockets[0].getsockname()[1]

    async def start(self, host: str, port: int) -> None:
        """Listen; OSError as the system has it."""
        self._server = await asyncio.start_server(self.serve, host, port, backlog=_BACKLOG)

    def close(self) -> None:
        """Stop listening; connections under way end by themselves."""
        if self._server:
            self._server.close()
            self._server = None

    async def serve(self, reader: "Any", writer: "Any") -> None:
        """Answer one connection by its streams, and close it."""
        try:
            if self.connections < self._most:
                self.connections += 1
                try:
                    await self._answer(Inlet(reader), Out(writer, self._ticks_ms), writer)
                finally:
                    self.connections -= 1
            else:
                self.refused += 1
                if self._refusals < _REFUSALS:
                    self._refusals += 1
                    try:
                        await self._refuse(Inlet(reader), Out(writer, self._ticks_ms), 503)
                    finally:
                        self._refusals -= 1
        except (OSError, EOFError, asyncio.TimeoutError, MemoryError):
            # The client went away or stopped, and nobody is left to be told; or it asks for more than there is.
            pass
        finally:
            await closing.close(writer)

    async def _answer(self, inlet: "Inlet", out: "Out", writer: "Any") -> None:
        # Late, because it takes memory for a request only.
        from http_server import head as hd

        try:
            head = await asyncio.wait_for(inlet.head(hd), _REQUEST_TIMEOUT_S)
            request = await asyncio.wait_for(
                self._request(head, inlet, out, writer.get_extra_info("peername")), _REQUEST_TIMEOUT_S
            )
        except hd.BadHead as error:
            await self._refuse(inlet, out, error.status)
            return
        except ValueError:
            # An address whose escapes mean nothing.
            await self._refuse(inlet, out, 400)
            return
        response = await self._app.dispatch_request(request)
        if response is Response.already_handled:
            return
        await out.send(response)
        if head.length > inlet.taken:
            # A socket closed with unread data is reset, and the client might never see the answer.
            await asyncio.wait_for(inlet.discard(head.length - inlet.taken), closing.CLOSE_TIMEOUT_S)

    async def _request(self, head: "hd.Head", inlet: "Inlet", out: "Out", peer: "Any") -> Request:
        """Return the request with its body, which a handler reads itself when it is longer than is kept."""
        body = b""
        stream: Any = inlet
        if (
            head.headers.get("expect", "").lower() == "100-continue"
            and head.length <= Request.max_content_length
        ):
            await out.awrite(b"HTTP/1.1 100 Continue\r\n\r\n")
        if head.length <= self._body_bytes:
            body = await inlet.readexactly(head.length)
            stream = None
        headers = NoCaseDict(head.headers)
        sock: Any = (inlet, out)
        return Request(self._app, peer, head.method, head.target, head.version, headers, body, stream, sock)

    async def _refuse(self, inlet: "Inlet", out: "Out", status: int) -> None:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        if status == 503:
            headers["Retry-After"] = "2"
        body = json.dumps({"error": _TEXTS[status], "field": None}).encode()
        await out.send(
            Response(body, status, headers, reason="Service Unavailable" if status == 503 else "Bad")
        )
        await asyncio.wait_for(inlet.discard(_DISCARD_BYTES), _REST_TIMEOUT_S)


class Inlet:
    """What a request is read from, and what came with its head; `taken` counts the bytes of the body."""

    def __init__(self, reader: "Any") -> None:
        self._reader = reader
        self._rest = b""
        self.taken = 0

    async def head(self, hd: "Any") -> "hd.Head":
        """Return the head, as the module `head` reads it; its BadHead, or EOFError when the client leaves."""
        data = b""
        while True:
            piece = await self._reader.read(_READ_BYTES)
            if not piece:
                raise EOFError("closed without a whole request")
            data = (data + piece).lstrip(b"\r\n") if not data else data + piece
            end = hd.end_of(data)
            if end >= 0:
                if end > hd.HEAD_BYTES:
                    raise hd.BadHead(431)
                self._rest = data[end:]
                return hd.parse(data[:end])
            hd.check_part(data)

    async def read(self, count: int) -> bytes:
        """Return up to `count` bytes, b"" at the end."""
        data = self._rest
        if data:
            self._rest = data[count:]
            data = data[:count]
        else:
            data = await self._reader.read(count)
        self.taken += len(data)
        return data

    async def readexactly(self, count: int) -> bytes:
        """Return `count` bytes, or raise EOFError."""
        data = b""
        while len(data) < count:
            piece = await self.read(min(count - len(data), _SEND_BYTES))
            if not piece:
                raise EOFError("closed within the body")
            data += piece
        return data

    async def discard(self, count: int) -> None:
        """Read so many bytes and forget them."""
        count = min(count, _DISCARD_BYTES)
        while count > 0:
            data = await self.read(min(count, _READ_BYTES))
            if not data:
                return
            count -= len(data)


class Out:
    """What is written to: gives up on a client that does not read, or reads too slowly unless it is `endless`."""

    def __init__(self, writer: "Any", ticks_ms: "Callable[[], int] | None" = None) -> None:
        self._writer = writer
        self._ticks_ms = ticks_ms
        self._begin_ms = ticks_ms() if ticks_ms else 0
        self.endless = False
        self._held: "list[bytes] | None" = None
        self._size = 0

    async def send(self, response: Response) -> None:
        """Send a whole response, gathered into few packets; others may run between its pieces."""
        self._held = []
        try:
            stream: Any = self
            await response.write(stream)
        finally:
            held = self._held
            self._held = None
        if held:
            await self.awrite(b"".join(held))

    async def awrite(self, data: bytes) -> None:
        """Send all of the data, or raise after the time-out."""
        held = self._held
        if held is not None:
            held.append(data)
            self._size += len(data)
            if self._size < _SEND_BYTES:
                if len(data) > _SHORT_BYTES:
                    await asyncio.sleep(0)
                return
            data = b"".join(held)
            held.clear()
        self._size = 0
        if self._ticks_ms and not self.endless:
            if (self._ticks_ms() - self._begin_ms) & _TICKS_MASK > _ANSWER_MS:
                raise OSError(errno.ETIMEDOUT)
        self._writer.write(data)
        await asyncio.wait_for(self._writer.drain(), _SEND_TIMEOUT_S)


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use"
    if error.errno == errno.EACCES:
        return "this user may not use the port"
    return str(error)
