"""The client's session: connecting, writing and reading in pieces, what the broker answers, and subscriptions."""

from mqtt_bench import PINGRESP, Bench, expect_error, publish, sent_publish, suback

from mqtt import errors
from mqtt.outbox import QOS_1, RETAIN


def test_connect_then_subscribe_then_publish():
    bench = Bench()
    bench.session.subscriptions.add(b"me/Set/#", 1)
    bench.put(b"me/connected", b"online", RETAIN)
    bench.session.begin(b"\x10\x00", bench.now_ms)
    assert bench.send() == [(0x10, b"")]
    # Nothing else goes out before the broker agrees.
    assert bench.send() == [] and not bench.session.connected
    bench.hear(b"\x20\x02\x01\x00")
    assert bench.session.connected and bench.session.session_present
    subscribe, message = bench.send()
    assert subscribe == (0x82, b"\x00\x01\x00\x08me/Set/#\x01")
    assert sent_publish(message) == (b"me/connected", b"online", 0x31, 0)
    assert not bench.session.subscriptions.settled()
    bench.hear(suback(1, 1))
    assert bench.session.subscriptions.settled() and bench.session.subscriptions.rejected() == []


def test_a_connect_packet_longer_than_the_buffer():
    bench = Bench()
    packet = b"\x10\xe8\x07" + b"c" * 1000
    bench.session.begin(packet, bench.now_ms)
    assert bench.send() == [(0x10, b"c" * 1000)]


def test_refused_by_connack():
    for code in range(1, 6):
        bench = Bench()
        expect_error(code, bench.connect, b"\x20\x02\x00" + bytes([code]))
        assert not bench.session.connected


def test_packets_out_of_turn():
    bench = Bench()
    expect_error(errors.MALFORMED, bench.connect, PINGRESP)
    bench = Bench()
    bench.connect()
    expect_error(errors.MALFORMED, bench.hear, b"\x20\x02\x00\x00")


def test_small_messages_share_a_write():
    bench = Bench()
    bench.connect()
    for number in range(10):
        bench.put(b"t/%d" % number, b"12345")
    assert bench.session.poll(bench.now_ms) == 10 * 12
    assert [sent_publish(packet)[0] for packet in bench.send()] == [b"t/%d" % number for number in range(10)]
    assert bench.session.outbox.count == 0 and bench.session.counters.sent == 10


def test_messages_longer_than_the_buffer_and_short_writes():
    for size in (480, 505, 506, 507, 512, 1024, 5000):
        for chunk in (1, 7, 300, 512):
            bench = Bench()
            bench.connect()
            message = bytes(index & 255 for index in range(size))
            bench.put(b"a", b"1")
            bench.put(b"t", message)
            bench.put(b"z", b"2")
            got = [sent_publish(packet)[:2] for packet in bench.send(chunk)]
            assert got == [(b"a", b"1"), (b"t", message), (b"z", b"2")], (size, chunk)


def test_a_streamed_message_is_never_whole_in_memory():
    def parts():
        for number in range(1000):
            calls.append(number)
            yield b"%04d," % number if number % 3 else b""

    calls = []
    whole = b"".join([b"%04d," % number for number in range(1000) if number % 3])
    bench = Bench()
    bench.connect()
    bench.put(b"t", (len(whole), parts))
    assert calls == []
    bench.session.poll(bench.now_ms)
    assert len(calls) < 200
    assert sent_publish(bench.send()[0])[:2] == (b"t", whole)
    # An empty part where the buffer has just been sent is not the end.
    bench.put(b"t", (507, lambda: [b"x" * 506, b"", b"", b"y"]))
    assert sent_publish(bench.send()[0])[1] == b"x" * 506 + b"y"
    bench.put(b"t", (0, list))
    assert sent_publish(bench.send()[0])[:2] == (b"t", b"")


def test_a_streamed_message_of_wrong_length_ends_the_connection_and_is_dropped():
    for size in (0, 9, 11, 1000):
        bench = Bench()
        bench.connect()
        bench.put(b"t", (size, lambda: [b"12345", b"67890"]))
        expect_error(errors.BAD_STREAM, bench.send)
        bench.session.lost()
        bench.connect()
        assert bench.send() == [] and bench.session.outbox.count == 0
        assert bench.session.counters.bad_streams == 1 and len(bench.errors) == 1


