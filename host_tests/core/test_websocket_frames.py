"""Frames of a server, in whatever pieces they come."""

from websocket_bench import BINARY, CLOSE, PING, PONG, TEXT, close_frame, frame, receive

from websocket_client import errors
from websocket_client.utf8 import Utf8, is_utf8

BROKEN = (errors.BROKEN, 1002)
BAD_TEXT = (errors.BAD_TEXT, 1007)


def fails(stream, error, limit=1000, allow_binary=True):
    """Expect an error, the same in whatever pieces the stream comes."""
    for cuts in ((), range(len(stream))):
        got = receive(stream, cuts, limit, allow_binary)[2]
        assert got == error, (stream[:20], got)


def test_messages_of_all_lengths():
    for size in (0, 1, 124, 125, 126, 127, 128, 255, 256, 65535, 65536, 70000):
        text = b"0123456789abcde" * (size // 15 + 1)
        text = text[:size]
        assert receive(frame(TEXT, text), (), 100000) == ([text], [], None)
        assert receive(frame(BINARY, text), (), 100000) == ([text], [], None)


def test_a_stream_cut_at_every_byte():
    stream = (
        frame(TEXT, b"whole")
        + frame(TEXT, "gr\u00fc\u00df ".encode(), False)
        + frame(PING, b"between")
        + frame(0, b"", False)
        + frame(PONG)
        + frame(0, "\U0001f600 ende".encode())
        + frame(TEXT, b"x" * 200)
        + frame(TEXT)
        + close_frame(1000, b"bye")
    )
    wanted = (
        [b"whole", "gr\u00fc\u00df \U0001f600 ende".encode(), b"x" * 200, b""],
        [(PING, b"between"), (PONG, b""), (CLOSE, b"\x03\xe8bye")],
        None,
    )
    for cut in range(len(stream) + 1):
        assert receive(stream, (cut,)) == wanted, cut
        assert receive(stream, (cut, cut + 1, cut + 7, 2 * cut)) == wanted, cut
    assert receive(stream, range(len(stream))) == wanted


def test_fragments_also_within_a_character():
    text = "a\u00e4\u20ac\U0001d11e" * 30
    data = text.encode()
    for size in (1, 2, 3, 7, 64, 65):
        parts = [data[at : at + size] for at in range(0, len(data), size)]
        stream = b"".join(
            [frame(0 if n else TEXT, part, n == len(parts) - 1) for n, part in enumerate(parts)]
        )
        assert receive(stream) == ([data], [], None), size


def test_what_is_against_the_standard():
    for bits in (0x40, 0x20, 0x10, 0x70):
        fails(bytes([0x81 | bits, 0]), BROKEN)
    for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
        fails(frame(opcode), BROKEN)
        fails(frame(TEXT, b"a", False) + frame(opcode, b"b"), BROKEN)
    # Control frames are whole and short.
    for opcode in (CLOSE, PING, PONG):
        fails(frame(opcode, b"", False), BROKEN)
        fails(frame(opcode, b"x" * 126), BROKEN)
        fails(frame(opcode, b"x" * 70000), BROKEN)
    fails(frame(0, b"of nothing"), BROKEN)
    fails(frame(TEXT, b"whole") + frame(0, b"more"), BROKEN)
    fails(frame(TEXT, b"a", False) + frame(TEXT, b"b"), BROKEN)
    fails(frame(TEXT, b"a", False) + frame(BINARY, b"b"), BROKEN)
    fails(frame(TEXT, b"masked", True, b"\1\2\3\4"), BROKEN)
    # Lengths that are written longer than needed.
    fails(b"\x81\x7e\x00\x7d" + b"x" * 125, BROKEN)
    fails(b"\x81\x7e\x00\x00", BROKEN)
    fails(b"\x81\x7f\x00\x00\x00\x00\x00\x00\xff\xff", BROKEN)
    fails(b"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", BROKEN)


def test_too_long():
    too_long = (errors.TOO_LONG, 1009)
    assert receive(frame(TEXT, b"x" * 1000)) == ([b"x" * 1000], [], None)
    fails(frame(TEXT, b"x" * 1001), too_long)
    # Noticed by the head alone, and over all fragments.
    fails(b"\x81\x7e\x03\xe9", too_long)
    fails(b"\x81\x7f\x00\x00\x00\x01\x00\x00\x00", too_long)
    fails(b"\x81\x7f\x7f\xff\xff\xff\xff\xff\xff\xff", too_long)
    fails(frame(TEXT, b"x" * 600, False) + frame(0, b"x" * 401, False), too_long)
    assert receive(frame(TEXT, b"x" * 600, False) + frame(0, b"x" * 400))[2] is None


def test_binary_where_only_text_is_wanted():
    fails(frame(BINARY, b"x"), (errors.BINARY, 1003), 1000, False)


def test_text_that_is_not_utf8():
    for bad in (
        b"\x80",
        b"\xbf",
        b"\xc0\xaf",
        b"\xc1\xbf",
        b"\xe0\x80\xaf",
        b"\xe0\x9f\xbf",
        b"\xf0\x80\x80\xaf",
        b"\xf0\x8f\xbf\xbf",
        b"\xed\xa0\x80",
        b"\xed\xbf\xbf",
        b"\xf4\x90\x80\x80",
        b"\xf5\x80\x80\x80",
        b"\xfe",
        b"\xff",
        b"\xce",
        b"\xe2\x82",
        b"\xf0\x9f\x98",
        b"\xc3\x28",
        b"\xe2\x28\xa1",
        b"\xf0\x28\x8c\xbc",
    ):
        for before in (b"", b"abc", b"x" * 63, b"x" * 64, "\u00e4".encode() * 32):
            fails(frame(TEXT, before + bad), BAD_TEXT)
            assert not is_utf8(before + bad)
            assert receive(frame(BINARY, before + bad))[2] is None
        # At the end of one fragment it may be half a character, but another one does not complete it.
        fails(frame(TEXT, bad, False) + frame(0, b"x"), BAD_TEXT)
    for good in (0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF):
        assert is_utf8(chr(good).encode()), good
        assert receive(frame(TEXT, chr(good).encode()), range(20))[2] is None


def test_utf8_is_refused_at_the_first_wrong_byte():
    text = Utf8()
    assert text.feed(memoryview(b"abc\xf4")) and not text.complete
    assert not text.feed(memoryview(b"\x90"))
    # Before the rest of the frame has come.
    assert receive(frame(TEXT, b"\xc0" + b"x" * 99)[:3])[2] == BAD_TEXT


def test_a_handler_that_fails_hears_no_more_of_this_message():
    stream = frame(TEXT, b"raise", False) + frame(0, b"more") + frame(TEXT, b"next")
    messages, _, error = receive(stream)
    assert (messages, error) == ([b"next"], None)
