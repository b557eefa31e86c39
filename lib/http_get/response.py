"""One HTTP answer, taken piece by piece, into a buffer that bounds it (RFC 9112)."""

from micropython import const

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

PENDING = const(0)
DONE = const(1)
FAILED = const(2)

_STATUS = const(0)
_HEADER = const(1)
_BODY = const(2)
_CHUNK_SIZE = const(3)
_CHUNK = const(4)
_CHUNK_END = const(5)
_TRAILER = const(6)
_BODY_TO_END = const(7)

# What is looked at of a line; the rest of a longer one is dropped.
_LINE_BYTES = const(96)
_HEAD_BYTES_MAX = const(4096)
_LENGTH_DIGITS_MAX = const(8)
_LINE_FEED = const(10)


class Response:
    """An answer under way: feed `receive` until `state` is DONE or FAILED.

    `status` is the status code, `body[:length]` the content, `reusable` whether the connection may be used again, and
    `error` says in a few words why it failed. Content of any length goes to `sink`, a function of a memoryview, if
    there is one.
    """

    def __init__(self, body: bytearray) -> None:
        """Take answers whose content fits into `body`."""
        self.body = body
        self.sink: "Callable | None" = None
        self._line = bytearray(_LINE_BYTES)
        self.begin()

    def begin(self) -> None:
        """Wait for a new answer."""
        self.state = PENDING
        self.error = ""
        self.status = 0
        self.length = 0
        self.reusable = True
        self.received = 0
        self._part = _STATUS
        self._line_bytes = 0
        self._head_bytes = 0
        self._left = -1
        self._chunked = False

    def receive(self, data: memoryview, count: int) -> None:
        """Take the first `count` bytes of `data`."""
        at = 0
        self.received += count
        while at < count and self.state == PENDING:
            if self._part in (_BODY, _CHUNK, _BODY_TO_END):
                at += self._take_content(data, at, count)
            else:
                self._take_line_byte(data[at])
                at += 1
        if at < count:
            # Nobody asked for more.
            self.reusable = False

    def closed(self) -> None:
        """Take the end of the connection."""
        self.reusable = False
        if self.state == PENDING:
            if self._part == _BODY_TO_END:
                self.state = DONE
            else:
                self._fail("closed by the device")

    def _fail(self, error: str) -> None:
        self.state = FAILED
        self.error = error
        self.reusable = False

    def _take_content(self, data: memoryview, at: int, count: int) -> int:
        """Copy content; return how many bytes."""
        most = count - at
        if self._part != _BODY_TO_END:
            most = min(most, self._left)
            self._left -= most
        if self.sink is not None:
            self.sink(data[at : at + most])
        elif self.length + most > len(self.body):
            self._fail("answer is too long")
            return most
        else:
            self.body[self.length : self.length + most] = data[at : at + most]
        self.length += most
        if self._left == 0:
            if self._part == _CHUNK:
                self._part = _CHUNK_END
            else:
                self.state = DONE
        return most

    def _take_line_byte(self, byte: int) -> None:
        self._head_bytes += 1
        if self._head_bytes > _HEAD_BYTES_MAX:
            self._fail("answer is too long")
        elif byte != _LINE_FEED:
            if self._line_bytes < _LINE_BYTES:
                self._line[self._line_bytes] = byte
                self._line_bytes += 1
        else:
            line = bytes(memoryview(self._line)[: self._line_bytes]).strip().lower()
            self._line_bytes = 0
            try:
                self._take_line(line)
            except ValueError:
                self._fail("no HTTP")

    def _take_line(self, line: bytes) -> None:
        """Take a line of the head, or one between chunks; ValueError when it is none."""
        part = self._part
        if part == _STATUS:
            self._take_status(line)
        elif part == _HEADER:
            if line:
                self._take_header(line)
            else:
                self._end_head()
        elif part == _CHUNK_SIZE:
            self._left = _number(line.split(b";")[0].strip(), 16)
            self._part = _CHUNK if self._left else _TRAILER
        elif part == _CHUNK_END:
            if line:
                raise ValueError
            self._part = _CHUNK_SIZE
        elif not line:
            self.state = DONE

    def _take_status(self, line: bytes) -> None:
        words = line.split()
        if len(words) < 2 or not words[0].startswith(b"http/1.") or len(words[1]) != 3:
            raise ValueError
        self.status = _number(words[1], 10)
        self.reusable = words[0] != b"http/1.0"
        self._left = -1
        self._chunked = False
        self._part = _HEADER

    def _take_header(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.strip()
        if name == b"content-length":
            length = _number(value, 10)
            if self._left not in (-1, length):
                raise ValueError
            self._left = length
        elif name == b"transfer-encoding":
            if value != b"chunked":
                raise ValueError
            self._chunked = True
        elif name == b"connection":
            self.reusable = value != b"close" and (self.reusable or value == b"keep-alive")

    def _end_head(self) -> None:
        if 100 <= self.status < 200:
            # The answer proper follows.
            self._part = _STATUS
        elif self.status in (204, 304) or (self._left == 0 and not self._chunked):
            self.state = DONE
        elif self._chunked:
            self._part = _CHUNK_SIZE
        elif self._left < 0:
            self._part = _BODY_TO_END
            self.reusable = False
        elif self._left > len(self.body) and self.sink is None:
            self._fail("answer is too long")
        else:
            self._part = _BODY


def _number(digits: bytes, base: int) -> int:
    """Return a number of a few plain digits; ValueError for anything else."""
    if not 0 < len(digits) <= _LENGTH_DIGITS_MAX or digits.strip(b"0123456789abcdef"[:base]):
        raise ValueError
    return int(digits, base)
