"""Take a broker's byte stream apart, packet by packet, in a buffer of fixed size.

Only what a broker may send to a client that uses QoS 0 and 1 passes; everything else raises MQTTException with
code MALFORMED, after which the connection must be closed (MQTT 3.1.1, section 4.8).
"""

from micropython import const

from .errors import malformed
from .packets import CONNACK, PUBLISH, SIZE_MAX, SUBACK

_HEADER = const(0)
_SIZE = const(1)
_BODY = const(2)

# The remaining length by packet type.
_ANY = const(0xFE)
_NEVER = const(0xFF)
_SIZES = const(b"\xff\xff\x02\xfe\x02\xff\xff\xff\xff\xfe\xff\x02\xff\x00\xff\xff")


class Parser:
    """One packet at a time.

    When `complete` is set: `kind` is the packet type, `packet_id` the packet id or 0; of a PUBLISH `topic`,
    `message`, `retained` and `qos`; of a CONNACK or SUBACK `code` and `session_present`. A PUBLISH of more than
    `limit` bytes is skipped as it streams by: then `skipped` is set and it has no topic and no message.
    """

    def __init__(self, limit: int) -> None:
        """Keep packets of up to `limit` bytes, of at least 16."""
        if limit < 16:
            raise ValueError("limit must be at least 16")
        self._body = bytearray(limit)
        self._view = memoryview(self._body)
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Begin a new stream."""
        self.complete = False
        self.skipped = False
        self.retained = False
        self.session_present = False
        self.kind = 0
        self.qos = 0
        self.code = 0
        self.packet_id = 0
        self.topic = b""
        self.message = b""
        self._state = _HEADER
        self._flags = 0
        self._size = 0
        self._shift = 0
        self._have = 0

    def feed(self, data, start: int, end: int) -> int:
        """Take data[start:end] up to the end of one packet; return the index of the first byte not taken.

        `data` is a memoryview. Raises MQTTException for what is malformed.
        """
        if self.complete:
            self.reset()
        while start < end and not self.complete:
            if self._state == _BODY:
                start = self._take_body(data, start, end)
                continue
            if self._state == _HEADER:
                self._take_header(data[start])
            else:
                self._take_size(data[start])
            start += 1
        return start

    def _take_header(self, byte: int) -> None:
        self.kind = kind = byte >> 4
        self._flags = flags = byte & 0x0F
        if _SIZES[kind] == _NEVER:
            raise malformed("packet type %d" % kind)
        if kind != PUBLISH:
            if flags:
                raise malformed("flags of packet type %d" % kind)
        elif flags & 6 > 2:
            raise malformed("QoS %d" % (flags >> 1 & 3))
        elif flags & 10 == 8:
            raise malformed("duplicate of QoS 0")
        self._state = _SIZE

    def _take_size(self, byte: int) -> None:
        if self._shift == 21 and byte & 0x80:
            raise malformed("remaining length")
        self._size |= (byte & 0x7F) << self._shift
        self._shift += 7
        if byte & 0x80:
            return
        size = self._size
        exact = _SIZES[self.kind]
        if exact != _ANY:
            fits = size == exact
        elif self.kind == SUBACK:
            # This client subscribes to one topic per packet.
            fits = size == 3
        else:
            fits = (5 if self._flags & 2 else 3) <= size <= SIZE_MAX
        if not fits:
            raise malformed("length %d of packet type %d" % (size, self.kind))
        self._state = _BODY
        if not size:
            self.complete = True

    def _take_body(self, data, start: int, end: int) -> int:
        have = self._have
        size = self._size
        count = min(end - start, size - have)
        room = self._limit - have
        if room > 0:
            count = min(count, room)
            self._view[have : have + count] = data[start : start + count]
        elif self._flags & 2:
            self._watch_packet_id(data, start, have, count)
        self._have = have = have + count
        if have == size:
            self._finish()
            self.complete = True
        return start + count

    def _watch_packet_id(self, data, start: int, have: int, count: int) -> None:
        """Keep the packet id of a message whose topic alone is larger than the buffer."""
        at = 2 + self._u16(0)
        for index in (at, at + 1):
            if have <= index < have + count:
                self.packet_id = self.packet_id << 8 | data[start + index - have]

    def _u16(self, at: int) -> int:
        return self._body[at] << 8 | self._body[at + 1]

    def _finish(self) -> None:
        body = self._body
        if self.kind == PUBLISH:
            self._finish_publish()
        elif self.kind == CONNACK:
            self.session_present = body[0] == 1
            self.code = body[1]
            if body[0] > 1 or body[1] > 5 or (body[0] and body[1]):
                raise malformed("CONNACK")
        else:
            self.packet_id = self._u16(0)
            if not self.packet_id:
                raise malformed("packet id 0")
            if self.kind == SUBACK:
                self.code = body[2]
                if body[2] > 2 and body[2] != 0x80:
                    raise malformed("SUBACK")

    def _finish_publish(self) -> None:
        flags = self._flags
        size = self._size
        self.qos = qos = flags >> 1 & 3
        self.retained = flags & 1 == 1
        at = 2 + self._u16(0)
        start = at + 2 if qos else at
        if at == 2 or start > size:
            raise malformed("length of a topic")
        if size > self._limit:
            self.skipped = True
        if qos:
            if start <= self._limit:
                self.packet_id = self._u16(at)
            elif at < self._limit:
                # The id lies across the end of the buffer.
                self.packet_id |= self._body[at] << 8
            if not self.packet_id:
                raise malformed("packet id 0")
        if self.skipped:
            return
        self.topic = topic = bytes(self._view[2:at])
        try:
            str(topic, "utf-8")
        except UnicodeError:
            raise malformed("a topic that is not UTF-8")
        if 0 in topic or b"#" in topic or b"+" in topic:
            raise malformed("a character in a topic")
        self.message = bytes(self._view[start:size])
