"""WebSocket client for asyncio; nothing blocks.

    client = WebSocketClient("ws://csms.lan/ocpp/CP1", handler, "ocpp1.6", "CP1", b"secret")
    task = asyncio.create_task(client.run())
    await client.send("[2,\\"1\\",\\"Heartbeat\\",{}]")

`run` connects and reconnects until `close`. `handler` has these methods, each called from within `run`:
`on_open()` after each handshake, `on_begin()`, `on_data(memoryview)`, `on_end()` for each message, whose pieces are
valid during the call only, `on_close(error)` after each connection or attempt, and `on_error(error)` for what one of
the others raised.
"""

from micropython import const

from modbus.ticks import ticks_diff
from sockets.errors import LinkError
from sockets.stream import Stream
from sockets.times import Backoff, sleep_ms, ticks_ms

from . import errors
from .errors import WebSocketError
from .session import Session

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

_RX_BYTES = const(512)
_POLL_MS = const(20)
# From the look-up of the name to the server's answer; a TLS handshake takes up to 4 s of it.
_ATTEMPT_MS = const(15000)
_PAUSE_FIRST_MS = const(1000)
_PAUSE_MAX_MS = const(60000)
# A connection that lasted so long starts the pauses anew; one that is closed at once does not.
_STABLE_MS = const(20000)
_NORMAL = const(1000)


