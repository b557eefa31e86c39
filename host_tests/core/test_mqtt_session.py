"""The client's session: what it sends when, what it makes of the broker's answers, and what a lost connection does."""

from mqtt_bench import PINGRESP, Bench, puback, publish, suback

from mqtt import errors
from mqtt.errors import MQTTException
from mqtt.outbox import QOS_1, RETAIN, Outbox
from mqtt.session import Session


def sent_publish(packet):
    """Return (topic, message, first byte, packet id) of a PUBLISH."""
    first, body = packet
    assert first >> 4 == 3, packet
    size = body[0] << 8 | body[1]
    at = 2 + size
    packet_id = 0
    if first & 6:
        packet_id = body[at] << 8 | body[at + 1]
        at += 2
    return body[2 : 2 + size], body[at:], first, packet_id


def expect_error(code, function, *arguments):
    try:
        function(*arguments)
    except MQTTException as error:
        assert error.code == code, str(error)
    else:
        raise AssertionError("no error %d" % code)


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


def test_qos_1_waits_for_its_acknowledgement():
    bench = Bench()
    bench.connect()
    bench.put(b"t", b"1", QOS_1)
    assert sent_publish(bench.send()[0]) == (b"t", b"1", 0x32, 1)
    assert bench.session.outbox.unacknowledged == 1
    bench.hear(puback(2))
    assert bench.session.outbox.unacknowledged == 1
    bench.hear(puback(1))
    assert bench.session.outbox.count == 0 and bench.session.outbox.unacknowledged == 0


def test_qos_1_is_repeated_after_a_reconnect():
    bench = Bench()
    bench.connect()
    bench.put(b"a", b"1", QOS_1 | RETAIN)
    bench.put(b"b", b"2")
    bench.put(b"c", b"3", QOS_1)
    assert [sent_publish(packet)[3] for packet in bench.send()] == [1, 0, 2]
    bench.hear(puback(2))
    bench.put(b"a", b"newer", QOS_1)
    bench.session.lost()
    assert not bench.session.connected
    bench.connect()
    # The same packet id with DUP, then what came later; QoS 0 that was sent is not repeated.
    assert [sent_publish(packet) for packet in bench.send()] == [
        (b"a", b"1", 0x3B, 1),
        (b"a", b"newer", 0x32, 3),
    ]
    assert bench.session.counters.repeats == 1
    assert bench.session.outbox.unacknowledged == 2
    bench.hear(puback(1) + puback(3))
    assert bench.session.outbox.count == 0


def test_a_newer_value_does_not_take_the_place_of_a_repeat():
    bench = Bench()
    bench.connect()
    bench.put(b"a", b"1", QOS_1)
    bench.send()
    bench.session.lost()
    # The broker may have the first value already, under its packet id.
    bench.put(b"a", b"2", QOS_1)
    bench.connect()
    assert [sent_publish(packet) for packet in bench.send()] == [(b"a", b"1", 0x3A, 1), (b"a", b"2", 0x32, 2)]


def test_a_message_cut_off_by_a_lost_connection_is_sent_whole():
    for flags, first in ((0, 0x30), (QOS_1, 0x3A)):
        bench = Bench()
        bench.connect()
        bench.put(b"t", b"m" * 1000, flags)
        bench.session.poll(bench.now_ms)
        bench.session.sent(100, bench.now_ms)
        bench.session.lost()
        bench.connect()
        packet = sent_publish(bench.send()[0])
        assert packet[1] == b"m" * 1000 and packet[2] == first


def test_a_broker_that_never_acknowledges():
    bench = Bench()
    bench.connect()
    bench.put(b"t", b"1", QOS_1)
    bench.send()
    for _ in range(19):
        bench.advance(1000)
        bench.hear(PINGRESP)
        bench.send()
    bench.advance(1000)
    bench.hear(PINGRESP)
    expect_error(errors.NO_ACK, bench.send)


def test_a_broker_that_acknowledges_everything_but_slowly():
    bench = Bench()
    bench.connect()
    for number in range(4):
        bench.put(b"t%d" % number, b"", QOS_1)
    bench.send()
    for number in range(4):
        for _ in range(15):
            bench.advance(1000)
            bench.hear(PINGRESP)
            bench.send()
        bench.hear(puback(number + 1))
    assert bench.session.outbox.count == 0


def test_further_messages_do_not_hide_that_nothing_is_acknowledged():
    bench = Bench(queue=64)
    bench.connect()
    sent = 0
    try:
        while sent < 60:
            bench.put(b"t%d" % sent, b"", QOS_1)
            bench.send()
            bench.hear(PINGRESP)
            bench.advance(1000)
            sent += 1
    except MQTTException as error:
        assert error.code == errors.NO_ACK
    assert sent == 20


