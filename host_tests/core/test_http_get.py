"""HTTP answers, whole and in pieces, good and bad (RFC 9112)."""

from http_get.client import GetClient
from http_get.response import DONE, FAILED, PENDING, Response

OK_HEAD = b"HTTP/1.1 200 OK\r\n"

GOOD = (
    (OK_HEAD + b"Content-Length: 5\r\n\r\nhello", b"hello", True),
    (OK_HEAD + b"content-length:5\r\nConnection: close\r\n\r\nhello", b"hello", False),
    (OK_HEAD + b"Content-Length: 0\r\n\r\n", b"", True),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n", b"hello", True),
    (OK_HEAD + b"Transfer-Encoding: Chunked\r\n\r\n05\r\nhello\r\n0\r\nTrailer: 1\r\n\r\n", b"hello", True),
    (
        OK_HEAD + b"Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
        True,
    ),
    (b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
    (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    (b"HTTP/1.1 200\nContent-Length: 5\n\nhello", b"hello", True),
    (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 500 + b"\r\nContent-Length: 5\r\n\r\nhello", b"hello", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
)
BAD = (
    (b"hello\r\n", "no HTTP"),
    (b"HTTP/2 200\r\n", "no HTTP"),
    (b"HTTP/1.1 2x0 OK\r\n", "no HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", "no HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n", "no HTTP"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n", "answer is too long"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", "answer is too long"),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n\r\n", "no HTTP"),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "no HTTP"),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n-3\r\n", "no HTTP"),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n", "no HTTP"),
    (OK_HEAD + b"Transfer-Encoding: chunked\r\n\r\n41\r\n" + b"x" * 65, "answer is too long"),
    (OK_HEAD + b"Transfer-Encoding: gzip\r\n", "no HTTP"),
    (OK_HEAD + b"\r\n" + b"x" * 65, "answer is too long"),
    (OK_HEAD + b"X: y\r\n" * 1000, "answer is too long"),
    (b"x" * 5000, "answer is too long"),
)


def take(data, piece=0):
    response = Response(bytearray(64))
    view = memoryview(data)
    for at in range(0, len(data), piece or len(data)):
        part = view[at : at + (piece or len(data))]
        response.receive(part, len(part))
    return response


def test_good_answers_in_pieces_of_any_size():
    for data, content, reusable in GOOD:
        for piece in (0, 1, 2, 7):
            response = take(data, piece)
            assert response.state == DONE, (data, response.error)
            assert bytes(response.body[: response.length]) == content, data
            assert response.reusable == reusable, data
            assert response.status in (200, 204)


def test_bad_answers():
    for data, error in BAD:
        for piece in (0, 1, 7):
            response = take(data, piece)
            assert (response.state, response.error) == (FAILED, error), (data[:60], response.error)
            assert not response.reusable


def test_the_end_of_the_connection():
    response = take(OK_HEAD + b"\r\nhello")
    assert response.state == PENDING
    response.closed()
    assert response.state == DONE and bytes(response.body[: response.length]) == b"hello"
    for data in (b"", b"HTTP", OK_HEAD, OK_HEAD + b"Content-Length: 5\r\n\r\nhell"):
        response = take(data) if data else Response(bytearray(8))
        response.closed()
        assert response.state == FAILED and response.error == "closed by the device"


def test_more_than_was_asked_for():
    response = take(OK_HEAD + b"Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\n")
    assert response.state == DONE and not response.reusable


class Wire:
    """A link whose other side is scripted: what it answers, -1 for its end."""

    def __init__(self, answers, opens_after=0, takes=1000):
        self.answers: list = answers
        self.sent = b""
        self.closed = False
        self.opens_after = opens_after
        self.takes = takes

    def ready(self):
        self.opens_after -= 1
        return self.opens_after < 0

    def send(self, data):
        count = min(self.takes, len(data))
        self.sent += bytes(data[:count])
        return count

    def receive(self, buffer):
        if not self.answers:
            return 0
        answer = self.answers.pop(0)
        if answer == -1:
            return -1
        if isinstance(answer, OSError):
            raise answer
        buffer[: len(answer)] = answer
        return len(answer)

    def close(self):
        self.closed = True


HELLO = OK_HEAD + b"Content-Length: 5\r\n\r\nhello"


def client_of(*wires):
    wires = list(wires)
    opened = []

    def open_link(address, port):
        opened.append((address, port))
        if not wires:
            raise OSError("nothing there")
        return wires.pop(0)

    client = GetClient(open_link, bytearray(64))
    return client, opened


def ask(client, now=0, steps=10, step_ms=20):
    client.get("192.0.2.7", 80, "/x", now, 1500)
    for index in range(steps):
        if client.step(now + index * step_ms) != PENDING:
            break
    return client.state


def test_a_request_and_its_answer():
    wire = Wire([HELLO[:9], HELLO[9:]], opens_after=3, takes=7)
    client, opened = client_of(wire)
    assert ask(client, steps=30) == DONE
    assert wire.sent == b"GET /x HTTP/1.1\r\nHost: 192.0.2.7\r\nAccept: */*\r\n\r\n"
    assert bytes(client.response.body[: client.response.length]) == b"hello"
    assert opened == [("192.0.2.7", 80)] and not wire.closed


def test_a_connection_is_kept_and_renewed():
    wire, second = Wire([HELLO, HELLO]), Wire([HELLO])
    client, opened = client_of(wire, second)
    assert ask(client) == DONE and ask(client) == DONE
    assert len(opened) == 1
    # The device closed it in between: that is no failure.
    wire.answers = [-1]
    assert ask(client) == DONE
    assert len(opened) == 2 and wire.closed
    # Only once, though.
    second.answers = [OSError(104)]
    assert ask(client) == FAILED and client.error == "no connection"


def test_other_addresses_get_other_connections():
    wire = Wire([HELLO])
    client, opened = client_of(wire, Wire([HELLO]))
    assert ask(client) == DONE
    client.get("192.0.2.8", 81, "/x", 0, 1500)
    assert client.step(0) == DONE
    assert opened[1] == ("192.0.2.8", 81) and wire.closed


def test_failures():
    for wires, error in (
        ((), "no connection"),
        ((Wire([-1]),), "closed by the device"),
        ((Wire([HELLO[:30], -1]),), "closed by the device"),
        ((Wire([HELLO[:30], OSError(104)]),), "connection lost"),
        ((Wire([b"what\r\n"]),), "no HTTP"),
    ):
        client, _ = client_of(*wires)
        assert ask(client) == FAILED and client.error == error, (error, client.error)
        for wire in wires:
            assert wire.closed


def test_a_device_that_says_nothing():
    for wire in (Wire([], opens_after=1000), Wire([]), Wire([HELLO[:20]])):
        # The ticks go round in between.
        begin = (1 << 30) - 700
        client, _ = client_of(wire)
        client.get("192.0.2.7", 80, "/x", begin, 1500)
        assert client.step(begin) == PENDING and client.left_ms(begin) == 1500
        assert client.step(1500 - 701) == PENDING
        assert client.step(1500 - 700) == FAILED
        assert client.error == "no answer in time" and wire.closed
        assert client.step(5000) == FAILED


def test_a_device_that_never_ends():
    wire = Wire([OK_HEAD + b"\r\n"] + [b"x" * 10] * 100)
    client, _ = client_of(wire)
    assert ask(client) == FAILED and client.error == "answer is too long"
    assert len(wire.answers) > 80
