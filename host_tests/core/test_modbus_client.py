from modbus_bench import START_MS, ClientBench, frame, hexed

from modbus import codes
from modbus.rtu import RtuClient
from modbus.ticks import FOREVER_MS

READ_STATUS = hexed("02 04 00 00 00 08 F1 FF")
REPLY_TWO = frame(1, 4, 4, 0x12, 0x34, 0xFF, 0xFE)


def reading(count=2, address=1, **arguments):
    """Return a bench whose client has just sent a read request."""
    bench = ClientBench(**arguments)
    bench.client.read(address, 4, 6, count)
    bench.until_sent(1)
    return bench


def test_request_frames():
    bench = ClientBench()
    bench.client.read(2, 4, 0, 8)
    bench.poll()
    assert bench.sent == [READ_STATUS]
    bench = ClientBench()
    bench.client.write_registers(2, 0, [7, 0])
    bench.poll()
    assert bench.sent == [hexed("02 10 00 00 00 02 04 00 07 00 00 4D 2A")]
    bench = ClientBench()
    bench.client.write_register(17, 1, 3)
    bench.poll()
    assert bench.sent == [hexed("11 06 00 01 00 03 9A 9B")]


def test_reply_at_once_and_byte_by_byte():
    for step in (1, 2, 3, len(REPLY_TWO)):
        bench = reading()
        for start in range(0, len(REPLY_TWO), step):
            assert bench.client.busy
            bench.hear(REPLY_TWO[start : start + step])
            bench.wait(1)
        assert not bench.client.busy
        assert bench.client.result == codes.OK
        assert bench.client.register(0) == 0x1234
        assert bench.client.register(1) == 0xFFFE
        assert bench.client.counters.replies == 1


def test_longest_reply():
    bench = reading(count=125)
    bench.hear(b"\x01" * 3)
    bench.hear(frame(1, 4, 250, *[index & 0xFF for index in range(250)]))
    assert bench.client.result == codes.OK
    assert bench.client.register(124) == 0xF8F9


def test_write_replies():
    bench = ClientBench()
    bench.client.write_register(1, 10, 500)
    bench.until_sent(1)
    bench.hear(frame(1, 6, 0, 10, 500 >> 8, 500 & 0xFF))
    assert bench.client.result == codes.OK
    bench.client.write_registers(1, 10, [1, 2, 3])
    bench.until_sent(2)
    bench.hear(frame(1, 16, 0, 10, 0, 3))
    assert bench.client.result == codes.OK


def test_write_reply_with_another_value_is_refused():
    bench = ClientBench(retries=0)
    bench.client.write_register(1, 10, 500)
    bench.until_sent(1)
    bench.hear(frame(1, 6, 0, 10, 1, 0))
    bench.wait(300)
    assert bench.client.result == codes.UNEXPECTED


def test_timeout_counts_from_the_end_of_the_request():
    bench = ClientBench(retries=0)
    bench.client.read(1, 4, 0, 2)
    bench.poll()
    # 8 characters of 10 bits at 9600 baud are 8.3 ms.
    assert bench.client.next_due_ms(bench.now_ms) == 150 + 9
    bench.wait(150 + 8)
    assert bench.client.busy
    bench.wait(1)
    assert bench.client.result == codes.TIMEOUT
    assert bench.client.counters.timeouts == 1
    assert bench.client.next_due_ms(bench.now_ms) == FOREVER_MS


def test_a_long_reply_may_last_longer_than_the_timeout():
    bench = reading(count=125, retries=0)
    reply = frame(1, 4, 250, *([7] * 250))
    bench.wait(130)
    for byte in reply:
        bench.hear(bytes([byte]))
        bench.wait(1)
    assert bench.client.result == codes.OK


def test_a_trickle_does_not_last_for_ever():
    bench = reading(retries=0)
    for _ in range(40):
        bench.hear(b"\x01\x04")
        bench.wait(10)
        if not bench.client.busy:
            break
    assert bench.client.result == codes.UNEXPECTED


def test_retry_then_reply():
    bench = reading(retries=2)
    bench.until_sent(2)
    bench.until_sent(3)
    assert bench.sent[0] == bench.sent[1] == bench.sent[2]
    bench.hear(REPLY_TWO)
    counters = bench.client.counters
    assert bench.client.result == codes.OK
    assert (counters.requests, counters.retries, counters.timeouts, counters.replies) == (3, 2, 2, 1)


