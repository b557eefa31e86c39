from images_bench import (
    BitWriter,
    File,
    Written,
    converted,
    framed,
    gif_control,
    gif_head,
    gif_picture,
    lzw,
    pixel,
    refusal,
    u16,
)

from images.convert import convert
from images.errors import ImageError
from images.frames import HEADER_BYTES

BLACK = (0, 0, 0)
RED = (255, 0, 0)
GREEN = (0, 255, 0)
BLUE = (0, 0, 255)
PALETTE = (BLACK, RED, GREEN, BLUE)
OTHER = ((9, 9, 9), (1, 2, 3), (4, 5, 6), (7, 8, 9))
END = b"\x3b"
LOOP = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00\x00"


def shown(width, height, indices, palette=PALETTE):
    return framed(width, height, [palette[index] for index in indices])


def noise(count, limit):
    """Return numbers below `limit` that do not repeat soon."""
    state = 1
    numbers = []
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        numbers.append((state >> 16) % limit)
    return numbers


def interlaced(height):
    """Return the rows in the order of the file (GIF89a, appendix E)."""
    rows = []
    for start, distance in ((0, 8), (4, 8), (2, 4), (1, 2)):
        rows += list(range(start, height, distance))
    return rows


def test_one_picture():
    indices = noise(63, 4)
    for version in (b"GIF87a", b"GIF89a"):
        data = gif_head(9, 7, PALETTE, version) + gif_picture(0, 0, 9, 7, indices) + END
        assert converted(data) == [shown(9, 7, indices)]


def test_palette_of_the_picture_goes_first():
    indices = noise(20, 4)
    for head in (gif_head(5, 4, PALETTE), gif_head(5, 4, ())):
        assert converted(head + gif_picture(0, 0, 5, 4, indices, OTHER) + END) == [
            shown(5, 4, indices, OTHER)
        ]
    two = gif_picture(0, 0, 5, 4, indices, OTHER) + gif_picture(0, 0, 5, 4, indices)
    assert converted(gif_head(5, 4, PALETTE) + two + END) == [
        shown(5, 4, indices, OTHER),
        shown(5, 4, indices),
    ]


def test_interlace():
    for height in range(1, 20):
        indices = noise(3 * height, 4)
        stored = []
        for row in interlaced(height):
            stored += indices[3 * row : 3 * row + 3]
        picture = gif_picture(0, 0, 3, height, stored, (), True)
        assert converted(gif_head(3, height, PALETTE) + picture + END) == [shown(3, height, indices)], height
        # As the first of two, it goes by way of the grid.
        frames = converted(gif_head(3, height, PALETTE) + picture + picture + END)
        assert frames == [shown(3, height, indices)] * 2, height


def test_picture_smaller_and_larger_than_the_screen():
    data = gif_head(6, 4, PALETTE) + gif_picture(2, 1, 3, 2, [1, 2, 3, 3, 2, 1]) + END
    assert converted(data) == [shown(6, 4, [0] * 8 + [1, 2, 3] + [0] * 3 + [3, 2, 1] + [0] * 7)]
    large = gif_picture(1, 1, 3, 2, [1, 2, 3, 3, 2, 1])
    assert converted(gif_head(2, 2, PALETTE) + large + END) == [shown(2, 2, [0, 0, 0, 1])]
    assert converted(gif_head(2, 2, PALETTE) + large + large + END) == [shown(2, 2, [0, 0, 0, 1])] * 2
    outside = gif_picture(9, 9, 1, 1, [1])
    assert converted(gif_head(2, 2, PALETTE) + outside + outside + END) == [shown(2, 2, [0] * 4)] * 2


def test_transparent_colour_of_one_picture_is_black():
    data = gif_head(2, 1, OTHER) + gif_control(0, 1) + gif_picture(0, 0, 2, 1, [1, 2]) + END
    assert converted(data) == [framed(2, 1, [BLACK, OTHER[2]])]


def animation(disposal):
    """Return a red background, a 2 x 2 part with a hole, and a blue pixel elsewhere."""
    return (
        gif_head(4, 2, PALETTE)
        + LOOP
        + gif_control(1)
        + gif_picture(0, 0, 4, 2, [1] * 8)
        + gif_control(disposal, 0)
        + gif_picture(1, 0, 2, 2, [2, 0, 2, 2])
        + gif_control(1)
        + gif_picture(3, 1, 1, 1, [3])
        + END
    )


