"""The bytes that go out next: small packets gathered in one buffer, long payloads streamed through it."""

from micropython import const

from .errors import BAD_STREAM, MQTTException

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Writer:
    """Buffer of fixed size; `view[start:end]` is to be written to the connection.

    It is filled only while empty, so the bytes of a write that is tried again are the same (TLS needs that).
    """

    def __init__(self, size: int) -> None:
        """Make a buffer of `size` bytes."""
        self.buffer = bytearray(size)
        self.view = memoryview(self.buffer)
        self.size = size
        self.start = 0
        self.end = 0
        self._body = b""
        self._body_at = 0
        self._left = 0
        self._parts: "Iterator[bytes] | None" = None

    def reset(self) -> None:
        """Forget everything."""
        self.start = self.end = 0
        self.end_payload()

    def room(self) -> int:
        """Return how many bytes still fit."""
        return self.size - self.end

    def begin_payload(self, payload) -> None:
        """Stream bytes, or a tuple of their number and of what returns an iterable of their parts."""
        if isinstance(payload, tuple):
            # First what may fail.
            self._parts = iter(payload[1]())
            self._left = payload[0]
        else:
            self._body = payload
            self._left = len(payload)

    def end_payload(self) -> None:
        """Let go of the payload."""
        self._body = b""
        self._body_at = self._left = 0
        self._parts = None

    def copy(self) -> bool:
        """Move on with the payload; return True when all of it is in the buffer.

        Raises MQTTException with code BAD_STREAM when the parts have another length than announced.
        """
        while self._left or self._parts:
            if self._body_at == len(self._body) and not self._next_part():
                break
            count = min(self.room(), len(self._body) - self._body_at)
            if not count:
                return False
            at = self._body_at
            # Plain bytes may be long, and so may their slice be without the view.
            self.view[self.end : self.end + count] = memoryview(self._body)[at : at + count]
            self.end += count
            self._body_at = at + count
            self._left -= count
            if self._left < 0:
                raise MQTTException(BAD_STREAM)
        if self._left:
            raise MQTTException(BAD_STREAM)
        self.end_payload()
        return True

    def _next_part(self) -> bool:
        """Go to the next part that is not empty."""
        if self._parts is not None:
            for part in self._parts:
                if part:
                    self._body = part
                    self._body_at = 0
                    return True
            self._parts = None
        return False

    def sent(self, count: int) -> None:
        """Note that `count` bytes went out."""
        self.start += count
        if self.start == self.end:
            self.start = self.end = 0
