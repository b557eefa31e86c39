"""Multicast DNS for one who only asks (RFC 6762 section 5.1): make a query, look at answers.

Sent from any port but 5353 to `GROUP`, the answer comes back to that port alone, so no membership and no listening is
needed. An answer is data of a stranger: whatever is wrong with it raises ValueError or is skipped.
"""

from micropython import const

GROUP = "224.0.0.251"
PORT = const(5353)

ADDRESS = const(1)
POINTER = const(12)

_INTERNET = const(1)
_HEADER_BYTES = const(12)
_RESPONSE = const(0x80)
_MOST_RECORDS = const(64)
_MOST_LABELS = const(32)


def query(name: str, kind: int) -> bytes:
    """Return a query for the records of a kind (ADDRESS, POINTER) of a name such as `host.local`."""
    packet = bytearray(_HEADER_BYTES)
    packet[5] = 1
    for label in name.split("."):
        part = label.encode()
        if not 0 < len(part) <= 63:
            raise ValueError("no name: " + name)
        packet.append(len(part))
        packet.extend(part)
    packet.extend(bytes((0, 0, kind, 0, _INTERNET)))
    return bytes(packet)


def answers(packet, count: int):
    """Yield (kind, name, value) of the address and pointer records of a packet of `count` bytes.

    Names are in lower case without a dot at the end; the value is an IPv4 address in text, or a name. Raises
    ValueError where the packet is damaged.
    """
    if count < _HEADER_BYTES or not packet[2] & _RESPONSE:
        raise ValueError("no answer")
    at = _HEADER_BYTES
    for _ in range(min(_word(packet, 4), _MOST_RECORDS)):
        _, at = _name(packet, count, at)
        at += 4
    for _ in range(min(_word(packet, 6) + _word(packet, 8) + _word(packet, 10), _MOST_RECORDS)):
        name, at = _name(packet, count, at)
        if at + 10 > count:
            raise ValueError("cut off")
        kind = _word(packet, at)
        size = _word(packet, at + 8)
        at += 10
        if at + size > count:
            raise ValueError("cut off")
        if kind == ADDRESS and size == 4:
            yield kind, name, ".".join([str(packet[at + index]) for index in range(4)])
        elif kind == POINTER:
            yield kind, name, _name(packet, count, at)[0]
        at += size


def _word(packet, at: int) -> int:
    return packet[at] << 8 | packet[at + 1]


def _name(packet, count: int, at: int) -> tuple[str, int]:
    """Return a name and where it ends; pointers only lead backwards, so they come to an end."""
    labels = []
    end = -1
    bound = at
    while len(labels) < _MOST_LABELS:
        if at >= count:
            break
        size = packet[at]
        if size == 0:
            return ".".join(labels), end if end >= 0 else at + 1
        if size >= 0xC0:
            if at + 1 >= count:
                break
            target = _word(packet, at) & 0x3FFF
            if end < 0:
                end = at + 2
            if target >= bound:
                break
            bound = at = target
        elif size >= 0x40 or at + 1 + size > count:
            break
        else:
            labels.append(_text(packet, at + 1, size))
            at += 1 + size
    raise ValueError("no name")


def _text(packet, at: int, size: int) -> str:
    # Byte by byte, as text of a stranger need not be UTF-8.
    return "".join([chr(packet[at + index]) for index in range(size)]).lower()
