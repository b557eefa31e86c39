"""The file of a converted picture: 8 bytes of header, then frames without gaps.

Header: "PIX1", width and height in pixels, bytes per pixel, period of a frame in units of 10 ms. A frame is RGB888 row
by row, because that is what a panel is sent: a row is copied as it is, with no work per pixel 10 times a second.
RGB565 would save a third of the flash for that work and for the lowest bits. All frames have the same size, so their
number follows from the size of the file.
"""

from micropython import const

SIDE = const(32)
FRAME_BYTES = const(3072)
HEADER_BYTES = const(8)
HEADER = b"PIX1\x20\x20\x03\x0a"
PERIOD_MS = const(100)


def count_frames(header: "bytes | bytearray | memoryview", file_bytes: int) -> int:
    """Return the number of frames of a file that starts with `header`; 0 when it is not a converted picture."""
    frames_bytes = file_bytes - HEADER_BYTES
    if bytes(header[:HEADER_BYTES]) != HEADER or frames_bytes % FRAME_BYTES:
        return 0
    return max(0, frames_bytes // FRAME_BYTES)


def frame_start(index: int) -> int:
    """Return where frame `index` (from 0) starts in the file, in bytes."""
    return HEADER_BYTES + index * FRAME_BYTES
