"""The WebSocket client against the package `websockets` and servers of raw bytes, on both interpreters."""

import base64
import hashlib
import http
import socket
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from mqtt_broker import Proxy, free_port, make_certificates
from websocket_bench import close_frame, frame
from websocket_server import RawServer, WebSocketPeer, WebSocketServer, server_context, shake_hands
from websockets.asyncio.server import basic_auth

from sockets import errors as link_errors
from sockets import tls
from websocket_client import errors
from websocket_client.client import WebSocketClient

# What a peer may hold the loop up on a busy host; a blocking call would take much longer.
HELD_MAX_MS = 300
GCM = "TLS-ECDHE-ECDSA-WITH-AES-128-GCM-SHA256 TLS-RSA-WITH-AES-128-GCM-SHA256"


@pytest.fixture(params=["cpython", "micropython"])
def interpreter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates") / "good")


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def echo(peer: WebSocketPeer, text: str, count: int = 1, how: str = "") -> None:
    """Send and get back."""
    whole = text * count
    peer.order("send", text, count, how)
    peer.next("sent")
    _, size, got, _ = peer.next("message")
    assert (size, got) == (len(whole.encode()), digest(whole))


def refusal(interpreter: str, port: int, **options: object) -> tuple[int, str]:
    """Try to connect and fail; return what is said about it."""
    with WebSocketPeer(interpreter, port, **options) as peer:
        code, text, _ = peer.next("error")
    return code, text


def test_messages(interpreter: str):
    with WebSocketServer(subprotocols=["ocpp1.6"]) as server:
        options = {"path": "/ocpp/CP%201", "subprotocols": "ocpp2.0.1,ocpp1.6"}
        with WebSocketPeer(interpreter, server.port, **options) as peer:
            assert peer.next("open") == ["ocpp1.6"]
            echo(peer, "")
            echo(peer, "Grüße, 16 €")
            for size in (125, 126, 127, 510, 511, 512, 513, 5000, 20000, 65535):
                echo(peer, "x", size)
            echo(peer, "Grüße, ", 3000)
            echo(peer, "0123456789", 2000, "parts")
            echo(peer, "0123456789", 2000, "sized")
            echo(peer, "", 0, "parts")
            assert peer.ask("held")[0] < HELD_MAX_MS
            peer.order("close", 1000, "done")
            peer.next("left")
            assert peer.next("closed") == [1000, "done"]
            peer.wait()
        assert server.closed == [(1000, "done")]
        request = server.requests[0]
        assert request.path == "/ocpp/CP%201" and request.headers["Host"] == f"127.0.0.1:{server.port}"


def test_fragments_and_pings_of_the_server(interpreter: str):
    async def serve(connection: Any) -> None:
        for size in (1, 3, 700):
            text = ("Grüße " * 200).encode()
            await connection.send((text[at : at + size].decode("latin-1") for at in range(0, 300, size)))
            await (await connection.ping(b"payload"))
        await connection.send("x" * 20000)
        await connection.send("raise")
        await connection.send("after")
        await connection.close(1012, "Neustart")

    with WebSocketServer(serve) as server, WebSocketPeer(interpreter, server.port) as peer:
        for size in (1, 3, 700):
            data = ("Grüße " * 200).encode()
            parts = [data[at : at + size].decode("latin-1") for at in range(0, 300, size)]
            assert peer.next("message")[1:3] == [len("".join(parts).encode()), digest("".join(parts))]
        _, size, got, pieces = peer.next("message")
        assert (size, got) == (20000, digest("x" * 20000)) and pieces >= 20000 // 512
        assert peer.next("failed") == ["a message"]
        assert peer.next("message")[0] == "after"
        code, text, _ = peer.next("error")
        assert (code, text) == (errors.CLOSED_WITH_CODE, "the server closed the connection: 1012 Neustart")
        # And it comes back.
        peer.next("open")
        peer.next("open")
        assert server.closed[0][0] == 1012


def test_what_is_too_long_and_what_is_binary(interpreter: str):
    async def serve(connection: Any) -> None:
        await connection.send("x" * 1001 if len(server.requests) == 1 else b"x")
        await connection.wait_closed()

    with WebSocketServer(serve) as server, WebSocketPeer(interpreter, server.port, limit=1000) as peer:
        assert peer.next("error")[:2] == [
            errors.TOO_LONG,
            "the server sent a message that is too long: more than 1000 bytes",
        ]
        assert peer.next("error")[0] == errors.BINARY
    assert [code for code, _ in server.closed][:2] == [1009, 1003]


