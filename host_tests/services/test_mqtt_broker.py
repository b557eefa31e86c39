"""The MQTT client against mosquitto in real time, on both interpreters."""

import ast
import asyncio
import inspect
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_broker import Broker, Peer, Proxy, free_port, make_certificates

from interpreters import ROOT
from mqtt import client as client_module
from mqtt import errors as mqtt_errors
from mqtt.client import MQTTClient
from sockets import errors, tls
from sockets.times import sleep_ms

pytestmark = pytest.mark.usefixtures("mosquitto")

# What a peer may hold the loop up on a busy host; a blocking call would take much longer.
HELD_MAX_MS = 300


@pytest.fixture(params=["cpython", "micropython"])
def interpreter(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory, mosquitto: str) -> Iterator[Broker]:
    with Broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_certificates(tmp_path_factory.mktemp("certificates") / "good")


def test_the_names_are_those_of_umqtt_simple():
    """Code that was written for the client of the stock firmware reads the same here."""
    stub = ROOT / "build/typings/umqtt/simple.pyi"
    tree = ast.parse(stub.read_text())
    client = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "MQTTClient")
    theirs = {n.name: [a.arg for a in n.args.args] for n in client.body if isinstance(n, ast.FunctionDef)}
    for name in """__init__ set_callback set_last_will connect disconnect ping publish subscribe
    unsubscribe""".split():
        wanted = [argument for argument in theirs[name] if argument != "ssl_params"]
        ours = list(inspect.signature(getattr(MQTTClient, name)).parameters)
        assert ours[: len(wanted)] == wanted, name


def test_publishing(interpreter: str, broker: Broker):
    with broker.observe("out/#") as observer, Peer(interpreter, broker.port) as peer:
        # Queued before there is a connection.
        peer.order("publish", "out/first", "1", False, 1)
        peer.next("connected")
        peer.order("publish", "out/plain", "Grüße")
        peer.order("publish", "out/kept", "2", True)
        peer.order("publish", "out/kept1", "3", True, 1)
        peer.order("publish", "out/empty", "")
        peer.order("publish", "out/long", "x" * 5000, False, 1)
        peer.order("stream", "out/stream", "0123456789", 3000)
        for line in (
            "out/first|1|0|1",
            "out/plain|0|0|Grüße",
            "out/kept|0|0|2",
            "out/kept1|1|0|3",
            "out/empty|0|0|",
            "out/long|1|0|" + "x" * 5000,
            "out/stream|0|0|" + "0123456789" * 3000,
        ):
            observer.wait_for(line)
        with broker.observe("out/#") as late:
            late.wait_for("out/kept|0|1|2")
            late.wait_for("out/kept1|1|1|3")
            assert len(late.seen()) == 2
        peer.wait_for_empty_queue()
        assert peer.ask("state") == [True, 0, 0, 7]
        assert peer.ask("held")[0] < HELD_MAX_MS


def test_receiving(interpreter: str, broker: Broker):
    broker.publish("in/kept", "old", "-r")
    with Peer(interpreter, broker.port, subscribe=[["in/#", 1]]) as peer:
        assert peer.next("message") == ["in/kept", "old", True]
        assert peer.ask_subscribed() == []
        broker.publish("in/a", "Grüße")
        assert peer.next("message") == ["in/a", "Grüße", False]
        broker.publish("in/big", "x" * 100000, "-q", "1")
        broker.publish("in/bad", "raise", "-q", "1")
        assert peer.next("failed") == ["callback"]
        # More than a broker sends without acknowledgement, so each was acknowledged.
        for number in range(25):
            broker.publish("in/n", str(number), "-q", "1")
            assert peer.next("message") == ["in/n", str(number), False]
        peer.order("subscribe", "more")
        peer.order("unsubscribe", "in/#")
        assert peer.ask_subscribed() == []
        broker.publish("in/a", "unheard")
        broker.publish("more", "heard")
        assert peer.next("message") == ["more", "heard", False]
    broker.publish("in/kept", "", "-r")


