"""The head of an HTTP/1.x request: bytes in, a request line and the headers that anybody asks for out (RFC 9112).

What is not plainly right is refused: a guess here is what request smuggling lives on.
"""

from micropython import const

# In all, and of the request line.
HEAD_BYTES = const(4096)
_LINE_BYTES = const(2048)
_MOST_HEADERS = const(64)
_LONGEST_LENGTH = const(9)

# Others are not worth the memory.
_KEPT = (
    "host",
    "content-length",
    "content-type",
    "cookie",
    "authorization",
    "origin",
    "accept",
    "accept-encoding",
    "expect",
    "if-none-match",
    "x-csrf-token",
)
# All but tab and line feed; a carriage return is right before a line feed only.
_CONTROLS = (
    "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\r\x0e\x0f"
    "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f"
)
_TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


class BadHead(Exception):
    """A request that is refused before anybody looks at it; `status` is that of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Head:
    """`target` is as it was sent; `headers` has lower-case names; `length` is that of the body."""

    def __init__(self, method: str, target: str, version: str) -> None:
        self.method = method
        self.target = target
        self.version = version
        self.headers: dict[str, str] = {}
        self.length = 0


def end_of(data: "bytes | bytearray") -> int:
    """Return where the body begins, -1 while the head is not complete."""
    at = data.find(b"\r\n\r\n")
    bare = data.find(b"\n\n")
    if at >= 0 and (bare < 0 or at < bare):
        return at + 4
    return bare + 2 if bare >= 0 else -1


def check_part(data: "bytes | bytearray") -> None:
    """Refuse a head that is too long before its end has come; BadHead."""
    if len(data) > _LINE_BYTES and data.find(b"\n") < 0:
        raise BadHead(414)
    if len(data) >= HEAD_BYTES:
        raise BadHead(431)


def parse(data: bytes) -> Head:
    """Return what a complete head says; BadHead for 400, 414, 431, 501 and 505.

    Character by character would take a slow controller 50 ms, so whole texts are searched.
    """
    try:
        text = data.decode()
    except UnicodeError:
        raise BadHead(400)
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    for character in _CONTROLS:
        if character in text:
            raise BadHead(400)
    lines = text.split("\n")
    head = _request_line(lines[0])
    if len(lines) > _MOST_HEADERS + 3:
        raise BadHead(431)
    seen = False
    for index in range(1, len(lines)):
        line = lines[index]
        if not line:
            break
        name, colon, value = line.partition(":")
        # Other characters that no name has are harmless.
        if not colon or not name or " " in name or "\t" in name:
            raise BadHead(400)
        name = name.lower()
        value = value.strip()
        if name == "transfer-encoding":
            raise BadHead(501)
        if name == "content-length":
            if seen and value != head.headers[name]:
                raise BadHead(400)
            seen = True
            head.length = _length(value)
        if name in _KEPT:
            head.headers[name] = value
    return head


def _request_line(line: str) -> Head:
    if len(line) > _LINE_BYTES:
        raise BadHead(414)
    words = line.split(" ")
    # What is left of a text without any other character is empty.
    if len(words) != 3 or not words[0] or words[0].strip(_TOKEN) or not words[1].startswith("/"):
        raise BadHead(400)
    if words[2] not in ("HTTP/1.1", "HTTP/1.0"):
        raise BadHead(505 if words[2].startswith("HTTP/") else 400)
    return Head(words[0], words[1], words[2][5:])


def _length(value: str) -> int:
    if not value or value.strip("0123456789"):
        raise BadHead(400)
    if len(value) > _LONGEST_LENGTH:
        raise BadHead(413)
    return int(value)