def test_retries_end():
    bench = reading(retries=1)
    bench.wait(2000)
    assert len(bench.sent) == 2
    assert bench.client.result == codes.TIMEOUT


def test_exception_is_data_and_not_retried():
    bench = reading(retries=3)
    bench.hear(frame(1, 0x84, 2))
    assert bench.client.result == codes.EXCEPTION
    assert bench.client.exception_code == 2
    assert codes.exception_text(2) == "illegal data address"
    assert codes.exception_text(77) == "unknown exception"
    assert str(codes.ModbusError(codes.EXCEPTION, 2)) == "exception reply 2: illegal data address"
    assert bench.client.counters.exceptions == 1
    bench.wait(500)
    assert len(bench.sent) == 1


def test_wrong_frames_are_refused():
    for wrong, result in (
        (frame(2, 4, 4, 0x12, 0x34, 0, 0), codes.UNEXPECTED),
        (frame(1, 3, 4, 0x12, 0x34, 0, 0), codes.UNEXPECTED),
        (frame(1, 4, 2, 0x12, 0x34), codes.UNEXPECTED),
        (frame(1, 4, 6, 1, 2, 3, 4, 5, 6), codes.UNEXPECTED),
        (frame(1, 0x83, 2), codes.UNEXPECTED),
        (REPLY_TWO[:-1] + b"\0", codes.BAD_CRC),
        (REPLY_TWO[:-2], codes.UNEXPECTED),
    ):
        bench = reading(retries=0)
        bench.hear(wrong)
        bench.wait(300)
        assert bench.client.result == result, wrong
        assert bench.client.counters.replies == 0
        expected = (1, 0) if result == codes.BAD_CRC else (0, 1)
        counters = bench.client.counters
        if wrong != REPLY_TWO[:-2]:
            assert (counters.crc_errors, counters.foreign_frames) == expected, wrong


def test_the_true_reply_after_wrong_frames():
    bench = reading(retries=0)
    bench.hear(frame(2, 4, 4, 0x12, 0x34, 0, 0))
    bench.wait(20)
    bench.hear(REPLY_TWO[:-1] + b"\0")
    bench.wait(20)
    bench.hear(b"\x00" + REPLY_TWO)
    assert bench.client.result == codes.OK
    assert bench.client.register(0) == 0x1234


def test_noise_longer_than_the_buffer():
    bench = reading(retries=0)
    bench.hear(b"\x55\xaa\x01" * 200)
    bench.hear(b"\x01\x04" * 200)
    bench.hear(REPLY_TWO)
    assert bench.client.result == codes.OK


def test_late_reply_is_discarded():
    bench = reading(retries=0)
    bench.wait(200)
    assert bench.client.result == codes.TIMEOUT
    # After the time-out, before the next request.
    bench.hear(REPLY_TWO)
    bench.client.read(1, 4, 6, 1)
    bench.until_sent(2)
    # While the next one waits for its own reply.
    bench.hear(REPLY_TWO)
    assert bench.client.busy
    bench.hear(frame(1, 4, 2, 0, 9))
    assert bench.client.result == codes.OK
    assert bench.client.register(0) == 9
    assert bench.client.counters.foreign_frames == 2


def test_what_comes_during_the_transmission_is_no_reply():
    bench = ClientBench(retries=0)
    bench.client.write_register(1, 10, 500)
    bench.poll()
    bench.wait(3)
    # An echo of a write request looks exactly like its reply.
    bench.hear(bench.sent[0])
    assert bench.client.busy
    bench.wait(300)
    assert bench.client.result == codes.TIMEOUT


def test_a_reply_without_wire_times_may_come_at_once():
    bench = ClientBench(baud=0)
    bench.client.read(1, 4, 6, 2)
    bench.poll()
    bench.hear(REPLY_TWO)
    assert bench.client.result == codes.OK


def test_when_a_reply_can_be_complete():
    bench = ClientBench()
    assert bench.client.reply_in_ms(bench.now_ms) == 0
    bench = reading(count=12)
    # Request of 8 characters, 3.5 characters of silence, reply of 29; 20 ms have passed.
    left_ms = bench.client.reply_in_ms(bench.now_ms)
    assert 8 + 4 + 30 - 1 <= left_ms + 20 <= 9 + 5 + 31
    bench.wait(left_ms)
    assert bench.client.reply_in_ms(bench.now_ms) == 0
    bench = reading(baud=0)
    assert bench.client.reply_in_ms(bench.now_ms) == 0