def test_disposal():
    first = shown(4, 2, [1] * 8)
    second = shown(4, 2, [1, 2, 1, 1, 1, 2, 2, 1])
    kept = shown(4, 2, [1, 2, 1, 1, 1, 2, 2, 3])
    cleared = shown(4, 2, [1, 0, 0, 1, 1, 0, 0, 3])
    restored = shown(4, 2, [1, 1, 1, 1, 1, 1, 1, 3])
    for disposal, third in ((0, kept), (1, kept), (2, cleared), (3, restored)):
        assert converted(animation(disposal)) == [first, second, third], disposal


def test_64_pixels_are_exact_when_parts_change():
    # Every cell of the frame has 2 x 2 pixels; single pixels of it change one after the other.
    data = gif_head(64, 64, PALETTE) + gif_picture(0, 0, 64, 64, [1] * 4096)
    for x, y in ((10, 20), (11, 20), (10, 21), (11, 21)):
        data += gif_control(1) + gif_picture(x, y, 1, 1, [3])
    frames = converted(data + END)
    assert [pixel(frame, 5, 10) for frame in frames] == [
        (255, 0, 0),
        (191, 0, 64),
        (128, 0, 128),
        (64, 0, 191),
        (0, 0, 255),
    ]
    for frame in frames:
        assert pixel(frame, 6, 10) == RED and pixel(frame, 5, 11) == RED


def test_larger_animation_leaves_no_traces():
    # A bar moves over 200 x 100 pixels; each picture repairs one column behind it and draws one before it.
    data = gif_head(200, 100, PALETTE) + gif_picture(0, 0, 200, 100, [1] * 20000)
    for x in range(40):
        data += gif_control(1) + gif_picture(x, 0, 1, 100, [1] * 100)
        data += gif_control(1) + gif_picture(x + 10, 0, 1, 100, [3] * 100)
    last = converted(data + END)[-1]
    assert [pixel(last, x, 16) for x in (0, 2, 4, 5, 9, 20)] == [RED] * 6
    assert pixel(last, 7, 16) == BLUE


