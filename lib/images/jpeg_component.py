"""One colour component of a JPEG: from blocks to the average of each cell of the frame."""

from array import array

from micropython import const

from .errors import damaged
from .fit import Placement, cell_edges
from .jpeg_bits import Huffman
from .jpeg_idct import ZIGZAG, cosine_basis, transform

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

# A mean of 8-bit samples has 11 bits and a sign; unequal rounding may add a little.
_MEAN_MAX = const(4095)
_NOWHERE = const(255)
# What a decoder holds besides what the components allocate: four tables of codes, objects.
MEMORY_BYTES = const(7680)


class Component:
    """Sampling, tables and sums of a component; `points` is what its blocks are reduced to on each axis.

    With one point only the mean of a block is used: it is added to the sums as it is read, whether all its bits come
    at once or, in progressive files, one after the other, so nothing has to be kept.
    """

    def __init__(self, identity: int, across: int, down: int, table: int) -> None:
        """Take what the frame header says: `across` x `down` blocks per unit, number of the quantisation table."""
        self.identity = identity
        self.across = across
        self.down = down
        self.table = table
        self.points = 1
        self.prediction = 0
        self.dc: "Huffman | None" = None
        self.ac: "Huffman | None" = None
        self.quantisation: "array | None" = None
        self.scanned = False
        # Of progressive files: the lowest bit of the means that has come, coefficients, and which are not zero.
        self.mean_shift = 0
        self.coefficients = self.block = array("h")
        self.known = bytearray(0)

    def measure(self, width: int, height: int, unit_across: int, unit_down: int) -> None:
        """Work out the blocks for a picture of `width` x `height` pixels, `unit_...` blocks per unit at most."""
        self.width = width
        self.height = height
        # Pixels of the picture per sample.
        self.ratio_across = unit_across // self.across
        self.ratio_down = unit_down // self.down
        self.blocks_across = (width + 8 * self.ratio_across - 1) // (8 * self.ratio_across)
        self.blocks_down = (height + 8 * self.ratio_down - 1) // (8 * self.ratio_down)
        self.units_across = (width + 8 * unit_across - 1) // (8 * unit_across)
        self.units_down = (height + 8 * unit_down - 1) // (8 * unit_down)

    def choose_points(self, columns: int, rows: int) -> None:
        """Take as few points as give one for each cell of `columns` x `rows`."""
        points = 1
        while points < 8 and (
            8 * self.ratio_across * columns > self.width * points
            or 8 * self.ratio_down * rows > self.height * points
        ):
            points *= 2
        self.points = points

    def allocate(self, columns: int, rows: int, frame: bytearray, channel: int, place: Placement) -> None:
        """Prepare for `columns` x `rows` cells, and allocate the samples of one row of units.

        Finished averages wait in byte `channel` (0 to 2) of their pixels of `frame`, which lie as `place` says.
        """
        self._frame = frame
        self._channel = channel
        self._place = place
        points = self.points
        self.columns = columns
        self.rows = rows
        self.stride = self.units_across * self.across * points
        self.samples = array("h", bytes(2 * self.stride * self.down * points))
        self._view = memoryview(self.samples)
        self.sums = array("i")
        self._in_order = False
        self._row = 0
        self._totals = array("i", bytes(4 * columns))
        self._edges = cell_edges(self.width, columns)
        self._row_edges = cell_edges(self.height, rows)
        self._basis = cosine_basis(points)
        self.block = array("h", bytes(2 * points * points))
        # Where each coefficient goes in a block of points x points, and the last one that goes anywhere.
        self.kept = bytearray(64)
        self.last = 0
        for number in range(64):
            row, column = ZIGZAG[number] >> 3, ZIGZAG[number] & 7
            if row < points and column < points:
                self.kept[number] = row * points + column
                self.last = number
            else:
                self.kept[number] = _NOWHERE

    def line_bytes(self) -> int:
        """Return the memory for the samples of one row of units."""
        return 2 * self.units_across * self.across * self.down * self.points * self.points

    def allocate_sums(self, in_order: bool) -> None:
        """Allocate sums of all cells, or, where lines come once and from top to bottom, of one row of them."""
        self.sums = array("i", bytes(4 * self.columns * (1 if in_order else self.rows)))
        self._in_order = in_order

    def quantise(self, table: "array | None") -> None:
        """Take the quantisation table that is valid at the first scan; its numbers are in zigzag order."""
        if table is None:
            raise damaged("a quantisation table is missing")
        if self.quantisation is None:
            self.quantisation = array("H", bytes(2 * self.points * self.points))
            for number in range(self.last + 1):
                if self.kept[number] != _NOWHERE:
                    self.quantisation[self.kept[number]] = table[number]

    def predict(self, difference: int, shift: int) -> int:
        """Return the mean of a block, `shift` bits of which come later (T.81, F.2.1.3.1 and G.1.2.1)."""
        self.prediction += difference
        mean = self.prediction << shift
        if not -_MEAN_MAX <= mean <= _MEAN_MAX:
            raise damaged("a brightness is out of range")
        return mean

    def transform(self, coefficients: array, first: int, column: int, line: int) -> None:
        """Turn a block into samples at block `column` of block row `line` in the row of units."""
        points = self.points
        put = line * points * self.stride + column * points
        assert self.quantisation is not None
        transform(coefficients, first, self.quantisation, self._basis, points, self.samples, put, self.stride)

    def add_lines(self, block_row: int, block_rows: int) -> "Iterator[bool]":
        """Add the samples of `block_rows` rows of blocks, the first of which is `block_row` of the picture."""
        pixels_down = 8 // self.points * self.ratio_down
        y = block_row * self.points * pixels_down
        for line in range(block_rows * self.points):
            if y >= self.height:
                return
            self._sum_cells(line * self.stride)
            stop = min(self.height, y + pixels_down)
            while y < stop:
                row = y * self.rows // self.height
                end = min(stop, self._row_edges[row + 1])
                at = self._sums_of(row)
                for total in self._totals:
                    self.sums[at] += total * (end - y)
                    at += 1
                y = end
            if y >= self.height:
                self._complete_row()
            yield False

    def _sums_of(self, row: int) -> int:
        """Return where the sums of a row of cells start."""
        if not self._in_order:
            return row * self.columns
        if row != self._row:
            self._complete_row()
            self._row = row
        return 0

    def _complete_row(self) -> None:
        """Turn the sums of a row of cells into averages, where that is done row by row."""
        if not self._in_order:
            return
        put = self._put(0, self._row)
        for column in range(self.columns):
            self._frame[put] = self._mean(column, self._row, self.sums[column])
            self.sums[column] = 0
            put += self._place.across

    def _put(self, column: int, row: int) -> int:
        """Return where the average of a cell waits."""
        place = self._place
        return place.origin + self._channel + row * place.down + column * place.across

    def _sum_cells(self, offset: int) -> None:
        """Sum the samples of a line for each cell, each as often as it has pixels there."""
        samples = self.samples
        edges = self._edges
        width = 8 // self.points * self.ratio_across
        start = 0
        for cell in range(self.columns):
            stop = edges[cell + 1]
            first = start // width
            last = (stop - 1) // width
            if first == last:
                total = samples[offset + first] * (stop - start)
            else:
                total = samples[offset + first] * ((first + 1) * width - start)
                total += samples[offset + last] * (stop - last * width)
                if last > first + 1:
                    total += sum(self._view[offset + first + 1 : offset + last]) * width
            self._totals[cell] = total
            start = stop

    def average(self, column: int, row: int) -> int:
        """Return the mean of a cell, 0 to 255 for black to white."""
        if self._in_order:
            return self._frame[self._put(column, row)]
        return self._mean(column, row, self.sums[row * self.columns + column])

    def _mean(self, column: int, row: int, total: int) -> int:
        edges = self._edges
        row_edges = self._row_edges
        pixels = (edges[column + 1] - edges[column]) * (row_edges[row + 1] - row_edges[row])
        if self.points == 1 and self.quantisation is not None:
            total *= self.quantisation[0]
            pixels *= 8
        return max(0, min(255, 128 + (total + (pixels >> 1)) // pixels))
