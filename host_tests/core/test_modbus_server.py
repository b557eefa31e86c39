from modbus_bench import START_MS, frame, hexed

from modbus import codes
from modbus.server import ListBank, RtuServer


class ServerBench:
    """A server whose time the test moves."""

    def __init__(self, bank, address=2):
        self.bank = bank
        self.server = RtuServer(bank, address)
        self.now_ms = START_MS

    def ask(self, data, step=64):
        """Hand over a frame in pieces and return the reply within 60 ms, or None."""
        for start in range(0, len(data), step):
            piece = data[start : start + step]
            self.server.receive(piece, len(piece), self.now_ms)
        for _ in range(60):
            self.now_ms = (self.now_ms + 1) & 0x3FFFFFFF
            count = self.server.poll(self.now_ms)
            if count:
                return bytes(self.server.tx[:count])
        return None


def bench():
    return ServerBench(ListBank(list(range(100, 110))))


def test_reads():
    for function in (3, 4):
        for step in (1, 3, 64):
            reply = bench().ask(frame(2, function, 0, 1, 0, 2), step)
            assert reply == frame(2, function, 4, 0, 101, 0, 102)


def test_writes():
    device = bench()
    assert device.ask(frame(2, 6, 0, 3, 1, 2)) == frame(2, 6, 0, 3, 1, 2)
    assert device.bank.values[3] == 0x0102
    request = hexed("02 10 00 00 00 02 04 00 07 00 00 4D 2A")
    assert device.ask(request) == frame(2, 16, 0, 0, 0, 2)
    assert device.bank.values[:2] == [7, 0]


def test_exceptions():
    for request, code in (
        (frame(2, 5, 0, 0, 0xFF, 0), codes.ILLEGAL_FUNCTION),
        (frame(2, 0x2B, 0x0E, 1, 0), codes.ILLEGAL_FUNCTION),
        (frame(2, 3, 0, 9, 0, 2), codes.ILLEGAL_ADDRESS),
        (frame(2, 3, 0xFF, 0xFF, 0, 2), codes.ILLEGAL_ADDRESS),
        (frame(2, 3, 0, 0, 0, 0), codes.ILLEGAL_VALUE),
        (frame(2, 3, 0, 0, 0, 126), codes.ILLEGAL_VALUE),
        (frame(2, 6, 0, 10, 0, 1), codes.ILLEGAL_ADDRESS),
        (frame(2, 16, 0, 9, 0, 2, 4, 0, 1, 0, 2), codes.ILLEGAL_ADDRESS),
        (frame(2, 16, 0, 0, 0, 2, 2, 0, 1), codes.ILLEGAL_VALUE),
        (frame(2, 16, 0, 0, 0, 0, 0), codes.ILLEGAL_VALUE),
    ):
        device = bench()
        assert device.ask(request) == frame(2, request[1] | 0x80, code), request
        assert device.bank.values == list(range(100, 110))


def test_what_is_not_for_us_gets_no_answer():
    for request in (
        frame(3, 3, 0, 0, 0, 1),
        frame(2, 3, 0, 0, 0, 1)[:-1] + b"\0",
        frame(2, 3, 0, 0, 0, 1)[:-1],
        frame(0, 3, 0, 0, 0, 1),
        b"\x02",
        b"\x55" * 300,
    ):
        device = bench()
        assert device.ask(request) is None, request
        assert device.ask(frame(2, 3, 0, 0, 0, 1)) == frame(2, 3, 2, 0, 100)


def test_broadcast_writes_without_answer():
    device = bench()
    assert device.ask(frame(0, 16, 0, 0, 0, 2, 4, 0, 1, 0, 2)) is None
    assert device.bank.values[:2] == [1, 2]


def test_traffic_of_others_before_a_request():
    device = bench()
    others = frame(9, 4, 0, 0, 0, 1) + frame(9, 4, 2, 0, 5)
    assert device.ask(others + frame(2, 4, 0, 0, 0, 1)) == frame(2, 4, 2, 0, 100)


def test_a_request_in_two_parts_with_a_polling_gap():
    device = bench()
    request = frame(2, 4, 0, 0, 0, 1)
    assert device.server.poll(device.now_ms) == 0
    device.server.receive(request, 4, device.now_ms)
    device.now_ms = (device.now_ms + 10) & 0x3FFFFFFF
    assert device.server.poll(device.now_ms) == 0
    assert device.ask(request[4:]) == frame(2, 4, 2, 0, 100)


def test_the_answer_waits_for_the_silence():
    device = bench()
    request = frame(2, 4, 0, 0, 0, 1)
    device.server.receive(request, 8, device.now_ms)
    assert device.server.next_due_ms(device.now_ms) == 5
    device.now_ms = (device.now_ms + 4) & 0x3FFFFFFF
    assert device.server.poll(device.now_ms) == 0
    device.now_ms = (device.now_ms + 1) & 0x3FFFFFFF
    assert device.server.poll(device.now_ms) == 7


def test_bad_address():
    for address in (0, 248):
        try:
            RtuServer(ListBank([]), address)
        except ValueError as error:
            assert "address" in str(error)
        else:
            raise AssertionError(address)
