"""One received message of OCPP-J while it arrives: its head, and its payload collected or streamed."""

import json

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

CALL = const(2)
RESULT = const(3)
ERROR = const(4)
# By then the action of a CALL is known.
_HEAD_BYTES = const(160)
_HELD_MAX = const(64)
# Most messages are shorter.
_SHORT_BYTES = const(512)


class CallError(Exception):
    """What is wrong with a CALL: `code` is of table 7 of OCPP-J, "" for the status Rejected; `text` is for people."""

    def __init__(self, code: str, text: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class Incoming:
    """A message in at most `buffer_bytes`, or handed to what `stream_of(action)` returns while it arrives.

    After `head`: `kind` (CALL, RESULT, ERROR or something else), `id` and `word` (action or code of the error), "" when
    there is none. `failure` is what the stream handler raised.
    """

    def __init__(self, stream_of, buffer_bytes: int) -> None:
        self._stream_of = stream_of
        self._buffer_bytes = buffer_bytes
        self._buffer = bytearray(min(buffer_bytes, _SHORT_BYTES))
        self._count = 0
        self._decided = False
        self._held = b""
        self.too_long = False
        self.stream: "Any" = None
        self.failure: "Exception | None" = None
        self.kind = 0
        self.id = ""
        self.word = ""

    def begin(self) -> None:
        """Begin a message; one that did not end is forgotten."""
        if len(self._buffer) > _SHORT_BYTES:
            self._buffer = bytearray(_SHORT_BYTES)
        self._count = 0
        self.too_long = False
        self._decided = False
        self.stream = None
        self.failure = None
        self._held = b""

    def data(self, data) -> None:
        """Take the next bytes of a message."""
        if self.stream is None:
            size = self._collect(data)
            if not self._decided and self._count >= _HEAD_BYTES:
                self._decide()
            data = data[size:]
        if self.stream is not None:
            self._feed(data)
        elif len(data) and not self.too_long:
            self._grow(self._count + len(data))
            self.too_long = self._collect(data) < len(data)

    def end(self) -> None:
        """Note that the message is complete; after this `stream` is set, or `head` and `payload` tell what there is."""
        if not self._decided:
            self._decide()

    def streamed(self):
        """Return what the stream handler made of the payload; raises what is wrong with it."""
        if self.failure is not None:
            raise self.failure
        if self._held.strip() != b"]":
            raise CallError("FormationViolation", "no end")
        return self.stream.end()

    def head(self) -> int:
        """Read type, id and the word behind it; return where the rest begins, -1 when there is none."""
        self.kind = 0
        self.id = self.word = ""
        try:
            at = self._expect(0, 0x5B)
            at, kind = self._token(at)
            self.kind = int(kind)
            at, name = self._token(self._expect(at, 0x2C))
            self.id = name if isinstance(name, str) else ""
            at = self._expect(at, 0x2C)
            if self.kind != RESULT:
                at, word = self._token(at)
                self.word = word if isinstance(word, str) else ""
                at = self._expect(at, 0x2C)
            return at
        except (TypeError, ValueError):
            return -1

    def payload(self, at: int):
        """Return the JSON value between `at` and the closing bracket; ValueError when it is none."""
        end = self._count
        while end > at and self._buffer[end - 1] in b" \t\r\n":
            end -= 1
        if end == at or self._buffer[end - 1] != 0x5D:
            raise ValueError
        return json.loads(bytes(memoryview(self._buffer)[at : end - 1]))

    def _collect(self, data) -> int:
        """Keep what there is room for; return how much that is."""
        size = min(len(data), len(self._buffer) - self._count)
        memoryview(self._buffer)[self._count : self._count + size] = data[:size]
        self._count += size
        return size

    def _grow(self, size: int) -> None:
        """Make room for so many bytes, or for as many as may be."""
        try:
            buffer = bytearray(min(max(size, 2 * len(self._buffer)), self._buffer_bytes))
        except MemoryError:
            # Then it is too long for now, and is answered as such.
            return
        memoryview(buffer)[: self._count] = memoryview(self._buffer)[: self._count]
        self._buffer = buffer

    def _decide(self) -> None:
        """Find out the kind of a message, and whether its payload is streamed."""
        self._decided = True
        at = self.head()
        if at > 0 and self.kind == CALL:
            try:
                self.stream = self._stream_of(self.word)
                if self.stream is not None:
                    self._feed(memoryview(self._buffer)[at : self._count])
            except Exception as error:
                self.failure = error

    def _expect(self, at: int, byte: int) -> int:
        """Return the place behind a byte that must be next."""
        at = self._skip(at)
        if at >= self._count or self._buffer[at] != byte:
            raise ValueError
        return at + 1

    def _skip(self, at: int) -> int:
        while at < self._count and self._buffer[at] in b" \t\r\n":
            at += 1
        return at

    def _token(self, at: int) -> tuple:
        """Return the place behind a string or number, and its value."""
        at = begin = self._skip(at)
        buffer = self._buffer
        if at < self._count and buffer[at] == 0x22:
            at += 1
            while at < self._count and buffer[at] != 0x22:
                at += 2 if buffer[at] == 0x5C else 1
            at += 1
        else:
            while at < self._count and buffer[at] not in b",] \t\r\n":
                at += 1
        if at > self._count:
            raise ValueError
        return at, json.loads(bytes(memoryview(self._buffer)[begin:at]))

    def _feed(self, data) -> None:
        """Hand payload to the stream handler; what may be the closing bracket of the message is held back."""
        if self.failure is not None:
            return
        end = len(data)
        while end and data[end - 1] in b"] \t\r\n":
            end -= 1
        try:
            if end:
                if self._held:
                    self.stream.feed(self._held)
                self.stream.feed(data[:end])
                self._held = b""
            self._held += bytes(data[end:])
            if len(self._held) > _HELD_MAX:
                raise CallError("FormationViolation", "no end")
        except Exception as error:
            self.failure = error
