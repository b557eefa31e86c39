"""GET requests to one device, one after another over a kept connection; nothing here waits."""

from micropython import const

from http_get.response import DONE, FAILED, PENDING, Response
from modbus.ticks import FOREVER_MS, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Link(Protocol):
        """A TCP connection without waiting, see `sockets.links.TcpLink`."""

        def ready(self) -> bool: ...

        def send(self, data: memoryview) -> int: ...

        def receive(self, buffer: memoryview) -> int: ...

        def close(self) -> None: ...


_PIECE_BYTES = const(256)
# A device that sends without end must not keep the loop.
_PIECES_A_STEP = const(4)


class GetClient:
    """Ask `path` of one device; `open_link(address, port)` makes a connection and raises OSError.

    `response` is the last answer; `error` says in a few words why there is none.
    """

    def __init__(self, open_link, body: bytearray) -> None:
        """Take answers whose content fits into `body`."""
        self.response = Response(body)
        self.error = ""
        self.state = DONE
        self._open_link = open_link
        self._piece = memoryview(bytearray(_PIECE_BYTES))
        self._link: "Link | None" = None
        self._reused = False
        self._request = memoryview(b"")
        self._sent = 0
        self._address = ("", 0)
        self._begin_ms = 0
        self._timeout_ms = 0

    def get(self, address: str, port: int, path: str, now_ms: int, timeout_ms: int) -> None:
        """Begin a request; `address` is an IPv4 address."""
        if (address, port) != self._address:
            self.close()
            self._address = (address, port)
        self._request = memoryview(
            ("GET %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\n\r\n" % (path, address)).encode()
        )
        self._begin_ms = now_ms
        self._timeout_ms = timeout_ms
        self.error = ""
        self.state = PENDING
        self._reused = self._link is not None
        self._begin()

    def step(self, now_ms: int) -> int:
        """Go on; return DONE when `response` is complete, FAILED, or PENDING."""
        if self.state != PENDING:
            return self.state
        try:
            self._move()
        except OSError:
            self._lost("no connection" if not self.response.received else "connection lost")
        if self.state == PENDING:
            response = self.response
            if response.state == FAILED:
                self._lost(response.error)
            elif response.state == DONE:
                self.state = DONE
                if not response.reusable:
                    self.close()
            elif ticks_diff(now_ms, self._begin_ms) >= self._timeout_ms:
                self._fail("no answer in time")
        return self.state

    def left_ms(self, now_ms: int) -> int:
        """Return after how many ms the request is given up."""
        if self.state != PENDING:
            return FOREVER_MS
        return max(0, self._timeout_ms - ticks_diff(now_ms, self._begin_ms))

    def close(self) -> None:
        """Drop the connection."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _begin(self) -> None:
        self._sent = 0
        self.response.begin()

    def _move(self) -> None:
        """Send and receive what can be."""
        link = self._link
        if link is None:
            link = self._link = self._open_link(self._address[0], self._address[1])
        if not link.ready():
            return
        if self._sent < len(self._request):
            self._sent += link.send(self._request[self._sent :])
            if self._sent < len(self._request):
                return
        response = self.response
        for _ in range(_PIECES_A_STEP):
            count = link.receive(self._piece)
            if count < 0:
                response.closed()
            elif count:
                response.receive(self._piece, count)
            if count <= 0 or response.state != PENDING:
                return

    def _lost(self, error: str) -> None:
        """Fail, or ask anew when a kept connection had been closed meanwhile by the device."""
        fresh = not self._reused or self.response.received > 0
        self.close()
        if fresh:
            self._fail(error)
        else:
            self._reused = False
            self._begin()

    def _fail(self, error: str) -> None:
        self.close()
        self.error = error
        self.state = FAILED
