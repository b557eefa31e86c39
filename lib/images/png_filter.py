"""Undoing the row filters of PNG (RFC 2083, clause 6), in place and in portions.

`row` holds the row above; each portion turns into the new row from `place` on. What of the row above has been
overwritten and is still needed, the pixel up and left, is kept in `corner`.
"""

from .errors import damaged


def unfilter(
    kind: int, row: bytearray, place: int, raw: memoryview, pixel_bytes: int, corner: bytearray
) -> None:
    """Undo filter `kind` for a portion of whole pixels, or all that is left of a row; both are not empty."""
    if kind == 0:
        row[place : place + len(raw)] = raw
    elif kind == 1:
        _sub(row, place, raw, pixel_bytes)
    elif kind == 2:
        _up(row, place, raw)
    elif kind == 3:
        _average(row, place, raw, pixel_bytes)
    elif kind == 4:
        _paeth(row, place, raw, pixel_bytes, corner)
    else:
        raise damaged("a row filter is unknown")


def _sub(row: bytearray, place: int, raw: memoryview, pixel_bytes: int) -> None:
    count = len(raw)
    for channel in range(min(pixel_bytes, count)):
        left = row[place + channel - pixel_bytes] if place else 0
        put = place + channel
        for index in range(channel, count, pixel_bytes):
            left = (left + raw[index]) & 0xFF
            row[put] = left
            put += pixel_bytes


def _up(row: bytearray, place: int, raw: memoryview) -> None:
    for byte in raw:
        if byte:
            row[place] = (row[place] + byte) & 0xFF
        place += 1


def _average(row: bytearray, place: int, raw: memoryview, pixel_bytes: int) -> None:
    count = len(raw)
    for channel in range(min(pixel_bytes, count)):
        left = row[place + channel - pixel_bytes] if place else 0
        put = place + channel
        for index in range(channel, count, pixel_bytes):
            left = (raw[index] + ((left + row[put]) >> 1)) & 0xFF
            row[put] = left
            put += pixel_bytes


def _paeth(row: bytearray, place: int, raw: memoryview, pixel_bytes: int, corner: bytearray) -> None:
    count = len(raw)
    for channel in range(min(pixel_bytes, count)):
        left = row[place + channel - pixel_bytes] if place else 0
        up_left = corner[channel] if place else 0
        put = place + channel
        for index in range(channel, count, pixel_bytes):
            up = row[put]
            to_left = up - up_left
            to_up = left - up_left
            to_corner = to_left + to_up
            if to_left < 0:
                to_left = -to_left
            if to_up < 0:
                to_up = -to_up
            if to_corner < 0:
                to_corner = -to_corner
            if to_left > to_up or to_left > to_corner:
                left = up if to_up <= to_corner else up_left
            left = (left + raw[index]) & 0xFF
            row[put] = left
            up_left = up
            put += pixel_bytes
        corner[channel] = up_left
