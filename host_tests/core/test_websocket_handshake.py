"""The opening handshake, and addresses."""

from websocket_bench import ACCEPT, KEY, SWITCHING

from websocket_client import errors, handshake
from websocket_client.errors import WebSocketError
from websocket_client.url import parse_url, quote

PROTOCOL = b"Sec-WebSocket-Protocol: ocpp1.6\r\n"


def answer(stream, offered="ocpp1.6", chunk=None):
    """Return the answer's parser and what is left of a stream."""
    response = handshake.Response(KEY, offered)
    view = memoryview(stream)
    at = 0
    while at < len(stream) and not response.complete:
        at = response.feed(view, at, min(at + (chunk or len(stream)), len(stream)))
    return response, stream[at:]


def refusal(stream, offered="ocpp1.6"):
    """Return the code and the words of an error, the same in whatever pieces the answer comes."""
    found = []
    for chunk in (None, 1, 3):
        try:
            response, _ = answer(stream, offered, chunk)
            raise AssertionError("accepted" if response.complete else "still waiting")
        except WebSocketError as error:
            found.append((error.code, str(error)))
    assert found[0] == found[1] == found[2]
    return found[0]


def status(line, headers=b""):
    return refusal(b"HTTP/1.1 " + line + b"\r\n" + headers + b"\r\n")


def test_the_keys_of_the_standard():
    assert handshake.accept_key(KEY) == ACCEPT
    assert len(handshake.new_key()) == 24 and handshake.new_key() != handshake.new_key()


def test_a_request():
    assert handshake.request((False, "csms.lan", 80, "/ocpp/CP%201"), KEY, "ocpp1.6", b"") == (
        b"GET /ocpp/CP%201 HTTP/1.1\r\nHost: csms.lan\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: " + KEY + b"\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
    )
    login = handshake.credentials("Aladdin", b"open sesame")
    head = handshake.request((True, "csms.lan", 8443, "/"), KEY, "", login)
    assert b"Host: csms.lan:8443\r\n" in head
    assert head.endswith(b"13\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n")
    assert b"Host: a\r\n" in handshake.request((True, "a", 443, "/"), KEY, "", b"")


def test_a_password_of_any_bytes():
    assert handshake.credentials("u", b"\x00\xff:\n") == b"dToA/zoK"
    # A long one stays on one line.
    assert b"\n" not in handshake.credentials("u" * 100, b"x" * 100)
    try:
        handshake.credentials("a:b", b"")
        raise AssertionError("a colon")
    except ValueError as error:
        assert "colon" in str(error)


def test_an_answer_that_is_cut_at_every_byte():
    head = SWITCHING + PROTOCOL + b"\r\n"
    for chunk in range(1, len(head) + 3):
        response, rest = answer(head + b"\x81\x00", "ocpp2.0, ocpp1.6", chunk)
        assert response.complete and response.subprotocol == "ocpp1.6" and rest == b"\x81\x00"


def test_answers_that_are_in_order():
    for head in (
        SWITCHING + b"\r\n",
        SWITCHING.replace(b"\r\n", b"\n") + b"\n",
        SWITCHING.replace(b"websocket", b"WebSocket").replace(b": Upgrade", b":keep-alive, upgrade")
        + b"\r\n",
        SWITCHING.replace(b"Sec-WebSocket-A", b"SEC-WEBSOCKET-a").replace(b" Switching Protocols", b"")
        + b"\r\n",
        SWITCHING + b"Sec-WebSocket-Extensions:\r\n\r\n",
        SWITCHING + b"Server: gr\xfc\xdfe\r\nX: " + b"y" * 2000 + b"\r\n\r\n",
        SWITCHING + b"X-Empty:\r\nConnection: close\r\n\r\n",
    ):
        assert answer(head, "")[0].complete, head


def test_statuses_in_plain_words():
    assert status(b"401 Unauthorized") == (errors.WRONG_PASSWORD, "wrong user name or password: HTTP 401")
    assert status(b"403 Forbidden")[0] == errors.FORBIDDEN
    assert status(b"404 Not Found", b"Content-Length: 5\r\n") == (
        errors.NOT_FOUND,
        "the server does not know this address: check its path: HTTP 404",
    )
    moved = status(b"301 Moved", b"Location: https://else.example/\x07ocpp\r\n")
    assert moved == (
        errors.MOVED,
        "the server sends its clients to another address: https://else.example/ocpp",
    )
    assert status(b"307 x")[1].endswith("HTTP 307")
    assert status(b"503 Service Unavailable")[0] == errors.UNAVAILABLE
    assert status(b"429 x")[0] == errors.UNAVAILABLE
    assert status(b"400 Bad Request")[1].endswith("HTTP 400 (does it speak ocpp1.6?)")
    assert status(b"426 Upgrade Required")[0] == errors.NOT_ACCEPTED
    assert status(b"200 OK") == (errors.NO_WEBSOCKET, "no WebSocket server answers there: HTTP 200")
    assert status(b"100 Continue")[0] == errors.NO_WEBSOCKET


