"""A WebSocket server of the package `websockets` in a thread, for a client under test, and servers of raw bytes."""

import asyncio
import base64
import hashlib
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import websockets
from mqtt_broker import Peer

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocketPeer(Peer):
    """A client under test in a process of its own, see websocket_peer.py."""

    PROGRAM = "websocket_peer.py"


class WebSocketServer:
    """Serves while entered; `handler(connection)` is a coroutine function, which echoes unless given."""

    def __init__(
        self, handler: Callable[[Any], Any] | None = None, tls: ssl.SSLContext | None = None, **options: Any
    ) -> None:
        self._handler = handler or self._echo
        self._options: dict[str, Any] = {"ping_interval": None, **options, "ssl": tls}
        self.port = 0
        self.requests: list[Any] = []
        self.received: list[str | bytes] = []
        self.closed: list[tuple[int | None, str | None]] = []
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(
            target=self._loop.run_until_complete, args=(self._run(),), daemon=True
        )

    def __enter__(self) -> "WebSocketServer":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    async def _run(self) -> None:
        self._stop = asyncio.Event()
        async with websockets.serve(self._serve, "127.0.0.1", 0, **self._options) as server:
            self.port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    async def _serve(self, connection: Any) -> None:
        self.requests.append(connection.request)
        try:
            await self._handler(connection)
        except websockets.ConnectionClosed:
            pass
        finally:
            self.closed.append((connection.close_code, connection.close_reason))

    async def _echo(self, connection: Any) -> None:
        async for message in connection:
            self.received.append(message)
            await connection.send(message)


class RawServer:
    """Accepts connections one by one; `serve(socket)` says what is answered, behind `shake_hands` or not."""

    def __init__(self, serve: Callable[[socket.socket], object]) -> None:
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(self, *_: object) -> None:
        # A plain close would leave the thread in its `accept`.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _run(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(10)
                try:
                    self._serve(connection)
                except OSError:
                    pass


def shake_hands(connection: socket.socket, rest: bytes = b"") -> bytes:
    """Answer a request as the standard wants it; return the request."""
    request = b""
    while b"\r\n\r\n" not in request:
        data = connection.recv(4096)
        if not data:
            raise OSError("gone")
        request += data
    key = next(
        line[19:] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: ")
    )
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
    connection.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + rest
    )
    return request


def server_context(folder: Path, client_ca: Path | None = None) -> ssl.SSLContext:
    """Return the server's side of TLS by the files of `make_certificates`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context