def test_last_will_when_killed_and_when_cancelled(interpreter: str, broker: Broker):
    for how in ("killed", "cancelled"):
        topic = f"will/{interpreter}/{how}"
        with (
            broker.observe("will/#", "-R") as observer,
            Peer(interpreter, broker.port, client_id=topic, will=[topic, "offline", True, 1]) as peer,
        ):
            peer.next("connected")
            if how == "killed":
                peer.kill()
            else:
                peer.order("cancel")
                peer.wait()
            observer.wait_for(f"{topic}|1|0|offline")
        with broker.observe(topic) as late:
            late.wait_for(f"{topic}|1|1|offline")


def test_no_last_will_after_disconnect(interpreter: str, broker: Broker):
    topic = f"goodbye/{interpreter}"
    with (
        broker.observe("goodbye/#") as observer,
        Peer(interpreter, broker.port, will=[topic, "will", False, 0]) as peer,
    ):
        peer.next("connected")
        # What waits is sent first.
        peer.order("publish", topic, "said goodbye", False, 1)
        peer.order("disconnect")
        assert peer.next("left") == ["None"]
        peer.wait()
        observer.wait_for(f"{topic}|1|0|said goodbye")
        broker.publish("goodbye/end", "")
        observer.wait_for("goodbye/end|0|0|")
        assert f"{topic}|0|0|will" not in observer.seen()


def test_password(interpreter: str, tmp_path: Path):
    with Broker(tmp_path, users={"me": "pässword"}) as broker:
        with Peer(interpreter, broker.port, user="me", password="pässword", connect=10) as peer:
            assert peer.next("session") == [False]
        for login in ({"user": "me", "password": "wrong"}, {"user": "me"}, {}):
            with Peer(interpreter, broker.port, connect=10, **login) as peer:
                code, text, _ = peer.next("refused")
                assert code == mqtt_errors.NOT_AUTHORIZED
                assert text.startswith("not authorized: wrong user name or password")


def test_tls(interpreter: str, tmp_path: Path, certificates: Path):
    with Broker(tmp_path, tls=certificates) as broker:
        for ca in ("ca.pem", "ca.der"):
            options = {"server": "localhost", "ca": str(certificates / ca), "subscribe": [["t", 1]]}
            with Peer(interpreter, broker.port, **options) as peer:
                peer.next("connected")
                assert peer.ask_subscribed() == []
                peer.order("publish", "t", "x" * 400, False, 1)
                assert peer.next("message") == ["t", "x" * 400, False]
                peer.order("stream", "s", "0123456789", 5000)
                peer.order("disconnect")
                peer.next("left")
        with Peer(interpreter, broker.port, tls=True, connect=10) as peer:
            assert peer.next("session") == [False]


def test_tls_errors_in_words(interpreter: str, tmp_path: Path, certificates: Path, broker: Broker):
    other = make_certificates(tmp_path / "other")
    elsewhere = make_certificates(tmp_path / "elsewhere", "broker.example")
    wrong_authority = {"server": "localhost", "ca": str(other / "ca.pem")}
    with Broker(tmp_path, tls=certificates) as secure:
        text = refusal(interpreter, secure.port, errors.CERTIFICATE_UNKNOWN, **wrong_authority)
        assert text == "the server's certificate is from an unknown authority"
        # Plain bytes to a broker that expects TLS, and the other way round.
        text = refusal(interpreter, secure.port, errors.CLOSED_EARLY)
        assert text.endswith("before it answered: does it expect TLS?")
    with Broker(tmp_path, tls=elsewhere) as secure:
        wrong_name = {"server": "localhost", "ca": str(elsewhere / "ca.pem")}
        text = refusal(interpreter, secure.port, errors.CERTIFICATE_NAME, **wrong_name)
        assert text == "the server's certificate is for another name: localhost"
    refusal(interpreter, broker.port, errors.TLS_FAILED, tls=True)


