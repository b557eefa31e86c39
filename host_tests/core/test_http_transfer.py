"""Downloads into a file and uploads over HTTP, against a stream that gives and takes pieces."""

import os

from ocpp_local_bench import new_path

from http_get.response import DONE, FAILED, PENDING
from http_get.transfer import Download, Upload, parse_location
from ocpp16.transfers import KeepingInstaller, Transfers

PLAIN = parse_location("http://files.example:8080/a?b=c")


class Stream:
    """Gives `data` in pieces of `piece` bytes; `ends` is raised at the end, or there is silence."""

    def __init__(self, data: bytes, piece: int = 100, ends: bool = False, opens: int = 2) -> None:
        self.data = data
        self.piece = piece
        self.ends = ends
        self.opens = opens
        self.sent = b""
        self.closed = False

    def open(self) -> bool:
        if self.opens < 0:
            raise OSError("name not found")
        self.opens = max(0, self.opens - 1)
        return self.opens == 0

    def write(self, data) -> int:
        count = min(len(data), 70)
        self.sent += bytes(data[:count])
        return count

    def read(self, buffer) -> int:
        count = min(self.piece, len(self.data), len(buffer))
        if count == 0 and self.ends:
            raise OSError("the server closed the connection")
        buffer[:count] = self.data[:count]
        self.data = self.data[count:]
        return count

    def close(self) -> None:
        self.closed = True


def finished(transfer, steps: int = 2000) -> int:
    for number in range(steps):
        state = transfer.step(number * 10)
        if state != PENDING:
            return state
    return PENDING


def answer(body: bytes, status: str = "200 OK") -> bytes:
    return (
        b"HTTP/1.1 "
        + status.encode()
        + b"\r\nContent-Length: "
        + str(len(body)).encode()
        + b"\r\n\r\n"
        + body
    )


def content_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def test_locations():
    assert PLAIN == (False, "files.example", 8080, "/a?b=c", "")
    assert parse_location("HTTPS://me:se:cret@host") == (True, "host", 443, "/", "me:se:cret")
    assert parse_location("http://h?x#y") == (False, "h", 80, "/?x", "")
    for text in (
        "",
        "ftp://host/a",
        "http://",
        "http:///a",
        "http://host:x/",
        "http://host:70000/",
        "http://ho st/",
        "http://h/" + "a" * 1100,
        "//host",
    ):
        try:
            parse_location(text)
            raise AssertionError(text)
        except ValueError:
            pass


def test_a_download_of_any_size():
    import hashlib

    path = new_path("download")
    body = bytes([number * 7 & 255 for number in range(20000)])
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n" + body + b"\r\n0\r\n\r\n"
    to_end = b"HTTP/1.0 200 OK\r\n\r\n" + body
    for data, ends in ((answer(body), False), (chunked, False), (to_end, True)):
        stream = Stream(data, 1000, ends)
        transfer = Download(stream, PLAIN, path, 20000)
        assert finished(transfer) == DONE, transfer.error
        assert content_of(path) == body and transfer.size == 20000 and stream.closed
        assert transfer.digest == hashlib.sha256(body).digest()
        assert stream.sent == b"GET /a?b=c HTTP/1.1\r\nHost: files.example:8080\r\nConnection: close\r\n\r\n"


def test_downloads_that_fail():
    path = new_path("download")
    for stream, error in (
        (Stream(answer(b"x" * 101)), "the file is too long"),
        (Stream(answer(b"not here", "404 Not Found")), "the server answers 404"),
        (Stream(answer(b"x" * 50)[:-1], ends=True), "the server closed the connection"),
        (Stream(b"", ends=True), "the server closed the connection"),
        (Stream(b"hello\r\n"), "no HTTP"),
        (Stream(b""), "no answer in time"),
        (Stream(answer(b"x" * 50)[:-1]), "no answer in time"),
        (Stream(b"", opens=-1), "name not found"),
        (Stream(b"", opens=100000), "no answer in time"),
    ):
        transfer = Download(stream, PLAIN, path, 100)
        assert finished(transfer, 20000) == FAILED and transfer.error == error, (transfer.error, error)
        assert stream.closed
    assert transfer.status == 0


