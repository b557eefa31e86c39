"""Numbers, names and addresses in packets of the domain name system (RFC 1035 section 4.1), also of multicast DNS."""

from micropython import const

_MOST_LABELS = const(32)


def word(packet, at: int) -> int:
    """Return the 16-bit number at a place."""
    return packet[at] << 8 | packet[at + 1]


def read_name(packet, count: int, at: int) -> tuple:
    """Return a name in lower case and where it ends; pointers only lead backwards, so they come to an end."""
    labels = []
    end = -1
    bound = at
    while len(labels) < _MOST_LABELS and at < count:
        size = packet[at]
        if size == 0:
            return ".".join(labels), end if end >= 0 else at + 1
        if size >= 0xC0:
            if at + 1 >= count:
                break
            target = word(packet, at) & 0x3FFF
            if end < 0:
                end = at + 2
            if target >= bound:
                break
            bound = at = target
        elif size >= 0x40 or at + 1 + size > count:
            break
        else:
            # Byte by byte, as text of a stranger need not be UTF-8.
            labels.append("".join([chr(packet[at + 1 + index]) for index in range(size)]).lower())
            at += 1 + size
    raise ValueError("no name")


def address(packet, at: int) -> str:
    """Return an IPv4 address in text."""
    return ".".join([str(packet[at + index]) for index in range(4)])
