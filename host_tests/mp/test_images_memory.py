"""What a conversion holds while it runs, and that it gives everything back."""

import gc
import sys

if "host_tests/core" not in sys.path:
    sys.path.append("host_tests/core")

from images_bench import File, chunk, gif_control, gif_head, gif_picture, png
from images_jpegs import BASELINE_420, PROGRESSIVE

import images.gif
import images.jpeg
import images.png  # noqa: F401
from images.convert import convert
from images.errors import ImageError

PALETTE = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (9, 9, 9))


class Nowhere:
    def write(self, data):
        return len(data)


def used_bytes():
    gc.collect()
    return gc.mem_alloc()


def peak_bytes(data, memory_max=1000000):
    """Return the most that is in use between two steps, garbage excluded."""
    source = File(data)
    before = used_bytes()
    peak = 0
    for _ in convert(source, Nowhere(), 200, 204800, memory_max):
        peak = max(peak, used_bytes() - before)
    return peak


def least_memory(data):
    """Return the lowest limit of memory under which a file is converted, in steps of 256 bytes."""
    memory_max = 8192
    while True:
        try:
            for _ in convert(File(data), Nowhere(), 200, 204800, memory_max):
                pass
            return memory_max
        except ImageError as error:
            assert "are free" in str(error), error
            memory_max += 256


def animation(side, disposal):
    picture = gif_picture(0, 0, side, side, [1, 2] * (side * side // 2))
    return gif_head(side, side, PALETTE) + (gif_control(disposal) + picture) * 3 + b"\x3b"


def grey_png(width, height, extra=b""):
    return png(width, height, 8, 0, (b"\0" + bytes(width)) * height, extra)


# Bytes on the 64-bit port; arrays are the larger part and have the same size on a chip.


def test_png():
    assert peak_bytes(grey_png(8, 8)) < 12000
    assert peak_bytes(grey_png(1000, 40)) < 48000
    assert peak_bytes(png(5000, 4, 8, 2, (b"\0" + bytes(15000)) * 4)) < 60000


def test_png_that_is_interlaced():
    row = b"\0" + bytes(1000)
    rows = (b"\0" + bytes(125)) * 10 + (b"\0" + bytes(250)) * 5 + (b"\0" + bytes(250)) * 10
    rows += (b"\0" + bytes(500)) * 10 + (b"\0" + bytes(500)) * 20 + row * 20
    assert peak_bytes(png(1000, 40, 8, 0, (b"\0" + bytes(125)) * 5 + rows, b"", 1)) < 50000


def test_gif():
    assert peak_bytes(animation(32, 1)) < 27000
    assert peak_bytes(animation(64, 1)) < 36000
    assert peak_bytes(animation(64, 3)) < 48000
    assert peak_bytes(animation(200, 3)) < 48000


def test_jpeg():
    assert peak_bytes(BASELINE_420) < 18000
    assert peak_bytes(PROGRESSIVE) < 24000


def test_a_long_chunk_is_not_kept():
    plain = peak_bytes(grey_png(8, 8))
    assert peak_bytes(grey_png(8, 8, chunk(b"tEXt", bytes(60000)))) < plain + 500


def test_everything_is_given_back():
    files = (grey_png(40, 40), animation(64, 3), BASELINE_420, PROGRESSIVE)
    for data in files:
        peak_bytes(data)
    before = used_bytes()
    for data in files:
        peak_bytes(data)
        # Given up in the middle, or broken.
        conversion = convert(File(data), Nowhere())
        for _ in range(5):
            next(conversion)
        conversion = None
        try:
            for _ in convert(File(data[: len(data) * 2 // 3]), Nowhere()):
                pass
        except ImageError:
            pass
    data = None
    assert used_bytes() - before < 500, used_bytes() - before


def test_the_limit_of_memory_is_what_is_taken():
    # It is for 32 bits, where objects take half of what they take here.
    files = (grey_png(8, 8), grey_png(1000, 40), animation(32, 1), animation(64, 1), animation(64, 3))
    for data in files + (BASELINE_420, PROGRESSIVE):
        limit = least_memory(data)
        peak = peak_bytes(data, limit)
        print(data[1:4], len(data), "limit", limit, "taken", peak)
        assert peak - 4500 < limit < peak + 1500, (limit, peak)