def test_password(interpreter: str):
    key = bytes(range(1, 32)) + bytes([127])

    async def check(connection: Any, request: Any) -> Any:
        header = request.headers.get("Authorization", "")
        if header == "Basic " + expected:
            return None
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "no\n")

    for password in (key, b"\x00\xff\xfe:\x80" * 4):
        expected = base64.b64encode(b"CP1:" + password).decode()
        with WebSocketServer(process_request=check) as server:
            right = {"user": "CP1", "password": list(password)}
            with WebSocketPeer(interpreter, server.port, **right) as peer:
                peer.next("open")
            for wrong in ({"user": "CP1", "password": list(password[:-1])}, {}):
                code, text = refusal(interpreter, server.port, **wrong)
                assert (code, text) == (errors.WRONG_PASSWORD, "wrong user name or password: HTTP 401")
    # As a server of others checks it.
    with WebSocketServer(process_request=basic_auth(credentials=("CP1", "geheim"))) as server:
        with WebSocketPeer(interpreter, server.port, user="CP1", password=list(b"geheim")) as peer:
            peer.next("open")


def test_subprotocol(interpreter: str):
    # The package refuses who does not speak its own, and a careless server answers without one.
    with WebSocketServer(subprotocols=["ocpp2.0.1"]) as server:
        code, text = refusal(interpreter, server.port, subprotocols="ocpp1.6")
        assert code == errors.NOT_ACCEPTED and text.endswith("HTTP 400 (does it speak ocpp1.6?)")
    with WebSocketServer() as server:
        code, text = refusal(interpreter, server.port, subprotocols="ocpp1.6")
        assert (code, text) == (
            errors.SUBPROTOCOL_REFUSED,
            "the server does not speak the wanted subprotocol: ocpp1.6",
        )


def test_connect_errors_in_words(interpreter: str):
    port = free_port()
    assert refusal(interpreter, port) == (link_errors.REFUSED, f"connection refused: 127.0.0.1:{port}")
    code, text = refusal(interpreter, port, server="no-such-host.invalid")
    assert (code, text) == (link_errors.NAME_NOT_FOUND, "name not found: no-such-host.invalid")
    for answer, code in (
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found", errors.NOT_FOUND),
        (b"HTTP/1.1 301 Moved\r\nLocation: wss://else/\r\n\r\n", errors.MOVED),
        (b"SSH-2.0-OpenSSH_9.6\r\n", errors.NO_WEBSOCKET),
        (b"", link_errors.CLOSED_EARLY),
    ):
        with RawServer(
            lambda connection, answer=answer: (connection.recv(4096), connection.sendall(answer))
        ) as raw:
            got, text = refusal(interpreter, raw.port)
            assert got == code, text


def test_tls(interpreter: str, certificates: Path):
    with WebSocketServer(tls=server_context(certificates)) as server:
        options = {"server": "localhost", "ca": str(certificates / "ca.pem")}
        for extra in ({}, {"ciphers": GCM}):
            with WebSocketPeer(interpreter, server.port, **options, **extra) as peer:
                peer.next("open")
                echo(peer, "x", 20000)
                echo(peer, "Grüße", 2000, "parts")
                peer.order("close")
                peer.next("left")
        with WebSocketPeer(interpreter, server.port, unchecked=True) as peer:
            peer.next("open")


def test_tls_with_a_certificate_of_the_client(interpreter: str, tmp_path: Path, certificates: Path):
    own = make_certificates(tmp_path / "own", "CP1")
    with WebSocketServer(tls=server_context(certificates, own / "ca.pem")) as server:
        options = {"server": "localhost", "ca": str(certificates / "ca.pem")}
        chain = {"certificate": str(own / "server.pem"), "key": str(own / "server.key")}
        with WebSocketPeer(interpreter, server.port, **options, **chain) as peer:
            peer.next("open")
            echo(peer, "x", 2000)
        code, _ = refusal(interpreter, server.port, **options)
        assert code in (link_errors.TLS_FAILED, link_errors.CLOSED_EARLY)
    for certificate, key in (
        (b"", b"x"),
        (b"no certificate", b"no key"),
        (b"-----BEGIN CERTIFICATE-----", b""),
    ):
        if certificate:
            with pytest.raises(ValueError, match="not a certificate"):
                tls.client_context((certificates / "ca.pem").read_bytes(), certificate, key)
    with pytest.raises(ValueError, match="not a cipher"):
        tls.client_context((certificates / "ca.pem").read_bytes(), ciphers="TLS-NOTHING")


