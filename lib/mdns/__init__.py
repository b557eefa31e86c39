"""Multicast DNS for one who only asks (RFC 6762 section 5.1): make a query, look at answers.

Sent from any port but 5353 to `GROUP`, the answer comes back to that port alone, so no membership and no listening is
needed. An answer is data of a stranger: whatever is wrong with it raises ValueError or is skipped.
"""

from micropython import const

from dns.names import address, read_name, word

GROUP = "224.0.0.251"
PORT = const(5353)

ADDRESS = const(1)
POINTER = const(12)

_INTERNET = const(1)
_HEADER_BYTES = const(12)
_RESPONSE = const(0x80)
_MOST_RECORDS = const(64)


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
    for _ in range(min(word(packet, 4), _MOST_RECORDS)):
        _, at = read_name(packet, count, at)
        at += 4
    for _ in range(min(word(packet, 6) + word(packet, 8) + word(packet, 10), _MOST_RECORDS)):
        name, at = read_name(packet, count, at)
        if at + 10 > count:
            raise ValueError("cut off")
        kind = word(packet, at)
        size = word(packet, at + 8)
        at += 10
        if at + size > count:
            raise ValueError("cut off")
        if kind == ADDRESS and size == 4:
            yield kind, name, address(packet, at)
        elif kind == POINTER:
            yield kind, name, read_name(packet, count, at)[0]
        at += size
