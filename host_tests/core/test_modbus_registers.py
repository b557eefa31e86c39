import struct

from modbus import registers
from modbus.registers import F32, I16, I32, U16, U32, decode, get_f32

# Byte and word order: how the bytes A B C D of a big-endian value come over the wire.
PERMUTATIONS = ((3, 2, 1, 0), (1, 0, 3, 2), (2, 3, 0, 1), (0, 1, 2, 3))


def wire(big_endian, order):
    """Return the four bytes in one of the four orders, one byte of padding before them."""
    return b"\xee" + bytes([big_endian[place] for place in PERMUTATIONS[order]])


def exact_scaled(bits, digits):
    """Return the truncated value of a single by exact rational arithmetic."""
    exponent = (bits >> 23) & 0xFF
    mantissa = bits & 0x7FFFFF
    if exponent:
        mantissa |= 0x800000
    else:
        exponent = 1
    numerator = mantissa * 10 ** max(digits, 0) << max(exponent - 150, 0)
    denominator = 10 ** max(-digits, 0) << max(150 - exponent, 0)
    magnitude = numerator // denominator
    return -magnitude if bits >> 31 else magnitude


def check(bits, digits):
    expected = exact_scaled(bits, digits)
    data = struct.pack(">I", bits)
    for order in range(4):
        got = get_f32(wire(data, order), 1, order, digits)
        assert got == expected, (hex(bits), digits, order, got, expected)


def test_16_bit():
    for order in range(4):
        data = b"\x12\xfe" if order & 2 else b"\xfe\x12"
        assert decode(data, 0, U16, order, 0) == 0x12FE
        data = b"\xff\xfe" if order & 2 else b"\xfe\xff"
        assert decode(data, 0, U16, order, 0) == 65534
        assert decode(data, 0, I16, order, 0) == -2
        assert decode(data, 0, I16, order, 3) == -2000


def test_32_bit():
    for value in (0, 1, 0x12345678, 0x7FFFFFFF, -1, -2, -0x80000000, -123456):
        data = struct.pack(">i", value)
        for order in range(4):
            assert decode(wire(data, order), 1, I32, order, 0) == value
            assert decode(wire(data, order), 1, U32, order, 0) == value & 0xFFFFFFFF


def test_word_swapped_example():
    # HBF & LWF: the low word comes first, each word with its high byte first.
    assert decode(b"\x56\x78\x12\x34", 0, I32, registers.HIGH_BYTE_LOW_WORD, 0) == 0x12345678


def test_64_bit():
    for value in (0, 1, 0xFFFFFFFF, 0x100000000, 0x123456789ABCDEF, (1 << 63) - 1):
        data = b"\xaa" + value.to_bytes(8, "big")
        assert registers.get_u64(data, 1) == value
        # Words the other way round.
        swapped = b"".join([data[index : index + 2] for index in (7, 5, 3, 1)])
        assert registers.get_u64(swapped, 0, registers.HIGH_BYTE_LOW_WORD) == value
        assert decode(data, 1, registers.U64, 3, 1) == 10 * value
    for data in (b"\xff" * 8, b"\x80" + b"\0" * 7):
        assert registers.get_u64(data, 0) is None
        assert decode(data, 0, registers.U64, 3, 1) is None
    assert [registers.width(kind) for kind in range(6)] == [1, 1, 2, 2, 2, 4]


def test_seven_decimals():
    assert registers.scale(123456789, -7) == 12 and registers.scale(-19999999, -7) == -1
    assert get_f32(struct.pack(">f", 12345678.0), 0, 3, -7) == 1


def test_scale_truncates_toward_zero():
    assert registers.scale(1999, -1) == 199
    assert registers.scale(-1999, -1) == -199
    assert registers.scale(-9, -1) == 0
    assert registers.scale(-9, 2) == -900


def test_float_examples():
    for text, digits, expected in (
        ("41 80 CC CD", 3, 16100),
        ("C1 80 CC CD", 3, -16100),
        ("3F 80 00 00", 0, 1),
        ("BF 7F FF FF", 0, 0),
        ("43 66 80 00", 1, 2305),
        ("45 9A 52 2B", -1, 493),
        ("C5 9A 52 2B", -1, -493),
        ("00 00 00 00", 3, 0),
        ("80 00 00 00", 3, 0),
    ):
        data = bytes.fromhex(text.replace(" ", ""))
        assert get_f32(data, 0, 3, digits) == expected, text


def test_float_every_exponent():
    for exponent in range(1, 127 + 40):
        for mantissa in (0, 1, 0x400000, 0x7FFFFF, 0x2AAAAA, 0x000FFF, 0x7FF000):
            bits = (exponent << 23) | mantissa
            for digits in (-3, -1, 0, 1, 3, 5):
                check(bits, digits)
                check(bits | 0x80000000, digits)


def test_float_random():
    seed = 1
    for _ in range(2000):
        seed = (seed * 16807) % 2147483647
        bits = (seed & 0x807FFFFF) | ((100 + seed % 60) << 23)
        check(bits, (0, 1, 3)[seed % 3])


def test_float_denormals_are_zero():
    for bits in (1, 0x7FFFFF, 0x80000001, 0x807FFFFF):
        for digits in (-5, 0, 5):
            assert get_f32(struct.pack(">I", bits), 0, 3, digits) == 0


def test_float_not_a_number():
    for bits in (0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFFFFFFF, 0x7F7FFFFF, 0x53800000):
        for order in range(4):
            assert get_f32(wire(struct.pack(">I", bits), order), 1, order, 3) is None
    assert decode(b"\x7f\xc0\0\0", 0, F32, 3, 0) is None


def test_energy_in_wh_is_exact_for_the_single():
    # Up to 16384 kWh a single resolves 1 Wh; beyond, the result is the value of the single itself.
    for wh in (1, 999, 1000, 123456, 9999999, 16777215, 99999900, 1073741824, 9999999000):
        bits = struct.unpack(">I", struct.pack(">f", wh / 1000))[0]
        assert get_f32(struct.pack(">f", wh / 1000), 0, 3, 3) == exact_scaled(bits, 3)
        assert abs(exact_scaled(bits, 3) - wh) <= max(1, wh >> 23)


def test_put_and_get():
    buffer = bytearray(4)
    registers.put_u16(buffer, 1, 0xABCD)
    assert bytes(buffer) == b"\x00\xab\xcd\x00"
    registers.put_u16(buffer, 1, -2)
    assert registers.get_i16(buffer, 1) == -2


def test_layout_check_names_the_field():
    for arguments, name in (((6, 0, 0), "kind"), ((F32, 4, 0), "order"), ((F32, 3, 6), "digits")):
        try:
            registers.check_layout(*arguments)
        except ValueError as error:
            assert name in str(error)
        else:
            raise AssertionError(name)
    registers.check_layout(F32, 3, -7)