def test_every_code_size_and_a_full_table():
    for root_bits in (2, 3, 8):
        indices = noise(9000, 1 << root_bits)
        palette = bytes([index * 77 & 0xFF for index in range(3 << root_bits)])
        flags = 0x80 | (root_bits - 1)
        head = b"GIF89a" + u16(90) + u16(100) + bytes([flags, 0, 0]) + palette + b"\x2c" + bytes(4)
        expected = None
        # Decoders go on with a full table until they are told to clear it.
        for clears in (True, False):
            frames = converted(head + u16(90) + u16(100) + b"\0" + lzw(indices, root_bits, clears) + END)
            assert expected is None or frames == expected
            expected = frames
        # 90 x 100 becomes 29 x 32, in the middle; the first cell has 4 x 4 pixels.
        first = [indices[y * 90 + x] for y in range(4) for x in range(4)]
        mean = [(sum([palette[3 * index + colour] for index in first]) + 8) // 16 for colour in range(3)]
        assert expected is not None and pixel(expected[0], 1, 0) == tuple(mean)


def test_long_strings():
    # One colour makes strings of up to some 200 pixels, over many rows of 5.
    data = gif_head(5, 4000, PALETTE) + gif_picture(0, 0, 5, 4000, [2] * 20000) + END
    assert converted(data) == [framed(1, 32, [GREEN] * 32)]


def test_number_of_pictures():
    picture = gif_picture(0, 0, 1, 1, [1])
    head = gif_head(1, 1, PALETTE)
    assert len(converted(head + picture * 7 + END, 7)) == 7
    assert refusal(head + picture * 8 + END, 7) == "The animation has more than 7 pictures."
    assert "no picture" in refusal(head + END)


def test_what_is_wrong_is_refused():
    head = gif_head(2, 2, PALETTE)
    picture = gif_picture(0, 0, 2, 2, [1, 2, 3, 1])
    assert "block is unknown" in refusal(head + b"\x11" + picture + END)
    assert "palette is missing" in refusal(gif_head(2, 2, ()) + picture + END)
    assert "no pixels" in refusal(gif_head(0, 2, PALETTE) + picture + END)
    assert "no pixels" in refusal(head + gif_picture(0, 0, 0, 2, [1]) + END)
    assert "9000 x 2" in refusal(gif_head(9000, 2, PALETTE) + picture + END)
    assert "not valid" in refusal(head + gif_picture(0, 0, 2, 3, [1, 2, 3, 1]) + END)
    start = picture[:10]
    assert "before its last pixel" in refusal(head + start + b"\x02\x01\x0c\x00" + END)
    # Code size 9; a code that the table does not have; a string before any pixel.
    assert "code size" in refusal(head + start + b"\x09\x01\x00\x00" + END)
    assert "not valid" in refusal(head + start + b"\x02\x02\x7c\x00\x00" + END)
    assert "not valid" in refusal(head + start + b"\x02\x02\x34\x00\x00" + END)
    together = gif_head(8000, 2000, PALETTE)
    large = b"\x2c" + bytes(4) + u16(8000) + u16(2000) + b"\0\x02\x01\x00\0"
    assert "too large together" in refusal(together + large * 3 + END)


def test_a_file_that_was_cut_off():
    data = animation(2)
    for end in range(len(data)):
        assert refusal(data[:end]), end


def test_what_follows_the_end_does_not_matter():
    assert len(converted(animation(2) + b"more")) == 3


def test_strings_that_are_longer_than_the_buffer():
    # The last string and a literal in turns: strings grow by one pixel every two codes.
    from images.lzw import Lzw
    from images.reader import Reader

    writer = BitWriter()
    strings = [b"\0", b"\1", b"\2", b"\3", b"", b""]
    bits = 3
    writer.put(4, bits)
    expected = bytearray()
    previous = b""
    state = 1
    while len(strings) < 4096:
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        # Now and then the code that is only being added (its own first pixel again).
        if len(previous) > 1 and state >> 8 & 3 == 0:
            code = len(strings)
        elif len(previous) == 1 and len(strings) > 6:
            code = len(strings) - 1
        else:
            code = state >> 16 & 3
        string = strings[code] if code < len(strings) else previous + previous[:1]
        writer.put(code, bits)
        expected += string
        if previous:
            strings.append(previous + string[:1])
            if len(strings) == 1 << bits and bits < 12:
                bits += 1
        previous = string
    longest = max([len(string) for string in strings])
    assert longest > 2048, longest
    data = writer.finish()
    blocks = bytearray([2])
    for start in range(0, len(data), 255):
        part = data[start : start + 255]
        blocks += bytes([len(part)]) + part
    blocks.append(0)
    for width in (777, 4000):
        decoder = Lzw(Reader(File(bytes(blocks)), 1000000))
        row = bytearray(width)
        rows = len(expected) // width
        y = 0
        for complete in decoder.rows(memoryview(row), rows):
            if complete:
                assert row == expected[y * width : (y + 1) * width], y
                y += 1
        assert y == rows


def test_a_grid_that_saves_memory():
    # 64 x 64 pixels of real colours take 12 kB; with less each cell shows one of its four pixels.
    palette = ((0, 0, 0), (200, 0, 0), (0, 200, 0), (0, 0, 200))
    indices = ([1, 2] * 32 + [2, 1] * 32) * 32
    picture = gif_picture(0, 0, 64, 64, indices)
    data = gif_head(64, 64, palette) + picture * 2 + b"\x3b"
    smooth = converted(data)
    assert len(smooth) == 2 and pixel(smooth[1], 5, 5) == (100, 100, 0)
    sink = Written()
    for _ in convert(File(data), sink, 200, 204800, 25000):
        pass
    assert pixel(sink.data[HEADER_BYTES:], 5, 5) in ((200, 0, 0), (0, 200, 0))
    text = ""
    try:
        for _ in convert(File(data), Written(), 200, 204800, 20000):
            pass
    except ImageError as error:
        text = str(error)
    assert "23 kB of memory to convert and 19 kB are free" in text, text
