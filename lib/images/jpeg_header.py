"""Marker segments of a JPEG that come before and between the scans (ITU-T T.81, annex B)."""

from array import array

from micropython import const

from .errors import check_size, damaged, unsupported
from .exif import orientation
from .jpeg_bits import Huffman
from .jpeg_component import Component
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator

_SOF_PROGRESSIVE = const(0xC2)
_DHT = const(0xC4)
_DAC = const(0xCC)
_DQT = const(0xDB)
_DNL = const(0xDC)
_DRI = const(0xDD)
_APP1 = const(0xE1)
_APP14 = const(0xEE)
_EXIF_BYTES = const(512)


class Header:
    """What the segments say; tables are replaced whenever a segment brings new ones."""

    def __init__(self, reader: Reader) -> None:
        """Start behind the first marker of the file."""
        self.width = 0
        self.height = 0
        self.progressive = False
        self.components: "list[Component]" = []
        self.quantisation: "list[array | None]" = [None] * 4
        self.dc: "list[Huffman | None]" = [None] * 4
        self.ac: "list[Huffman | None]" = [None] * 4
        self.restart_units = 0
        self.orientation = 1
        # Colour transform that an Adobe segment names: 0 none, 1 YCbCr, 2 YCCK.
        self.adobe_transform = -1
        self.left = 0
        self._reader = reader

    def byte(self) -> int:
        """Return the next byte of the segment."""
        if not self.left:
            raise damaged("a segment is too short")
        self.left -= 1
        return self._reader.byte()

    def u16(self) -> int:
        """Return the next two bytes of the segment as a number."""
        high = self.byte()
        return high << 8 | self.byte()

    def read_segment(self, marker: int) -> "Iterator[bool]":
        """Read the segment behind `marker`, except that of a scan."""
        self.left = self._reader.u16() - 2
        if self.left < 0:
            raise damaged("a segment is too short")
        if marker == _DQT:
            while self.left:
                self._read_quantisation()
                yield False
        elif marker == _DHT:
            while self.left:
                self._read_codes()
                yield False
        elif marker == _DAC:
            raise unsupported("JPEG files with arithmetic coding")
        elif 0xC0 <= marker <= 0xCF:
            self._read_frame(marker)
        elif marker == _DRI:
            self.restart_units = self.u16()
        elif marker == _DNL:
            raise unsupported("JPEG files that tell their height at the end")
        elif marker == _APP1 and self.orientation == 1:
            data = bytearray(min(self.left, _EXIF_BYTES))
            for index in range(len(data)):
                data[index] = self.byte()
            self.orientation = orientation(data)
        elif marker == _APP14 and self.left >= 12:
            data = bytes([self.byte() for _ in range(12)])
            if data[:5] == b"Adobe":
                self.adobe_transform = data[11]
        while self.left:
            self.left -= len(self._reader.piece(self.left))
            yield False

    def _read_quantisation(self) -> None:
        """Read one table of 64 numbers (B.2.4.1)."""
        head = self.byte()
        if head >> 4 > 1 or head & 0x0F > 3:
            raise damaged("a quantisation table is not valid")
        self.quantisation[head & 3] = array(
            "H", [self.u16() if head >> 4 else self.byte() for _ in range(64)]
        )

    def _read_codes(self) -> None:
        """Read one table of Huffman codes (B.2.4.2)."""
        head = self.byte()
        if head >> 4 > 1 or head & 0x0F > 3:
            raise damaged("a table of codes is not valid")
        lengths = bytes([self.byte() for _ in range(16)])
        count = sum(lengths)
        if count > 256:
            raise damaged("a table of codes is not valid")
        table = Huffman(lengths, bytes([self.byte() for _ in range(count)]))
        (self.ac if head >> 4 else self.dc)[head & 3] = table

    def _read_frame(self, marker: int) -> None:
        """Read the frame header (B.2.2)."""
        if marker > _SOF_PROGRESSIVE:
            if marker in (0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF):
                raise unsupported("JPEG files with arithmetic coding")
            raise unsupported("Lossless and hierarchical JPEG files")
        if self.components:
            raise damaged("it has two headers")
        self.progressive = marker == _SOF_PROGRESSIVE
        if self.byte() != 8:
            raise unsupported("JPEG files with 12 bits per colour")
        self.height = self.u16()
        self.width = self.u16()
        if self.width and not self.height:
            raise unsupported("JPEG files that tell their height at the end")
        check_size(self.width, self.height)
        count = self.byte()
        if count == 4:
            raise unsupported("JPEG files in CMYK colours")
        if count not in (1, 3):
            raise unsupported("JPEG files with %d components" % count)
        for _ in range(count):
            identity = self.byte()
            sampling = self.byte()
            table = self.byte()
            if not 1 <= sampling >> 4 <= 4 or not 1 <= sampling & 0x0F <= 4 or table > 3:
                raise damaged("the header is not valid")
            if count == 1:
                # A single component is not interleaved: its sampling has no meaning (A.2.2).
                sampling = 0x11
            self.components.append(Component(identity, sampling >> 4, sampling & 0x0F, table))
        self._measure()

    def _measure(self) -> None:
        """Give the components their sizes."""
        across = max([component.across for component in self.components])
        down = max([component.down for component in self.components])
        for component in self.components:
            if across % component.across or down % component.down:
                raise unsupported("JPEG files with such a colour sampling")
            component.measure(self.width, self.height, across, down)

    def is_rgb(self) -> bool:
        """Tell whether the three components are red, green and blue instead of YCbCr."""
        if self.adobe_transform >= 0:
            return self.adobe_transform == 0
        return bytes([component.identity for component in self.components]) == b"RGB"
