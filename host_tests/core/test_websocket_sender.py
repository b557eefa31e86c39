"""Frames of a client: lengths, masks, fragments, and what stands between them."""

from websocket_bench import BINARY, PING, PONG, TEXT, take_apart

from websocket_client import errors
from websocket_client.errors import WebSocketError
from websocket_client.sender import Sender


def drain(sender, chunk=1000000):
    """Return what a sender sends, written in pieces of `chunk` bytes."""
    pieces = []
    while True:
        if sender.start == sender.end:
            sender.fill()
        count = min(sender.end - sender.start, chunk)
        if not count:
            assert not sender.busy
            return b"".join(pieces)
        pieces.append(bytes(sender.view[sender.start : sender.start + count]))
        sender.sent(count)


def test_lengths():
    sender = Sender(512)
    for size in (0, 1, 3, 4, 5, 125, 126, 127, 128, 500, 503, 504, 505, 512, 1000, 65535, 65536, 70001):
        payload = bytes([at * 7 & 0xFF for at in range(size)])
        for chunk in (1000000, 100, 3) if size < 2000 else (1000000,):
            sender.begin_message(BINARY, payload)
            assert take_apart(drain(sender, chunk)) == [(BINARY, payload, True)], size


def test_text_and_views():
    sender = Sender(512)
    sender.begin_message(TEXT, "gr\u00fc\u00dfe")
    assert take_apart(drain(sender)) == [(TEXT, "gr\u00fc\u00dfe".encode(), True)]
    sender.begin_message(TEXT, memoryview(b"abcdef")[1:4])
    assert take_apart(drain(sender)) == [(TEXT, b"bcd", True)]


def test_every_frame_has_its_own_mask():
    sender = Sender(512)
    masks = []
    for _ in range(50):
        sender.begin_message(TEXT, b"same")
        masks.append(drain(sender)[2:6])
    assert len(set(masks)) > 45
    # And nothing goes out as it is.
    sender.begin_message(TEXT, b"secret" * 50)
    assert b"secret" not in drain(sender)


def test_parts_of_known_length_are_one_frame():
    sender = Sender(512)
    parts = [b"", b"a" * 3, "\u00e4" * 400, b"", b"c" * 70, b""]
    whole = b"a" * 3 + ("\u00e4" * 400).encode() + b"c" * 70
    sender.begin_message(TEXT, (len(whole), parts))
    assert take_apart(drain(sender)) == [(TEXT, whole, True)]
    for size in (len(whole) - 1, len(whole) + 1):
        sender.begin_message(TEXT, (size, parts))
        try:
            drain(sender)
            raise AssertionError("another length")
        except WebSocketError as error:
            assert error.code == errors.BAD_STREAM


def test_parts_of_unknown_length_are_fragments():
    sender = Sender(256)
    for size in (0, 1, 60, 125, 126, 127, 247, 248, 249, 300, 496, 497, 5000):
        whole = b"0123456789" * 500
        whole = whole[:size]
        for step in (1, 7, 300):
            parts = (whole[at : at + step] for at in range(0, size, step))
            sender.begin_message(TEXT, parts)
            frames = take_apart(drain(sender))
            assert b"".join([payload for _, payload, _ in frames]) == whole
            assert [opcode for opcode, _, _ in frames] == [TEXT] + [0] * (len(frames) - 1)
            assert [last for _, _, last in frames] == [False] * (len(frames) - 1) + [True]
            assert len(frames) <= size // 248 + 1


def test_control_frames_stand_between_frames_only():
    sender = Sender(256)
    sender.begin_message(TEXT, b"x" * 1000)
    assert not sender.may_interrupt
    drain(sender)
    sender.begin_message(TEXT, (b"x" * 100 for _ in range(10)))
    stream = b""
    number = 0
    while sender.busy or sender.end:
        if sender.may_interrupt and sender.put_control(PING, b"%d" % number, 1):
            number += 1
        sender.fill()
        if sender.may_interrupt:
            sender.put_control(PONG, b"", 0)
        stream += bytes(sender.view[sender.start : sender.end])
        sender.sent(sender.end - sender.start)
    frames = take_apart(stream)
    assert b"".join([payload for opcode, payload, _ in frames if opcode < 8]) == b"x" * 1000
    assert [payload for opcode, payload, _ in frames if opcode == PING] == [b"%d" % n for n in range(number)]
    assert number > 3


def test_no_room_for_a_control_frame():
    sender = Sender(256)
    assert sender.put_control(PONG, b"y" * 125, 125)
    assert not sender.put_control(PONG, b"y" * 125, 125)
    assert take_apart(bytes(sender.view[: sender.end])) == [(PONG, b"y" * 125, True)]


def test_a_request_goes_out_as_it_is():
    sender = Sender(256)
    sender.begin_raw(b"GET / HTTP/1.1\r\n" * 40)
    assert not sender.may_interrupt
    assert drain(sender, 50) == b"GET / HTTP/1.1\r\n" * 40
