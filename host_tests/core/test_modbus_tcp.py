"""Modbus TCP frames, in pieces and damaged."""

from modbus.server import ListBank
from modbus.tcp import TcpServer


def _exchange(server, data, piece=1000):
    out = b""
    start = 0
    while start < len(data) and not server.broken:
        part = data[start : start + piece]
        start += len(part)
        at = 0
        while at < len(part) and not server.broken:
            at = server.receive(part, at)
            count = server.answer()
            out += bytes(server.tx[:count])
    return out


def _request(number, pdu, unit=1):
    return bytes([number >> 8, number & 255, 0, 0, 0, len(pdu) + 1, unit]) + pdu


def test_reads_in_pieces_of_every_size():
    request = _request(0x1234, b"\x03\x00\x01\x00\x02", 255)
    for piece in range(1, len(request) + 1):
        server = TcpServer(ListBank([1, 0x0203, 0x0405]))
        assert _exchange(server, request, piece) == b"\x12\x34\x00\x00\x00\x07\xff\x03\x04\x02\x03\x04\x05"


def test_several_requests_in_one_packet_are_answered_in_order():
    server = TcpServer(ListBank([7, 8]))
    data = _request(1, b"\x06\x00\x00\x00\x09") + _request(2, b"\x03\x00\x00\x00\x02")
    assert _exchange(server, data) == (
        b"\x00\x01\x00\x00\x00\x06\x01\x06\x00\x00\x00\x09"
        + b"\x00\x02\x00\x00\x00\x07\x01\x03\x04\x00\x09\x00\x08"
    )


def test_writes_several_registers():
    bank = ListBank([0, 0, 0])
    reply = _exchange(TcpServer(bank), _request(3, b"\x10\x00\x01\x00\x02\x04\x00\x05\x00\x06"))
    assert reply == b"\x00\x03\x00\x00\x00\x06\x01\x10\x00\x01\x00\x02"
    assert bank.values == [0, 5, 6]


def test_what_is_wrong_gets_its_exception_and_writes_nothing():
    cases = (
        (b"\x2b\x0e\x01\x00", 1),
        (b"\x03\x00\x09\x00\x01", 2),
        (b"\x03\xff\xff\x00\x02", 2),
        (b"\x03\x00\x00\x00\x00", 3),
        (b"\x03\x00\x00\x00\x7e", 3),
        (b"\x03\x00\x00\x00", 3),
        (b"\x03\x00\x00\x00\x01\x00", 3),
        (b"\x06\x00\x00\x00", 3),
        (b"\x10\x00\x00\x00\x02\x04\x00\x05\x00", 3),
        (b"\x10\x00\x00\x00\x02\x02\x00\x05\x00\x06", 3),
        (b"\x10\x00\x00\x00\x00\x00", 3),
    )
    for request, code in cases:
        bank = ListBank([7, 8])
        reply = _exchange(TcpServer(bank), _request(5, request))
        assert reply == bytes([0, 5, 0, 0, 0, 3, 1, request[0] | 0x80, code]), request
        assert bank.values == [7, 8]


def test_no_modbus_breaks_the_connection():
    for head in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x00\x01\x00\x01\x00\x06\x01",
        b"\x00\x01\x00\x00\x00\x01\x01",
        b"\0\1\0\0\0\xff\1",
    ):
        server = TcpServer(ListBank([1]))
        assert _exchange(server, head + b"\x03\x00\x00\x00\x01") == b""
        assert server.broken


def test_longest_read_fits():
    server = TcpServer(ListBank([5] * 200))
    reply = _exchange(server, _request(1, b"\x03\x00\x00\x00\x7d"))
    assert len(reply) == 9 + 250 and reply[5] == 253
