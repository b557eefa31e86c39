"""Files of any size over HTTP: a download into a file, an upload of text that is made while it goes.

One request per connection, a step at a time; nothing here waits. `stream` is a `sockets.stream.Stream`, or has its
calls open, read, write and close. No redirects and no compression.
"""

import binascii
import hashlib

from micropython import const

from .response import DONE, FAILED, PENDING, Response

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

_TICKS = const(0x3FFFFFFF)
_PIECE_BYTES = const(1024)
# The loop goes on after so many.
_PIECES_A_STEP = const(4)
# So long the other side may be silent.
_SILENT_MS = const(60000)
_LOCATION_MAX = const(1000)


def parse_location(location: str) -> tuple:
    """Return (secure, host, port, path with query, "user:password" or ""). Raises ValueError that says why not."""
    scheme, _, rest = location.partition("://")
    scheme = scheme.lower()
    if scheme not in ("http", "https"):
        raise ValueError("only http:// and https:// are supported")
    if len(location) > _LOCATION_MAX:
        raise ValueError("the address is too long")
    for character in rest:
        if not "!" <= character <= "~":
            raise ValueError("an address has no spaces and only plain characters")
    rest = rest.split("#")[0]
    cut = min([at for at in (rest.find("/"), rest.find("?"), len(rest)) if at >= 0])
    place, path = rest[:cut], rest[cut:]
    user, _, place = place.rpartition("@")
    host, colon, digits = place.partition(":")
    port = 443 if scheme == "https" else 80
    if colon:
        if not 0 < len(digits) <= 5 or digits.strip("0123456789") or not 0 < int(digits) < 65536:
            raise ValueError("no port: " + digits)
        port = int(digits)
    if not host:
        raise ValueError("no host")
    return scheme == "https", host, port, path if path.startswith("/") else "/" + path, user


def request_head(method: str, parts: tuple, size: int = -1) -> bytes:
    """Return the head of a request for what `parse_location` has returned; `size` of the content, -1 without one."""
    secure, host, port, path, user = parts
    if port != (443 if secure else 80):
        # Signatures of addresses are made of this, and without a port where there need not be one.
        host += ":%d" % port
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: " + host, "Connection: close"]
    if user:
        lines.append("Authorization: Basic " + binascii.b2a_base64(user.encode()).decode().strip())
    if size >= 0:
        lines.append("Content-Type: text/plain; charset=utf-8")
        lines.append("Content-Length: %d" % size)
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Transfer:
    """A request under way: `step` until it returns DONE or FAILED, then `status` (0 without an answer) and `error`."""

    def __init__(self, stream: "Any", head: bytes) -> None:
        self.error = ""
        self._stream = stream
        self._out = memoryview(head)
        self._response = Response(bytearray(0))
        self._response.sink = self._take
        self._piece = memoryview(bytearray(_PIECE_BYTES))
        self._heard_ms = -1
        self._state = PENDING

    @property
    def status(self) -> int:
        """The status code of the answer."""
        return self._response.status

    def step(self, now_ms: int, paused: bool = False) -> int:
        """Go on, or with `paused` only keep the connection; return DONE, FAILED or PENDING."""
        if self._state != PENDING:
            return self._state
        if paused or self._heard_ms < 0:
            self._heard_ms = now_ms
        if not paused:
            try:
                self._move(now_ms)
            except Exception as error:
                # Also what a file system or a TLS library may raise.
                self._failed(str(error) or type(error).__name__)
        if self._state == PENDING and (now_ms - self._heard_ms) & _TICKS > _SILENT_MS:
            self._failed("no answer in time")
        return self._state

    def close(self) -> None:
        """Drop the connection and what else is open."""
        self._stream.close()
        if self._state == PENDING:
            self._state = FAILED

    def _move(self, now_ms: int) -> None:
        if not self._stream.open():
            return
        for _ in range(_PIECES_A_STEP):
            count = self._write()
            if count < 0:
                # An answer that comes early ends the request as well.
                count = self._read()
            if count:
                self._heard_ms = now_ms
            if not count or self._state != PENDING:
                return

    def _write(self) -> int:
        """Send; return how many bytes, -1 when there is no more."""
        if not len(self._out):
            self._out = self._next()
        if not len(self._out):
            return -1
        count = self._stream.write(self._out)
        self._out = self._out[count:]
        return count

    def _read(self) -> int:
        response = self._response
        try:
            count = self._stream.read(self._piece)
        except Exception:
            response.closed()
            if response.state != DONE:
                raise
            count = 0
        if count:
            response.receive(self._piece, count)
        if response.state == FAILED:
            self._failed(response.error)
        elif response.state == DONE:
            if not 200 <= response.status < 300:
                self._failed("the server answers %d" % response.status)
            else:
                self._stream.close()
                self._done()
                self._state = DONE
        return count

    def _failed(self, error: str) -> None:
        self.error = error
        self._state = FAILED
        self.close()

    def _next(self) -> memoryview:
        """Return what is to be sent next, nothing at the end."""
        return memoryview(b"")

    def _take(self, data) -> None:
        """Take received content."""

    def _done(self) -> None:
        """End it well; what goes wrong raises an exception."""


class Upload(Transfer):
    """Send pieces of text, in all `size` bytes of UTF-8."""

    def __init__(self, stream: "Any", parts: tuple, size: int, pieces, method: str = "PUT") -> None:
        super().__init__(stream, request_head(method, parts, size))
        self._pieces = iter(pieces)
        self._left = size

    def _next(self) -> memoryview:
        packed = b""
        for piece in self._pieces:
            packed += piece.encode()
            if len(packed) >= _PIECE_BYTES:
                break
        if len(packed) > self._left or (not packed and self._left):
            raise ValueError("what is sent has changed meanwhile")
        self._left -= len(packed)
        return memoryview(packed)


class Download(Transfer):
    """Receive into the file at `path`, at most `size_max` bytes; `digest` is their SHA-256, `size` how many came."""

    def __init__(self, stream: "Any", parts: tuple, path: str, size_max: int) -> None:
        super().__init__(stream, request_head("GET", parts))
        self.size = 0
        self.digest = b""
        self._size_max = size_max
        self._hash = hashlib.sha256()
        self._file: "Any" = open(path, "wb")

    def close(self) -> None:
        """Drop the connection and close the file."""
        super().close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _take(self, data) -> None:
        if not 200 <= self.status < 300:
            return
        self.size += len(data)
        if self.size > self._size_max:
            raise ValueError("the file is too long")
        self._hash.update(data)
        self._file.write(data)

    def _done(self) -> None:
        self._file.close()
        self._file = None
        self.digest = self._hash.digest()
