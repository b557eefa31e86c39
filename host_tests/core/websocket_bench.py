"""A server's side of WebSocket, written byte by byte, and a session that talks to it."""

import hashlib
import os
import random

from websocket_client import handshake, sender
from websocket_client.errors import WebSocketError
from websocket_client.frames import Receiver
from websocket_client.session import Session

START_MS = (1 << 30) - 500
MASK = 0x3FFFFFFF
KEY = b"dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
SWITCHING = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    + ACCEPT
    + b"\r\n"
)
TEXT = 1
BINARY = 2
CLOSE = 8
PING = 9
PONG = 10


class Chance:
    """Stands in for `os` where that cannot roll dice: in the 32-bit interpreter for tests, not on a board."""

    @staticmethod
    def urandom(count):
        return bytes([random.getrandbits(8) for _ in range(count)])


if not hasattr(os, "urandom"):
    handshake.os = sender.os = Chance  # pyright: ignore[reportAttributeAccessIssue]
if not hasattr(hashlib, "sha1"):
    # Nor has it this; the other interpreters check what is right.
    handshake.accept_key = lambda key: ACCEPT


def frame(opcode, payload=b"", last=True, mask=None):
    """Return a frame by the drawing in the standard (section 5.2)."""
    size = len(payload)
    masked = 0x80 if mask else 0
    if size < 126:
        head = bytes([masked | size])
    elif size < 65536:
        head = bytes([masked | 126]) + size.to_bytes(2, "big")
    else:
        head = bytes([masked | 127]) + size.to_bytes(8, "big")
    if mask:
        head += mask
        payload = bytes([byte ^ mask[at % 4] for at, byte in enumerate(payload)])
    return bytes([(0x80 if last else 0) | opcode]) + head + payload


def close_frame(code, reason=b""):
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def take_apart(stream):
    """Return the frames of a client's stream as tuples of opcode, content and whether it is the last one."""
    found = []
    at = 0
    while at < len(stream):
        first, second = stream[at], stream[at + 1]
        assert first & 0x70 == 0, "reserved bits"
        assert second & 0x80, "a client masks"
        size = second & 0x7F
        at += 2
        if size > 125:
            count = 2 if size == 126 else 8
            size = int.from_bytes(stream[at : at + count], "big")
            assert size > (125 if count == 2 else 65535), "longer than needed"
            at += count
        mask = stream[at : at + 4]
        at += 4
        assert at + size <= len(stream), "half a frame"
        payload = bytes([byte ^ mask[index % 4] for index, byte in enumerate(stream[at : at + size])])
        found.append((first & 0x0F, payload, first & 0x80 != 0))
        at += size
    return found


class Collector:
    """A handler that keeps what it gets; `log` also tells how."""

    def __init__(self):
        self.messages = []
        self.pieces = 0
        self.begun = 0
        self.errors = []
        self._message = bytearray()

    def on_begin(self):
        self._message = bytearray()
        self.begun += 1

    def on_data(self, view):
        assert isinstance(view, memoryview) and len(view)
        self._message.extend(view)
        self.pieces += 1
        if bytes(view) == b"raise":
            raise ValueError("a piece")

    def on_end(self):
        self.messages.append(bytes(self._message))

    def on_error(self, error):
        self.errors.append(str(error))


def receive(stream, cuts=(), limit=1000, allow_binary=True):
    """Feed a stream in pieces; return the messages, the control frames and the error with its close code."""
    handler = Collector()
    receiver = Receiver(handler, limit, allow_binary)
    receiver.on_error = handler.on_error
    controls = []
    wanted = set(cuts)
    # In order without sorting: MicroPython takes very long to sort what is in order already.
    edges = [0] + [at for at in range(1, len(stream)) if at in wanted] + [len(stream)]
    error = None
    try:
        for index in range(len(edges) - 1):
            piece = memoryview(stream)[edges[index] : edges[index + 1]]
            at = 0
            while at < len(piece):
                moved = receiver.feed(piece, at, len(piece))
                assert moved > at
                at = moved
                if receiver.control:
                    controls.append((receiver.control, bytes(receiver.payload[: receiver.payload_size])))
    except WebSocketError as failure:
        error = (failure.code, failure.close_code)
    return handler.messages, controls, error


class Bench:
    """A session and the time; what it sends is taken apart."""

    def __init__(self, limit=1000, allow_binary=False):
        self.handler = Collector()
        self.session = Session(self.handler, limit, allow_binary)
        self.session.receiver.on_error = self.handler.on_error
        self.now_ms = START_MS

    def advance(self, delay_ms):
        self.now_ms = (self.now_ms + delay_ms) & MASK

    def write(self, chunk=1000000):
        """Return the bytes that the session wants to send, written in pieces of `chunk` bytes."""
        stream = b""
        sender = self.session.sender
        while True:
            count = min(self.session.poll(self.now_ms), chunk)
            if not count:
                return stream
            stream += bytes(sender.view[sender.start : sender.start + count])
            self.session.sent(count)

    def send(self, chunk=1000000):
        return take_apart(self.write(chunk))

    def hear(self, data, chunk=1000000):
        """Hand over a server's bytes."""
        view = memoryview(data)
        at = 0
        while at < len(data):
            moved = self.session.receive(view, at, min(at + chunk, len(data)), self.now_ms)
            assert moved > at
            at = moved

    def begin(self, subprotocols="ocpp1.6", login=b""):
        """Begin a connection; return the request."""
        address = (False, "csms.lan", 80, "/CP1")
        request = handshake.request(address, KEY, subprotocols, login)
        self.session.begin(request, handshake.Response(KEY, subprotocols), self.now_ms)
        return self.write()

    def connect(self, rest=b""):
        """Be connected; `rest` comes right behind the head of the answer."""
        self.begin()
        self.hear(SWITCHING + b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n" + rest)
        assert self.session.subprotocol == "ocpp1.6"

    def failure(self):
        """Return the error that polling raises, after what is sent before."""
        sent = b""
        try:
            while True:
                count = self.session.poll(self.now_ms)
                assert count, "no error"
                sender = self.session.sender
                sent += bytes(sender.view[sender.start : sender.end])
                self.session.sent(count)
        except WebSocketError as error:
            return error.code, str(error), take_apart(sent)
