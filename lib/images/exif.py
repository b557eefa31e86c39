"""The orientation in a camera's picture (EXIF 2.3, 4.6.4; TIFF 6.0, section 2)."""

from micropython import const

_ORIENTATION = const(0x0112)
# Head of the data, then the TIFF file whose offsets count from behind it.
_HEAD = b"Exif\x00\x00"
_TIFF = const(6)


def orientation(data: "bytes | bytearray") -> int:
    """Return the orientation, 1 to 8, in the first bytes of an APP1 segment; 1 when there is none."""
    if bytes(data[:6]) != _HEAD or len(data) < _TIFF + 10:
        return 1
    low_first = data[_TIFF] == 0x49
    # Only the low half of the offset: the directory is never far.
    at = _TIFF + _u16(data, _TIFF + (4 if low_first else 6), low_first)
    for _ in range(_u16(data, at, low_first)):
        if at + 14 > len(data):
            break
        if _u16(data, at + 2, low_first) == _ORIENTATION:
            value = _u16(data, at + 10, low_first)
            return value if 1 <= value <= 8 else 1
        at += 12
    return 1


def _u16(data: "bytes | bytearray", at: int, low_first: bool) -> int:
    """Return two bytes as a number, 0 behind the end."""
    if at + 2 > len(data):
        return 0
    if low_first:
        return data[at] | data[at + 1] << 8
    return data[at] << 8 | data[at + 1]
