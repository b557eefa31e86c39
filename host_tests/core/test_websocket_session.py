"""One connection after the other: handshake, messages, signs of life, and how it ends."""

from websocket_bench import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    SWITCHING,
    TEXT,
    Bench,
    close_frame,
    frame,
    take_apart,
)

from websocket_client import errors
from websocket_client.errors import WebSocketError
from websocket_client.session import is_close_code

BODY = SWITCHING + b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"


def test_from_the_handshake_to_messages():
    bench = Bench()
    request = bench.begin()
    assert request.startswith(b"GET /CP1 HTTP/1.1\r\nHost: csms.lan\r\n")
    assert not bench.session.connected and not bench.session.offer("early")
    bench.hear(BODY[:50])
    assert not bench.session.connected
    # A server may speak at once.
    bench.hear(BODY[50:] + frame(TEXT, b"first") + frame(TEXT, b"second"))
    assert bench.session.connected and bench.session.subprotocol == "ocpp1.6"
    assert bench.handler.messages == [b"first", b"second"]
    assert bench.session.offer("one") and not bench.session.offer("two")
    assert bench.send() == [(TEXT, b"one", True)]
    assert bench.session.offer("two")
    assert bench.send(1) == [(TEXT, b"two", True)]


def test_one_call_ends_at_most_one_message():
    bench = Bench()
    bench.connect()
    stream = memoryview(frame(PING) + frame(TEXT, b"a") + frame(TEXT, b"b") + frame(PING, b"p"))
    at = bench.session.receive(stream, 0, len(stream), bench.now_ms)
    assert bench.handler.messages == [b"a"] and at == 5
    at = bench.session.receive(stream, at, len(stream), bench.now_ms)
    assert bench.handler.messages == [b"a", b"b"]
    assert bench.session.receive(stream, at, len(stream), bench.now_ms) == len(stream)
    # Of several pings the last one is answered.
    assert bench.send() == [(PONG, b"p", True)]


