"""MQTT client for asyncio: names and argument order as in umqtt.simple, but nothing blocks.

    client = MQTTClient("station", "broker.lan", keepalive=15)
    client.set_last_will("station/connected", "offline", retain=True)
    client.set_callback(lambda topic, message, retained: print(topic, message))
    client.subscribe("station/Set/#", 1)
    await client.run()

`run` connects and reconnects until `disconnect`. `publish` and `subscribe` only queue, so they may be called at any
time. When `run` is cancelled the connection just closes, and the broker publishes the last will.
"""

import asyncio

from micropython import const

from sockets.errors import CLOSED, LinkError
from sockets.stream import Stream
from sockets.times import Backoff, sleep_ms, ticks_ms

from .errors import NO_CONNACK, MQTTException
from .outbox import QOS_1, RETAIN
from .packets import SIZE_MAX, encode_connect, to_bytes
from .session import Session, elapsed_ms

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .packets import Text

_RX_BYTES = const(256)
_POLL_MS = const(20)
# From the look-up of the name to CONNACK.
_ATTEMPT_MS = const(12000)
_GOODBYE_MS = const(500)

# The longest attempt and the longest pause (and a quarter of it) are together shorter than 30 s.
_PAUSE_FIRST_MS = const(1000)
_PAUSE_MAX_MS = const(12000)
# A connection that lasted so long starts the pauses anew; one that is closed at once does not.
_STABLE_MS = const(20000)


