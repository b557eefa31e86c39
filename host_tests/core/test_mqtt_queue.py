"""What waits to be sent: bounded, the newest value of a topic, QoS 1 until acknowledged, over lost connections."""

from mqtt_bench import PINGRESP, Bench, expect_error, puback, publish, sent_publish

from mqtt import errors
from mqtt.errors import MQTTException
from mqtt.outbox import QOS_1, RETAIN, Outbox


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
