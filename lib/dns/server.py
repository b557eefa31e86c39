"""Answer every name with one address, so that a phone finds the set-up page whatever it looks for."""

from micropython import const

from dns.message import ADDRESS, HEADER_BYTES, INTERNET, RESPONSE
from dns.names import read_name, word

_AUTHORITATIVE = const(4)
_OPCODE = const(0x78)
_RECURSION_WANTED = const(1)
# A pointer to the name of the question.
_OWNER = b"\xc0\x0c"
# Short, so that the true address is asked for soon after.
_TTL = b"\0\0\0\x0a"


def answer(packet, count: int, address: str) -> bytes:
    """Return the answer to a query of `count` bytes, empty for what is none.

    What asks for anything but an IPv4 address is told that there is nothing.
    """
    try:
        if count < HEADER_BYTES or packet[2] & (RESPONSE | _OPCODE) or word(packet, 4) != 1:
            return b""
        _, at = read_name(packet, count, HEADER_BYTES)
    except ValueError:
        return b""
    if at + 4 > count:
        return b""
    is_asked = word(packet, at) == ADDRESS and word(packet, at + 2) == INTERNET
    head = bytearray(packet[: at + 4])
    head[2] = RESPONSE | _AUTHORITATIVE | (packet[2] & _RECURSION_WANTED)
    head[3] = 0
    for place in range(6, HEADER_BYTES):
        head[place] = 0
    if not is_asked:
        return bytes(head)
    head[7] = 1
    value = bytes([int(part) for part in address.split(".")])
    return bytes(head) + _OWNER + bytes((0, ADDRESS, 0, INTERNET)) + _TTL + b"\0\4" + value
