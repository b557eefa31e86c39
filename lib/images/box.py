"""Average of the pixels of each cell, from rows in any order, as they come out of a decoder."""

from array import array

from micropython import const

from .fit import Placement, cell_edges, fit_length, sample_step
from .frames import SIDE

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

# 16 x 16 samples of 255 per cell are 65280: the sums fit in 16 bits.


class Box:
    """Sums per cell and colour; a picture is all the rows of `width` x `height` pixels, each given once.

    Rows that come from top to bottom need the sums of one row of cells only, others those of all cells.
    """

    def __init__(self, width: int, height: int, frame: bytearray, in_order: bool) -> None:
        """Make a box for pictures of `width` x `height` pixels; the averages go to the middle of `frame`."""
        longest = max(width, height)
        self.height = height
        self.columns = fit_length(width, longest, SIDE)
        self.rows = fit_length(height, longest, SIDE)
        self._edges = cell_edges(width, self.columns)
        self._row_edges = cell_edges(height, self.rows)
        self._step = sample_step(self._edges)
        self._row_step = sample_step(self._row_edges)
        self._sums = array("H", bytes(6 * self.columns * (1 if in_order else self.rows)))
        self._in_order = in_order
        self._row = 0
        self._frame = frame
        self._place = Placement(self.columns, self.rows)

    def wants(self, y: int) -> bool:
        """Return False when no pixel of row `y` is sampled."""
        return y % self._row_step == 0

    def _sums_of(self, y: int) -> int:
        """Return where the sums for row `y` start."""
        row = y * self.rows // self.height
        if not self._in_order:
            return row * self.columns * 3
        if row != self._row:
            self._write(self._row, 0)
            self._row = row
        return 0

    def _first(self, start: int, distance: int) -> int:
        """Return the first of the pixels `start`, `start + distance` ... that is sampled, as its number in the row."""
        first = 0
        while (start + first * distance) % self._step:
            first += 1
        return first

    def add_indexed(
        self,
        y: int,
        row: "bytearray | memoryview",
        pixels: int,
        palette: bytearray,
        depth: int,
        start: int,
        distance: int,
    ) -> None:
        """Add row `y` of palette indices of `depth` bits.

        `row` has the first `pixels` of the pixels `start`, `start + distance` ...; those off the picture are left out.
        """
        sums = self._sums
        edges = self._edges
        step = self._step
        at = self._sums_of(y)
        first = self._first(start, distance)
        mask = (1 << depth) - 1
        for cell in range(self.columns):
            stop = min(pixels, (edges[cell + 1] - start + distance - 1) // distance)
            if stop > first:
                red = green = blue = 0
                for pixel in range(first, stop, step):
                    if depth == 8:
                        index = 3 * row[pixel]
                    else:
                        bit = pixel * depth
                        index = 3 * (row[bit >> 3] >> (8 - depth - (bit & 7)) & mask)
                    red += palette[index]
                    green += palette[index + 1]
                    blue += palette[index + 2]
                sums[at] += red
                sums[at + 1] += green
                sums[at + 2] += blue
                first += (stop - first + step - 1) // step * step
            at += 3

    def add_colours(
        self,
        y: int,
        row: "bytearray | memoryview",
        layout: "tuple[int, int, int, int]",
        start: int,
        distance: int,
    ) -> None:
        """Add row `y` of colours, laid out as (bytes per pixel, offsets of green, blue and opacity; 0: opaque)."""
        width, to_green, to_blue, to_opacity = layout
        sums = self._sums
        edges = self._edges
        step = self._step
        at = self._sums_of(y)
        first = self._first(start, distance)
        for cell in range(self.columns):
            stop = (edges[cell + 1] - start + distance - 1) // distance
            if stop > first:
                red = green = blue = 0
                for place in range(first * width, stop * width, step * width):
                    opacity = row[place + to_opacity] if to_opacity else 255
                    if opacity == 255:
                        red += row[place]
                        green += row[place + to_green]
                        blue += row[place + to_blue]
                    elif opacity:
                        # Over black.
                        red += (row[place] * opacity + 127) // 255
                        green += (row[place + to_green] * opacity + 127) // 255
                        blue += (row[place + to_blue] * opacity + 127) // 255
                sums[at] += red
                sums[at + 1] += green
                sums[at + 2] += blue
                first += (stop - first + step - 1) // step * step
            at += 3

    def add_keyed(
        self,
        y: int,
        row: "bytearray | memoryview",
        layout: "tuple[int, int, int, int]",
        key: bytes,
        start: int,
        distance: int,
    ) -> None:
        """Add row `y` like `add_colours`; a pixel whose bytes are `key` is transparent."""
        width, to_green, to_blue, _ = layout
        sums = self._sums
        edges = self._edges
        at = self._sums_of(y)
        pixel = self._first(start, distance)
        for cell in range(self.columns):
            stop = (edges[cell + 1] - start + distance - 1) // distance
            while pixel < stop:
                place = pixel * width
                if row[place : place + width] != key:
                    sums[at] += row[place]
                    sums[at + 1] += row[place + to_green]
                    sums[at + 2] += row[place + to_blue]
                pixel += self._step
            at += 3

    def finish(self) -> "Iterator[bool]":
        """Write the averages that are not yet in the frame and begin a new picture; a row per step."""
        if self._in_order:
            self._write(self._row, 0)
            self._row = 0
            return
        for row in range(self.rows):
            self._write(row, row * self.columns * 3)
            yield False

    def _write(self, row: int, at: int) -> None:
        """Put the averages of a row of cells into the frame and clear their sums, which start at `at`."""
        sums = self._sums
        frame = self._frame
        put = self._place.origin + row * self._place.down
        samples_down = self._samples(self._row_edges, self._row_step, row)
        for column in range(self.columns):
            count = samples_down * self._samples(self._edges, self._step, column)
            half = count >> 1
            for colour in range(3):
                frame[put + colour] = (sums[at] + half) // count
                sums[at] = 0
                at += 1
            put += self._place.across

    @staticmethod
    def _samples(edges: array, step: int, cell: int) -> int:
        """Return how many pixels of a cell are sampled on one axis."""
        return (edges[cell + 1] + step - 1) // step - (edges[cell] + step - 1) // step
