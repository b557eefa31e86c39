"""Waiting allocates nothing, queueing a message allocates nothing, and a message in or out only itself."""

import gc
import sys

import micropython
from heap_bench import allocated

from mqtt.outbox import QOS_1

if "host_tests/core" not in sys.path:
    sys.path.append("host_tests/core")

from mqtt_bench import MASK, PINGRESP, Bench, puback, publish

TURNS = 200


def test_waiting():
    bench = Bench(keepalive_s=60)
    bench.connect()
    session = bench.session
    now_ms = bench.now_ms
    micropython.heap_lock()
    try:
        for _ in range(TURNS):
            now_ms = (now_ms + 20) & MASK
            session.poll(now_ms)
    finally:
        micropython.heap_unlock()
    assert session.connected


def test_queueing():
    bench = Bench(queue=4)
    topics = [b"t/%d" % number for number in range(6)]
    outbox = bench.session.outbox
    micropython.heap_lock()
    try:
        for _ in range(3):
            for topic in topics:
                outbox.put(topic, b"value", 0)
        outbox.next_waiting()
    finally:
        micropython.heap_unlock()
    assert outbox.count == 4 and outbox.dropped


def test_sending():
    bench = Bench()
    bench.connect()
    session = bench.session
    message = b"x" * 300

    def send():
        for _ in range(TURNS):
            session.outbox.put(b"station/topic", message, 0)
            count = session.poll(bench.now_ms)
            session.sent(count, bench.now_ms)

    # Slices and views, and no copy of the message.
    assert allocated(send) < TURNS * 300


def test_receiving():
    bench = Bench()
    bench.connect()
    session = bench.session
    session.callback = None
    short = memoryview(publish(b"station/Set/Mode", b"Solar") + PINGRESP + puback(9))
    long = memoryview(publish(b"station/Set/Mode", b"x" * 5000))

    def receive(data):
        at = 0
        while at < len(data):
            at = session.receive(data, at, min(at + 256, len(data)), bench.now_ms)

    def receive_short():
        for _ in range(TURNS):
            receive(short)

    def receive_long():
        receive(long)

    assert allocated(receive_short) < TURNS * 600
    assert allocated(receive_long) < 1000
    assert session.counters.received == TURNS and session.counters.oversized == 1


def test_nothing_is_kept():
    bench = Bench(queue=4)
    bench.connect()

    def turn(number):
        bench.put(b"t/%d" % (number % 5), b"x" * (number % 700), QOS_1)
        for packet in bench.send():
            bench.hear(puback(packet[1][5] << 8 | packet[1][6]))
        bench.hear(publish(b"in", b"y" * (number % 700)))
        bench.received.clear()
        if number % 50 == 0:
            bench.session.lost()
            bench.connect()

    used = []
    for _ in range(3):
        for number in range(700):
            turn(number)
        gc.collect()
        used.append(gc.mem_alloc())
    assert used[2] <= used[1], used