def test_a_streamed_message_that_fails_is_dropped():
    def fail():
        raise ValueError("no parts")

    def fail_late():
        yield b"12"
        raise ValueError("no more parts")

    bench = Bench()
    bench.connect()
    bench.put(b"t", (5, fail))
    bench.put(b"z", b"2")
    # Nothing of it was sent, so the connection goes on.
    assert [sent_publish(packet)[0] for packet in bench.send()] == [b"z"]
    bench.put(b"t", (5, fail_late))
    expect_error(errors.BAD_STREAM, bench.send)
    assert bench.errors == ["no parts", "no more parts"]


def test_messages_are_delivered_one_at_a_time_and_acknowledged():
    bench = Bench()
    bench.connect()
    stream = publish(b"a", b"1", retain=1) + publish(b"b", b"2", qos=1, packet_id=77)
    view = memoryview(stream)
    at = bench.session.receive(view, 0, len(stream), bench.now_ms)
    assert bench.received == [(b"a", b"1", True)] and at == 6
    assert bench.session.receive(view, at, len(stream), bench.now_ms) == len(stream)
    assert bench.received[1:] == [(b"b", b"2", False)]
    assert not bench.session.may_receive
    assert bench.send() == [(0x40, b"\x00\x4d")]
    assert bench.session.may_receive


def test_a_callback_that_fails_does_not_get_its_message_again():
    bench = Bench()
    bench.connect()

    def fail(topic, message, retained):
        raise ValueError("bad value")

    bench.session.callback = fail
    assert bench.hear(publish(b"b", b"2", qos=1, packet_id=5)) == [(0x40, b"\x00\x05")]
    assert bench.errors == ["bad value"] and bench.session.counters.callback_errors == 1
    bench.session.callback = None
    assert bench.hear(publish(b"b", b"2", qos=1, packet_id=6)) == [(0x40, b"\x00\x06")]


def test_a_message_too_long_is_counted_and_acknowledged():
    bench = Bench(rx_limit=64)
    bench.connect()
    assert bench.hear(publish(b"big", b"x" * 5000, qos=1, packet_id=9)) == [(0x40, b"\x00\x09")]
    assert bench.received == [] and bench.session.counters.oversized == 1
    bench.hear(publish(b"ok", b"1"))
    assert bench.received == [(b"ok", b"1", False)]


def test_subscriptions_outlive_connections():
    bench = Bench()
    subscriptions = bench.session.subscriptions
    subscriptions.add(b"a", 0)
    subscriptions.add(b"b", 1)
    subscriptions.add(b"a", 1)
    subscriptions.add(b"gone", 0)
    subscriptions.remove(b"gone")
    subscriptions.remove(b"never there")
    bench.connect()
    assert bench.send() == [(0x82, b"\x00\x01\x00\x01a\x01"), (0x82, b"\x00\x02\x00\x01b\x01")]
    bench.hear(suback(1, 0x80) + suback(2, 1) + suback(3, 0))
    assert subscriptions.settled() and subscriptions.rejected() == [b"a"]
    subscriptions.remove(b"a")
    assert bench.send() == [(0xA2, b"\x00\x03\x00\x01a")]
    bench.hear(b"\xb0\x02\x00\x03")
    assert subscriptions.rejected() == [] and subscriptions.settled()
    subscriptions.add(b"b", 0)
    assert bench.send() == [(0x82, b"\x00\x04\x00\x01b\x00")]
    bench.session.lost()
    bench.connect()
    assert bench.send() == [(0x82, b"\x00\x05\x00\x01b\x00")]


def test_a_wrong_answer_to_a_subscription():
    bench = Bench()
    bench.session.subscriptions.add(b"a", 0)
    bench.connect()
    bench.send()
    expect_error(errors.MALFORMED, bench.hear, b"\xb0\x02\x00\x01")


def test_too_many_subscriptions():
    bench = Bench()
    for number in range(8):
        bench.session.subscriptions.add(b"%d" % number, 0)
    try:
        bench.session.subscriptions.add(b"8", 0)
    except ValueError as error:
        assert "8 subscriptions" in str(error)
    else:
        raise AssertionError("subscriptions")


def test_the_longest_topics():
    bench = Bench()
    session = bench.session
    topic = b"t" * 502
    session.check_topic(topic)
    try:
        session.check_topic(topic + b"t")
    except ValueError as error:
        assert "502 bytes" in str(error)
    else:
        raise AssertionError("length of a topic")
    session.subscriptions.add(topic, 1)
    bench.put(topic, b"m" * 3000, QOS_1)
    bench.connect()
    subscribe, message = bench.send()
    assert subscribe[1][4:-1] == topic
    assert sent_publish(message)[:2] == (topic, b"m" * 3000)
