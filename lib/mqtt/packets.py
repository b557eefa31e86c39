"""Encode the packets that a client sends (MQTT 3.1.1, chapters 2 and 3). Bytes in, bytes out.

`put_...` functions write into a buffer at an offset and return the offset behind; the caller sees to the room.
"""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    Text = str | bytes

CONNECT = const(1)
CONNACK = const(2)
PUBLISH = const(3)
PUBACK = const(4)
SUBSCRIBE = const(8)
SUBACK = const(9)
UNSUBSCRIBE = const(10)
UNSUBACK = const(11)
PINGREQ = const(12)
PINGRESP = const(13)
DISCONNECT = const(14)

SIZE_MAX = const(268435455)
# What a packet with a topic takes besides the topic: 5 bytes of fixed header, length, packet id, QoS.
OVERHEAD_MAX = const(10)

_WILL = const(0x04)
_WILL_RETAIN = const(0x20)
_PASSWORD = const(0x40)
_USER = const(0x80)
_CLEAN_SESSION = const(0x02)


def to_bytes(text: "Text") -> bytes:
    """Return a text in UTF-8; bytes as they are."""
    return text.encode() if isinstance(text, str) else text


def check_topic(topic: bytes, wildcards: bool = False) -> None:
    """Raise ValueError unless `topic` is a topic name, or with `wildcards` a topic filter (section 4.7)."""
    if not topic or len(topic) > 0xFFFF:
        raise ValueError("topic must have 1 .. 65535 bytes")
    if 0 in topic:
        raise ValueError("topic must not contain NUL")
    try:
        str(topic, "utf-8")
    except UnicodeError:
        raise ValueError("topic must be UTF-8")
    if not wildcards:
        if b"#" in topic or b"+" in topic:
            raise ValueError("topic must not contain wildcards")
        return
    levels = topic.split(b"/")
    for index, level in enumerate(levels):
        if len(level) > 1 and (b"#" in level or b"+" in level):
            raise ValueError("a wildcard must stand alone between slashes")
        if level == b"#" and index != len(levels) - 1:
            raise ValueError("# must be the last level")


def put_u16(buffer: bytearray, at: int, value: int) -> int:
    """Write a big-endian number."""
    buffer[at] = value >> 8
    buffer[at + 1] = value & 0xFF
    return at + 2


def put_size(buffer: bytearray, at: int, size: int) -> int:
    """Write a remaining length of 0 .. SIZE_MAX in 1 .. 4 bytes."""
    while size > 0x7F:
        buffer[at] = size & 0x7F | 0x80
        size >>= 7
        at += 1
    buffer[at] = size
    return at + 1


def put_text(buffer: bytearray, at: int, text: bytes) -> int:
    """Write a text behind its length."""
    at = put_u16(buffer, at, len(text))
    end = at + len(text)
    buffer[at:end] = text
    return end


def put_publish(
    buffer: bytearray, at: int, topic: bytes, size: int, retain: bool, packet_id: int, dup: bool
) -> int:
    """Write a PUBLISH up to its payload of `size` bytes; QoS 1 when there is a packet id."""
    flags = 1 if retain else 0
    size += 2 + len(topic)
    if packet_id:
        flags |= 2
        size += 2
        if dup:
            flags |= 8
    buffer[at] = PUBLISH << 4 | flags
    at = put_text(buffer, put_size(buffer, at + 1, size), topic)
    return put_u16(buffer, at, packet_id) if packet_id else at


def put_puback(buffer: bytearray, at: int, packet_id: int) -> int:
    """Write the acknowledgement of a message of QoS 1."""
    buffer[at] = PUBACK << 4
    buffer[at + 1] = 2
    return put_u16(buffer, at + 2, packet_id)


def put_subscribe(buffer: bytearray, at: int, packet_id: int, topic: bytes, qos: int) -> int:
    """Write a SUBSCRIBE for one topic filter, or an UNSUBSCRIBE when `qos` is negative."""
    leave = qos < 0
    buffer[at] = (UNSUBSCRIBE if leave else SUBSCRIBE) << 4 | 2
    at = put_size(buffer, at + 1, len(topic) + (4 if leave else 5))
    at = put_text(buffer, put_u16(buffer, at, packet_id), topic)
    if leave:
        return at
    buffer[at] = qos
    return at + 1


def put_bare(buffer: bytearray, at: int, kind: int) -> int:
    """Write a PINGREQ or DISCONNECT."""
    buffer[at] = kind << 4
    buffer[at + 1] = 0
    return at + 2


def encode_connect(
    client_id: bytes,
    keepalive_s: int,
    clean_session: bool,
    user: "bytes | None",
    password: "bytes | None",
    will: "tuple[bytes, bytes, bool, int] | None",
) -> bytes:
    """Return a CONNECT packet; `will` is topic, message, retain, QoS."""
    flags = _CLEAN_SESSION if clean_session else 0
    texts = [client_id]
    if will:
        flags |= _WILL | will[3] << 3
        if will[2]:
            flags |= _WILL_RETAIN
        texts += will[:2]
    if user is not None:
        flags |= _USER
        texts.append(user)
        if password is not None:
            flags |= _PASSWORD
            texts.append(password)
    size = 10
    for text in texts:
        size += 2 + len(text)
    packet = bytearray(5 + size)
    packet[0] = CONNECT << 4
    at = put_text(packet, put_size(packet, 1, size), b"MQTT")
    packet[at] = 4
    packet[at + 1] = flags
    at = put_u16(packet, at + 2, keepalive_s)
    for text in texts:
        at = put_text(packet, at, text)
    return bytes(memoryview(packet)[:at])
