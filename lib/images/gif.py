"""GIF decoder (GIF87a, GIF89a): palettes, transparency, interlace, and all ways to dispose of a picture.

A single picture is averaged from all its pixels. The pictures of an animation change parts of what is already there,
so what is there has to be kept: as a grid of at most 64 x 64 of the real pixels. Up to that size the result is exact;
of larger animations every cell of the frame is the average of 4 of its pixels. Averages of all pixels cannot be
kept instead: where a picture changes a part of a cell, nobody knows any more what the other part was, and moving
things leave traces. Where memory is short the grid has 32 x 32 pixels, one for each cell. Delays are not used, and
whether the file asks to be repeated does not matter.

Memory: 14 kB of LZW tables, up to 12 (or 3) kB of grid, the same once more when pictures restore what was before them.
"""

from micropython import const

from .box import Box
from .errors import check_memory, fits
from .gif_grid import Grid, grid_bytes
from .gif_scan import Blocks, survey
from .lzw import Lzw
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_FINE = const(64)
_COARSE = const(32)
# Tables, palettes, objects.
_MEMORY_BYTES = const(15616)
_ADVICE = "Try again later, or save it as a JPEG."


def frames(reader: Reader, frame: bytearray, frames_max: int, memory_max: int) -> "Iterator[bool]":
    """Decode all pictures; every step is short, and each that yields True has put a picture into `frame`."""
    found = [0, 0, 0, 0]
    yield from survey(reader, frames_max, found)
    reader.rewind()
    blocks = Blocks(reader)
    count, restoring, interlaced, widest = found
    grid = None
    if count == 1:
        # All sums of an interlaced picture.
        check_memory(_MEMORY_BYTES + widest + 6144 * interlaced, memory_max, _ADVICE)
    else:
        side = _FINE
        need_bytes = _MEMORY_BYTES + widest + grid_bytes(blocks.width, blocks.height, side, restoring)
        if not fits(need_bytes, memory_max):
            side = _COARSE
            need_bytes = _MEMORY_BYTES + widest + grid_bytes(blocks.width, blocks.height, side, restoring)
            check_memory(need_bytes, memory_max, _ADVICE)
        grid = Grid(blocks.width, blocks.height, frame, restoring, side)
    lzw = Lzw(reader)
    for _ in range(count):
        yield from blocks.next_picture()
        if grid is None:
            box = Box(blocks.width, blocks.height, frame, not blocks.interlaced)
            yield from _single(blocks, lzw, box)
        else:
            grid.begin(blocks)
            yield from _part(blocks, lzw, grid)
            box = grid.box
            yield from grid.average()
        yield from lzw.finish()
        yield from box.finish()
        yield True
        if grid is not None:
            yield from grid.end(blocks)


def _single(blocks: Blocks, lzw: Lzw, box: Box) -> "Iterator[bool]":
    """Decode the only picture into the box; what it does not cover is black."""
    palette = blocks.palette
    if blocks.transparent >= 0:
        at = 3 * blocks.transparent
        palette[at : at + 3] = bytes(3)
    row = memoryview(bytearray(blocks.columns))
    y = 0
    work = 0
    for complete in lzw.rows(row, blocks.rows):
        if complete:
            line = blocks.top + y
            if line < blocks.height and box.wants(line):
                box.add_indexed(line, row, blocks.columns, palette, 8, blocks.left, 1)
                work += 2
            y = blocks.row_after(y)
            work += 1
        if not complete or work > 6:
            work = 0
            yield False


def _part(blocks: Blocks, lzw: Lzw, grid: "Grid") -> "Iterator[bool]":
    """Decode a picture of an animation into the grid."""
    row = memoryview(bytearray(blocks.columns))
    y = 0
    work = 0
    for complete in lzw.rows(row, blocks.rows):
        if complete:
            grid.put(blocks, blocks.top + y, row)
            y = blocks.row_after(y)
            work += 1
        if not complete or work > 8:
            work = 0
            yield False
