"""A reader of DER (ITU-T X.690), bounded: nothing is copied before it is asked for, and nothing outside is read."""

from micropython import const

INTEGER = const(0x02)
BIT_STRING = const(0x03)
OCTET_STRING = const(0x04)
OBJECT_ID = const(0x06)
UTC_TIME = const(0x17)
GENERAL_TIME = const(0x18)
SEQUENCE = const(0x30)
SET = const(0x31)


class Element:
    """One element of `data` at `at`, before `end`: `tag`, content from `begin` to `stop`; `at` is where its tag is.

    ValueError when it does not fit, or is of a kind that DER does not have.
    """

    def __init__(self, data: bytes, at: int, end: int) -> None:
        if end - at < 2:
            raise ValueError("DER ends early")
        self.data = data
        self.at = at
        self.tag = data[at]
        size = data[at + 1]
        at += 2
        if size & 0x80:
            count = size & 0x7F
            if not 0 < count <= 3 or count > end - at:
                raise ValueError("no DER")
            size = 0
            for _ in range(count):
                size = size << 8 | data[at]
                at += 1
            if size < 0x80:
                raise ValueError("no DER")
        if self.tag & 0x1F == 0x1F or size > end - at:
            raise ValueError("no DER")
        self.begin = at
        self.stop = at + size

    def content(self) -> bytes:
        """Return its content."""
        return self.data[self.begin : self.stop]

    def whole(self) -> bytes:
        """Return it with its tag and length."""
        return self.data[self.at : self.stop]

    def children(self, most: int = 64):
        """Yield the elements in it; ValueError when there are more than `most`."""
        at = self.begin
        while at < self.stop:
            if most == 0:
                raise ValueError("too much DER")
            most -= 1
            child = Element(self.data, at, self.stop)
            at = child.stop
            yield child

    def integer(self) -> int:
        """Return the value of an INTEGER that is not negative."""
        if self.tag != INTEGER or self.begin == self.stop or self.data[self.begin] & 0x80:
            raise ValueError("no such number")
        return int.from_bytes(self.content(), "big")

    def bits(self) -> bytes:
        """Return the content of a BIT STRING of whole bytes."""
        if self.tag != BIT_STRING or self.begin == self.stop or self.data[self.begin]:
            raise ValueError("no such bits")
        return self.data[self.begin + 1 : self.stop]


def only(data: bytes, tag: int = SEQUENCE) -> Element:
    """Return the one element that the data is; ValueError when it is another or more than that."""
    element = Element(data, 0, len(data))
    if element.tag != tag or element.stop != len(data):
        raise ValueError("no DER")
    return element


def packed(tag: int, *parts) -> bytes:
    """Return an element with the content `parts`."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        head = bytes((tag, size))
    elif size < 0x100:
        head = bytes((tag, 0x81, size))
    else:
        head = bytes((tag, 0x82, size >> 8, size & 0xFF))
    return head + content


def packed_integer(value: int) -> bytes:
    """Return a number of at most 32 bytes as an INTEGER."""
    content = value.to_bytes(33, "big").lstrip(b"\0") or b"\0"
    return packed(INTEGER, b"\0" if content[0] & 0x80 else b"", content)
