"""Fitting a picture of any size into the frame: size, cells, position, orientation.

The picture is divided into one cell per output pixel. Cell k of n on an axis of `size` pixels starts at pixel
ceil(k * size / n), so pixel x lies in cell x * n // size, and every pixel in exactly one cell.
"""

from array import array

from micropython import const

from .frames import SIDE


def fit_length(length: int, longest: int, side: int) -> int:
    """Return `length` pixels scaled as `longest` is scaled to `side`; smaller pictures keep their size."""
    if longest <= side:
        return length
    return max(1, (length * side + longest // 2) // longest)


def cell_edges(size: int, cells: int) -> array:
    """Return the first pixel of each cell, and `size` at the end."""
    return array("H", [(k * size + cells - 1) // cells for k in range(cells + 1)])


class Placement:
    """Where a picture of `columns` x `rows` cells goes in the frame: centred, turned as its orientation says.

    The orientation is that of EXIF 2.3, 4.6.4 tag 0x0112: 1 upright, 3 half a turn, 6 and 8 quarter turns, the
    others mirrored. Cell (x, y) has its first byte at `origin + x * across + y * down`.
    """

    def __init__(self, columns: int, rows: int, orientation: int = 1) -> None:
        """Work out the offsets into the frame, in bytes."""
        turned = orientation >= 5
        width = rows if turned else columns
        height = columns if turned else rows
        left = (SIDE - width) // 2
        top = (SIDE - height) // 2
        right_to_left = orientation in (2, 3, 6, 7)
        bottom_up = orientation in (3, 4, 7, 8)
        x_step = -3 if right_to_left else 3
        y_step = -3 * SIDE if bottom_up else 3 * SIDE
        first_x = left + width - 1 if right_to_left else left
        first_y = top + height - 1 if bottom_up else top
        self.origin = 3 * (first_y * SIDE + first_x)
        self.across = y_step if turned else x_step
        self.down = x_step if turned else y_step


_SAMPLES_MAX = const(16)


def sample_step(edges: array) -> int:
    """Return the distance of the pixels that are averaged on one axis: 1 for cells of up to 16 pixels.

    More than 16 x 16 pixels per cell change nothing that can be seen but take time. The distance is odd, so that
    it does not fall in step with dithering, and the passes of an interlaced PNG meet every such pixel exactly once.
    """
    widest = max([edges[k + 1] - edges[k] for k in range(len(edges) - 1)])
    step = 1
    while step * _SAMPLES_MAX < widest:
        step += 2
    return step
