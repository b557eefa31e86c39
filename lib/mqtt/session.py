"""The client's side of MQTT 3.1.1 with QoS 0 and 1, as a state machine without I/O.

The owner opens a connection, calls `begin`, then again and again `poll` with the time, writes what
`writer.view[writer.start:writer.end]` holds and says so with `sent`, and hands over received bytes with
`receive` while `may_receive`. Both raise MQTTException when the connection is to be closed; then `lost` is
called. Time is a millisecond tick that may wrap at 2**30.
"""

from micropython import const

from . import errors, packets
from .errors import MQTTException, malformed
from .outbox import QOS_1, RETAIN, Outbox
from .parser import Parser
from .subscriptions import Subscriptions
from .writer import Writer

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

_MASK = const(0x3FFFFFFF)
_TX_BYTES = const(512)

# A broker that does not acknowledge for so long has lost the message, or the connection is dead.
_ACK_TIMEOUT_MS = const(20000)
_PING_TIMEOUT_MAX_MS = const(10000)
# Without a keep-alive the broker does not care, but a dead connection must be noticed all the same.
_PING_WITHOUT_KEEPALIVE_MS = const(30000)

_CLOSED = const(0)
_CONNECTING = const(1)
_UP = const(2)
_DONE = const(3)


def elapsed_ms(now_ms: int, since_ms: int) -> int:
    """Return the time since an earlier tick, of less than 12 days."""
    return (now_ms - since_ms) & _MASK


class Counters:
    """What happened since start."""

    def __init__(self) -> None:
        self.connections = 0
        self.failures = 0
        self.sent = 0
        self.received = 0
        self.oversized = 0
        self.repeats = 0
        self.callback_errors = 0
        self.bad_streams = 0


