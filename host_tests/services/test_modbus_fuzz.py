"""Damaged frames never bring a wrong value, and nothing that comes over the wire raises."""

import struct
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from modbus import codes
from modbus.registers import get_f32
from modbus.rtu import RtuClient
from modbus.server import ListBank, RtuServer

START_MS = (1 << 30) - 100


def reference_crc(data: bytes) -> bytes:
    """Return the CRC by its definition, independent of the table."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return struct.pack("<H", crc)


def with_crc(data: bytes) -> bytes:
    return data + reference_crc(data)


@st.composite
def mutated_frames(draw: st.DrawFn) -> tuple[bytes, int]:
    """Return a damaged reply and its number of registers."""
    count = draw(st.integers(1, 20))
    good = with_crc(bytes([1, 4, 2 * count]) + draw(st.binary(min_size=2 * count, max_size=2 * count)))
    damaged = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(damaged) - 1)))
        kind = draw(st.sampled_from(["flip", "set", "insert", "delete", "cut", "repeat"]))
        if kind == "insert":
            damaged[place:place] = draw(st.binary(min_size=1, max_size=4))
        elif kind == "repeat":
            damaged += damaged[place:]
        elif damaged and kind == "flip":
            damaged[place] ^= 1 << draw(st.integers(0, 7))
        elif damaged and kind == "set":
            damaged[place] = draw(st.integers(0, 255))
        elif damaged and kind == "delete":
            del damaged[place]
        else:
            del damaged[place:]
    return bytes(damaged), count


def hear(client: RtuClient, data: bytes, chunk: int) -> None:
    """Hand over bytes in pieces, then let the time-out pass."""
    now_ms = START_MS + 20
    for start in range(0, len(data), chunk):
        client.receive(data[start : start + chunk], len(data[start : start + chunk]), now_ms & 0x3FFFFFFF)
        now_ms += 1
    for _ in range(800):
        now_ms += 1
        client.poll(now_ms & 0x3FFFFFFF)


@settings(max_examples=1000)
@given(mutated_frames(), st.integers(1, 40))
def test_a_damaged_reply_is_never_a_wrong_value(frames: tuple[bytes, int], chunk: int) -> None:
    damaged, count = frames
    client = RtuClient(retries=0)
    client.read(1, 4, 0, count)
    client.poll(START_MS)
    hear(client, damaged, chunk)
    assert not client.busy
    assert client.result in (codes.OK, codes.TIMEOUT, codes.BAD_CRC, codes.UNEXPECTED, codes.EXCEPTION)
    if client.result == codes.OK:
        data = bytes(client.rx[client.data_start : client.data_start + 2 * count])
        accepted = with_crc(bytes([1, 4, 2 * count]) + data)
        # What was accepted was really on the wire, its CRC included: the reply itself, or a collision.
        assert accepted in damaged


@settings(max_examples=1000)
@given(st.integers(1, 20), st.data())
def test_a_short_burst_error_is_always_seen(count: int, data: st.DataObject) -> None:
    """A CRC-16 sees every burst of up to 16 bits; here one or two neighbouring bytes."""
    payload = data.draw(st.binary(min_size=2 * count, max_size=2 * count))
    damaged = bytearray(with_crc(bytes([1, 4, 2 * count]) + payload))
    place = data.draw(st.integers(0, len(damaged) - 2))
    damaged[place] ^= data.draw(st.integers(1, 255))
    damaged[place + 1] ^= data.draw(st.integers(0, 255))
    client = RtuClient(retries=0)
    client.read(1, 4, 0, count)
    client.poll(START_MS)
    hear(client, bytes(damaged), 64)
    assert client.result != codes.OK


@settings(max_examples=500)
@given(st.lists(st.binary(max_size=300), max_size=5), st.integers(0, 3))
def test_noise_never_raises(pieces: list[bytes], what: int) -> None:
    client = RtuClient()
    server = RtuServer(ListBank([0] * 10), 1)
    now_ms = START_MS
    for piece in pieces:
        if not client.busy:
            if what == 0:
                client.read(1, 3, 0, 125)
            elif what == 1:
                client.write_register(1, 0, 1)
            elif what == 2:
                client.write_registers(1, 0, [1] * 123)
        for _ in range(30):
            now_ms = (now_ms + 1) & 0x3FFFFFFF
            client.poll(now_ms)
            server.poll(now_ms)
        client.receive(piece, len(piece), now_ms)
        server.receive(piece, len(piece), now_ms)


@given(st.binary(max_size=40), st.integers(0, 9), st.integers(1, 4))
def test_the_server_finds_a_request_behind_noise(noise: bytes, register: int, chunk: int) -> None:
    server = RtuServer(ListBank(list(range(10))), 77)
    request = with_crc(struct.pack(">BBHH", 77, 3, register, 1))
    # Noise that begins like a request may swallow what follows; the gap ends it.
    server.receive(noise, len(noise), START_MS)
    now_ms = (START_MS + 100) & 0x3FFFFFFF
    server.poll(now_ms)
    for start in range(0, len(request), chunk):
        server.receive(request[start : start + chunk], len(request[start : start + chunk]), now_ms)
    count = server.poll((now_ms + 30) & 0x3FFFFFFF)
    assert bytes(server.tx[:count]) == with_crc(struct.pack(">BBBH", 77, 3, 2, register))


@settings(max_examples=1000)
@given(st.integers(0, 0xFFFFFFFF), st.integers(-5, 5))
def test_a_single_is_decoded_exactly(bits: int, digits: int) -> None:
    data = struct.pack(">I", bits)
    value = struct.unpack(">f", data)[0]
    decoded = get_f32(data, 0, 3, digits)
    if value != value or abs(value) >= 1 << 40:
        assert decoded is None
    else:
        assert decoded == int(Fraction(value) * Fraction(10) ** digits)
