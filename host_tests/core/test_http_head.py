"""The head of an HTTP request: what is proper is read, what is not is refused with its status."""

from http_server import head as hd


def status_of(data):
    try:
        hd.parse(data)
    except hd.BadHead as error:
        return error.status
    return 200


def test_a_proper_head_is_read():
    head = hd.parse(
        b"POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length:  12 \r\nX-Other: y\r\nCOOKIE: a=b\r\n\r\n"
    )
    assert (head.method, head.target, head.version, head.length) == ("POST", "/a?b=c", "1.1", 12)
    assert head.headers == {"host": "x", "content-length": "12", "cookie": "a=b"}


def test_the_end_is_found_in_either_form():
    assert hd.end_of(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nbody") == 27
    assert hd.end_of(b"GET / HTTP/1.1\n\nbody") == 16
    assert hd.end_of(b"GET / HTTP/1.1\r\nHost: x\r\n") == -1
    assert hd.end_of(b"A\n\nB\r\n\r\n") == 3


def test_what_is_no_request_is_refused():
    for data, status in (
        (b"\r\n\r\n", 400),
        (b"GET / \r\n\r\n", 400),
        (b"GET  / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1 x\r\n\r\n", 400),
        (b"G(T / HTTP/1.1\r\n\r\n", 400),
        (b"GET x HTTP/1.1\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\n\r\n", 400),
        (b"GET / http/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.2\r\n\r\n", 505),
        (b"GET /\x01 HTTP/1.1\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA : x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nA: b\x00\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 70 + b"\r\n", 431),
        (b"GET /" + b"a" * 2100 + b" HTTP/1.1\r\n\r\n", 414),
    ):
        assert status_of(data) == status, data


def test_a_length_is_digits_and_the_same_twice():
    for value, status in (
        ("0", 200),
        ("007", 200),
        ("-1", 400),
        ("+1", 400),
        ("1,1", 400),
        ("", 400),
        ("0x1", 400),
    ):
        assert status_of(("GET / HTTP/1.1\r\nContent-Length: %s\r\n\r\n" % value).encode()) == status, value
    assert status_of(b"GET / HTTP/1.1\r\nContent-Length: 1234567890\r\n\r\n") == 413
    twice = b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: %s\r\n\r\n"
    assert status_of(twice % b"1") == 200
    assert status_of(twice % b"2") == 400


def test_a_head_without_end_is_refused_in_time():
    hd.check_part(b"GET / HTTP/1.1\r\n")
    for data, status in ((b"G" * 2049, 414), (b"GET / HTTP/1.1\r\n" + b"a" * 4096, 431)):
        try:
            hd.check_part(data)
        except hd.BadHead as error:
            assert error.status == status
        else:
            raise AssertionError("not refused")
