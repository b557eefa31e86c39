"""PNG decoder (RFC 2083): all colour types, depths and both interlace methods; of an animated PNG the first picture.

Memory: 32 kB of inflate window (less for small pictures), one row of the file; interlaced ones 6 kB of sums.
"""

from micropython import const

from .box import Box
from .errors import ImageError, check_memory, check_size, damaged, unsupported
from .inflate import PORTION_BYTES
from .png_chunks import ADVICE, Chunks, ImageData
from .png_filter import unfilter
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

# A row is kept in memory: 5000 pixels of three colours.
_ROW_BYTES_MAX = const(15000)
_WORK_PER_STEP = const(800)
# Palette, portions, input of the inflater and its tables, objects; sums of all cells.
_MEMORY_BYTES = const(4096)
_SUMS_BYTES = const(6144)

# Bits of the colour type.
_PALETTE = const(1)
_COLOUR = const(2)
_OPACITY = const(4)

# Allowed depths, and channels, by colour type.
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}

# First column, first row, distance of columns, distance of rows (RFC 2083, 2.6).
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


class Png:
    """One picture: what its chunks before the image data say."""

    def __init__(self) -> None:
        """Start without a header."""
        self.width = 0
        self.height = 0
        self.depth = 0
        self.type = 0
        self.passes = _WHOLE
        self.palette = bytearray(0)
        self.key = b""

    def read_header(self, data: bytes) -> None:
        """Take the data of IHDR."""
        if len(data) != 13 or data[0] or data[1] or data[4] or data[5]:
            raise damaged("the header is not valid")
        self.width = data[2] << 8 | data[3]
        self.height = data[6] << 8 | data[7]
        check_size(self.width, self.height)
        self.depth = data[8]
        self.type = data[9]
        if self.depth not in _DEPTHS.get(self.type, ()) or data[10] or data[11] or data[12] > 1:
            raise damaged("the header is not valid")
        if data[12]:
            self.passes = _ADAM7
        if (self.width * self.pixel_bits() + 7) // 8 > _ROW_BYTES_MAX:
            raise ImageError(
                "The picture is too wide: with these colours a PNG may have %d pixels across."
                % (_ROW_BYTES_MAX * 8 // self.pixel_bits())
            )
        if self.type == 0 and self.depth <= 8:
            self.palette = bytearray(768)
            top = (1 << self.depth) - 1
            for grey in range(top + 1):
                for colour in range(3):
                    self.palette[3 * grey + colour] = grey * 255 // top

    def read_palette(self, data: bytes) -> None:
        """Take the data of PLTE; colours beyond it are black."""
        if not data or len(data) % 3 or len(data) > 768:
            raise damaged("the palette is not valid")
        if self.type == 3:
            self.palette = bytearray(768)
            self.palette[: len(data)] = data

    def read_transparency(self, data: bytes) -> None:
        """Take the data of tRNS: what is transparent is shown over black."""
        if self.type == 3 and len(self.palette):
            for index in range(min(len(data), 256)):
                for at in range(3 * index, 3 * index + 3):
                    self.palette[at] = (self.palette[at] * data[index] + 127) // 255
        elif self.type in (0, 2) and len(data) == 2 * _CHANNELS[self.type]:
            if self.depth == 16:
                self.key = data
            elif self.type == 2:
                self.key = bytes([data[1], data[3], data[5]])
            else:
                grey = 3 * (data[1] & ((1 << self.depth) - 1))
                self.palette[grey : grey + 3] = bytes(3)
        else:
            raise damaged("the transparency is not valid")

    def pixel_bits(self) -> int:
        """Return the bits of a pixel."""
        return self.depth * _CHANNELS[self.type]

    def layout(self) -> "tuple[int, int, int, int]":
        """Return where the (high) bytes of a pixel's colours are, as `Box.add_colours` wants it."""
        size = self.depth >> 3
        colours = 3 if self.type & _COLOUR else 1
        last = colours - 1
        opacity = colours * size if self.type & _OPACITY else 0
        return self.pixel_bits() >> 3, min(1, last) * size, last * size, opacity

    def passes_present(self) -> "list[tuple[int, int, int, int, int, int]]":
        """Return the passes that have pixels, with the number of bytes and of rows of each."""
        present = []
        for x, y, across, down in self.passes:
            columns = (self.width - x + across - 1) // across
            rows = (self.height - y + down - 1) // down
            if columns > 0 and rows > 0:
                present.append((x, y, across, down, (columns * self.pixel_bits() + 7) // 8, rows))
        return present


def frames(reader: Reader, frame: bytearray, frames_max: int, memory_max: int) -> "Iterator[bool]":
    """Decode the picture into `frame`; every step is short, and the last one yields True."""
    reader.skip(8)
    png = Png()
    chunks = Chunks(reader)
    chunks.open()
    if chunks.type != b"IHDR":
        raise damaged("the header is missing")
    while chunks.type != b"IDAT":
        if chunks.type in (b"IHDR", b"PLTE", b"tRNS"):
            _take_chunk(png, chunks)
        elif chunks.type == b"IEND":
            raise damaged("it has no image data")
        else:
            yield from _skip_chunk(chunks)
        chunks.close()
        chunks.open()
        yield False
    if png.type == 3 and not len(png.palette):
        raise damaged("the palette is missing")
    box = Box(png.width, png.height, frame, len(png.passes) == 1)
    yield from _pixels(png, chunks, box, memory_max)
    # The rest is read for its checksums, so that a file that was cut off or changed is not taken.
    while chunks.type != b"IEND":
        yield from _skip_chunk(chunks)
        chunks.close()
        chunks.open()
        yield False
    yield from _skip_chunk(chunks)
    chunks.close()
    yield from box.finish()
    yield True


def _take_chunk(png: Png, chunks: Chunks) -> None:
    """Read a short chunk that says how to read the pixels."""
    if chunks.left > 768:
        raise damaged("a chunk is too long")
    data = b""
    while chunks.left:
        data += bytes(chunks.piece())
    if chunks.type == b"IHDR":
        if png.width:
            raise damaged("it has two headers")
        png.read_header(data)
    elif chunks.type == b"PLTE":
        png.read_palette(data)
    else:
        png.read_transparency(data)


def _skip_chunk(chunks: Chunks) -> "Iterator[bool]":
    """Read a chunk for its checksum only; it must be one that may be left out."""
    if not chunks.type[0] & 0x20 and chunks.type not in (b"IDAT", b"IEND", b"PLTE"):
        raise unsupported("PNG files with chunks of an unknown kind")
    while chunks.left:
        chunks.piece()
        yield False


def _pixels(png: Png, chunks: Chunks, box: Box, memory_max: int) -> "Iterator[bool]":
    """Inflate and unfilter all rows and add them to the box."""
    passes = png.passes_present()
    longest = max([row_bytes for _, _, _, _, row_bytes, _ in passes])
    raw_bytes = sum([rows * (1 + row_bytes) for _, _, _, _, row_bytes, rows in passes])
    need_bytes = _MEMORY_BYTES + longest + (0 if len(png.passes) == 1 else _SUMS_BYTES)
    check_memory(need_bytes, memory_max, ADVICE)
    data = ImageData(chunks, raw_bytes, need_bytes, memory_max)
    row = bytearray(longest)
    raw = memoryview(bytearray(PORTION_BYTES))
    blank = bytes(PORTION_BYTES)
    corner = bytearray(8)
    pixel_bytes = max(1, png.pixel_bits() >> 3)
    work = 0
    for x, y, across, down, row_bytes, rows in passes:
        for place in range(0, row_bytes, PORTION_BYTES):
            count = min(PORTION_BYTES, row_bytes - place)
            row[place : place + count] = blank[:count]
        for _ in range(rows):
            kind = -1
            place = 0
            while place < row_bytes:
                while data.hungry():
                    data.feed()
                    work += 100
                    if work > _WORK_PER_STEP:
                        work = 0
                        yield False
                if kind < 0:
                    data.take(raw[:1])
                    kind = raw[0]
                else:
                    part = raw[: min(PORTION_BYTES, row_bytes - place)]
                    data.take(part)
                    unfilter(kind, row, place, part, pixel_bytes, corner)
                    place += len(part)
                    work += len(part) + 50
                    if work > _WORK_PER_STEP:
                        work = 0
                        yield False
            if box.wants(y):
                _add_row(png, box, y, row, x, across)
                work += 300
            y += down


def _add_row(png: Png, box: Box, y: int, row: bytearray, x: int, across: int) -> None:
    """Add an unfiltered row to the box."""
    if len(png.palette):
        box.add_indexed(y, row, png.width, png.palette, png.depth, x, across)
    elif png.key:
        box.add_keyed(y, row, png.layout(), png.key, x, across)
    else:
        box.add_colours(y, row, png.layout(), x, across)
