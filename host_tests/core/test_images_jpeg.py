from images_bench import converted, pixel, refusal
from images_jpegs import BASELINE_85, BASELINE_420, BASELINE_444, GREY, PROGRESSIVE, RESTARTS

from images.exif import orientation

SOI = b"\xff\xd8"
EOI = b"\xff\xd9"


def segment(marker, data):
    return bytes([0xFF, marker]) + (len(data) + 2).to_bytes(2, "big") + data


def with_segment(jpeg, marker, data):
    """Return the file with a segment put in front."""
    return SOI + segment(marker, data) + jpeg[2:]


def find(jpeg, marker):
    """Return where the first segment of that marker starts."""
    at = 2
    while jpeg[at + 1] != marker:
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return at


def changed(jpeg, marker, offset, value):
    """Return the file with one byte of a segment changed; offset 0 is the high byte of its length."""
    data = bytearray(jpeg)
    data[find(jpeg, marker) + 2 + offset] = value
    return bytes(data)


def exif(value, low_first=True, tag=0x0112):
    """Return an APP1 segment's data with two entries in the directory, the second of them the orientation."""

    def number(value, size):
        return value.to_bytes(size, "little" if low_first else "big")

    entries = number(0x010F, 2) + number(2, 2) + number(1, 4) + bytes(4)
    entries += number(tag, 2) + number(3, 2) + number(1, 4) + number(value, 2) + bytes(2)
    head = (b"II" if low_first else b"MM") + number(42, 2) + number(8, 4)
    return b"Exif\0\0" + head + number(2, 2) + entries + number(0, 4)


