"""What an animated GIF shows at the moment, as a grid of at most 64 x 64 (or 32 x 32) of its pixels."""

from array import array

from micropython import const

from .box import Box
from .fit import cell_edges, fit_length
from .gif_scan import RESTORE_BACKGROUND, RESTORE_PREVIOUS, Blocks

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_LAYOUT = (3, 1, 2, 0)
_ROWS_PER_STEP = const(8)


def middles(size: int, cells: int) -> array:
    """Return the pixel in the middle of each cell; all pixels when there is a cell for each."""
    edges = cell_edges(size, cells)
    return array("H", [(edges[k] + edges[k + 1] - 1) // 2 for k in range(cells)])


def grid_bytes(width: int, height: int, side: int, restoring: int) -> int:
    """Return the memory of a grid."""
    longest = max(width, height)
    return fit_length(width, longest, side) * fit_length(height, longest, side) * (6 if restoring else 3)


class Grid:
    """Colours of the pixels that are kept; black at first."""

    def __init__(self, width: int, height: int, frame: bytearray, restoring: int, side: int) -> None:
        """Make a grid of at most `side` x `side` for a canvas; `restoring` keeps what was there before a picture."""
        longest = max(width, height)
        self.columns = fit_length(width, longest, side)
        self.rows = fit_length(height, longest, side)
        self.box = Box(self.columns, self.rows, frame, True)
        self._height = height
        self._x = middles(width, self.columns)
        self._y = middles(height, self.rows)
        self._colours = bytearray(3 * self.columns * self.rows)
        self._saved = bytearray(len(self._colours) if restoring else 0)

    def begin(self, blocks: Blocks) -> None:
        """Keep what the coming picture will give back."""
        if blocks.disposal == RESTORE_PREVIOUS:
            self._saved[:] = self._colours

    def put(self, blocks: Blocks, line: int, row: memoryview) -> None:
        """Put a row of palette indices into line `line` of the canvas."""
        grid_row = line * self.rows // self._height
        if grid_row >= self.rows or self._y[grid_row] != line:
            return
        colours = self._colours
        palette = blocks.palette
        transparent = blocks.transparent
        left = blocks.left
        right = left + blocks.columns
        at = 3 * grid_row * self.columns
        for x in self._x:
            if left <= x < right:
                index = row[x - left]
                if index != transparent:
                    index *= 3
                    colours[at] = palette[index]
                    colours[at + 1] = palette[index + 1]
                    colours[at + 2] = palette[index + 2]
            at += 3

    def average(self) -> "Iterator[bool]":
        """Add what is shown to the box."""
        view = memoryview(self._colours)
        row_bytes = 3 * self.columns
        for row in range(self.rows):
            self.box.add_colours(row, view[row * row_bytes : (row + 1) * row_bytes], _LAYOUT, 0, 1)
            if row % _ROWS_PER_STEP == 0:
                yield False

    def end(self, blocks: Blocks) -> "Iterator[bool]":
        """Dispose of the picture as it demands (GIF89a, 23)."""
        if blocks.disposal == RESTORE_PREVIOUS:
            self._colours[:] = self._saved
        if blocks.disposal != RESTORE_BACKGROUND:
            return
        left = blocks.left
        right = left + blocks.columns
        first = 0
        while first < self.columns and self._x[first] < left:
            first += 1
        stop = first
        while stop < self.columns and self._x[stop] < right:
            stop += 1
        blank = bytes(3 * (stop - first))
        for row in range(self.rows):
            if blocks.top <= self._y[row] < blocks.top + blocks.rows:
                at = 3 * (row * self.columns + first)
                # Transparent: other programs do the same, and the background colour is seldom meant.
                self._colours[at : at + len(blank)] = blank
            if row % _ROWS_PER_STEP == 0:
                yield False
