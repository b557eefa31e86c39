"""Chunks of a PNG file with their checksums (RFC 2083, clause 3), and the image data that is spread over them."""

import binascii

from micropython import const

from .errors import check_memory, damaged
from .inflate import PORTION_BYTES, Inflater
from .reader import Reader

_PIECE_BYTES = const(256)
ADVICE = "Save it as a JPEG, or scale it down to 32 x 32 pixels."


class Chunks:
    """The chunk that is being read: `type`, and `left` bytes of data not yet read."""

    def __init__(self, reader: Reader) -> None:
        """Read chunks from behind the signature on."""
        self.type = b""
        self.left = 0
        self._reader = reader
        self._crc = 0

    def open(self) -> None:
        """Read the head of the next chunk."""
        high = self._reader.u16()
        self.left = self._reader.u16()
        if high > 0x7F:
            raise damaged("a length is out of range")
        # More than the file can have: running out of bytes says so.
        self.left |= high << 16
        self.type = bytes([self._reader.byte() for _ in range(4)])
        self._crc = binascii.crc32(self.type)

    def piece(self) -> memoryview:
        """Return the next bytes of data, at most 256; valid until the next read."""
        piece = self._reader.piece(min(self.left, _PIECE_BYTES))
        self.left -= len(piece)
        self._crc = binascii.crc32(piece, self._crc)
        return piece

    def close(self) -> None:
        """Check the checksum behind the data, all of which has been read."""
        # Bytes are compared because a number of 32 bits would be allocated.
        crc = self._crc.to_bytes(4, "big")
        for index in range(4):
            if self._reader.byte() != crc[index]:
                raise damaged("a checksum is wrong")


class ImageData:
    """Image data: the IDAT chunks joined and inflated. The first of them has been opened."""

    def __init__(self, chunks: Chunks, raw_bytes: int, need_bytes: int, memory_max: int) -> None:
        """Prepare for `raw_bytes` bytes of output; besides the window the decoder takes `need_bytes`."""
        self._chunks = chunks
        self._need_bytes = need_bytes
        self._memory_max = memory_max
        self._raw_bytes = raw_bytes
        self._head = 0
        self._inflater: "Inflater | None" = None

    def hungry(self) -> bool:
        """Tell whether `feed` has to be called before output can be taken."""
        if self._chunks.type != b"IDAT":
            return False
        return self._inflater is None or self._inflater.space() >= _PIECE_BYTES

    def feed(self) -> None:
        """Move a piece of input, or go on to the next chunk."""
        chunks = self._chunks
        if not chunks.left:
            chunks.close()
            chunks.open()
            return
        piece = chunks.piece()
        if self._inflater is None:
            piece = self._start(piece)
        if self._inflater is not None:
            self._inflater.put(piece)

    def _start(self, piece: memoryview) -> memoryview:
        """Take the two bytes of the zlib head (RFC 1950, 2.2) from a piece and return the rest."""
        if not self._head:
            self._head = piece[0]
            if self._head & 0x0F != 8 or self._head >> 4 > 7:
                raise damaged("the compression is unknown")
            piece = piece[1:]
            if not len(piece):
                return piece
        flags = piece[0]
        if (self._head << 8 | flags) % 31 or flags & 0x20:
            raise damaged("the compression is unknown")
        window_bits = (self._head >> 4) + 8
        # A match cannot reach back behind the first byte: a small picture needs a small window only.
        while window_bits > 8 and 1 << (window_bits - 1) >= self._raw_bytes:
            window_bits -= 1
        check_memory(self._need_bytes + (1 << window_bits), self._memory_max, ADVICE)
        self._inflater = Inflater(window_bits)
        return piece[1:]

    def take(self, view: memoryview) -> None:
        """Fill `view`, at most one portion, with output."""
        if len(view) > PORTION_BYTES or self._inflater is None or not self._inflater.take(view):
            raise damaged("the compressed data is not valid")

    def release(self) -> None:
        """Give the memory of the window back."""
        self._inflater = None
