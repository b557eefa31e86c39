"""Pings, half-open connections, and goodbye."""

from mqtt_bench import PINGRESP, Bench, expect_error, puback, publish, sent_publish

from mqtt import errors
from mqtt.errors import MQTTException
from mqtt.outbox import QOS_1
from mqtt.session import Session


def test_ping_when_nothing_is_heard_or_said():
    bench = Bench(keepalive_s=10)
    bench.connect()
    bench.advance(4999)
    assert bench.send() == []
    bench.advance(1)
    assert bench.send() == [(0xC0, b"")]
    bench.hear(PINGRESP)
    # Hearing alone does not keep a connection alive: the broker wants to hear, too.
    for _ in range(4):
        bench.advance(1000)
        bench.hear(publish(b"t", b""))
        assert bench.send() == []
    bench.advance(1000)
    assert bench.send() == [(0xC0, b"")]
    bench.hear(PINGRESP)
    for _ in range(4):
        bench.advance(1000)
        bench.put(b"t", b"")
        assert len(bench.send()) == 1
    # Nor does talking alone show that anybody is there.
    bench.advance(1000)
    bench.put(b"t", b"")
    assert [packet[0] for packet in bench.send()] == [0xC0, 0x30]


def test_a_half_open_connection_is_noticed_within_the_keepalive():
    bench = Bench(keepalive_s=10)
    bench.connect()
    waited_ms = 0
    try:
        while waited_ms < 20000:
            bench.advance(100)
            waited_ms += 100
            bench.put(b"t", b"x")
            bench.send()
    except MQTTException as error:
        assert error.code == errors.NO_PINGRESP
    assert waited_ms == 10000


def test_a_half_open_connection_that_takes_no_bytes():
    bench = Bench(keepalive_s=10)
    bench.connect()
    bench.put(b"t", b"x" * 2000)
    for _ in range(99):
        bench.advance(100)
        assert bench.session.poll(bench.now_ms)
    bench.advance(100)
    expect_error(errors.NO_PINGRESP, bench.session.poll, bench.now_ms)


def test_a_busy_broker_that_answers_late_is_alive():
    bench = Bench(keepalive_s=10)
    bench.connect()
    for _ in range(60):
        bench.advance(1000)
        bench.hear(publish(b"t", b""))
        bench.send()
    bench.advance(5000)
    expect_error(errors.NO_PINGRESP, bench.send)


def test_a_long_keepalive_and_none():
    for keepalive_s, limit_ms in ((0, 40000), (120, 70000), (65535, 32777500)):
        bench = Bench(keepalive_s=keepalive_s)
        bench.connect()
        bench.advance(limit_ms - 10000 - 1)
        assert bench.send() == []
        bench.advance(1)
        assert bench.send() == [(0xC0, b"")]
        bench.advance(9999)
        bench.send()
        bench.advance(1)
        expect_error(errors.NO_PINGRESP, bench.send)
    try:
        Session(65536, 1, 64)
    except ValueError as error:
        assert "keepalive" in str(error)
    else:
        raise AssertionError("keepalive")


def test_ping_on_request():
    bench = Bench()
    bench.connect()
    bench.session.ping()
    assert bench.send() == [(0xC0, b"")]


def test_goodbye_waits_for_what_is_queued():
    bench = Bench()
    bench.connect()
    session = bench.session
    bench.put(b"a", b"1", QOS_1)
    bench.put(b"b", b"2")
    session.closing = True
    assert [packet[0] for packet in bench.send()] == [0x32, 0x30]
    assert not session.done
    bench.hear(puback(1))
    assert bench.send() == [(0xE0, b"")]
    assert session.done and not session.connected
    assert bench.send() == []


def test_goodbye_behind_a_full_buffer():
    for size in range(500, 510):
        bench = Bench()
        bench.connect()
        bench.put(b"t", b"m" * size)
        bench.session.closing = True
        assert [packet[0] for packet in bench.send()] == [0x30, 0xE0]


def test_goodbye_without_waiting():
    bench = Bench()
    bench.connect()
    bench.put(b"a", b"1", QOS_1)
    bench.send()
    bench.session.disconnect_now()
    assert bench.send() == [(0xE0, b"")]
    assert bench.session.done
    # The message is not lost: it is repeated on the next connection.
    bench.session.lost()
    bench.connect()
    assert sent_publish(bench.send()[0])[:3] == (b"a", b"1", 0x3A)
