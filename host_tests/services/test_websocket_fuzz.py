"""Whatever a server sends in whatever pieces: the right messages, or the one error, and memory stays bounded."""

import itertools
import random

from hypothesis import given, settings
from hypothesis import strategies as st
from websocket_bench import SWITCHING, Bench, close_frame, frame, receive

from sockets.errors import LinkError
from websocket_client import errors, handshake
from websocket_client.errors import WebSocketError
from websocket_client.frames import CONTROL_BYTES_MAX
from websocket_client.utf8 import is_utf8

LIMIT = 300
STREAMS = 10000
HEAD = SWITCHING + b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@st.composite
def conversations(draw: st.DrawFn) -> tuple[bytes, list[bytes], list[tuple[int, bytes]]]:
    """Return a stream, its messages and its control frames."""
    stream = b""
    messages = []
    controls = []
    for _ in range(draw(st.integers(0, 5))):
        data = draw(texts).encode()
        cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=3)))
        edges = [0, *cuts, len(data)]
        for number, (begin, end) in enumerate(itertools.pairwise(edges)):
            if draw(st.booleans()):
                control = (draw(st.sampled_from([9, 10])), draw(st.binary(max_size=CONTROL_BYTES_MAX)))
                controls.append(control)
                stream += frame(*control)
            stream += frame(0 if number else 1, data[begin:end], number == len(edges) - 2)
        messages.append(data)
    return stream, messages, controls


@settings(max_examples=400)
@given(conversations(), st.lists(st.integers(0, 3000), max_size=12))
def test_pieces_make_no_difference(conversation, cuts):
    stream, messages, controls = conversation
    assert receive(stream, cuts, 10000) == (messages, controls, None)
    assert receive(stream, range(len(stream)), 10000) == (messages, controls, None)


@settings(max_examples=600)
@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=4))
def test_utf8_is_what_python_says(data, cuts):
    try:
        data.decode()
        wanted = True
    except UnicodeDecodeError:
        wanted = False
    assert is_utf8(data) == wanted
    assert (receive(frame(1, data), cuts)[2] is None) == wanted


def mutated(generator: random.Random) -> bytes:
    """Return a server's stream with a few damages, behind a good handshake or not."""
    stream = bytearray()
    payload = b""
    for _ in range(generator.randint(1, 6)):
        payload = generator.choice(
            [b"", b"text", "Grüße €".encode() * 5, generator.randbytes(40), b"x" * 250]
        )
        opcode = generator.choice([0, 1, 1, 1, 2, 8, 9, 10])
        stream += frame(opcode, payload, generator.random() < 0.8)
    if generator.random() < 0.2:
        stream += close_frame(generator.randrange(65536), payload[:120])
    if generator.random() < 0.9:
        stream[:0] = HEAD
    for _ in range(generator.randint(0, 4)):
        at = generator.randint(0, len(stream))
        # Most of the damages behind the handshake.
        if generator.random() < 0.8:
            at = min(len(stream), at + len(HEAD))
        what = generator.randrange(4)
        if what == 0:
            stream[at:at] = generator.randbytes(generator.randint(1, 4))
        elif what == 1:
            del stream[at:]
        elif what == 2:
            del stream[at : at + 1]
        elif at < len(stream):
            stream[at] ^= 1 << generator.randrange(8)
    return bytes(stream)


def talk(stream: bytes, chunk: int, cuts: random.Random) -> tuple[list[bytes], "tuple[int, str] | None"]:
    """Let a session hear a stream; return the messages and what it says is wrong."""
    bench = Bench(LIMIT, True)
    bench.session.ping_every_ms = 1000
    bench.begin()
    failure = None
    at = 0
    view = memoryview(stream)
    while at < len(stream) and failure is None:
        end = min(len(stream), at + cuts.randint(1, chunk))
        while at < end:
            moved = bench.session.receive(view, at, end, bench.now_ms)
            assert moved > at
            at = moved
        bench.session.offer(b"y" * cuts.randint(0, 600))
        try:
            bench.write()
        except WebSocketError as error:
            failure = (error.code, str(error))
    if failure is None:
        try:
            bench.write()
        except LinkError as error:
            failure = (error.code, str(error))
    # Its buffers are those that it began with.
    session = bench.session
    assert len(session.sender.buffer) == 512
    assert len(session.receiver.payload) == CONTROL_BYTES_MAX == len(session._pong)
    assert all(len(message) <= LIMIT for message in bench.handler.messages)
    return bench.handler.messages, failure


def test_mutated_streams_raise_the_one_error_only():
    generator = random.Random(20)
    outcomes = {}
    for number in range(STREAMS):
        stream = mutated(generator)
        found = talk(stream, 5000, random.Random(1))
        if number % 10 == 0:
            # And what it raises, or finds, does not depend on the pieces either.
            assert talk(stream, 1, random.Random(1)) == found == talk(stream, 7, random.Random(1))
        code = found[1][0] if found[1] else 0
        outcomes[code] = outcomes.get(code, 0) + 1
    # The damages reach everything that is checked.
    wanted = {
        0,
        errors.BROKEN,
        errors.TOO_LONG,
        errors.BAD_TEXT,
        errors.CLOSED_WITH_CODE,
        errors.NO_WEBSOCKET,
    }
    assert wanted <= set(outcomes), outcomes


def test_mutated_heads_raise_the_one_error_only():
    generator = random.Random(21)
    for _ in range(2000):
        head = bytearray(HEAD)
        for _ in range(generator.randint(1, 3)):
            head[generator.randrange(len(head))] = generator.randrange(256)
        response = handshake.Response(b"dGhlIHNhbXBsZSBub25jZQ==", "ocpp1.6")
        try:
            response.feed(memoryview(head), 0, len(head))
        except WebSocketError as error:
            assert errors.WRONG_PASSWORD <= error.code <= errors.NO_WEBSOCKET
