"""Whatever a broker sends in whatever pieces: the right messages, or the one error, and memory stays bounded.

A whole station takes 1,500 mutated streams from each of two brokers by default; MICROEVSE_FUZZ=100000 takes minutes.
"""

import itertools
import json
import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mqtt_bench import CONNACK, puback, publish, suback

from interpreters import MICROPYTHON, ROOT, micropython_environment
from mqtt import errors
from mqtt.errors import MQTTException
from mqtt.packets import encode_connect
from mqtt.parser import Parser
from mqtt.session import Session

COUNT = int(os.environ.get("MICROEVSE_FUZZ", "1500"))
SEED = int(os.environ.get("MICROEVSE_FUZZ_SEED", "1"))
# Names and objects that come with the first use of what few use.
HEAP_GROWTH = 40_000
LIMIT = 48
START_MS = (1 << 30) - 100

topics = st.text(st.characters(exclude_characters="#+\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
ids = st.integers(1, 65535)
messages = st.builds(
    lambda topic, message, qos, packet_id, retain, dup: (
        publish(topic.encode(), message, qos, packet_id, retain, dup if qos else 0),
        (3, topic.encode(), message, packet_id if qos else 0),
    ),
    topics,
    st.binary(max_size=80),
    st.integers(0, 1),
    ids,
    st.integers(0, 1),
    st.integers(0, 1),
)
answers = st.one_of(
    ids.map(lambda packet_id: (puback(packet_id), (4, b"", b"", packet_id))),
    st.builds(
        lambda packet_id, code: (suback(packet_id, code), (9, b"", b"", packet_id)),
        ids,
        st.sampled_from([0, 1, 2, 0x80]),
    ),
    ids.map(lambda packet_id: (b"\xb0\x02" + packet_id.to_bytes(2, "big"), (11, b"", b"", packet_id))),
    st.just((b"\xd0\x00", (13, b"", b"", 0))),
)


def parse(data: bytes, cuts: list[int]) -> list[tuple[int, bytes, bytes, int]]:
    """Return what a parser finds in a stream that comes in pieces."""
    parser = Parser(LIMIT)
    found = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in itertools.pairwise(edges):
        piece = memoryview(data[begin:end])
        at = 0
        while at < len(piece):
            moved = parser.feed(piece, at, len(piece))
            assert moved > at
            at = moved
            if parser.complete:
                found.append((parser.kind, parser.topic, parser.message, parser.packet_id))
    assert len(parser._body) == LIMIT
    return found


def as_kept(packet: tuple[bytes, tuple[int, bytes, bytes, int]]) -> tuple[int, bytes, bytes, int]:
    """Return what is left of a packet by a buffer of LIMIT bytes."""
    data, (kind, topic, message, packet_id) = packet
    return (kind, b"", b"", packet_id) if len(data) - 2 > LIMIT else (kind, topic, message, packet_id)


@settings(max_examples=400)
@given(st.lists(st.one_of(messages, answers), max_size=8), st.lists(st.integers(0, 2000), max_size=12))
def test_pieces_make_no_difference(packets, cuts):
    stream = b"".join(packet[0] for packet in packets)
    assert parse(stream, cuts) == [as_kept(packet) for packet in packets]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a broker's stream with a few damages."""
    packets = draw(st.lists(st.one_of(messages, answers), min_size=1, max_size=5))
    data = bytearray(b"".join(packet[0] for packet in packets))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        what = draw(st.sampled_from(["flip", "insert", "delete", "cut"]))
        if what == "insert":
            data[at:at] = draw(st.binary(min_size=1, max_size=4))
        elif what == "cut":
            del data[at:]
        elif at < len(data):
            if what == "flip":
                data[at] ^= 1 << draw(st.integers(0, 7))
            else:
                del data[at]
    return bytes(data)


@settings(max_examples=600)
@given(st.one_of(st.binary(max_size=300), mutated()), st.lists(st.integers(0, 400), max_size=5))
def test_garbage_raises_the_one_error_only(data, cuts):
    outcomes = []
    for pieces in (cuts, [], range(len(data))):
        try:
            outcomes.append(parse(data, list(pieces)))
        except MQTTException as error:
            assert error.code == errors.MALFORMED
            outcomes.append(str(error))
    # And what it raises, or finds, does not depend on the pieces either.
    assert outcomes[0] == outcomes[1] == outcomes[2]


@settings(max_examples=300)
@given(st.lists(st.one_of(st.binary(max_size=60), mutated()), max_size=6), st.booleans())
def test_a_session_survives_garbage(pieces, greeted):
    received = []
    session = Session(10, 4, LIMIT)
    session.callback = lambda topic, message, retained: received.append((topic, message))
    session.subscriptions.add(b"a/#", 1)
    now_ms = START_MS
    for data in pieces:
        session.begin(encode_connect(b"me", 10, True, None, None, None), now_ms)
        session.outbox.put(b"t", b"x" * 700, 2)
        stream = memoryview(CONNACK + data if greeted else data)
        at = 0
        try:
            while at < len(stream):
                count = session.poll(now_ms)
                session.sent(count, now_ms)
                if session.may_receive:
                    at = session.receive(stream, at, len(stream), now_ms)
        except MQTTException as error:
            assert 1 <= error.code <= errors.MALFORMED
        session.lost()
        assert session.outbox.count <= 4
        now_ms = (now_ms + 1) & 0x3FFFFFFF
    assert all(len(topic) + len(message) <= LIMIT for topic, message in received)


@pytest.mark.parametrize("broker", ["stranger", "trusted"])
def test_a_station_takes_whatever_a_broker_sends(broker, capsys):
    """No exception reaches the loop, what a stranger sends changes nothing, and memory is bounded."""
    environment = micropython_environment()
    environment["MICROPYPATH"] += ":host_tests/core"
    command = [
        str(MICROPYTHON),
        "-X",
        "heapsize=3M",
        "host_tests/services/mqtt_fuzz.py",
        str(COUNT),
        str(SEED),
    ]
    result = subprocess.run(
        [*command, broker], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    told = json.loads(result.stdout.splitlines()[-1])
    with capsys.disabled():
        print(f"\n{broker}: {told}")
    assert told["mistakes"] == 0 and told["streams"] == COUNT
    # As varied as it should be: what is no MQTT, and what is but makes no sense.
    assert told["malformed"] > COUNT // 10 and told["rejected"] > COUNT // 10
    assert told["received"] > told["rejected"]
    assert told["grown"] < HEAP_GROWTH
    assert (told["changed"] == []) == (broker == "stranger")