def test_tls_errors_in_words(interpreter: str, tmp_path: Path, certificates: Path):
    old = make_certificates(tmp_path / "old", days=(-5, -2))
    early = make_certificates(tmp_path / "early", days=(2, 5))
    elsewhere = make_certificates(tmp_path / "elsewhere", "csms.example")
    for folder, ca, code, words in (
        (certificates, old, link_errors.CERTIFICATE_UNKNOWN, "is from an unknown authority"),
        (old, old, link_errors.CERTIFICATE_EXPIRED, "has expired"),
        (early, early, link_errors.CERTIFICATE_EARLY, "is not valid yet: is the clock right?"),
        (elsewhere, elsewhere, link_errors.CERTIFICATE_NAME, "is for another name: localhost"),
    ):
        with WebSocketServer(tls=server_context(folder)) as server:
            got = refusal(interpreter, server.port, server="localhost", ca=str(ca / "ca.pem"))
            assert got == (code, "the server's certificate " + words)
    # No TLS where it is expected, and the other way round.
    with WebSocketServer() as server:
        code, text = refusal(interpreter, server.port, server="localhost", ca=str(certificates / "ca.pem"))
        assert code == link_errors.TLS_FAILED, text
    with WebSocketServer(tls=server_context(certificates)) as server:
        assert refusal(interpreter, server.port)[0] == link_errors.CLOSED_EARLY


def test_a_half_open_connection(interpreter: str):
    with (
        WebSocketServer() as server,
        Proxy(server.port) as proxy,
        WebSocketPeer(interpreter, proxy.port, ping_s=1, pong_s=1) as peer,
    ):
        peer.next("open")
        time.sleep(1.5)
        assert peer.ask("state") == [True, 1, 0]
        proxy.swallow()
        began = time.monotonic()
        # The network still takes it; nobody knows that it is lost.
        peer.order("send", "into the dark", 1, "")
        peer.next("sent")
        code, text, _ = peer.next("error")
        assert (code, text) == (errors.NO_PONG, "connection lost: no answer to a ping")
        assert time.monotonic() - began < 2.5
        peer.next("open")
        echo(peer, "back")


def test_a_server_that_vanishes(interpreter: str):
    with (
        WebSocketServer() as server,
        Proxy(server.port) as proxy,
        WebSocketPeer(interpreter, proxy.port) as peer,
    ):
        peer.next("open")
        proxy.close_all()
        code, text, _ = peer.next("error")
        assert (code, text) == (link_errors.CLOSED, "the server closed the connection")
        # Between two connections nothing can be sent.
        peer.order("offer", "x")
        assert peer.next("offered") == [False]
        peer.order("send", "x", 1, "")
        assert peer.next("unsent") == [link_errors.CLOSED, "the server closed the connection"]
        peer.order("retry")
        peer.next("open", 2)
        peer.order("reconnect")
        assert peer.next("closed") == [1000, ""]
        peer.next("open", 2)
        assert peer.ask("state") == [True, 3, 1]


def test_a_server_that_does_not_speak(interpreter: str):
    def serve(connection: socket.socket) -> None:
        shake_hands(connection)
        while connection.recv(4096):
            pass

    with RawServer(serve) as raw, WebSocketPeer(interpreter, raw.port) as peer:
        peer.next("open")
        began = time.monotonic()
        peer.order("close")
        peer.next("left")
        assert 1.5 < time.monotonic() - began < 4
        assert peer.next("closed") == [1005, ""]


def test_raw_frames_of_a_server(interpreter: str):
    streams = [
        frame(1, b"masked", True, b"abcd"),
        frame(3, b""),
        frame(1, b"\xed\xa0\x80"),
        close_frame(1005),
        b"",
    ]
    answers: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        shake_hands(connection, streams[len(answers)] if len(answers) < len(streams) else b"")
        data = connection.recv(4096)
        mask = data[2:6]
        answers.append(bytes(byte ^ mask[at % 4] for at, byte in enumerate(data[6:8])))

    with RawServer(serve) as raw, WebSocketPeer(interpreter, raw.port) as peer:
        codes = []
        for _ in range(4):
            codes.append(peer.next("error")[0])
            peer.order("retry")
    assert codes == [errors.BROKEN, errors.BROKEN, errors.BAD_TEXT, errors.BROKEN]
    assert answers[:4] == [b"\x03\xea", b"\x03\xea", b"\x03\xef", b"\x03\xea"]


def test_bad_arguments():
    context = tls.unchecked_context()

    class Handler:
        on_error = None

    calls: list[tuple[str, str, Any]] = [
        ("begins with", "http://a", {}),
        ("needs an SSLContext", "wss://a", {}),
        ("not encrypted", "ws://a", {"ssl": context}),
        ("colon", "ws://a", {"user": "a:b", "password": b""}),
    ]
    for words, url, more in calls:
        with pytest.raises(ValueError, match=words):
            WebSocketClient(url, Handler(), **more)


def test_the_peer_is_the_one_meant():
    # The tests rest on what this version does.
    assert version("websockets").split(".")[0] == "17"