def test_newest_value_wins():
    bench = Bench()
    bench.connect()
    for number in range(5):
        bench.put(b"a", b"%d" % number, RETAIN)
        bench.put(b"b", b"%d" % number)
    assert [sent_publish(packet)[:2] for packet in bench.send()] == [(b"a", b"4"), (b"b", b"4")]
    assert bench.session.outbox.replaced == 8


def test_a_value_that_is_on_its_way_is_not_changed():
    bench = Bench()
    bench.connect()
    bench.put(b"a", b"1" * 600)
    bench.session.poll(bench.now_ms)
    bench.put(b"a", b"2" * 600)
    assert [sent_publish(packet)[1] for packet in bench.send()] == [b"1" * 600, b"2" * 600]


def test_a_value_that_is_on_its_way_makes_no_room():
    bench = Bench(queue=2)
    bench.connect()
    bench.put(b"a", b"1" * 600)
    bench.put(b"b", b"2")
    bench.session.poll(bench.now_ms)
    assert bench.put(b"c", b"3")
    assert [sent_publish(packet)[:2] for packet in bench.send()] == [(b"a", b"1" * 600), (b"c", b"3")]


def test_every_filling_of_the_buffer():
    for size in range(470, 512):
        bench = Bench()
        bench.session.subscriptions.add(b"s" * (size - 30), 1)
        bench.session.subscriptions.add(b"long/enough/to/not/fit/#", 1)
        bench.connect()
        asked = bench.send()
        assert [packet[1][4:-1] for packet in asked] == [b"s" * (size - 30), b"long/enough/to/not/fit/#"]
        bench.put(b"t", b"m" * size)
        bench.put(b"u", b"n" * 10, QOS_1)
        bench.session.ping()
        kinds = [(packet[0], len(packet[1])) for packet in bench.send()]
        assert kinds == [(0xC0, 0), (0x30, size + 3), (0x32, 15)], (size, kinds)
        view = memoryview(publish(b"in", b"", qos=1, packet_id=5))
        bench.put(b"t", b"m" * size)
        bench.session.poll(bench.now_ms)
        bench.session.receive(view, 0, len(view), bench.now_ms)
        assert [packet[0] for packet in bench.send()] == [0x30, 0x40]
        assert len(bench.session.writer.buffer) == 512


def test_the_queue_is_bounded():
    bench = Bench(queue=4)
    for number in range(6):
        assert bench.put(b"t%d" % number, b"")
    outbox = bench.session.outbox
    assert outbox.count == 4 and outbox.dropped == 2
    bench.connect()
    assert [sent_publish(packet)[0] for packet in bench.send()] == [b"t2", b"t3", b"t4", b"t5"]


def test_qos_0_makes_room_for_qos_1_and_not_the_other_way():
    outbox = Outbox(3)
    assert outbox.put(b"a", b"", QOS_1) and outbox.put(b"b", b"", 0) and outbox.put(b"c", b"", QOS_1)
    assert outbox.put(b"d", b"", QOS_1)
    assert outbox.dropped == 1
    assert not outbox.put(b"e", b"", 0) and not outbox.put(b"f", b"", QOS_1)
    assert outbox.dropped == 3 and outbox.count == 3
    # A value for a topic that waits always fits, and keeps the promise that was made.
    assert outbox.put(b"c", b"2", RETAIN)
    order = []
    while outbox.next_waiting() >= 0:
        slot = outbox.next_waiting()
        order.append((outbox.topics[slot], outbox.flags(slot)))
        outbox.drop(slot)
    assert order == [(b"a", QOS_1), (b"c", QOS_1 | RETAIN), (b"d", QOS_1)]
    assert outbox.count == 0 and outbox.topics == [b"", b"", b""]


def test_packet_ids_go_round_and_leave_out_those_in_use():
    bench = Bench()
    bench.connect()
    bench.session.subscriptions.add(b"s", 0)
    bench.put(b"first", b"", QOS_1)
    assert [packet[0] for packet in bench.send()] == [0x82, 0x32]
    ids = []
    for _ in range(65535):
        bench.put(b"t", b"", QOS_1)
        packet_id = sent_publish(bench.send()[0])[3]
        ids.append(packet_id)
        bench.hear(puback(packet_id))
    assert 0 not in ids and ids[:2] == [3, 4]
    # 1 belongs to the subscription and 2 to the message that still wait for their answers.
    assert ids[65532:] == [65535, 3, 4]


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