class WebSocketClient:
    """One client of one server."""

    def __init__(
        self,
        url: str,
        handler,
        subprotocols: str = "",
        user: str = "",
        password: "bytes | None" = None,
        ssl=None,
        limit: int = 65536,
        resolver=None,
    ) -> None:
        """Prepare a client; `ssl` is an SSLContext of `sockets.tls`, which wss:// needs and ws:// must not have.

        `subprotocols`: names with commas between, one of which the server must choose. `password`: any bytes, for
        basic authentication; none without. `limit`: the longest message to take, in bytes. `resolver` has `look_up`
        as in `sockets.names`, which is used without. Raises ValueError for what is not possible.
        """
        # These two are in memory until the connection stands, if their owner lets them go then.
        from . import handshake
        from .url import parse_url

        self._address = address = parse_url(url)
        if address[0] and ssl is None:
            raise ValueError("wss:// needs an SSLContext")
        if not address[0] and ssl is not None:
            raise ValueError("ws:// is not encrypted")
        self.session = Session(handler, limit)
        self.session.receiver.on_error = handler.on_error
        # Why the last connection or attempt ended; its str() is for people.
        self.last_error: "LinkError | None" = None
        # Asked before each attempt, for whoever must not be held up by a TLS handshake now.
        self.may_connect: "Callable[[], bool] | None" = None
        self.connections = 0
        self.failures = 0
        self._handler = handler
        self._subprotocols = subprotocols
        self._login = b"" if password is None else handshake.credentials(user, password)
        self._stream = Stream(address[1], address[2], ssl, resolver)
        self._rx = memoryview(bytearray(_RX_BYTES))
        # What of it is not yet taken.
        self._start = self._end = 0
        self._running = False
        self._stopping = False
        self._hurry = False
        self._close_code = _NORMAL
        self._close_reason = ""

    @property
    def connected(self) -> bool:
        """True from the server's answer until one side begins to close."""
        return self.session.connected

    def set_ping(self, every_s: int, pong_within_s: int = 10) -> None:
        """Ping every so many seconds (0: never), and drop a server without a sign of life; may change at any time."""
        self.session.ping_every_ms = every_s * 1000
        self.session.pong_within_ms = pong_within_s * 1000

    def expect(self, within_s: int) -> None:
        """Drop a server of which nothing is heard so long after what was sent last; a ping comes first, if it may."""
        self.session.expect(within_s * 1000, ticks_ms())

    def offer(self, message) -> bool:
        """Begin to send a message, without waiting; return False while another is being sent, or not connected.

        `message`: a text, or an iterable of its parts in bytes, which is sent in fragments, or a tuple of its length
        in bytes and such an iterable, which is not.
        """
        return self.session.offer(message)

    async def send(self, message) -> None:
        """Send a message, see `offer`, and return when the network has taken it. Raises LinkError.

        That says nothing about whether it arrives.
        """
        session = self.session
        connection = self.connections
        while not session.offer(message):
            if not session.connected:
                raise self.last_error or WebSocketError(errors.NOT_CONNECTED)
            await sleep_ms(_POLL_MS)
        sender = session.sender
        while self.connections == connection and (sender.busy or sender.start != sender.end):
            await sleep_ms(_POLL_MS)
        if self.connections != connection or not (session.connected or session.leaving):
            raise self.last_error or WebSocketError(errors.NOT_CONNECTED)

    def hold(self, hold: bool) -> None:
        """Take nothing of messages until told otherwise; the server's pings are answered."""
        self.session.receiver.hold = hold
        self.session.receiver.held = False

    @property
    def held(self) -> bool:
        """True once a message has come meanwhile."""
        return self.session.receiver.held

    def retry(self) -> None:
        """Do not wait for the end of the pause: the network is back."""
        self._hurry = True

    def reconnect(self) -> None:
        """Close the connection in good order and make a new one at once."""
        self._hurry = True
        self.session.close(_NORMAL, "", ticks_ms())

    async def close(self, code: int = _NORMAL, reason: str = "") -> None:
        """Say goodbye and leave, for good; takes at most 2 s and the message that is being sent."""
        self._close_code = code
        self._close_reason = reason
        self._stopping = True
        while self._running:
            await sleep_ms(_POLL_MS)

    async def run(self) -> None:
        """Connect, and reconnect with growing pauses of up to 75 s, until `close` or cancelled."""
        if self._running:
            raise RuntimeError("client runs already")
        self._running = True
        self._stopping = False
        backoff = Backoff(_PAUSE_FIRST_MS, _PAUSE_MAX_MS)
        try:
            while not self._stopping:
                await self._wait_for_permission()
                error = None
                began_ms = ticks_ms()
                try:
                    await self._serve()
                except LinkError as failure:
                    self.last_error = error = failure
                    self.failures += 1
                finally:
                    self._stream.close()
                    self.session.lost()
                self._tell(self._handler.on_close, error)
                if self._stream.answered and ticks_diff(ticks_ms(), began_ms) >= _STABLE_MS:
                    backoff.reset()
                await self._pause(backoff.next_ms())
        finally:
            self._running = False

    def _tell(self, callback, *arguments) -> None:
        try:
            callback(*arguments)
        except Exception as error:
            self._handler.on_error(error)

    async def _wait_for_permission(self) -> None:
        while self.may_connect and not self.may_connect() and not self._stopping:
            await sleep_ms(5 * _POLL_MS)

    async def _pause(self, pause_ms: int) -> None:
        began_ms = ticks_ms()
        while not self._stopping and not self._hurry and ticks_diff(ticks_ms(), began_ms) < pause_ms:
            await sleep_ms(5 * _POLL_MS)
        self._hurry = False

    async def _serve(self) -> None:
        """Go through one connection; return after a goodbye of our own. Raises LinkError."""
        began_ms = ticks_ms()
        stream = self._stream
        while not stream.open():
            if self._stopping:
                return
            self._check_attempt(began_ms)
            await sleep_ms(_POLL_MS)
        from . import handshake

        key = handshake.new_key()
        request = handshake.request(self._address, key, self._subprotocols, self._login)
        session = self.session
        session.begin(request, handshake.Response(key, self._subprotocols), ticks_ms())
        self._start = self._end = 0
        # It may be long, and holds the password.
        del request
        while not session.done:
            try:
                busy = self._move()
            except LinkError as error:
                if error is not session.ended() and session.leaving:
                    # The connection ends before the last words are said.
                    error = session.ended()
                    if error is None:
                        return
                raise error
            if not stream.answered:
                if session.connected:
                    stream.answered = True
                    self.connections += 1
                    self._tell(self._handler.on_open)
                else:
                    self._check_attempt(began_ms)
            if self._stopping and not session.leaving:
                session.close(self._close_code, self._close_reason, ticks_ms())
            await sleep_ms(0 if busy else _POLL_MS)

    def _check_attempt(self, began_ms: int) -> None:
        if ticks_diff(ticks_ms(), began_ms) >= _ATTEMPT_MS:
            raise self._stream.timed_out() or WebSocketError(errors.NO_ANSWER)

    def _move(self) -> bool:
        """Write and read what there is; return False when it was nothing."""
        session = self.session
        now_ms = ticks_ms()
        busy = False
        if session.poll(now_ms):
            sender = session.sender
            count = self._stream.write(sender.view[sender.start : sender.end])
            if count:
                session.sent(count)
                busy = True
        start = self._start
        if start == self._end:
            start = 0
            self._end = self._stream.read(self._rx)
        if start < self._end:
            taken = session.receive(self._rx, start, self._end, now_ms)
            busy = busy or taken != start
            start = taken
        self._start = start
        return busy