def test_a_subprotocol_that_is_refused():
    assert refusal(SWITCHING + b"\r\n") == (
        errors.SUBPROTOCOL_REFUSED,
        "the server does not speak the wanted subprotocol: ocpp1.6",
    )
    for chosen in (b"ocpp2.0.1", b"OCPP1.6", b"", b"ocpp1.6, ocpp2.0"):
        head = SWITCHING + b"Sec-WebSocket-Protocol: " + chosen + b"\r\n\r\n"
        assert refusal(head)[0] == errors.SUBPROTOCOL_REFUSED
    # Nobody asked for one.
    assert refusal(SWITCHING + PROTOCOL + b"\r\n", "")[0] == errors.SUBPROTOCOL_REFUSED
    assert refusal(SWITCHING + PROTOCOL + PROTOCOL + b"\r\n")[0] == errors.SUBPROTOCOL_REFUSED


def test_what_is_no_handshake():
    for head in (
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/2 101 x\r\n",
        b"HTTP/1.1\r\n",
        b"HTTP/1.1 1x1 y\r\n",
        b"HTTP/1.1 99 y\r\n",
        b"HTTP/1.1 1010 y\r\n",
        b"HTTP/1.0 101 y\r\n",
        b"\x15\x03\x03\x00\x02\x02\x0a",
        b"\r\n\r\n\r\n\r\n",
        SWITCHING.replace(b"s3pP", b"s3pp") + b"\r\n",
        SWITCHING.replace(b"Sec-WebSocket-Accept", b"Accept") + b"\r\n",
        SWITCHING.replace(b"Upgrade: websocket\r\n", b"") + b"\r\n",
        SWITCHING.replace(b"Upgrade: websocket", b"Upgrade: h2c") + b"\r\n",
        SWITCHING.replace(b"Connection: Upgrade\r\n", b"") + b"\r\n",
        SWITCHING.replace(b"Connection: Upgrade", b"Connection: upgraded") + b"\r\n",
        SWITCHING + b"Sec-WebSocket-Accept: " + ACCEPT + b"\r\n\r\n",
        SWITCHING + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
        SWITCHING + b"no header\r\n\r\n",
        SWITCHING + b"Folded: a\r\n b: c\r\n\r\n",
        SWITCHING + b"Name : a\r\n\r\n",
        SWITCHING + b": a\r\n\r\n",
        SWITCHING + b"Sec-WebSocket-Protocol: " + b"x" * 300 + b"\r\n\r\n",
        SWITCHING + b"A: " + b"x" * 8200 + b"\r\n\r\n",
        SWITCHING + b"A: b\r\n" * 1500,
        b"HTTP/1.1 101" + b" " * 9000,
    ):
        assert refusal(head, "")[0] == errors.NO_WEBSOCKET, head


def test_addresses():
    assert parse_url("ws://csms.lan") == (False, "csms.lan", 80, "/")
    assert parse_url("WSS://Csms.example.com:8443/a/b?c=d") == (True, "Csms.example.com", 8443, "/a/b?c=d")
    assert parse_url("wss://h?x") == (True, "h", 443, "/?x")
    assert parse_url("ws://10.0.0.1:65535/%20") == (False, "10.0.0.1", 65535, "/%20")
    assert parse_url("ws://a_b/?x=/y@z:1") == (False, "a_b", 80, "/?x=/y@z:1")
    for bad, words in (
        ("http://csms.lan/", "begins with ws:// or wss://"),
        ("csms.lan", "begins with"),
        ("", "begins with"),
        ("ws:csms", "begins with"),
        ("ws://", "no host"),
        ("ws:///path", "no host"),
        ("ws://[::1]/", "no host"),
        ("ws://h\u00f6st/", "plain characters"),
        ("ws://a b/", "no spaces"),
        ("ws://a/b c", "no spaces"),
        ("ws://a/\r\nX: y", "no spaces"),
        ("ws://a/#b", "no #"),
        ("ws://u:p@a/", "user and password"),
        ("ws://a:/", "no port"),
        ("ws://a:0/", "no port"),
        ("ws://a:65536/", "no port"),
        ("ws://a:8x/", "no port"),
        ("ws://" + "a" * 254, "no host"),
    ):
        try:
            parse_url(bad)
            raise AssertionError(bad)
        except ValueError as error:
            assert words in str(error), (bad, str(error))


def test_a_name_as_a_part_of_a_path():
    assert quote("CP-1_a.b~c") == "CP-1_a.b~c"
    assert quote("a b/c%\u00e4") == "a%20b%2Fc%25%C3%A4"
