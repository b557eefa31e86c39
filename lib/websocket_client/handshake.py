"""The opening handshake, as a state machine without I/O (RFC 6455, section 4)."""

import binascii
import hashlib
import os

from micropython import const

from . import errors
from .errors import WebSocketError

_GUID = const(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")

# What is kept of a line; only a line that matters must fit.
_LINE_BYTES = const(192)
_HEAD_BYTES_MAX = const(8192)
_LINE_FEED = const(10)


def new_key() -> bytes:
    """Return a key for one handshake."""
    return binascii.b2a_base64(os.urandom(16)).strip()


def accept_key(key: bytes) -> bytes:
    """Return what a server makes of a key."""
    return binascii.b2a_base64(hashlib.sha1(key + _GUID).digest()).strip()


def credentials(user: str, password: bytes) -> bytes:
    """Return a user name and a password of any bytes for basic authentication (RFC 7617). Raises ValueError."""
    if ":" in user:
        raise ValueError("a user name has no colon")
    return binascii.b2a_base64(user.encode() + b":" + password).strip()


def request(address: tuple, key: bytes, subprotocols: str, login: bytes) -> bytes:
    """Return the head of a request to an address of `url.parse_url`.

    `subprotocols` has commas between them, the best first; `login` is of `credentials`, or b"".
    """
    secure, host, port, path = address
    if port != (443 if secure else 80):
        host = "%s:%d" % (host, port)
    head = (
        "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n" % (path, host, key.decode())
    )
    if subprotocols:
        head += "Sec-WebSocket-Protocol: %s\r\n" % subprotocols
    if login:
        head += "Authorization: Basic %s\r\n" % login.decode()
    return (head + "\r\n").encode()


class Response:
    """The head of a server's answer: `complete` once it has accepted, and `subprotocol` is what it has chosen."""

    def __init__(self, key: bytes, subprotocols: str) -> None:
        """Expect the answer to a request with this key and these subprotocols."""
        self.complete = False
        self.subprotocol = ""
        self._accept = accept_key(key)
        self._offered = [name.strip() for name in subprotocols.split(",") if name.strip()]
        self._line = bytearray(_LINE_BYTES)
        self._line_bytes = 0
        self._head_bytes = 0
        self._status = 0
        self._location = ""
        self._has_upgrade = self._has_connection = self._has_accept = False

    def feed(self, data, start: int, end: int) -> int:
        """Take data[start:end] up to the end of the head; return the index of the first byte not taken.

        Raises WebSocketError.
        """
        while start < end and not self.complete:
            byte = data[start]
            start += 1
            self._head_bytes += 1
            if self._head_bytes > _HEAD_BYTES_MAX:
                raise _no_handshake("an answer that is too long")
            if byte == _LINE_FEED:
                self._end_line()
            else:
                if self._line_bytes < _LINE_BYTES:
                    self._line[self._line_bytes] = byte
                self._line_bytes += 1
                if self._line_bytes == 7 and not self._status and self._line[:7] != b"HTTP/1.":
                    # Not even the end of a line may come.
                    raise _no_handshake("no HTTP")
        return start

    def _end_line(self) -> None:
        size = self._line_bytes
        self._line_bytes = 0
        # Bytes above ASCII are allowed in headers that do not matter.
        line = "".join([chr(byte) for byte in memoryview(self._line)[: min(size, _LINE_BYTES)]])
        is_cut = size > _LINE_BYTES
        if line.endswith("\r"):
            line = line[:-1]
        if not self._status:
            self._take_status(line)
        elif line:
            self._take_header(line, is_cut)
        else:
            self._finish()

    def _take_status(self, line: str) -> None:
        words = line.split(" ")
        if len(words) < 2 or words[0] not in ("HTTP/1.1", "HTTP/1.0") or len(words[1]) != 3:
            raise _no_handshake("no HTTP")
        if words[1].strip("0123456789") or words[1] < "100":
            raise _no_handshake("no HTTP")
        self._status = int(words[1])
        if self._status == 101 and words[0] == "HTTP/1.0":
            raise _no_handshake("HTTP/1.0")

    def _take_header(self, line: str, is_cut: bool) -> None:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise _no_handshake("a header without a name")
        name = name.lower()
        value = value.strip()
        if name == "location" and not self._location:
            self._location = "".join([char for char in value if "!" <= char <= "~"])
        if self._status != 101:
            return
        if is_cut and (name.startswith("sec-websocket-") or name in ("upgrade", "connection")):
            raise _no_handshake("a header that is too long: " + name)
        if name == "upgrade":
            self._has_upgrade = value.lower() == "websocket"
        elif name == "connection":
            if "upgrade" in [word.strip() for word in value.lower().split(",")]:
                self._has_connection = True
        elif name == "sec-websocket-accept":
            if self._has_accept or value.encode() != self._accept:
                raise _no_handshake("a wrong accept key")
            self._has_accept = True
        elif name == "sec-websocket-extensions":
            if value:
                raise _no_handshake("an extension that nobody asked for")
        elif name == "sec-websocket-protocol":
            if self.subprotocol or value not in self._offered:
                raise WebSocketError(errors.SUBPROTOCOL_REFUSED, "it chose " + (value[:40] or "none"))
            self.subprotocol = value

    def _finish(self) -> None:
        if self._status != 101:
            raise self._refused()
        if not (self._has_upgrade and self._has_connection and self._has_accept):
            raise _no_handshake("a header is missing")
        if self._offered and not self.subprotocol:
            raise WebSocketError(errors.SUBPROTOCOL_REFUSED, ", ".join(self._offered))
        self.complete = True

    def _refused(self) -> WebSocketError:
        """Return the plain words for a status."""
        status = self._status
        detail = "HTTP %d" % status
        if status == 401:
            return WebSocketError(errors.WRONG_PASSWORD, detail)
        if status == 403:
            return WebSocketError(errors.FORBIDDEN, detail)
        if status in (404, 410):
            return WebSocketError(errors.NOT_FOUND, detail)
        if 300 <= status < 400:
            return WebSocketError(errors.MOVED, self._location or detail)
        if status == 429 or status >= 500:
            return WebSocketError(errors.UNAVAILABLE, detail)
        if status >= 400:
            if status == 400 and self._offered:
                detail += " (does it speak %s?)" % ", ".join(self._offered)
            return WebSocketError(errors.NOT_ACCEPTED, detail)
        return WebSocketError(errors.NO_WEBSOCKET, detail)


def _no_handshake(what: str) -> WebSocketError:
    return WebSocketError(errors.NO_WEBSOCKET, what)
