"""Packets of the domain name system (RFC 1035 section 4): a query for an address, and what an answer says of it.

An answer is data of a stranger: what is damaged raises ValueError.
"""

from micropython import const

from .names import address, read_name, word

# What an answer says.
FOUND = const(0)
NOT_FOUND = const(1)
SERVER_FAILED = const(2)
# Another name has to be asked for.
ALIAS = const(3)
# Not an answer to this query.
OTHER = const(4)

ADDRESS = const(1)
_ALIAS_RECORD = const(5)
INTERNET = const(1)
HEADER_BYTES = const(12)
RESPONSE = const(0x80)
_RECURSION_WANTED = const(1)
_NAME_ERROR = const(3)
_MOST_RECORDS = const(32)
_MOST_NAME_BYTES = const(253)
_MOST_ALIASES = const(8)


def query(name: str, ident: int) -> bytes:
    """Return a query for the IPv4 addresses of a name; ValueError when it is no name."""
    packet = bytearray(HEADER_BYTES)
    packet[0] = ident >> 8
    packet[1] = ident & 0xFF
    packet[2] = _RECURSION_WANTED
    packet[5] = 1
    if len(name) > _MOST_NAME_BYTES:
        raise ValueError("no name: " + name)
    for label in name.split("."):
        part = label.encode()
        # Letters of other scripts would need an encoding of their own (RFC 5891).
        if not 0 < len(part) <= 63 or len(part) != len(label) or " " in label:
            raise ValueError("no name: " + name)
        packet.append(len(part))
        packet.extend(part)
    packet.extend(bytes((0, 0, ADDRESS, 0, INTERNET)))
    return bytes(packet)


def read(packet, count: int, name: str, ident: int) -> tuple:
    """Return (what, text, ttl_s) of an answer to `query(name, ident)`.

    The text is an address in numbers for FOUND, the name to ask for with ALIAS, else empty. ValueError when the packet
    of `count` bytes is damaged.
    """
    if count < HEADER_BYTES or word(packet, 0) != ident or not packet[2] & RESPONSE:
        return OTHER, "", 0
    code = packet[3] & 15
    at = HEADER_BYTES
    if word(packet, 4) != 1:
        return (SERVER_FAILED if code else OTHER), "", 0
    asked, at = read_name(packet, count, at)
    if at + 4 > count:
        raise ValueError("cut off")
    if asked != name.lower() or word(packet, at) != ADDRESS or word(packet, at + 2) != INTERNET:
        return OTHER, "", 0
    if code and code != _NAME_ERROR:
        return SERVER_FAILED, "", 0
    return _follow(packet, count, at + 4, asked) if code == 0 else (NOT_FOUND, "", 0)


def _follow(packet, count: int, begin: int, name: str) -> tuple:
    """Go from a name over its aliases, in whatever order they come, to an address."""
    wanted = name
    least_s = 0x3FFFFFFF
    for _ in range(_MOST_ALIASES):
        kind, text, ttl_s = _record_of(packet, count, begin, wanted)
        least_s = min(least_s, ttl_s)
        if kind == ADDRESS:
            return FOUND, text, least_s
        if kind != _ALIAS_RECORD:
            break
        wanted = text
    return (ALIAS, wanted, least_s) if wanted != name else (NOT_FOUND, "", 0)


def _record_of(packet, count: int, at: int, name: str) -> tuple:
    """Return (kind, text, ttl_s) of the first address or alias of a name; kind 0 when there is none."""
    for _ in range(min(word(packet, 6), _MOST_RECORDS)):
        owner, at = read_name(packet, count, at)
        if at + 10 > count:
            raise ValueError("cut off")
        kind = word(packet, at)
        size = word(packet, at + 8)
        value = at + 10
        if value + size > count:
            raise ValueError("cut off")
        if owner == name and word(packet, at + 2) == INTERNET:
            # Half a year of seconds stays a small integer; a negative number of them counts as none.
            high = word(packet, at + 4)
            ttl_s = 0 if high & 0x8000 else min(high, 255) << 16 | word(packet, at + 6)
            if kind == ADDRESS and size == 4:
                return kind, address(packet, value), ttl_s
            if kind == _ALIAS_RECORD:
                return kind, read_name(packet, count, value)[0], ttl_s
        at = value + size
    return 0, "", 0x3FFFFFFF