class MQTTClient:
    """One client of one broker."""

    def __init__(
        self,
        client_id: "Text",
        server: str,
        port: int = 0,
        user: "Text | None" = None,
        password: "Text | None" = None,
        keepalive: int = 60,
        ssl=None,
        queue: int = 16,
        rx_limit: int = 512,
        resolver=None,
    ) -> None:
        """Prepare a client; `port` 0 means 1883, or 8883 with `ssl` (an SSLContext, see `sockets.tls`).

        `keepalive` in s; a dead connection is noticed within that time, or within 40 s when it is 0.
        `queue` (1 .. 255) messages wait at most; received packets of more than `rx_limit` bytes are skipped and
        counted. `resolver` has `look_up` as in `sockets.names`, which is used without. Raises ValueError naming the
        argument that is out of range.
        """
        self.session = Session(keepalive, queue, rx_limit)
        self.counters = self.session.counters
        # Why the last connection or attempt ended; its str() is for people.
        self.last_error: "LinkError | None" = None
        # Asked before each attempt, for whoever must not be held up by a TLS handshake now.
        self.may_connect: "Callable[[], bool] | None" = None
        self._identity = (
            to_bytes(client_id),
            keepalive,
            None if user is None else to_bytes(user),
            None if password is None else to_bytes(password),
        )
        self._will = None
        self._clean_session = True
        self._on_connect: "Callable[[bool], object] | None" = None
        self._link = Stream(server, port or (8883 if ssl else 1883), ssl, resolver)
        self._rx = memoryview(bytearray(_RX_BYTES))
        self._running = False
        self._stopping = False
        self._stop_ms = 0
        self._patience_ms = 0
        self._task = None

    @property
    def connected(self) -> bool:
        """True while the broker's CONNACK is valid."""
        return self.session.connected

    @property
    def free(self) -> int:
        """Return how many messages still fit into the queue."""
        return self.session.outbox.size - self.session.outbox.count

    def set_callback(self, f: "Callable[[bytes, bytes, bool], object] | None") -> None:
        """Call f(topic, message, retained) for each message, one per pass of the loop."""
        self.session.callback = f

    def set_connect_callback(self, f: "Callable[[bool], object] | None") -> None:
        """Call f(session_present) after each connect."""
        self._on_connect = f

    def set_error_callback(self, f: "Callable[[Exception], object] | None") -> None:
        """Call f(error) for what a callback or the parts of a message raised."""
        self.session.on_error = f

    def set_last_will(self, topic: "Text", msg: "Text", retain: bool = False, qos: int = 0) -> None:
        """Let the broker publish this when the connection breaks; valid from the next connect on."""
        _check_qos(qos)
        topic = to_bytes(topic)
        self.session.check_topic(topic)
        self._will = (topic, to_bytes(msg), retain, qos)

    def publish(self, topic: "Text", msg: "Text", retain: bool = False, qos: int = 0) -> bool:
        """Queue a message; an older one for the topic that still waits is replaced.

        Returns False when the queue is full of messages that must not be dropped. Raises ValueError for a topic
        or QoS that is not possible.
        """
        return self._put(topic, to_bytes(msg), retain, qos)

    def publish_stream(
        self,
        topic: "Text",
        size: int,
        parts: "Callable[[], Iterable[bytes]]",
        retain: bool = False,
        qos: int = 0,
    ) -> bool:
        """Queue a message of `size` bytes that never is in memory as a whole.

        `parts` is called when it is sent, and again if it must be repeated, and returns the bytes in pieces.
        """
        if not 0 <= size <= SIZE_MAX - 512:
            raise ValueError("size must be 0..%d" % (SIZE_MAX - 512))
        return self._put(topic, (size, parts), retain, qos)

    def subscribe(self, topic: "Text", qos: int = 0) -> None:
        """Subscribe now and after every connect. Raises ValueError."""
        _check_qos(qos)
        topic = to_bytes(topic)
        self.session.check_topic(topic, True)
        self.session.subscriptions.add(topic, qos)

    def unsubscribe(self, topic: "Text") -> None:
        """Take a subscription back."""
        self.session.subscriptions.remove(to_bytes(topic))

    def ping(self) -> None:
        """Ask the broker for a sign of life now."""
        self.session.ping()

    async def connect(self, clean_session: bool = True, timeout: "int | None" = None) -> bool:
        """Start `run` in a task of its own; return whether the broker remembered the session.

        Raises LinkError, of which MQTTException is one, when the first attempt fails, or is not through after
        `timeout` s.
        """
        failures = self.counters.failures
        self._task = asyncio.create_task(self.run(clean_session))
        began_ms = ticks_ms()
        while not self.connected:
            error = None
            if self.counters.failures != failures:
                error = self.last_error
            elif timeout is not None and elapsed_ms(ticks_ms(), began_ms) >= timeout * 1000:
                error = self.last_error = self._timed_out()
            elif self._task.done():
                # Something that is not the broker's fault, or `disconnect` meanwhile.
                await self._task
                error = LinkError(CLOSED)
            if error:
                await self._cancel()
                raise error
            await sleep_ms(_POLL_MS)
        return self.session.session_present

    async def disconnect(self, timeout: int = 2) -> None:
        """Send what waits for at most `timeout` s, then leave; the broker forgets the last will."""
        self._patience_ms = timeout * 1000
        self._stop_ms = ticks_ms()
        self._stopping = True
        while self._running:
            await sleep_ms(_POLL_MS)
        self._task = None

    async def run(self, clean_session: bool = True) -> None:
        """Connect, and reconnect with growing pauses of up to 15 s, until `disconnect` or cancelled."""
        if self._running:
            raise RuntimeError("client runs already")
        self._running = True
        self._stopping = False
        self._clean_session = clean_session
        backoff = Backoff(_PAUSE_FIRST_MS, _PAUSE_MAX_MS)
        try:
            while not self._stopping:
                await self._wait_for_permission()
                began_ms = ticks_ms()
                try:
                    await self._serve()
                    return
                except LinkError as error:
                    self.last_error = error
                    self.counters.failures += 1
                finally:
                    self._close()
                if self._link.answered and elapsed_ms(ticks_ms(), began_ms) >= _STABLE_MS:
                    backoff.reset()
                await self._pause(backoff.next_ms())
        finally:
            self._running = False

    def _put(self, topic: "Text", payload, retain: bool, qos: int) -> bool:
        _check_qos(qos)
        topic = to_bytes(topic)
        self.session.check_topic(topic)
        return self.session.outbox.put(topic, payload, (RETAIN if retain else 0) | (QOS_1 if qos else 0))

    async def _cancel(self) -> None:
        task, self._task = self._task, None
        if task:
            task.cancel()
            while self._running and not task.done():
                await sleep_ms(_POLL_MS)

    async def _wait_for_permission(self) -> None:
        while self.may_connect and not self.may_connect() and not self._stopping:
            await sleep_ms(5 * _POLL_MS)

    async def _pause(self, pause_ms: int) -> None:
        began_ms = ticks_ms()
        while not self._stopping and elapsed_ms(ticks_ms(), began_ms) < pause_ms:
            await sleep_ms(5 * _POLL_MS)

    def _close(self) -> None:
        self._link.close()
        self.session.lost()

    async def _serve(self) -> None:
        """Go through one connection; return after DISCONNECT. Raises LinkError."""
        session = self.session
        link = self._link
        began_ms = ticks_ms()
        while not link.open():
            if self._stopping:
                return
            self._check_attempt(ticks_ms(), began_ms)
            await sleep_ms(_POLL_MS)
        session.closing = False
        client_id, keepalive, user, password = self._identity
        connect = encode_connect(client_id, keepalive, self._clean_session, user, password, self._will)
        session.begin(connect, ticks_ms())
        start = end = 0
        while True:
            now_ms = ticks_ms()
            if self._stopping and self._is_over(now_ms):
                return
            busy = self._write(now_ms)
            if session.done:
                break
            if session.may_receive:
                if start == end:
                    start = 0
                    end = link.read(self._rx)
                if start < end:
                    busy = True
                    start = session.receive(self._rx, start, end, now_ms)
            if not link.answered:
                if session.connected:
                    link.answered = True
                    self._greet()
                else:
                    self._check_attempt(now_ms, began_ms)
            await sleep_ms(0 if busy else _POLL_MS)
        await self._see_off()

    def _check_attempt(self, now_ms: int, began_ms: int) -> None:
        if elapsed_ms(now_ms, began_ms) >= _ATTEMPT_MS:
            raise self._timed_out()

    def _timed_out(self) -> LinkError:
        return self._link.timed_out() or MQTTException(NO_CONNACK)

    def _write(self, now_ms: int) -> bool:
        session = self.session
        if not session.poll(now_ms):
            return False
        writer = session.writer
        count = self._link.write(writer.view[writer.start : writer.end])
        if not count:
            return False
        session.sent(count, now_ms)
        return True

    def _greet(self) -> None:
        if self._on_connect:
            try:
                self._on_connect(self.session.session_present)
            except Exception as error:
                self.counters.callback_errors += 1
                if self.session.on_error:
                    self.session.on_error(error)

    def _is_over(self, now_ms: int) -> bool:
        """Let the session come to its end; return True when it does not in time."""
        session = self.session
        session.closing = True
        late_ms = elapsed_ms(now_ms, self._stop_ms) - self._patience_ms
        if late_ms >= 0:
            session.disconnect_now()
        return late_ms >= _GOODBYE_MS

    async def _see_off(self) -> None:
        """Read until the broker closes: closing first with unread bytes could reset DISCONNECT away."""
        for _ in range(_GOODBYE_MS // _POLL_MS):
            try:
                self._link.read(self._rx)
            except LinkError:
                return
            await sleep_ms(_POLL_MS)


def _check_qos(qos: int) -> None:
    if qos not in (0, 1):
        raise ValueError("qos must be 0 or 1")