def test_a_pause_costs_no_connection():
    path = new_path("download")
    stream = Stream(answer(b"x" * 1000), 10)
    transfer = Download(stream, PLAIN, path, 1000)
    for number in range(10):
        transfer.step(number)
    left = len(stream.data)
    for number in range(1000):
        assert transfer.step(number * 1000, True) == PENDING
    assert len(stream.data) == left
    for number in range(1000):
        if transfer.step(1000000 + number) == DONE:
            break
    assert content_of(path) == b"x" * 1000


def test_an_upload():
    stream = Stream(answer(b""))
    text = ["line %d \u00e9\n" % number for number in range(200)]
    size = len("".join(text).encode())
    transfer = Upload(stream, parse_location("https://me:secret@host/logs/a.txt"), size, text)
    assert finished(transfer) == DONE, transfer.error
    head, _, body = stream.sent.partition(b"\r\n\r\n")
    assert body == "".join(text).encode()
    assert head.split(b"\r\n") == [
        b"PUT /logs/a.txt HTTP/1.1",
        b"Host: host",
        b"Connection: close",
        b"Authorization: Basic bWU6c2VjcmV0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % size,
    ]


def test_uploads_that_fail():
    for stream, status in (
        (Stream(answer(b"no", "403 Forbidden")), 403),
        (Stream(b"", ends=True), 0),
    ):
        transfer = Upload(stream, PLAIN, 4, ["text"])
        assert finished(transfer) == FAILED and transfer.status == status
    for size in (3, 5):
        transfer = Upload(Stream(answer(b"")), PLAIN, size, ["text"])
        assert finished(transfer) == FAILED and transfer.error == "what is sent has changed meanwhile"


def test_firmware_is_checked_and_kept():
    path = new_path("firmware")
    asked = []

    def open_stream(secure, host, port):
        asked.append((secure, host, port))
        return Stream(answer(b"firmware" * 1000), 1000)

    files = Transfers(open_stream, lambda: True, lambda secure: not secure, path)
    assert (
        files.may_begin("http://host/a")
        and not files.may_begin("https://host/a")
        and files.may_begin("ftp://x")
    )
    transfer = files.download("http://host/a")
    assert finished(transfer) == DONE and asked == [(False, "host", 80)]
    installer = KeepingInstaller(path)
    for size, digest, result in (
        (8001, transfer.digest, "InstallationFailed"),
        (8000, bytes(32), "InstallationFailed"),
        (8000, transfer.digest, "Installed"),
    ):
        with open(path + ".new", "wb") as file:
            file.write(b"firmware" * 1000)
        installer.begin(size, digest)
        states = [installer.state() for _ in range(20)]
        assert states[0] == "" and states[-1] == result
    assert content_of(path) == b"firmware" * 1000 and installer.outcome() == "Installed"
    with open(path + ".new", "wb") as file:
        file.write(b"firm")
    assert installer.outcome() == "Again"
    os.remove(path + ".new")
    # Without a file there is nothing to install.
    installer.begin(8000, transfer.digest)
    assert installer.state() == "InstallationFailed"
    os.remove(path)


def test_a_log_goes_into_a_folder():
    streams = []

    def open_stream(secure, host, port):
        streams.append(Stream(answer(b"")))
        return streams[-1]

    files = Transfers(open_stream, lambda: True, lambda secure: True, "/tmp/none")
    for location, path in (("http://h/logs/", b"/logs/a.txt"), ("http://h/put?x", b"/put?x")):
        transfer = files.upload(location, "a.txt", 4, ["text"], "PUT")
        assert finished(transfer) == DONE
        assert streams[-1].sent.startswith(b"PUT " + path + b" HTTP")