def test_refused():
    bench = Bench()
    bench.begin()
    bench.hear(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\noops")
    assert bench.failure() == (errors.WRONG_PASSWORD, "wrong user name or password: HTTP 401", [])
    assert not bench.session.connected
    bench.session.lost()
    bench.connect()


def test_pings_of_the_server():
    bench = Bench()
    bench.connect(frame(PING, b"hello"))
    assert bench.send() == [(PONG, b"hello", True)]
    bench.hear(frame(PING) + frame(PONG, b"nobody asked"))
    assert bench.send() == [(PONG, b"", True)]
    bench.hear(frame(TEXT, b"a", False) + frame(PING, b"x" * 125) + frame(0, b"b"), 7)
    assert bench.handler.messages == [b"ab"]
    assert bench.send() == [(PONG, b"x" * 125, True)]


def test_a_pong_waits_for_the_end_of_a_long_frame():
    bench = Bench()
    bench.connect()
    bench.session.offer(b"x" * 2000)
    assert bench.session.poll(bench.now_ms) == 512
    bench.hear(frame(PING, b"now"))
    assert bench.send() == [(TEXT, b"x" * 2000, True), (PONG, b"now", True)]
    # Between fragments it does not.
    bench.session.offer(b"y" * 300 for _ in range(9))
    bench.hear(frame(PING, b"now"))
    kinds = [sent[0] for sent in bench.send()]
    assert kinds[0] == PONG and kinds[1] == TEXT and set(kinds[2:]) == {0}
    assert not bench.session.offer("next") or bench.send() == [(TEXT, b"next", True)]


def test_own_pings():
    bench = Bench()
    session = bench.session
    session.ping_every_ms = 30000
    session.pong_within_ms = 10000
    bench.connect()
    for _ in range(3):
        bench.advance(15000)
        # Whatever the server says meanwhile: a ping is also for those in between.
        bench.hear(frame(TEXT, b"busy"))
        bench.advance(14999)
        assert bench.send() == []
        bench.advance(1)
        assert bench.send() == [(PING, b"", True)]
        bench.advance(9999)
        assert bench.send() == []
        # The next one comes 30 s after the last one, not after its answer.
        bench.hear(frame(PONG))
        bench.advance(20000)
        assert bench.send() == []
        bench.advance(1)
        assert bench.send() == [(PING, b"", True)]
        bench.hear(frame(PONG))


def test_no_pong():
    bench = Bench()
    bench.session.ping_every_ms = 30000
    bench.session.pong_within_ms = 10000
    bench.connect()
    bench.advance(30000)
    assert bench.send() == [(PING, b"", True)]
    bench.advance(5000)
    # Something else comes: a sign of life, but the pong is still owed.
    bench.hear(frame(TEXT, b"x"))
    bench.advance(9999)
    assert bench.send() == []
    bench.advance(1)
    assert bench.failure() == (errors.NO_PONG, "connection lost: no answer to a ping", [])


def test_a_network_that_takes_nothing():
    bench = Bench()
    bench.session.ping_every_ms = 30000
    bench.session.pong_within_ms = 10000
    bench.connect()
    bench.session.offer(b"x" * 2000)
    assert bench.session.poll(bench.now_ms)
    bench.advance(30000)
    assert bench.session.poll(bench.now_ms)
    bench.advance(9999)
    assert bench.session.poll(bench.now_ms)
    bench.advance(1)
    try:
        bench.session.poll(bench.now_ms)
        raise AssertionError("still alive")
    except WebSocketError as error:
        assert error.code == errors.NO_PONG


def test_no_pings():
    bench = Bench()
    bench.connect()
    for _ in range(100):
        bench.advance(100000000)
        assert bench.send() == []
    bench.session.ping()
    assert bench.send() == [(PING, b"", True)]
    # The interval may change at any time.
    bench.hear(frame(PONG))
    bench.session.ping_every_ms = 5000
    bench.advance(5000)
    assert bench.send() == [(PING, b"", True)]


def test_a_question_without_a_sign_of_life():
    bench = Bench()
    bench.connect()
    bench.session.expect(30000, bench.now_ms)
    bench.advance(20000)
    # Asked once more, the first one counts.
    bench.session.expect(30000, bench.now_ms)
    bench.advance(9999)
    assert bench.send() == []
    bench.advance(1)
    assert bench.failure() == (errors.NO_ANSWER, "timed out: the server did not answer", [])
    # Whatever the server says is a sign of life, its pings too.
    for said in (frame(TEXT, b"x"), frame(PING)):
        bench = Bench()
        bench.connect()
        bench.session.expect(30000, bench.now_ms)
        bench.advance(29000)
        bench.hear(said)
        bench.send()
        bench.advance(100000)
        assert bench.send() == []
    # Where pings are sent anyway one of them finds out, so a server that only has no answer stays.
    bench = Bench()
    bench.session.ping_every_ms = 3600000
    bench.connect()
    bench.session.expect(30000, bench.now_ms)
    bench.advance(30000)
    assert bench.send() == [(PING, b"", True)]
    bench.hear(frame(PONG))
    bench.session.expect(30000, bench.now_ms)
    bench.advance(30000)
    assert bench.send() == [(PING, b"", True)]
    bench.advance(10000)
    assert bench.failure() == (errors.NO_PONG, "connection lost: no answer to a ping", [])


def test_closing():
    bench = Bench()
    bench.connect()
    session = bench.session
    session.offer("last words")
    session.close(1000, "restart", bench.now_ms)
    assert not session.connected and session.leaving and not session.offer("more")
    assert bench.send() == [(TEXT, b"last words", True), (CLOSE, b"\x03\xe8restart", True)]
    assert not session.done
    # What the server had sent before it read the goodbye.
    bench.hear(frame(TEXT, b"answer") + frame(PING, b"?"))
    assert bench.handler.messages == [b"answer"]
    bench.hear(close_frame(1000) + b"rubbish behind it")
    assert session.done and session.close_code == 1000 and bench.send() == []


def test_a_server_that_does_not_answer_a_goodbye():
    bench = Bench()
    bench.connect()
    bench.session.close(1001, "", bench.now_ms)
    assert bench.send() == [(CLOSE, b"\x03\xe9", True)]
    bench.advance(1999)
    assert bench.send() == [] and not bench.session.done
    bench.advance(1)
    assert bench.send() == [] and bench.session.done


def test_a_goodbye_that_the_network_does_not_take():
    bench = Bench()
    bench.connect()
    bench.session.offer(b"x" * 900)
    assert bench.session.poll(bench.now_ms)
    bench.session.close(1000, "", bench.now_ms)
    bench.advance(2000)
    bench.session.poll(bench.now_ms)
    assert bench.session.done


def test_closing_within_the_handshake():
    bench = Bench()
    bench.begin()
    bench.session.close(1000, "", bench.now_ms)
    assert bench.session.done


def test_closed_by_the_server():
    for goodbye, code, reason, words in (
        (close_frame(1001, b"going away"), 1001, "going away", ": 1001 going away"),
        (close_frame(1008), 1008, "", ": 1008"),
        (close_frame(4999, b"x" * 123), 4999, "x" * 123, ": 4999 " + "x" * 123),
        (frame(CLOSE), 1005, "", ""),
    ):
        bench = Bench()
        bench.connect(goodbye + frame(TEXT, b"too late"))
        assert bench.handler.messages == [] and not bench.session.connected
        assert (bench.session.close_code, bench.session.close_reason) == (code, reason)
        error, text, sent = bench.failure()
        assert error == errors.CLOSED_WITH_CODE
        assert text == "the server closed the connection" + words
        assert sent == [(CLOSE, goodbye[2:4] if code != 1005 else b"", True)]


def test_closed_by_the_server_within_our_message():
    # A frame that has begun must end before the answer to the goodbye.
    bench = Bench()
    bench.connect()
    bench.session.offer(b"x" * 900)
    assert bench.session.poll(bench.now_ms)
    bench.hear(close_frame(1000))
    assert bench.failure()[2] == [(TEXT, b"x" * 900, True), (CLOSE, b"\x03\xe8", True)]
    # A fragmented message need not.
    bench = Bench()
    bench.connect()
    bench.session.offer(b"x" * 900 for _ in range(9))
    bench.session.poll(bench.now_ms)
    bench.hear(close_frame(1000))
    sent = bench.failure()[2]
    assert [frame[0] for frame in sent] == [TEXT, CLOSE]


def test_bad_goodbyes():
    for payload in (
        b"\x03",
        b"\x00\x00",
        b"\x03\xe7",
        b"\x03\xec",
        b"\x03\xed",
        b"\x03\xee",
        b"\x03\xf7",
        b"\xff\xff",
    ):
        bench = Bench()
        bench.connect(frame(CLOSE, payload))
        code, _, sent = bench.failure()
        assert (code, sent) == (errors.BROKEN, [(CLOSE, b"\x03\xea", True)]), payload
    bench = Bench()
    bench.connect(close_frame(1000, b"\xed\xa0\x80"))
    code, _, sent = bench.failure()
    assert (code, sent) == (errors.BAD_TEXT, [(CLOSE, b"\x03\xef", True)])


def test_close_codes():
    good = [code for code in range(66000) if is_close_code(code)]
    wanted = [1000, 1001, 1002, 1003] + list(range(1007, 1015)) + list(range(3000, 5000))
    assert good == wanted


def test_the_server_is_told_what_is_wrong():
    for data, code, close_code in (
        (frame(TEXT, b"x" * 1001), errors.TOO_LONG, b"\x03\xf1"),
        (frame(TEXT, b"\xff"), errors.BAD_TEXT, b"\x03\xef"),
        (frame(BINARY, b"x"), errors.BINARY, b"\x03\xeb"),
        (frame(3), errors.BROKEN, b"\x03\xea"),
    ):
        bench = Bench()
        bench.connect(frame(PING) + data + frame(TEXT, b"not heard"))
        got, _, sent = bench.failure()
        assert got == code and bench.handler.messages == []
        assert sent == [(PONG, b"", True), (CLOSE, close_code, True)]


def test_an_error_is_told_only_as_long_as_it_can_be():
    bench = Bench()
    bench.connect()
    bench.session.offer(b"x" * 900)
    assert bench.session.poll(bench.now_ms)
    bench.hear(frame(3))
    bench.advance(1999)
    assert bench.session.poll(bench.now_ms)
    bench.advance(1)
    try:
        bench.session.poll(bench.now_ms)
        raise AssertionError("no error")
    except WebSocketError as error:
        assert error.code == errors.BROKEN


def test_parts_that_are_not_as_announced():
    bench = Bench()
    bench.connect()
    assert bench.session.offer((10, [b"12345"]))
    assert bench.failure()[0] == errors.BAD_STREAM

    def fails():
        yield b"x"
        raise RuntimeError("a file is gone")

    bench.session.lost()
    bench.connect()
    assert bench.session.offer(fails())
    assert bench.failure()[1] == "a message had another length than announced: a file is gone"
    assert bench.handler.errors == ["a message had another length than announced", "a file is gone"]


def test_a_message_that_is_cut_off_by_a_new_connection():
    bench = Bench()
    bench.connect(frame(TEXT, b"half", False))
    bench.session.lost()
    bench.connect(frame(TEXT, b"whole"))
    assert bench.handler.messages == [b"whole"] and bench.handler.begun == 2


def test_a_handler_that_fails_does_not_end_the_connection():
    bench = Bench()
    bench.connect(frame(TEXT, b"raise") + frame(TEXT, b"next"))
    assert bench.handler.messages == [b"next"] and bench.handler.errors == ["a piece"]
    assert bench.session.connected and bench.send() == []


def test_nothing_is_sent_before_the_answer_but_the_request():
    bench = Bench()
    bench.session.ping_every_ms = 1000
    request = bench.begin()
    bench.session.ping()
    bench.advance(5000)
    assert bench.write() == b"" and b"HTTP" in request
    bench.hear(BODY)
    assert take_apart(bench.write()) == [(PING, b"", True)]


def test_messages_wait_while_they_are_held():
    bench = Bench()
    bench.connect()
    receiver = bench.session.receiver
    receiver.hold = True
    bench.session.ping()
    stream = memoryview(frame(PING, b"p") + frame(TEXT, b"a", False) + frame(PING, b"q") + frame(0, b"b"))
    head = len(frame(PING, b"p"))
    at = bench.session.receive(stream, 0, len(stream), bench.now_ms)
    assert at == head and receiver.held and bench.handler.messages == []
    assert bench.session.receive(stream, at, len(stream), bench.now_ms) == at
    # Control frames before it were heard, and the connection lives.
    assert (PONG, b"p", True) in bench.send() and bench.session.connected
    receiver.hold = receiver.held = False
    end = at + len(frame(TEXT, b"a", False)) - 1
    assert bench.session.receive(stream[:end], at, end, bench.now_ms) == end
    # In the middle of a frame as well.
    receiver.hold = True
    assert bench.session.receive(stream, end, len(stream), bench.now_ms) == end and receiver.held
    receiver.hold = False
    while end < len(stream):
        end = bench.session.receive(stream, end, len(stream), bench.now_ms)
    assert bench.handler.messages == [b"ab"]
    # A new connection holds nothing.
    receiver.hold = True
    bench.session.lost()
    bench.connect()
    bench.hear(frame(TEXT, b"new"))
    assert bench.handler.messages[-1] == b"new"