class Session:
    """One client identity: its subscriptions and messages outlive a connection."""

    def __init__(self, keepalive_s: int, queue: int, rx_limit: int) -> None:
        """Hold `queue` messages (1 .. 255) to send; keep received packets of up to `rx_limit` bytes."""
        if not 0 <= keepalive_s <= 0xFFFF:
            raise ValueError("keepalive must be 0..65535")
        self.counters = Counters()
        self.outbox = Outbox(queue)
        self.subscriptions = Subscriptions()
        self.writer = Writer(_TX_BYTES)
        self.callback: "Callable[[bytes, bytes, bool], object] | None" = None
        self.on_error: "Callable[[Exception], object] | None" = None
        self.session_present = False
        self.closing = False
        self._parser = Parser(rx_limit)
        self._state = _CLOSED
        self._slot = -1
        self._last_id = 0
        self._ack_id = 0
        self._ping_asked = False
        self._ping_open = False
        self._ping_every_ms = keepalive_s * 500 or _PING_WITHOUT_KEEPALIVE_MS
        self._ping_timeout_ms = min(self._ping_every_ms, _PING_TIMEOUT_MAX_MS)
        self._heard_ms = 0
        self._said_ms = 0
        self._ping_ms = 0
        self._ack_ms = 0

    @property
    def connected(self) -> bool:
        """True from the broker's CONNACK until the connection is closed."""
        return self._state == _UP

    @property
    def done(self) -> bool:
        """True when DISCONNECT has been written to the connection."""
        return self._state == _DONE and self.writer.start == self.writer.end

    @property
    def may_receive(self) -> bool:
        """False while an acknowledgement has no room to be sent."""
        return self._ack_id == 0

    def check_topic(self, topic: bytes, wildcards: bool = False) -> None:
        """Raise ValueError for a topic that MQTT forbids or that is too long for the buffer."""
        packets.check_topic(topic, wildcards)
        if len(topic) > _TX_BYTES - packets.OVERHEAD_MAX:
            raise ValueError("topic must have at most %d bytes" % (_TX_BYTES - packets.OVERHEAD_MAX))

    def ping(self) -> None:
        """Ask the broker for a sign of life."""
        self._ping_asked = True

    def begin(self, connect: bytes, now_ms: int) -> None:
        """Start on a new connection with a CONNECT packet."""
        self.lost()
        self._state = _CONNECTING
        self._heard_ms = self._said_ms = now_ms
        self.writer.begin_payload(connect)

    def lost(self) -> None:
        """Note that the connection is closed."""
        self._state = _CLOSED
        self._slot = -1
        self._ack_id = 0
        self._ping_asked = self._ping_open = False
        self._parser.reset()
        self.writer.reset()
        self.outbox.connection_lost()
        self.subscriptions.connection_lost()

    def poll(self, now_ms: int) -> int:
        """Return how many bytes are to be written. Raises MQTTException when the connection is dead."""
        if self._state == _UP:
            self._check_life(now_ms)
        writer = self.writer
        if writer.start == writer.end and self._state != _CLOSED:
            self._fill(now_ms)
        return writer.end - writer.start

    def sent(self, count: int, now_ms: int) -> None:
        """Note that `count` bytes were written."""
        self._said_ms = now_ms
        self.writer.sent(count)

    def receive(self, data, start: int, end: int, now_ms: int) -> int:
        """Take bytes data[start:end] of a memoryview; return the index of the first byte not taken.

        Stops behind each message, so that one call runs at most one callback. Raises MQTTException.
        """
        parser = self._parser
        self._heard_ms = now_ms
        while start < end:
            start = parser.feed(data, start, end)
            if parser.complete:
                self._handle(parser, now_ms)
                if parser.kind == packets.PUBLISH:
                    break
        return start

    def _check_life(self, now_ms: int) -> None:
        silent_ms = elapsed_ms(now_ms, self._heard_ms)
        if self._ping_open:
            waited_ms = elapsed_ms(now_ms, self._ping_ms)
            if min(waited_ms, silent_ms) >= self._ping_timeout_ms:
                raise MQTTException(errors.NO_PINGRESP)
        elif max(silent_ms, elapsed_ms(now_ms, self._said_ms)) >= self._ping_every_ms:
            self._ping_asked = True
        if self.outbox.unacknowledged and elapsed_ms(now_ms, self._ack_ms) >= _ACK_TIMEOUT_MS:
            raise MQTTException(errors.NO_ACK)
        if self._ping_asked and not self._ping_open:
            # Counted from here even if the connection takes no bytes: that, too, is a sign of its death.
            self._ping_open = True
            self._ping_ms = now_ms

    def _fill(self, now_ms: int) -> None:
        """Put as much into the buffer as there is to send and as fits."""
        while self._copy():
            if self._slot >= 0:
                self.outbox.sent(self._slot)
                self.counters.sent += 1
                self._slot = -1
            if self._state != _UP or not self._next(now_ms):
                return

    def _copy(self) -> bool:
        """Move on with the payload."""
        try:
            return self.writer.copy()
        except Exception as error:
            self._drop_stream(self._slot, error)
            if isinstance(error, MQTTException):
                raise
            raise MQTTException(errors.BAD_STREAM, str(error))

    def _next(self, now_ms: int) -> bool:
        """Begin the next packet; return False when there is none or no room for it."""
        writer = self.writer
        buffer = writer.buffer
        room = writer.room()
        if room < 4:
            return False
        if self._ack_id:
            writer.end = packets.put_puback(buffer, writer.end, self._ack_id)
            self._ack_id = 0
            return True
        if self._ping_asked:
            writer.end = packets.put_bare(buffer, writer.end, packets.PINGREQ)
            self._ping_asked = False
            return True
        entry = self.subscriptions.next_waiting()
        if entry:
            begin = writer.end
            writer.end = self.subscriptions.put(entry, buffer, begin, room, self._new_id())
            return writer.end > begin
        slot = self.outbox.next_waiting()
        if slot >= 0:
            return self._put_message(slot, room, now_ms)
        if self.closing and not self.outbox.unacknowledged:
            self._put_disconnect()
        return False

    def _put_message(self, slot: int, room: int, now_ms: int) -> bool:
        outbox = self.outbox
        topic = outbox.topics[slot]
        if len(topic) + packets.OVERHEAD_MAX > room:
            return False
        payload = outbox.payloads[slot]
        size = payload[0] if isinstance(payload, tuple) else len(payload)
        flags = outbox.flags(slot)
        repeat = outbox.is_repeat(slot)
        try:
            self.writer.begin_payload(payload)
        except Exception as error:
            # Nothing of it is in the buffer yet, so the connection is none the worse.
            self._drop_stream(slot, error)
            return True
        packet_id = 0
        if flags & QOS_1:
            packet_id = outbox.packet_id(slot) or self._new_id()
            if not outbox.unacknowledged:
                self._ack_ms = now_ms
            if repeat:
                self.counters.repeats += 1
        outbox.take(slot, packet_id)
        self._slot = slot
        writer = self.writer
        retain = flags & RETAIN != 0
        writer.end = packets.put_publish(writer.buffer, writer.end, topic, size, retain, packet_id, repeat)
        return True

    def _drop_stream(self, slot: int, error: Exception) -> None:
        """Forget a message whose parts fail, else it would fail for ever."""
        self.outbox.drop(slot)
        self.counters.bad_streams += 1
        self._report(error)

    def disconnect_now(self) -> None:
        """Send DISCONNECT behind what is in the buffer, whatever still waits."""
        if self._state == _UP and self._slot < 0 and self.writer.room() >= 2:
            self._put_disconnect()

    def _put_disconnect(self) -> None:
        self.writer.end = packets.put_bare(self.writer.buffer, self.writer.end, packets.DISCONNECT)
        self._state = _DONE

    def _new_id(self) -> int:
        """Return a packet id that nothing waits for."""
        while True:
            self._last_id = self._last_id % 0xFFFF + 1
            if not (self.outbox.has_id(self._last_id) or self.subscriptions.has_id(self._last_id)):
                return self._last_id

    def _handle(self, parser: Parser, now_ms: int) -> None:
        kind = parser.kind
        if (kind == packets.CONNACK) != (self._state == _CONNECTING):
            raise malformed("packet type %d out of turn" % kind)
        if kind == packets.PUBLISH:
            self._deliver(parser)
        elif kind == packets.PUBACK:
            self._ack_ms = now_ms
            self.outbox.acknowledge(parser.packet_id)
        elif kind == packets.PINGRESP:
            self._ping_open = False
        elif kind == packets.CONNACK:
            if parser.code:
                raise MQTTException(parser.code)
            self._state = _UP
            self.session_present = parser.session_present
            self.counters.connections += 1
        else:
            self.subscriptions.answered(kind, parser.packet_id, parser.code)

    def _deliver(self, parser: Parser) -> None:
        if parser.skipped:
            self.counters.oversized += 1
        else:
            self.counters.received += 1
            try:
                if self.callback:
                    self.callback(parser.topic, parser.message, parser.retained)
            except Exception as error:
                # A message that the owner cannot digest must not come back for ever.
                self.counters.callback_errors += 1
                self._report(error)
        if parser.qos:
            self._ack_id = parser.packet_id

    def _report(self, error: Exception) -> None:
        if self.on_error:
            self.on_error(error)
