"""Waiting allocates nothing, and a message in or out only slices of the buffer that it goes through."""

import gc
import sys

import micropython
from heap_bench import allocated

if "host_tests/core" not in sys.path:
    sys.path.append("host_tests/core")

from websocket_bench import MASK, PING, TEXT, Bench, frame

TURNS = 200


class Deaf:
    """A handler that keeps nothing."""

    def on_begin(self):
        pass

    def on_data(self, view):
        pass

    def on_end(self):
        pass


def connected(limit=1000):
    bench = Bench(limit)
    bench.connect()
    bench.session.receiver._handler = Deaf()
    return bench


def test_waiting():
    bench = connected()
    session = bench.session
    session.ping_every_ms = 60000
    now_ms = bench.now_ms
    micropython.heap_lock()
    try:
        for _ in range(TURNS):
            now_ms = (now_ms + 20) & MASK
            session.poll(now_ms)
    finally:
        micropython.heap_unlock()
    assert session.connected


def receive(bench, data, chunk=512):
    at = 0
    while at < len(data):
        at = bench.session.receive(data, at, min(at + chunk, len(data)), bench.now_ms)


def test_a_long_message_in():
    bench = connected(65536)
    stream = memoryview(frame(TEXT, b"x" * 20000))
    # A view and an iterator for each 64 bytes, nothing of the message itself.
    assert allocated(lambda: receive(bench, stream)) < 160 * 20000 // 64
    largest = []
    for size in (1000, 60000):
        stream = memoryview(frame(TEXT, "\u00e4".encode() * (size // 2)))
        gc.collect()
        before = gc.mem_alloc()
        receive(bench, stream)
        gc.collect()
        largest.append(gc.mem_alloc() - before)
    assert largest[1] <= largest[0] + 200, largest


def test_a_long_message_out():
    bench = connected()
    session = bench.session
    message = b"x" * 20000
    taken = []

    def send():
        session.offer(message)
        while session.poll(bench.now_ms):
            session.sent(session.sender.end)

    taken.append(allocated(send))
    # What big integers take, 128 bytes at a time.
    assert taken[0] < 20000 * 8, taken
    gc.collect()
    before = gc.mem_alloc()
    send()
    gc.collect()
    assert gc.mem_alloc() <= before + 200


def test_nothing_is_kept():
    bench = connected()
    session = bench.session
    used = []

    def turn(number):
        session.offer(b"x" * (number % 700))
        while session.poll(bench.now_ms):
            session.sent(session.sender.end)
        receive(
            bench, memoryview(frame(TEXT, b"y" * (number % 700)) + frame(PING, b"z" * (number % 126))), 64
        )
        if number % 50 == 0:
            session.lost()
            bench.connect()

    for _ in range(3):
        for number in range(300):
            turn(number)
        gc.collect()
        used.append(gc.mem_alloc())
    assert used[2] <= used[1], used
