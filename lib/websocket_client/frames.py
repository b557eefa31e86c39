"""Takes a server's frames apart, whatever pieces they come in (RFC 6455, section 5); nothing of them is kept.

Only what a server may send to a client passes; everything else raises WebSocketError, whose `close_code` is to be told
to the server.
"""

from micropython import const

from . import errors
from .errors import WebSocketError, broken
from .utf8 import Utf8

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

CONTINUATION = const(0)
TEXT = const(1)
BINARY = const(2)
CLOSE = const(8)
PING = const(9)
PONG = const(10)
CONTROL_BYTES_MAX = const(125)

_FIRST = const(0)
_SECOND = const(1)
_LENGTH = const(2)
_PAYLOAD = const(3)

_BEGIN = const(0)
_DATA = const(1)
_END = const(2)


class Receiver:
    """One frame at a time; the content of messages goes to `on_begin()`, `on_data(memoryview)` and `on_end()`.

    When `control` is not 0 a control frame of this opcode is complete: `payload[:payload_size]` is its content. Each
    message ends with `on_end`; one that is cut off does not, and the next `on_begin` starts anew. A view is valid
    during the call only.
    """

    def __init__(self, handler, limit: int, allow_binary: bool) -> None:
        """Deliver messages of up to `limit` bytes (below 2**22) to `handler`."""
        # Called with what the handler raised.
        self.on_error: "Callable[[Exception], object] | None" = None
        self.payload = bytearray(CONTROL_BYTES_MAX)
        # While `hold` is set nothing of messages is taken; `held` tells that there is one.
        self._handler = handler
        self._limit = limit
        self._allow_binary = allow_binary
        self._utf8 = Utf8()
        self.reset()

    def reset(self) -> None:
        """Begin a new connection."""
        self.hold = self.held = False
        self.control = 0
        self.payload_size = 0
        # Of the message under way, its opcode; of a complete one, for who wants to tell binary ones from text.
        self.kind = 0
        self.messages = 0
        self._open = False
        self._total = 0
        self._deaf = False
        self._state = _FIRST
        self._opcode = 0
        self._is_last = False
        self._left = 0
        self._length_bytes = 0
        self._length_long = False

    def feed(self, data, start: int, end: int) -> int:
        """Take data[start:end] of a memoryview up to the end of one message or control frame.

        Returns the index of the first byte not taken. Raises WebSocketError.
        """
        self.control = 0
        messages = self.messages
        while start < end and not self.control and self.messages == messages:
            state = self._state
            if self.hold and (self._opcode if state == _PAYLOAD else data[start] & 0x0F) < CLOSE:
                if state == _PAYLOAD or state == _FIRST:
                    self.held = True
                    return start
            if state == _PAYLOAD:
                start = self._take_payload(data, start, end)
                continue
            if state == _FIRST:
                self._take_first(data[start])
            elif state == _SECOND:
                self._take_second(data[start])
            else:
                self._take_length(data[start])
            start += 1
        return start

    def _take_first(self, byte: int) -> None:
        if byte & 0x70:
            raise broken("reserved bits")
        opcode = byte & 0x0F
        self._is_last = byte & 0x80 != 0
        if opcode >= CLOSE:
            if opcode > PONG:
                raise broken("opcode %d" % opcode)
            if not self._is_last:
                raise broken("a control frame in pieces")
        elif opcode > BINARY:
            raise broken("opcode %d" % opcode)
        elif (opcode == CONTINUATION) != self._open:
            raise broken("a continuation of nothing" if not self._open else "a message inside a message")
        elif opcode == BINARY and not self._allow_binary:
            raise WebSocketError(errors.BINARY, "", 1003)
        self._opcode = opcode
        self._state = _SECOND

    def _take_second(self, byte: int) -> None:
        if byte & 0x80:
            raise broken("a masked frame")
        self._left = byte
        if byte < 126:
            self._begin_payload()
        elif self._opcode >= CLOSE:
            raise broken("a control frame that is too long")
        else:
            self._left = 0
            self._length_long = byte == 127
            self._length_bytes = 8 if self._length_long else 2
            self._state = _LENGTH

    def _take_length(self, byte: int) -> None:
        if self._length_bytes == 8 and byte & 0x80:
            raise broken("a length")
        self._left = self._left << 8 | byte
        if self._left >> 22:
            raise self._too_long()
        self._length_bytes -= 1
        if not self._length_bytes:
            if self._left <= (0xFFFF if self._length_long else 125):
                raise broken("a length that is longer than needed")
            self._begin_payload()

    def _begin_payload(self) -> None:
        """Go on behind the head of a frame."""
        if self._opcode >= CLOSE:
            self.payload_size = 0
        else:
            if self._opcode != CONTINUATION:
                self.kind = self._opcode
                self._open = True
                self._total = 0
                self._utf8.begin()
                self._tell(_BEGIN, None)
            self._total += self._left
            if self._total > self._limit:
                raise self._too_long()
        self._state = _PAYLOAD
        if not self._left:
            self._end_frame()

    def _too_long(self) -> WebSocketError:
        return WebSocketError(errors.TOO_LONG, "more than %d bytes" % self._limit, 1009)

    def _take_payload(self, data, start: int, end: int) -> int:
        end = min(end, start + self._left)
        count = end - start
        piece = data[start:end]
        self._left -= count
        if self._opcode >= CLOSE:
            have = self.payload_size
            self.payload[have : have + count] = piece
            self.payload_size = have + count
        else:
            if self.kind == TEXT and not self._utf8.feed(piece):
                raise WebSocketError(errors.BAD_TEXT, "", 1007)
            self._tell(_DATA, piece)
        if not self._left:
            self._end_frame()
        return end

    def _end_frame(self) -> None:
        self._state = _FIRST
        if self._opcode >= CLOSE:
            self.control = self._opcode
        elif self._is_last:
            if self.kind == TEXT and not self._utf8.complete:
                raise WebSocketError(errors.BAD_TEXT, "", 1007)
            self._open = False
            self.messages += 1
            self._tell(_END, None)

    def _tell(self, what: int, piece) -> None:
        """Tell the handler; of a message that it cannot digest it hears no more."""
        handler = self._handler
        try:
            if what == _BEGIN:
                self._deaf = False
                handler.on_begin()
            elif self._deaf:
                return
            elif what == _DATA:
                handler.on_data(piece)
            else:
                handler.on_end()
        except Exception as error:
            self._deaf = True
            if self.on_error:
                self.on_error(error)
