"""A broker's side of MQTT, written byte by byte, and a session that talks to it."""

from mqtt import packets
from mqtt.errors import MQTTException
from mqtt.session import Session

START_MS = (1 << 30) - 500
MASK = 0x3FFFFFFF

CONNACK = b"\x20\x02\x00\x00"
PINGRESP = b"\xd0\x00"


def size_bytes(size):
    """Return a remaining length by the recipe of the standard (section 2.2.3)."""
    encoded = bytearray()
    while True:
        digit = size % 128
        size //= 128
        encoded.append(digit | 128 if size else digit)
        if not size:
            return bytes(encoded)


def publish(topic, message, qos=0, packet_id=0, retain=0, dup=0):
    """Return a PUBLISH as a broker sends it."""
    body = len(topic).to_bytes(2, "big") + topic
    if qos:
        body += packet_id.to_bytes(2, "big")
    body += message
    return bytes([0x30 | dup << 3 | qos << 1 | retain]) + size_bytes(len(body)) + body


def puback(packet_id):
    return b"\x40\x02" + packet_id.to_bytes(2, "big")


def suback(packet_id, code):
    return b"\x90\x03" + packet_id.to_bytes(2, "big") + bytes([code])


def take_apart(stream):
    """Return the packets of a client's stream as tuples of first byte and body."""
    found = []
    at = 0
    while at < len(stream):
        first = stream[at]
        size = shift = 0
        while True:
            at += 1
            size |= (stream[at] & 127) << shift
            shift += 7
            if not stream[at] & 128:
                break
        at += 1
        assert at + size <= len(stream), "half a packet"
        found.append((first, stream[at : at + size]))
        at += size
    return found


def sent_publish(packet):
    """Return (topic, message, first byte, packet id) of a PUBLISH."""
    first, body = packet
    assert first >> 4 == 3, packet
    size = body[0] << 8 | body[1]
    at = 2 + size
    packet_id = 0
    if first & 6:
        packet_id = body[at] << 8 | body[at + 1]
        at += 2
    return body[2 : 2 + size], body[at:], first, packet_id


def expect_error(code, function, *arguments):
    try:
        function(*arguments)
    except MQTTException as error:
        assert error.code == code, str(error)
    else:
        raise AssertionError("no error %d" % code)


class Bench:
    """A session and the time; what it sends is taken apart."""

    def __init__(self, keepalive_s=15, queue=16, rx_limit=512):
        self.session = Session(keepalive_s, queue, rx_limit)
        self.session.callback = lambda *message: self.received.append(message)
        self.session.on_error = lambda error: self.errors.append(str(error))
        self.received = []
        self.errors = []
        self.now_ms = START_MS

    def advance(self, delay_ms):
        self.now_ms = (self.now_ms + delay_ms) & MASK

    def send(self, chunk=1000000):
        """Return the packets that the session wants to send, written in pieces of `chunk` bytes."""
        stream = b""
        writer = self.session.writer
        while True:
            count = self.session.poll(self.now_ms)
            if not count:
                return take_apart(stream)
            count = min(count, chunk)
            stream += bytes(writer.view[writer.start : writer.start + count])
            self.session.sent(count, self.now_ms)

    def hear(self, data):
        """Hand over a broker's bytes, acknowledging as the shell does; return what was sent meanwhile."""
        sent = []
        view = memoryview(data)
        at = 0
        while at < len(data):
            assert self.session.may_receive
            at = self.session.receive(view, at, len(data), self.now_ms)
            if not self.session.may_receive:
                sent += self.send()
        return sent

    def connect(self, connack=CONNACK):
        """Begin a connection; return the CONNECT packet."""
        self.session.begin(packets.encode_connect(b"me", 15, True, None, None, None), self.now_ms)
        sent = self.send()
        assert len(sent) == 1, sent
        self.hear(connack)
        return sent[0]

    def put(self, topic, message, flags=0):
        return self.session.outbox.put(topic, message, flags)
