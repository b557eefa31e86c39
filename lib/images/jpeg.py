"""JPEG decoder (ITU-T T.81): sequential and progressive Huffman coding, grey, YCbCr and RGB.

Blocks of 8 x 8 are reduced to 1, 2, 4 or 8 points on each axis, as few as the frame needs, so pictures of 256 pixels
and more take no cosine transform at all. Each component is averaged by itself and the colours are calculated for the
frame only: averages and colours are both linear.

Memory: 1 kB per table of codes, one row of blocks; progressive pictures 12 kB of sums, or up to 24 kB of coefficients
when they are small.
"""

from micropython import const

from .errors import check_memory, damaged
from .fit import Placement, fit_length
from .frames import SIDE
from .jpeg_bits import Bits
from .jpeg_component import MEMORY_BYTES, Component
from .jpeg_header import Header
from .jpeg_progressive import ProgressiveScan, allocate_kept, finish, reserve
from .jpeg_scan import Scan
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_EOI = const(0xD9)
_SOS = const(0xDA)
_SCANS_MAX = const(100)


def frames(reader: Reader, frame: bytearray, frames_max: int, memory_max: int) -> "Iterator[bool]":
    """Decode the picture into `frame`; every step is short, and the last one yields True."""
    reader.skip(2)
    header = Header(reader)
    scans = 0
    place = None
    marker = _next_marker(reader)
    while marker != _EOI:
        if marker != _SOS:
            if marker < 0xC0 or 0xD0 <= marker <= 0xD8:
                raise damaged("a marker is out of place")
            yield from header.read_segment(marker)
            marker = _next_marker(reader)
            continue
        scans += 1
        if scans > _SCANS_MAX or not header.components:
            raise damaged("a scan is not valid")
        if scans == 1:
            place = _allocate(header, frame, memory_max)
        header.left = reader.u16() - 2
        bits = Bits(reader)
        scan = ProgressiveScan(header, bits) if header.progressive else Scan(header, bits)
        scan.prepare()
        yield False
        if not (isinstance(scan, ProgressiveScan) and scan.can_be_skipped()):
            yield from scan.run()
        marker = bits.marker
        if not marker:
            yield from _find_marker(reader, bits)
            marker = bits.marker
    for component in header.components:
        if not component.scanned:
            raise damaged("a part of the picture is missing")
        if header.progressive:
            yield from finish(component)
    if place is None:
        raise damaged("there is no picture in it")
    yield from _show(header, frame, place)
    yield True


def _next_marker(reader: Reader) -> int:
    """Return the marker that must be here (T.81, B.1.1.2); it may have fill bytes before it."""
    if reader.byte() != 0xFF:
        raise damaged("a marker is missing")
    while True:
        marker = reader.byte()
        if marker != 0xFF:
            return marker


def _find_marker(reader: Reader, bits: Bits) -> "Iterator[bool]":
    """Skip the data of a scan up to the marker that ends it, and put that into `bits`."""
    while True:
        piece = bytes(reader.piece(512))
        at = piece.find(b"\xff")
        if at < 0:
            yield False
            continue
        reader.place -= len(piece) - at - 1
        marker = reader.byte()
        while marker == 0xFF:
            marker = reader.byte()
        if marker and not 0xD0 <= marker <= 0xD7:
            bits.marker = marker
            return
        yield False


def _allocate(header: Header, frame: bytearray, memory_max: int) -> Placement:
    """Size the components for the frame and return where in it they go; a conversion may hold `memory_max`."""
    longest = max(header.width, header.height)
    columns = fit_length(header.width, longest, SIDE)
    rows = fit_length(header.height, longest, SIDE)
    for component in header.components:
        component.choose_points(columns, rows)
    if header.progressive:
        reserve(header.components, columns, rows, memory_max)
    else:
        need_bytes = sum([component.line_bytes() for component in header.components])
        check_memory(MEMORY_BYTES + need_bytes, memory_max, "Try again later, or scale it down.")
    place = Placement(columns, rows, header.orientation)
    for channel, component in enumerate(header.components):
        component.allocate(columns, rows, frame, channel, place)
        if header.progressive:
            allocate_kept(component)
        else:
            component.allocate_sums(True)
    return place


def _show(header: Header, frame: bytearray, place: Placement) -> "Iterator[bool]":
    """Calculate the colours of the frame (ITU-T T.871, clause 7; factors in 1/16384)."""
    components: "list[Component]" = header.components
    rgb = len(components) == 3 and header.is_rgb()
    for row in range(components[0].rows):
        put = place.origin + row * place.down
        for column in range(components[0].columns):
            red = green = blue = components[0].average(column, row)
            if rgb:
                green = components[1].average(column, row)
                blue = components[2].average(column, row)
            elif len(components) == 3:
                cb = components[1].average(column, row) - 128
                cr = components[2].average(column, row) - 128
                blue = _clamp(red + ((29032 * cb + 8192) >> 14))
                green = _clamp(green - ((5638 * cb + 11700 * cr + 8192) >> 14))
                red = _clamp(red + ((22971 * cr + 8192) >> 14))
            frame[put] = red
            frame[put + 1] = green
            frame[put + 2] = blue
            put += place.across
        yield False


def _clamp(colour: int) -> int:
    return max(0, min(255, colour))
