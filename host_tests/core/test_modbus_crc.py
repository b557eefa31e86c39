from modbus_bench import hexed

from modbus.crc import append_crc, crc16, crc_ok
from modbus.ticks import ticks_add, ticks_diff

FRAMES = (
    "02 04 00 00 00 08 F1 FF",
    "02 10 00 00 00 02 04 00 07 00 00 4D 2A",
    "09 10 00 20 00 0B 16 00 A0 00 3C 00 00 00 00 00 00 00 00 00 00 00 00 00 64 FF CE 00 14 8F CE",
    "11 03 00 6B 00 03 76 87",
    "01 04 02 FF FF B8 80",
)


def bitwise_crc(data):
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def test_known_frames():
    for text in FRAMES:
        frame = hexed(text)
        assert crc_ok(frame, 0, len(frame)), text
        assert crc16(frame, 0, len(frame)) == 0, text


def test_check_value():
    assert crc16(b"123456789", 0, 9) == 0x4B37


def test_every_byte_agrees_with_the_definition():
    for first in range(256):
        data = bytes((first, 255 - first, 0x5A))
        assert crc16(data, 0, 3) == bitwise_crc(data)
        assert crc16(data, 1, 2) == bitwise_crc(data[1:2])


def test_append():
    buffer = bytearray(hexed(FRAMES[0])[:6] + b"\0\0")
    assert append_crc(buffer, 6) == 8
    assert bytes(buffer) == hexed(FRAMES[0])


def test_a_flipped_bit_is_seen():
    frame = bytearray(hexed(FRAMES[1]))
    for bit in range(8 * len(frame)):
        frame[bit >> 3] ^= 1 << (bit & 7)
        assert not crc_ok(frame, 0, len(frame))
        frame[bit >> 3] ^= 1 << (bit & 7)


def test_ticks():
    wrap = 1 << 30
    half = 1 << 29
    assert ticks_diff(5, wrap - 5) == 10
    assert ticks_diff(wrap - 5, 5) == -10
    assert ticks_diff(half, 0) == -half
    assert ticks_diff(half - 1, 0) == half - 1
    for start in (0, 1, half - 1, half, half + 1, wrap - 1):
        for delta in (0, 1, -1, 150, -150, half - 1, -half):
            end = ticks_add(start, delta)
            assert 0 <= end < wrap
            assert ticks_diff(end, start) == delta