def worst_colour(frame, width, height):
    """Return the largest difference from the colours that the files have, in the middle of the frame."""
    left = (32 - width) // 2
    top = (32 - height) // 2
    worst = 0
    for y in range(height):
        for x in range(width):
            red, green, blue = pixel(frame, left + x, top + y)
            expected = (255 * x // (width - 1), 255 * y // (height - 1), 128)
            worst = max(worst, abs(red - expected[0]), abs(green - expected[1]), abs(blue - expected[2]))
    return worst


def border_is_black(frame, width, height):
    left = (32 - width) // 2
    top = (32 - height) // 2
    for y in range(32):
        for x in range(32):
            if not (left <= x < left + width and top <= y < top + height) and pixel(frame, x, y) != (0, 0, 0):
                return False
    return True


def test_colours():
    for jpeg, width, height, bound in (
        (BASELINE_444, 16, 16, 20),
        (BASELINE_420, 16, 16, 45),
        (BASELINE_85, 16, 16, 40),
    ):
        frame = converted(jpeg)[0]
        assert worst_colour(frame, width, height) <= bound, worst_colour(frame, width, height)
        assert border_is_black(frame, width, height)


def test_grey():
    frame = converted(GREY)[0]
    assert border_is_black(frame, 16, 16)
    for y in range(16):
        for x in range(16):
            red, green, blue = pixel(frame, 8 + x, 8 + y)
            assert red == green == blue
            expected = (299 * (255 * x // 15) + 587 * (255 * y // 15) + 114 * 128) // 1000
            assert abs(red - expected) <= 12


def test_progressive_is_the_same_as_baseline():
    assert converted(PROGRESSIVE) == converted(BASELINE_85)


def test_restart_markers():
    frame = converted(RESTARTS)[0]
    assert border_is_black(frame, 32, 11)
    for x in range(32):
        red, _, blue = pixel(frame, x, 15)
        assert abs(red - 255 * x // 31) <= 30 and abs(blue - 128) <= 40
    bad = bytearray(RESTARTS)
    at = bytes(bad).index(b"\xff\xd0")
    bad[at + 1] = 0xD3
    assert "restart marker" in refusal(bad)
    assert "damaged" in refusal(bad[:at] + bad[at + 2 :])


def test_orientation():
    upright = converted(BASELINE_444)[0]
    pixels = [[pixel(upright, 8 + x, 8 + y) for x in range(16)] for y in range(16)]
    turned = {
        1: lambda x, y: (x, y),
        2: lambda x, y: (15 - x, y),
        3: lambda x, y: (15 - x, 15 - y),
        4: lambda x, y: (x, 15 - y),
        5: lambda x, y: (y, x),
        6: lambda x, y: (15 - y, x),
        7: lambda x, y: (15 - y, 15 - x),
        8: lambda x, y: (y, 15 - x),
    }
    for value in range(1, 9):
        for low_first in (True, False):
            frame = converted(with_segment(BASELINE_444, 0xE1, exif(value, low_first)))[0]
            for y in range(16):
                for x in range(16):
                    across, down = turned[value](x, y)
                    assert pixel(frame, 8 + across, 8 + down) == pixels[y][x], value
    # A picture that is not square changes its sides.
    frame = converted(with_segment(RESTARTS, 0xE1, exif(6)))[0]
    assert pixel(frame, 9, 0) == (0, 0, 0) and pixel(frame, 10, 0) != (0, 0, 0)
    assert pixel(frame, 20, 31) != (0, 0, 0) and pixel(frame, 21, 31) == (0, 0, 0)


def test_orientation_that_is_not_there():
    assert orientation(b"") == 1
    assert orientation(b"http://ns.adobe.com/xap/1.0/") == 1
    assert orientation(exif(9)) == 1
    assert orientation(exif(6, True, 0x0113)) == 1
    for end in range(len(exif(6))):
        assert orientation(exif(6)[:end]) in (1, 6)


def test_rgb():
    # The same numbers taken as red, green and blue.
    frame = converted(with_segment(BASELINE_444, 0xEE, b"Adobe\0\x64\0\0\0\0\0"))[0]
    for x, y in ((8, 8), (23, 8), (8, 23), (23, 23)):
        red, green, blue = pixel(converted(BASELINE_444)[0], x, y)
        luma = (299 * red + 587 * green + 114 * blue) // 1000
        assert abs(pixel(frame, x, y)[0] - luma) <= 3


def test_what_is_not_supported():
    for marker, text in (
        (0xC3, "Lossless and hierarchical"),
        (0xC5, "Lossless and hierarchical"),
        (0xC9, "arithmetic"),
        (0xCA, "arithmetic"),
        (0xCC, "arithmetic"),
    ):
        data = bytearray(BASELINE_444)
        data[find(BASELINE_444, 0xC0) + 1] = marker
        assert text in refusal(data), marker
    assert "12 bits" in refusal(changed(BASELINE_444, 0xC0, 2, 12))
    assert "CMYK" in refusal(changed(BASELINE_444, 0xC0, 7, 4))
    assert "2 components" in refusal(changed(BASELINE_444, 0xC0, 7, 2))
    height = changed(changed(BASELINE_444, 0xC0, 3, 0), 0xC0, 4, 0)
    assert "height at the end" in refusal(height)
    assert "9999 pixels" in refusal(changed(changed(BASELINE_444, 0xC0, 3, 0x27), 0xC0, 4, 0x0F))
    # Three blocks of brightness for two of a colour.
    assert "sampling" in refusal(changed(changed(BASELINE_444, 0xC0, 9, 0x31), 0xC0, 12, 0x21))


def test_what_is_wrong_is_refused():
    assert "quantisation table is missing" in refusal(changed(BASELINE_444, 0xC0, 10, 3))
    assert "scan is not valid" in refusal(changed(BASELINE_444, 0xDA, 3, 77))
    assert "scan is not valid" in refusal(changed(BASELINE_444, 0xDA, 4, 0x33))
    assert "two headers" in refusal(
        with_segment(BASELINE_444, 0xC0, BASELINE_444[find(BASELINE_444, 0xC0) + 4 :][:15])
    )
    assert "codes" in refusal(with_segment(BASELINE_444, 0xC4, b"\0\3" + bytes(15) + b"123"))
    assert "codes" in refusal(with_segment(BASELINE_444, 0xC4, b"\x20" + bytes(16)))
    assert "segment is too short" in refusal(with_segment(BASELINE_444, 0xDB, b"\0\1\2"))
    assert "segment is too short" in refusal(SOI + b"\xff\xe0\0\1" + BASELINE_444[2:])
    assert "out of place" in refusal(SOI + b"\xff\xd8" + BASELINE_444[2:])
    assert "marker is missing" in refusal(SOI + b"\xff\xe0\0\2\0" + BASELINE_444[2:])
    assert "no picture" in refusal(SOI + b"\xff" + EOI)
    without = BASELINE_444[: find(BASELINE_444, 0xDA)] + EOI
    assert "part of the picture is missing" in refusal(without)
    # The scan comes twice.
    scan = BASELINE_444[find(BASELINE_444, 0xDA) : -2]
    assert "scan is not valid" in refusal(BASELINE_444[:-2] + scan + EOI)
    assert "scan is not valid" in refusal(PROGRESSIVE[:-2] + PROGRESSIVE[find(PROGRESSIVE, 0xDA) :])


def test_segments_that_do_not_matter():
    plain = converted(BASELINE_444)
    for marker in (0xE0, 0xE2, 0xFE):
        assert converted(with_segment(BASELINE_444, marker, b"\xff\xd9" * 1000)) == plain
    assert converted(SOI + b"\xff\xff\xff" + BASELINE_444[2:]) == plain
    assert converted(BASELINE_444 + b"more") == plain


def test_a_file_that_was_cut_off():
    for jpeg in (GREY, BASELINE_420, RESTARTS, PROGRESSIVE):
        assert refusal(jpeg) == ""
        for end in range(len(jpeg)):
            assert refusal(jpeg[:end]), end
