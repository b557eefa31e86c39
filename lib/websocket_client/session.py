"""The client's side of one WebSocket connection after the other, as a state machine without I/O (RFC 6455).

The owner opens a connection, calls `begin`, then again and again `poll` with the time, writes what
`sender.view[sender.start:sender.end]` holds and says so with `sent`, and hands over received bytes with `receive`.
`poll` raises WebSocketError when the connection is to be dropped, and `done` says that it has come to its end; then
`lost` is called. Time is a millisecond tick that may wrap at 2**30.
"""

from micropython import const

from modbus.ticks import ticks_add, ticks_diff

from . import errors
from .errors import WebSocketError, broken
from .frames import CLOSE, PING, PONG, TEXT, Receiver
from .sender import Sender
from .utf8 import is_utf8

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from .handshake import Response

_TX_BYTES = const(512)
# A server has so long to take the Close frame and to answer it.
_CLOSE_MS = const(2000)
_CLOSE_BYTES_MAX = const(125)

_CLOSED = const(0)
_SHAKING = const(1)
_OPEN = const(2)
# Our Close frame waits, or is out, and the server's is awaited.
_CLOSING = const(3)
# Nothing more is received; what is in the buffer goes out.
_LEAVING = const(4)

NO_CODE = const(1005)


class Session:
    """One client; `handler` gets the messages, see `frames.Receiver`."""

    def __init__(self, handler, limit: int, allow_binary: bool = False) -> None:
        """Take messages of up to `limit` bytes."""
        self.sender = Sender(_TX_BYTES)
        self.receiver = Receiver(handler, limit, allow_binary)
        # A ping goes out so often, 0 for never; without a sign of life for so long the connection is dead.
        self.ping_every_ms = 0
        self.pong_within_ms = 10000
        self.subprotocol = ""
        # What the server's Close frame said, NO_CODE for nothing.
        self.close_code = NO_CODE
        self.close_reason = ""
        self._pong = bytearray(_CLOSE_BYTES_MAX)
        self._close = b""
        self.lost()

    @property
    def connected(self) -> bool:
        """True from the end of the handshake until one side begins to close."""
        return self._state == _OPEN

    @property
    def leaving(self) -> bool:
        """True from when one side begins to close: then the end of the connection is no loss."""
        return self._state >= _CLOSING

    @property
    def done(self) -> bool:
        """True when both have said goodbye, or the server has not in time."""
        return self._state == _LEAVING and self._failure is None and self._all_sent()

    def lost(self) -> None:
        """Note that the connection is closed."""
        self._state = _CLOSED
        self._failure: "WebSocketError | None" = None
        self._response: "Response | None" = None
        self._pong_size = -1
        self._has_close = False
        self._ping_asked = self._ping_open = False
        self._heard_ms = self._ping_ms = self._until_ms = self._asked_ms = 0
        # After how long without a sign of life something is to be done, 0 for never.
        self._expect_ms = 0
        self.receiver.reset()
        self.sender.reset()

    def begin(self, request: bytes, response: "Response", now_ms: int) -> None:
        """Start on a new connection with a request and what its answer must be."""
        self.lost()
        self.subprotocol = self.close_reason = ""
        self.close_code = NO_CODE
        self._state = _SHAKING
        self._response = response
        self._heard_ms = self._ping_ms = now_ms
        self.sender.begin_raw(request)

    def offer(self, payload, opcode: int = TEXT) -> bool:
        """Begin to send a message, see `Sender.begin_message`; return False while that is not possible."""
        if self._state != _OPEN or self.sender.busy:
            return False
        self.sender.begin_message(opcode, payload)
        return True

    def ping(self) -> None:
        """Ask the server for a sign of life now."""
        self._ping_asked = True

    def expect(self, within_ms: int, now_ms: int) -> None:
        """Note that the server was asked something: without a sign of life by then it is pinged, or dropped at once
        where it is never pinged.
        """
        if not self._expect_ms:
            self._expect_ms = within_ms
            self._asked_ms = now_ms

    def close(self, code: int, reason: str, now_ms: int) -> None:
        """Say goodbye behind the message that is being sent; then wait for the server to do so."""
        if self._state == _SHAKING:
            self._state = _LEAVING
            self.sender.reset()
        elif self._state == _OPEN:
            self._put_close(code, reason)
            self._state = _CLOSING
            self._until_ms = ticks_add(now_ms, _CLOSE_MS)

    def poll(self, now_ms: int) -> int:
        """Return how many bytes are to be written. Raises WebSocketError when the connection is to be dropped."""
        sender = self.sender
        state = self._state
        if state == _OPEN:
            self._check_life(now_ms)
        if sender.start == sender.end and state != _CLOSED:
            try:
                self._fill()
            except Exception as error:
                # Half a frame is out, and its end is not to be had.
                if self.receiver.on_error:
                    self.receiver.on_error(error)
                raise (
                    error
                    if isinstance(error, WebSocketError)
                    else WebSocketError(errors.BAD_STREAM, str(error))
                )
        if state >= _CLOSING:
            is_late = ticks_diff(now_ms, self._until_ms) >= 0
            if self._failure and (is_late or self._all_sent()):
                raise self._failure
            if is_late:
                self._state = _LEAVING
                sender.reset()
                self._has_close = False
        return sender.end - sender.start

    def ended(self) -> "WebSocketError | None":
        """Return why the connection was to be dropped, if the server closes it now without more ado."""
        return self._failure

    def sent(self, count: int) -> None:
        """Note that `count` bytes were written."""
        self.sender.sent(count)

    def receive(self, data, start: int, end: int, now_ms: int) -> int:
        """Take bytes data[start:end] of a memoryview; return the index of the first byte not taken.

        Stops behind each message, so that one call ends at most one.
        """
        self._heard_ms = now_ms
        self._expect_ms = 0
        try:
            if self._state == _SHAKING:
                response = self._response
                assert response is not None
                start = response.feed(data, start, end)
                if response.complete:
                    self.subprotocol = response.subprotocol
                    self._response = None
                    self._state = _OPEN
                    self._ping_ms = now_ms
                return start
            receiver = self.receiver
            messages = receiver.messages
            while start < end and receiver.messages == messages:
                if self._state not in (_OPEN, _CLOSING):
                    return end
                before = start
                start = receiver.feed(data, start, end)
                if start == before:
                    # It is held.
                    break
                if receiver.control:
                    self._handle_control(now_ms)
        except WebSocketError as error:
            self._fail(error, now_ms)
            return end
        return start

    def _check_life(self, now_ms: int) -> None:
        if self._expect_ms and ticks_diff(now_ms, self._asked_ms) >= self._expect_ms:
            self._expect_ms = 0
            if not self.ping_every_ms:
                raise WebSocketError(errors.NO_ANSWER)
            self._ping_asked = True
        if self._ping_open:
            waited_ms = ticks_diff(now_ms, self._ping_ms)
            if min(waited_ms, ticks_diff(now_ms, self._heard_ms)) >= self.pong_within_ms:
                raise WebSocketError(errors.NO_PONG)
        elif self.ping_every_ms and ticks_diff(now_ms, self._ping_ms) >= self.ping_every_ms:
            self._ping_asked = True
        if self._ping_asked and not self._ping_open:
            # Counted from here even if the connection takes no bytes: that, too, is a sign of its death.
            self._ping_open = True
            self._ping_ms = now_ms

    def _all_sent(self) -> bool:
        sender = self.sender
        return sender.start == sender.end and not sender.busy and not self._has_close

    def _fill(self) -> None:
        """Put what there is to send into the empty buffer."""
        sender = self.sender
        self._fill_control()
        if sender.busy:
            sender.fill()
            self._fill_control()

    def _fill_control(self) -> None:
        sender = self.sender
        if not sender.may_interrupt or self._state == _SHAKING:
            return
        if self._state >= _CLOSING and not self._has_close:
            # Behind a Close frame comes nothing.
            return
        if self._pong_size >= 0 and sender.put_control(PONG, self._pong, self._pong_size):
            self._pong_size = -1
        if self._ping_asked and sender.put_control(PING, b"", 0):
            self._ping_asked = False
        # A message under way ends before the goodbye, unless something is wrong.
        if self._has_close and (self._failure or not sender.busy):
            sender.reset_message()
            if sender.put_control(CLOSE, self._close, len(self._close)):
                self._has_close = False

    def _put_close(self, code: int, reason: str) -> None:
        text = reason.encode()[: _CLOSE_BYTES_MAX - 2]
        self._close = code.to_bytes(2, "big") + text if code != NO_CODE else b""
        self._has_close = True

    def _fail(self, error: WebSocketError, now_ms: int) -> None:
        """Drop the connection as soon as the server has been told why."""
        if self._state == _SHAKING:
            self.sender.reset()
        elif error.close_code and not self._has_close:
            self._put_close(error.close_code, "")
        self._failure = error
        self._state = _LEAVING
        self._until_ms = ticks_add(now_ms, _CLOSE_MS)

    def _handle_control(self, now_ms: int) -> None:
        receiver = self.receiver
        if receiver.control == PING:
            size = self._pong_size = receiver.payload_size
            self._pong[:size] = memoryview(receiver.payload)[:size]
        elif receiver.control == PONG:
            self._ping_open = False
        else:
            self._take_close(bytes(memoryview(receiver.payload)[: receiver.payload_size]), now_ms)

    def _take_close(self, payload: bytes, now_ms: int) -> None:
        """Answer the server's goodbye."""
        code = NO_CODE
        if payload:
            code = payload[0] << 8 | payload[1] if len(payload) > 1 else 0
            if not is_close_code(code):
                raise broken("close code %d" % code)
            if not is_utf8(payload[2:]):
                raise WebSocketError(errors.BAD_TEXT, "", 1007)
            self.close_reason = payload[2:].decode()
        self.close_code = code
        if self._state == _CLOSING:
            self._state = _LEAVING
            return
        # Its own code comes back to it.
        why = "" if code == NO_CODE else ("%d %s" % (code, self.close_reason)).strip()
        self._fail(WebSocketError(errors.CLOSED_WITH_CODE, why, code), now_ms)


def is_close_code(code: int) -> bool:
    """Tell whether a code may stand in a Close frame (RFC 6455, section 7.4, and IANA's list)."""
    return (1000 <= code <= 1014 and code not in (1004, 1005, 1006)) or 3000 <= code <= 4999
