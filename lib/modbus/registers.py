"""Numbers out of Modbus registers, as integers in a decimal unit, without floating point.

A value lies in `buffer` at byte `offset` as it came over the wire. `digits` shifts the decimal point:
the result is the value times 10**digits, truncated toward zero, so `digits=3` reads ampere as milliampere.
All intermediate values are 31-bit small integers unless the result itself needs more (32-bit counters,
magnitudes from 2**30 on), so decoding does not allocate on a 32-bit MicroPython.
"""

from micropython import const

# Byte and word order, numbered as SmartEVSE stores it.
LOW_BYTE_LOW_WORD = const(0)
LOW_BYTE_HIGH_WORD = const(1)
HIGH_BYTE_LOW_WORD = const(2)
HIGH_BYTE_HIGH_WORD = const(3)

U16 = const(0)
I16 = const(1)
U32 = const(2)
I32 = const(3)
F32 = const(4)
U64 = const(5)

_POWERS_OF_TEN = (1, 10, 100, 1000, 10000, 100000, 1000000, 10000000)
_DIGITS_MIN = const(-7)
_DIGITS_MAX = const(5)

_EXPONENT_BIAS = const(127)
_MANTISSA_BITS = const(23)
# Larger exponents (from 2**40 on, infinity and NaN among them) are no reading of any meter.
_EXPONENT_MAX = const(127 + 39)


def width(kind: int) -> int:
    """Return how many registers a value of this kind takes."""
    if kind <= I16:
        return 1
    return 4 if kind == U64 else 2


def put_u16(buffer: bytearray, offset: int, value: int) -> None:
    """Store the low 16 bits of `value` as one register (high byte first)."""
    buffer[offset] = (value >> 8) & 0xFF
    buffer[offset + 1] = value & 0xFF


def get_u16(buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD) -> int:
    """Return one register as 0 .. 65535."""
    if order & 2:
        return (buffer[offset] << 8) | buffer[offset + 1]
    return (buffer[offset + 1] << 8) | buffer[offset]


def get_i16(buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD) -> int:
    """Return one register as -32768 .. 32767."""
    value = get_u16(buffer, offset, order)
    return value - 0x10000 if value & 0x8000 else value


def _high_word(buffer: bytes | bytearray | memoryview, offset: int, order: int) -> int:
    return get_u16(buffer, offset if order & 1 else offset + 2, order)


def _low_word(buffer: bytes | bytearray | memoryview, offset: int, order: int) -> int:
    return get_u16(buffer, offset + 2 if order & 1 else offset, order)


def get_u32(buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD) -> int:
    """Return two registers as 0 .. 2**32 - 1 (allocates from 2**30 on)."""
    return (_high_word(buffer, offset, order) << 16) | _low_word(buffer, offset, order)


def get_i32(buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD) -> int:
    """Return two registers as a signed number (allocates outside -2**30 .. 2**30 - 1)."""
    high = _high_word(buffer, offset, order)
    if high & 0x8000:
        high -= 0x10000
    return (high << 16) | _low_word(buffer, offset, order)


def get_u64(
    buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD
) -> int | None:
    """Return four registers as 0 .. 2**63 - 1 (allocates from 2**30 on); None from there on.

    Meters fill registers of a value that they do not have with ones.
    """
    high_offset = offset if order & 1 else offset + 4
    low = get_u32(buffer, offset + 4 if order & 1 else offset, order)
    high = _high_word(buffer, high_offset, order)
    if high & 0x8000:
        return None
    if high == 0 and _low_word(buffer, high_offset, order) == 0:
        return low
    return (get_u32(buffer, high_offset, order) << 32) | low


def scale(value: int, digits: int) -> int:
    """Return `value` times 10**digits (-7 .. 5), truncated toward zero."""
    if digits >= 0:
        return value * _POWERS_OF_TEN[digits]
    power = _POWERS_OF_TEN[-digits]
    return value // power if value >= 0 else -(-value // power)


def get_f32(
    buffer: bytes | bytearray | memoryview, offset: int, order: int = HIGH_BYTE_HIGH_WORD, digits: int = 0
) -> int | None:
    """Return an IEEE 754 single times 10**digits, truncated toward zero; None for NaN and from 2**40 on."""
    high = _high_word(buffer, offset, order)
    exponent = (high >> 7) & 0xFF
    if exponent > _EXPONENT_MAX:
        return None
    if exponent == 0:
        return 0  # zero and denormals: below 1.2e-38
    mantissa = (((high & 0x7F) | 0x80) << 16) | _low_word(buffer, offset, order)
    # value = mantissa * 10**digits / 2**right; the product is kept in two parts of a 12-bit split,
    # because a 24-bit mantissa times 1000 is no small integer.
    factor = _POWERS_OF_TEN[digits] if digits > 0 else 1
    low = (mantissa & 0xFFF) * factor
    product = (mantissa >> 12) * factor + (low >> 12)
    low &= 0xFFF
    right = _EXPONENT_BIAS + _MANTISSA_BITS - exponent
    if right >= 12:
        magnitude = product >> (right - 12)
    elif right >= 0:
        magnitude = (product << (12 - right)) | (low >> right)
    else:
        magnitude = ((product << 12) | low) << -right
    if digits < 0:
        magnitude //= _POWERS_OF_TEN[-digits]
    return -magnitude if high & 0x8000 else magnitude


def decode(
    buffer: bytes | bytearray | memoryview, offset: int, kind: int, order: int, digits: int
) -> int | None:
    """Return the value of this kind (U16 .. U64) times 10**digits; None when it is not a number."""
    if kind == F32:
        return get_f32(buffer, offset, order, digits)
    if kind == U64:
        whole = get_u64(buffer, offset, order)
        return None if whole is None else scale(whole, digits)
    if kind == I16:
        return scale(get_i16(buffer, offset, order), digits)
    if kind == I32:
        return scale(get_i32(buffer, offset, order), digits)
    if kind == U32:
        return scale(get_u32(buffer, offset, order), digits)
    return scale(get_u16(buffer, offset, order), digits)


def check_layout(kind: int, order: int, digits: int) -> None:
    """Raise ValueError, naming the field, for a layout that `decode` does not know."""
    if not U16 <= kind <= U64:
        raise ValueError("kind must be U16, I16, U32, I32, F32 or U64")
    if not 0 <= order <= 3:
        raise ValueError("order must be 0..3")
    if not _DIGITS_MIN <= digits <= _DIGITS_MAX:
        raise ValueError("digits must be -7..5")