def test_what_is_no_certificate(tmp_path: Path, certificates: Path):
    for data in (b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(ValueError, match="not a certificate"):
            tls.client_context(data)
    pem = (certificates / "ca.pem").read_bytes() + (certificates / "server.pem").read_bytes()
    assert len(tls.client_context(pem).get_ca_certs()) == 1


def refusal(interpreter: str, port: int, code: int, **options: object) -> str:
    """Try to connect and fail; return what is said about it."""
    with Peer(interpreter, port, **{"connect": 5, **options}) as peer:
        got, text, _ = peer.next("refused")
    assert got == code, text
    return text


def test_connect_errors_in_words(interpreter: str):
    port = free_port()
    assert refusal(interpreter, port, errors.REFUSED) == f"connection refused: 127.0.0.1:{port}"
    refusal(interpreter, port, errors.REFUSED, tls=True)
    text = refusal(interpreter, port, errors.NAME_NOT_FOUND, server="no-such-host.invalid")
    assert text == "name not found: no-such-host.invalid"
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        text = refusal(interpreter, port, mqtt_errors.NO_CONNACK, connect=1)
        assert text == "timed out: the broker did not answer CONNECT"
        assert refusal(interpreter, port, errors.TLS_FAILED, connect=1, tls=True) == "TLS failed: timed out"


def test_a_dead_name_server_does_not_hold_the_loop(interpreter: str, broker: Broker):
    with Peer(interpreter, broker.port, server="localhost", look_up_s=2) as peer:
        began = time.monotonic()
        peer.order("held")
        time.sleep(1.5)
        assert peer.ask("held")[0] < HELD_MAX_MS
        peer.next("connected")
        assert 1.5 < time.monotonic() - began < 10
    text = refusal(
        interpreter, broker.port, errors.NAME_NOT_FOUND, server="localhost", look_up_s=3, connect=1
    )
    assert "name server does not answer" in text


def test_a_mute_broker_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(client_module, "_ATTEMPT_MS", 300)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        client = MQTTClient("mute", "127.0.0.1", mute.getsockname()[1])

        async def watch() -> None:
            task = asyncio.create_task(client.run())
            while client.counters.failures < 2:
                await sleep_ms(10)
            await client.disconnect()
            await task

        asyncio.run(asyncio.wait_for(watch(), 20))
    assert client.last_error is not None and client.last_error.code == mqtt_errors.NO_CONNACK


def test_a_reconnect_comes_within_30_s():
    """The broker may return just when an attempt has begun that will fail."""
    longest_pause_ms = client_module._PAUSE_MAX_MS * (192 + 127) // 256
    assert client_module._ATTEMPT_MS + longest_pause_ms < 30000


def test_no_attempt_without_permission(broker: Broker):
    client = MQTTClient("permission", "127.0.0.1", broker.port)
    allowed = []
    client.may_connect = lambda: bool(allowed)

    async def watch() -> None:
        task = asyncio.create_task(client.run())
        await asyncio.sleep(0.5)
        assert not client.connected and client.counters.failures == 0
        allowed.append(True)
        while not client.connected:
            await sleep_ms(10)
        # What stands need not ask.
        allowed.clear()
        await asyncio.sleep(0.3)
        assert client.connected
        await client.disconnect()
        await task

    asyncio.run(asyncio.wait_for(watch(), 20))


def test_bad_arguments():
    client = MQTTClient("me", "127.0.0.1")
    for call in (
        lambda: client.publish("a/#", "x"),
        lambda: client.publish("", "x"),
        lambda: client.publish("a", "x", False, 2),
        lambda: client.publish_stream("a", -1, list),
        lambda: client.subscribe("a#"),
        lambda: client.subscribe("a", 2),
        lambda: client.set_last_will("+", "x"),
        lambda: MQTTClient("me", "127.0.0.1", keepalive=70000),
        lambda: MQTTClient("me", "127.0.0.1", queue=0),
        lambda: MQTTClient("me", "127.0.0.1", rx_limit=0),
    ):
        with pytest.raises(ValueError, match=r"topic|qos|size|wildcard|keepalive|queue|limit"):
            call()
    assert client.free == 16


def test_the_broker_restarts(interpreter: str, tmp_path: Path):
    broker = Broker(tmp_path)
    broker.start()
    options = {"subscribe": [["in", 1]], "queue": 4}
    try:
        with Peer(interpreter, broker.port, **options) as peer:
            peer.next("connected")
            broker.stop()
            code, text = peer.next("error")
            assert (code, text) == (errors.CLOSED, "the server closed the connection")
            # The queue is bounded, and of each topic the newest value is kept.
            peer.order("publish", "kept", "yes", False, 1)
            for number in range(100):
                peer.order("publish", "same", str(number))
            for number in range(10):
                peer.order("publish", f"t{number}", "x")
            assert peer.ask("state")[:3] == [False, 4, 8]
            peer.order("publish", "t9", "newest")
            began = time.monotonic()
            broker.start()
            with broker.observe() as observer:
                peer.next("connected")
                assert time.monotonic() - began < 30
                for line in ("kept|1|0|yes", "t7|0|0|x", "t8|0|0|x", "t9|0|0|newest"):
                    observer.wait_for(line)
                assert peer.ask_subscribed() == []
                broker.publish("in", "still subscribed")
                assert peer.next("message") == ["in", "still subscribed", False]
                assert len([line for line in observer.seen() if not line.startswith("in|")]) == 4
            assert peer.ask("held")[0] < HELD_MAX_MS
    finally:
        broker.stop()


def test_a_half_open_connection(interpreter: str, broker: Broker):
    with (
        Proxy(broker.port) as proxy,
        broker.observe(f"half/{interpreter}/#") as observer,
        Peer(interpreter, proxy.port, keepalive=2, client_id=f"half-{interpreter}") as peer,
    ):
        peer.next("connected")
        time.sleep(1.2)
        assert peer.ask("state")[0]
        proxy.swallow()
        began = time.monotonic()
        # Into the dead connection, where QoS 0 is lost and QoS 1 is not.
        peer.order("publish", f"half/{interpreter}/1", "kept", False, 1)
        code, text = peer.next("error", 10)
        assert (code, text) == (mqtt_errors.NO_PINGRESP, "connection lost: no answer to a ping")
        assert time.monotonic() - began < 4
        peer.next("connected")
        observer.wait_for(f"half/{interpreter}/1|1|0|kept")
        assert proxy.connections == 2


def test_an_acknowledgement_that_is_lost(interpreter: str, broker: Broker):
    with (
        Proxy(broker.port) as proxy,
        broker.observe(f"ack/{interpreter}") as observer,
        Peer(interpreter, proxy.port, keepalive=2, client_id=f"ack-{interpreter}") as peer,
    ):
        peer.next("connected")
        proxy.swallow_down = True
        peer.order("publish", f"ack/{interpreter}", "twice", False, 1)
        observer.wait_for(f"ack/{interpreter}|1|0|twice")
        peer.next("error", 10)
        proxy.swallow_down = False
        peer.next("connected")
        broker.publish(f"ack/{interpreter}", "end")
        observer.wait_for(f"ack/{interpreter}|0|0|end")
        # At least once: the broker had it, but the client cannot know.
        assert observer.seen().count(f"ack/{interpreter}|1|0|twice") == 2
        peer.wait_for_empty_queue()


def test_heap_does_not_grow(broker: Broker):
    with Peer("micropython", broker.port, subscribe=[["grow/in", 1]]) as peer:
        peer.next("connected")
        used = []
        for turn in range(3):
            for number in range(60):
                peer.order("publish", f"grow/{number % 7}", "x" * 100, False, number % 2)
                peer.next("queued")
            broker.publish("grow/in", str(turn), "-q", "1")
            peer.next("message")
            peer.wait_for_empty_queue()
            used.append(peer.ask("heap")[0])
        # One object kept of each of the 60 messages would be at least 1920 bytes.
        assert used[2] - used[1] < 960, used
