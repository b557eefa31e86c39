"""HTTP servers that behave as HomeWizard meters do, or as badly as anybody can, and names for them."""

import asyncio
import socket
import threading
from collections.abc import Callable

import mdns

GOOD = (
    b'{"wifi_ssid":"x","total_power_import_kwh":13779.338,"total_power_export_kwh":2.5,"active_power_w":1840,'
    b'"active_power_l1_w":2300,"active_power_l2_w":-1150,"active_power_l3_w":690,"active_voltage_l1_v":230.1,'
    b'"active_voltage_l2_v":231.2,"active_voltage_l3_v":229.3,"active_current_l1_a":10.001,'
    b'"active_current_l2_a":5.002,"active_current_l3_a":3.003,"external":[]}'
)


def answer(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def without(key: bytes, replacement: bytes = b'"x":0') -> bytes:
    at = GOOD.index(b'"' + key)
    return GOOD[:at] + replacement + GOOD[GOOD.index(b",", at) :]


def chunked(body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


# What a server sends at once for a request; None closes.
ANSWERS: dict[str, bytes] = {
    "good": answer(GOOD),
    "close": answer(GOOD, headers="Connection: close\r\n"),
    "chunked": chunked(GOOD, 17),
    "to end": b"HTTP/1.0 200 OK\r\n\r\n" + GOOD,
    "status 500": answer(b"oops", "500 Internal Server Error"),
    "forbidden": answer(b'{"error":{"id":202,"description":"API not enabled"}}', "403 Forbidden"),
    "cut": answer(GOOD[:-1]),
    "html": answer(b"<html>please log in</html>"),
    "a phase missing": answer(without(b"active_current_l2_a")),
    "a phase null": answer(without(b"active_current_l3_a", b'"active_current_l3_a":null')),
    "only one phase": answer(b'{"active_current_l1_a":1,"active_power_l1_w":230}'),
    "text": answer(without(b"active_current_l1_a", b'"active_current_l1_a":"10"')),
    "200 A": answer(without(b"active_current_l1_a", b'"active_current_l1_a":200')),
    "huge": answer(GOOD + b" " * 100_000),
    "no HTTP": b"\x00\x01\n" * 400,
    "half": answer(GOOD)[:200],
    "nothing": b"",
}
FOR_EVER = ("drip", "flood")
CLOSES = ("close", "to end", "half closed")
TRUE = ("good", "close", "chunked", "to end")


class MeterServer:
    """One server in a thread; its `mode` is one of ANSWERS, or drip, flood, half closed, hang."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.requests = 0
        # Good answers only; counted before they are sent, so that nobody reads one that is not counted.
        self.good_answers = 0
        self.connections = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """Refuse connections, and drop those there are."""

        async def stop() -> None:
            assert self._server
            self._server.close()
            for writer in list(self._writers):
                writer.transport.abort()

        asyncio.run_coroutine_threadsafe(stop(), self._loop).result(10)

    def start(self) -> None:
        """Listen again."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                assert request.startswith(b"GET /api/v1/data HTTP/1.1\r\nHost: 127.0.0.1\r\n"), request
                self.requests += 1
                mode = self.mode
                self.good_answers += mode in TRUE
                if mode in FOR_EVER:
                    await self._send_for_ever(writer, mode)
                writer.write(ANSWERS["half" if mode == "half closed" else mode])
                await writer.drain()
                if mode in CLOSES:
                    return
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _send_for_ever(self, writer: asyncio.StreamWriter, mode: str) -> None:
        piece = answer(GOOD)
        for index in range(1_000_000):
            if mode == "drip":
                writer.write(piece[index % len(piece) : index % len(piece) + 1])
                await writer.drain()
                await asyncio.sleep(0.02)
            else:
                writer.write(b"X: " + b"y" * 4096)
                await writer.drain()


class BlackHole:
    """A port that takes no connection and refuses none: its queue is full."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._fillers = []
        for _ in range(4):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
            self._fillers.append(filler)

    def close(self) -> None:
        for one in (*self._fillers, self._listener):
            one.close()


def _labels(name: str) -> bytes:
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class Names:
    """A responder of multicast DNS, at a port of its own, for the names of `known`: name -> address."""

    def __init__(self, known: Callable[[], dict[str, str]]) -> None:
        self._known = known
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.queries = 0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            packet, sender = self._socket.recvfrom(2048)
            self.queries += 1
            for name, address in self._known().items():
                owner = _labels(name + ".local")
                record = owner + b"\0\1\x80\1\0\0\0\x78\0\4" + socket.inet_aton(address)
                if packet[12:] == owner + b"\0\1\0\1":
                    self._socket.sendto(b"\0\0\x84\0\0\0\0\1\0\0\0\0" + record, sender)
                if packet == mdns.query("_hwenergy._tcp.local", mdns.POINTER):
                    service = _labels("_hwenergy._tcp.local")
                    target = _labels(name + "._hwenergy._tcp.local")
                    pointer = service + b"\0\x0c\0\1\0\0\0\x78\0" + bytes([len(target)]) + target
                    self._socket.sendto(b"\0\0\x84\0\0\0\0\1\0\0\0\1" + pointer + record, sender)
