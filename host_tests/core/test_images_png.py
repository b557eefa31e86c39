from images_bench import chunk, converted, framed, pixel, png, png_header, refusal, stored

SIZES = ((1, 1), (5, 3), (8, 8), (31, 32), (32, 32))
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
PALETTE = bytes([(7 * index + 50 * colour) & 0xFF for index in range(256) for colour in range(3)])


def sample(x, y, channel, depth):
    """Return some value of a channel; pixels next to each other differ, and so do channels."""
    return (x * 37 + y * 91 + channel * 53 + (x * y >> 2)) * 257 & ((1 << depth) - 1)


def packed(values, depth):
    """Return the bytes of a row of values."""
    if depth == 16:
        return b"".join([value.to_bytes(2, "big") for value in values])
    out = bytearray((len(values) * depth + 7) // 8)
    for index in range(len(values)):
        bit = index * depth
        out[bit >> 3] |= values[index] << (8 - depth - (bit & 7))
    return bytes(out)


def raw_row(width, y, depth, kind, start=0, distance=1):
    columns = range(start, width, distance)
    return packed([sample(x, y, c, depth) for x in columns for c in range(CHANNELS[kind])], depth)


def rows_of(width, height, depth, kind, interlaced=False):
    """Return unfiltered rows, each with the filter byte 0."""
    rows = b""
    for left, top, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        if left < width:
            for y in range(top, height, down):
                rows += b"\0" + raw_row(width, y, depth, kind, left, across)
    return rows


def eight_bits(value, depth):
    return value >> 8 if depth == 16 else value * 255 // ((1 << depth) - 1)


def colours(x, y, depth, kind):
    """Return what a pixel looks like over black."""
    values = [sample(x, y, channel, depth) for channel in range(CHANNELS[kind])]
    if kind == 3:
        return tuple(PALETTE[3 * values[0] : 3 * values[0] + 3])
    values = [eight_bits(value, depth) for value in values]
    opacity = values.pop() if kind & 4 else 255
    if len(values) == 1:
        values = values * 3
    return tuple([(value * opacity + 127) // 255 for value in values])


def picture(width, height, depth, kind):
    return framed(width, height, [colours(x, y, depth, kind) for y in range(height) for x in range(width)])


def extra(kind):
    return chunk(b"PLTE", PALETTE) if kind == 3 else b""


def filtered(width, height, depth, kind, first, step):
    """Return rows filtered as RFC 2083, clause 6 defines: filter `first`, then `step` more for each row."""
    size = max(1, depth * CHANNELS[kind] // 8)
    rows = b""
    above = bytes(len(raw_row(width, 0, depth, kind)))
    for y in range(height):
        number = (first + y * step) % 5
        row = raw_row(width, y, depth, kind)
        out = bytearray()
        for i in range(len(row)):
            a = row[i - size] if i >= size else 0
            b = above[i]
            c = above[i - size] if i >= size else 0
            p = a + b - c
            nearest = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            out.append((row[i] - (0, a, b, (a + b) // 2, nearest)[number]) & 0xFF)
        rows += bytes([number]) + bytes(out)
        above = row
    return rows


def every_kind():
    for kind, depths in ((0, (1, 2, 4, 8, 16)), (2, (8, 16)), (3, (1, 2, 4, 8)), (4, (8, 16)), (6, (8, 16))):
        for depth in depths:
            yield kind, depth


def test_every_colour_type_and_depth():
    for kind, depth in every_kind():
        for width, height in SIZES:
            data = png(width, height, depth, kind, rows_of(width, height, depth, kind), extra(kind))
            assert converted(data) == [picture(width, height, depth, kind)], (kind, depth, width)


def test_every_colour_type_and_depth_interlaced():
    for kind, depth in every_kind():
        for width, height in SIZES:
            rows = rows_of(width, height, depth, kind, True)
            data = png(width, height, depth, kind, rows, extra(kind), 1)
            assert converted(data) == [picture(width, height, depth, kind)], (kind, depth, width)


def test_every_filter():
    for kind, depth in ((0, 1), (0, 8), (2, 8), (6, 8), (0, 16), (6, 16)):
        for first in range(5):
            rows = filtered(21, 12, depth, kind, first, 1)
            data = png(21, 12, depth, kind, rows)
            assert converted(data) == [picture(21, 12, depth, kind)], (kind, depth, first)


def test_filters_across_portions_of_a_row():
    # 300 pixels of 4 bytes are more than one portion of the inflater.
    plain = png(300, 6, 8, 6, rows_of(300, 6, 8, 6))
    for kind in range(5):
        assert converted(png(300, 6, 8, 6, filtered(300, 6, 8, 6, kind, 0))) == converted(plain)


def test_boxes_are_averaged():
    # 64 x 64 and 320 x 160: cells of 2 x 2 and of 10 x 10 pixels, every pixel counts.
    for width, height, cell in ((64, 64, 2), (320, 160, 10)):
        rows = rows_of(width, height, 8, 2)
        pixels = []
        for top in range(0, height, cell):
            for left in range(0, width, cell):
                sums = [0, 0, 0]
                for y in range(top, top + cell):
                    for x in range(left, left + cell):
                        for channel in range(3):
                            sums[channel] += sample(x, y, channel, 8)
                pixels.append([(total + cell * cell // 2) // (cell * cell) for total in sums])
        expected = framed(width // cell, height // cell, pixels)
        assert converted(png(width, height, 8, 2, rows)) == [expected]
        assert converted(png(width, height, 8, 2, rows_of(width, height, 8, 2, True), b"", 1)) == [expected]


def test_any_shape_fits():
    # Width, height, columns and rows of the frame that are not black.
    for width, height, columns, rows in (
        (2000, 1, 32, 1),
        (1, 900, 1, 32),
        (33, 32, 32, 31),
        (31, 32, 31, 32),
        (100, 50, 32, 16),
        (47, 640, 2, 32),
    ):
        data = png(width, height, 1, 0, (b"\0" + b"\xff" * ((width + 7) // 8)) * height)
        frame = converted(data)[0]
        lit = [(x, y) for y in range(32) for x in range(32) if pixel(frame, x, y) == (255, 255, 255)]
        assert len(lit) == columns * rows, (width, height)
        assert lit[0] == ((32 - columns) // 2, (32 - rows) // 2)
        assert lit[-1] == ((32 - columns) // 2 + columns - 1, (32 - rows) // 2 + rows - 1)
        assert sum(frame) == 765 * len(lit)


def test_transparent_colours_are_black():
    grey = png(2, 1, 8, 0, b"\0\x40\x41", chunk(b"tRNS", b"\0\x40"))
    assert converted(grey) == [framed(2, 1, [(0, 0, 0), (0x41,) * 3])]
    colour = png(2, 1, 8, 2, b"\0\1\2\3\1\2\4", chunk(b"tRNS", b"\0\1\0\2\0\3"))
    assert converted(colour) == [framed(2, 1, [(0, 0, 0), (1, 2, 4)])]
    deep = png(2, 1, 16, 0, b"\0\x40\x01\x40\x02", chunk(b"tRNS", b"\x40\x01"))
    assert converted(deep) == [framed(2, 1, [(0, 0, 0), (0x40,) * 3])]
    palette = chunk(b"PLTE", b"\x64\x65\x66\xc8\xc9\xca") + chunk(b"tRNS", b"\x80")
    half = [(value * 128 + 127) // 255 for value in (0x64, 0x65, 0x66)]
    assert converted(png(2, 1, 1, 3, b"\0\x40", palette)) == [framed(2, 1, [half, (0xC8, 0xC9, 0xCA)])]


def test_colours_beyond_the_palette_are_black():
    assert converted(png(2, 1, 8, 3, b"\0\0\x09", chunk(b"PLTE", b"\1\2\3"))) == [
        framed(2, 1, [(1, 2, 3), (0, 0, 0)])
    ]


def test_image_data_in_chunks_of_any_size():
    stream = stored(rows_of(8, 8, 8, 2))
    for size in (1, 2, 7, 300):
        chunks = b"".join([chunk(b"IDAT", stream[at : at + size]) for at in range(0, len(stream), size)])
        data = png_header(8, 8, 8, 2) + chunk(b"IDAT", b"") + chunks + chunk(b"IEND", b"")
        assert converted(data) == [picture(8, 8, 8, 2)], size


def test_other_chunks_are_left_out():
    data = png(8, 8, 8, 2, rows_of(8, 8, 8, 2), chunk(b"tEXt", bytes(3000)) + chunk(b"gAMA", bytes(4)))
    assert converted(data) == [picture(8, 8, 8, 2)]
    assert "chunks of an unknown kind" in refusal(png(8, 8, 8, 2, b"", chunk(b"ABCD", b"")))


def test_what_is_wrong_is_refused():
    rows = rows_of(4, 4, 8, 2)
    good = png(4, 4, 8, 2, rows)
    assert refusal(good) == ""
    for at in range(8, len(good)):
        bad = bytearray(good)
        bad[at] ^= 0x10
        assert refusal(bad), at
    assert "header" in refusal(png(4, 4, 3, 0, rows))
    assert "header" in refusal(png(4, 4, 16, 3, rows))
    assert "header" in refusal(png(4, 4, 8, 5, rows))
    assert "no pixels" in refusal(png(0, 4, 8, 2, rows))
    assert "palette is missing" in refusal(png(4, 4, 8, 3, rows))
    assert "palette" in refusal(png(4, 4, 8, 3, rows, chunk(b"PLTE", b"12")))
    assert "transparency" in refusal(png(4, 4, 8, 3, rows, chunk(b"tRNS", b"12")))
    assert "transparency" in refusal(png(4, 4, 8, 6, rows, chunk(b"tRNS", b"12")))
    assert "row filter" in refusal(png(4, 4, 8, 2, b"\5" + rows[1:]))
    assert "two headers" in refusal(png(4, 4, 8, 2, rows, good[8:33]))
    assert "not valid" in refusal(png(4, 4, 8, 2, rows[:-1]))
    assert "no image data" in refusal(png_header(4, 4, 8, 2) + chunk(b"IEND", b""))
    assert "compression" in refusal(png_header(4, 4, 8, 2) + chunk(b"IDAT", b"\x79\x01"))


def test_sizes_that_are_refused():
    assert "8193 x 1 pixels" in refusal(png(8193, 1, 1, 0, b""))
    assert "8000 x 8000 pixels" in refusal(png(8000, 8000, 1, 0, b""))
    assert "header is not valid" in refusal(png(70000, 1, 1, 0, b""))
    assert "too wide: with these colours a PNG may have 5000 pixels" in refusal(png(5001, 9, 8, 2, b""))
    assert "too wide" in refusal(png(1876, 9, 16, 6, b""))


def test_a_file_that_was_cut_off():
    for data in (
        png(6, 5, 8, 2, rows_of(6, 5, 8, 2)),
        png(6, 5, 2, 3, rows_of(6, 5, 2, 3, True), chunk(b"PLTE", PALETTE[:12]) + chunk(b"tRNS", b"\5"), 1),
    ):
        assert refusal(data) == ""
        for end in range(len(data)):
            assert refusal(data[:end]), end