def test_silence_before_the_next_request():
    for baud, silence_ms in ((9600, 5), (19200, 3), (38400, 2), (115200, 2), (0, 5)):
        bench = reading(baud=baud)
        bench.hear(REPLY_TWO)
        bench.client.read(1, 4, 6, 2)
        bench.poll()
        assert bench.client.next_due_ms(bench.now_ms) == silence_ms
        bench.wait(silence_ms - 1)
        assert len(bench.sent) == 1
        bench.wait(1)
        assert len(bench.sent) == 2


def test_a_bus_that_is_never_silent():
    bench = reading()
    bench.hear(REPLY_TWO)
    bench.client.read(1, 4, 6, 2)
    for _ in range(200):
        bench.hear(b"\x55")
        bench.wait(1)
    assert bench.client.result == codes.BUS_BUSY
    assert len(bench.sent) == 1


def test_broadcast_has_no_reply():
    bench = ClientBench()
    bench.client.write_registers(0, 0x20, [160, 60])
    bench.poll()
    assert bench.client.busy
    bench.wait(100)
    assert bench.client.result == codes.OK
    assert bench.client.counters.replies == 0


def test_cancel():
    bench = reading()
    bench.client.cancel()
    assert not bench.client.busy
    assert bench.client.result == codes.CANCELLED
    bench.hear(REPLY_TWO)
    assert bench.client.result == codes.CANCELLED


def test_a_long_idle_time_does_not_delay():
    bench = reading()
    bench.hear(REPLY_TWO)
    for days in (1, 5, 7, 12):
        bench.now_ms = (bench.now_ms + days * 86400000) & 0x3FFFFFFF
        bench.client.read(1, 4, 6, 2)
        sent = len(bench.sent)
        bench.poll()
        assert len(bench.sent) == sent + 1
        bench.wait(10)
        bench.hear(REPLY_TWO)
        assert bench.client.result == codes.OK


def test_timeout_across_the_wrap():
    for before in range(0, 200, 7):
        bench = ClientBench(retries=0)
        bench.now_ms = (1 << 30) - 1 - before
        bench.client.read(1, 4, 0, 2)
        bench.poll()
        bench.wait(158)
        assert bench.client.busy
        bench.wait(1)
        assert bench.client.result == codes.TIMEOUT


def test_bad_arguments_are_named():
    client = RtuClient()
    for call, name in (
        (lambda: client.read(0, 4, 0, 1), "address"),
        (lambda: client.read(248, 4, 0, 1), "address"),
        (lambda: client.read(1, 5, 0, 1), "function"),
        (lambda: client.read(1, 4, -1, 1), "register"),
        (lambda: client.read(1, 4, 65535, 2), "register"),
        (lambda: client.read(1, 4, 0, 0), "count"),
        (lambda: client.read(1, 4, 0, 126), "count"),
        (lambda: client.write_register(1, 0, 65536), "value"),
        (lambda: client.write_register(1, 0, None), "value"),  # pyright: ignore[reportArgumentType]
        (lambda: client.write_registers(1, 0, [0] * 124), "count"),
        (lambda: client.write_registers(1, 0, []), "count"),
        (lambda: client.write_registers(1, 0, [1, -1]), "value"),
        (lambda: RtuClient(baud=1), "baud"),
        (lambda: RtuClient(timeout_ms=0), "timeout_ms"),
        (lambda: RtuClient(retries=-1), "retries"),
        (lambda: RtuClient(bits_per_char=8), "bits_per_char"),
    ):
        try:
            call()
        except ValueError as error:
            assert name in str(error), str(error)
        else:
            raise AssertionError(name)
        assert not client.busy


def test_one_transaction_at_a_time():
    bench = reading()
    for call in (
        lambda: bench.client.read(1, 4, 0, 1),
        lambda: bench.client.write_registers(1, 0, [1]),
    ):
        try:
            call()
        except RuntimeError:
            continue
        raise AssertionError("two transactions at once")
    bench.hear(REPLY_TWO)
    assert bench.client.result == codes.OK
    assert bench.now_ms != START_MS
