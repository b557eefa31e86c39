"""First reading of a GIF file (GIF89a): its blocks, without the pixels.

It shows how many pictures there are and that the file is complete, before anything is converted.
"""

from micropython import const

from .errors import PIXELS_MAX, ImageError, check_size, damaged
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_EXTENSION = const(0x21)
_PICTURE = const(0x2C)
_TRAILER = const(0x3B)
_CONTROL = const(0xF9)

# What becomes of a picture (GIF89a, 23).
RESTORE_BACKGROUND = const(2)
RESTORE_PREVIOUS = const(3)


class Blocks:
    """Reads block by block; the fields describe the last picture whose head was read."""

    def __init__(self, reader: Reader) -> None:
        """Read from the start of the file."""
        self._reader = reader
        reader.skip(6)
        self.width = reader.u16_low_first()
        self.height = reader.u16_low_first()
        check_size(self.width, self.height)
        flags = reader.byte()
        reader.skip(2)
        self.left = 0
        self.top = 0
        self.columns = 0
        self.rows = 0
        self.interlaced = False
        # Extension: what becomes of the picture when the next one comes, and which colour is none.
        self.disposal = 0
        self.transparent = -1
        self.palette = bytearray(768)
        self._palette_bytes = 0
        self._global = bytearray(768 if flags & 0x80 else 0)
        if flags & 0x80:
            self._read_palette(self._global, flags)

    def _read_palette(self, palette: bytearray, flags: int) -> None:
        for index in range(6 << (flags & 7)):
            palette[index] = self._reader.byte()

    def next_picture(self) -> "Iterator[bool]":
        """Read up to the pixels of the next picture; `columns` is 0 when there is none any more."""
        self.columns = 0
        self.disposal = 0
        self.transparent = -1
        while True:
            kind = self._reader.byte()
            if kind == _PICTURE:
                self._read_head()
                return
            if kind == _TRAILER:
                return
            if kind != _EXTENSION:
                raise damaged("a block is unknown")
            label = self._reader.byte()
            size = self._reader.byte()
            if label == _CONTROL and size == 4:
                flags = self._reader.byte()
                self._reader.skip(2)
                transparent = self._reader.byte()
                self.disposal = flags >> 2 & 7
                self.transparent = transparent if flags & 1 else -1
                size = self._reader.byte()
            while size:
                self._reader.skip(size)
                size = self._reader.byte()
                yield False
            yield False

    def _read_head(self) -> None:
        """Read position, size and palette."""
        reader = self._reader
        self.left = reader.u16_low_first()
        self.top = reader.u16_low_first()
        columns = reader.u16_low_first()
        self.rows = reader.u16_low_first()
        check_size(columns, self.rows)
        self.columns = columns
        flags = reader.byte()
        self.interlaced = flags & 0x40 != 0
        if flags & 0x80:
            self._read_palette(self.palette, flags)
        elif len(self._global):
            self.palette[:] = self._global
        else:
            raise damaged("a palette is missing")

    def row_after(self, row: int) -> int:
        """Return the row of the picture that follows in the file (GIF89a, appendix E)."""
        if not self.interlaced:
            return row + 1
        # Rows 0, 8 ..., then 4, 12 ..., then 2, 6 ..., then 1, 3 ...
        if row & 7 == 0:
            row, start = row + 8, 4
        elif row & 7 == 4:
            row, start = row + 8, 2
        elif row & 3 == 2:
            row, start = row + 4, 1
        else:
            return row + 2
        while row >= self.rows and start:
            row, start = start, start >> 1
        return row


def survey(reader: Reader, frames_max: int, found: "list[int]") -> "Iterator[bool]":
    """Read the whole file.

    `found` gets the number of pictures, whether (1 or 0) one restores what was before it and one is interlaced, and
    the width of the widest.
    """
    blocks = Blocks(reader)
    pictures = pixels = 0
    while True:
        yield from blocks.next_picture()
        if not blocks.columns:
            break
        pictures += 1
        if pictures > frames_max:
            raise ImageError("The animation has more than %d pictures." % frames_max)
        pixels += blocks.columns * blocks.rows
        if pixels > PIXELS_MAX:
            raise ImageError("The pictures of the animation are too large together.")
        if blocks.disposal == RESTORE_PREVIOUS:
            found[1] = 1
        if blocks.interlaced:
            found[2] = 1
        found[3] = max(found[3], blocks.columns)
        reader.skip(1)
        size = reader.byte()
        while size:
            reader.skip(size)
            size = reader.byte()
            yield False
    if not pictures:
        raise damaged("there is no picture in it")
    found[0] = pictures
