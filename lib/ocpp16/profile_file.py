"""The file of charging profiles: changes one after another, each valid as a whole or not at all.

After a head of 8 bytes come records: kind, slot, length and CRC-32, then the body. SET puts a profile (see
`profile_layout`) into a slot, DROP empties the slots whose bits are set, MARK is a number of the caller. A change is
one or more records, and the last one says so; what follows the last complete change is a write that was cut, and is
ignored. What is replaced stays in the file until it is written anew beside itself and renamed over, so a power cut
at any write leaves either the old state or the new one.

`may_write` tells whether flash may be written (and thus erased) now, that is: no contactor is closed.
"""

import binascii
import os
import struct

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

SET = const(1)
DROP = const(2)
MARK = const(3)
_LAST = const(0x80)

PREFIX_BYTES = const(8)
_PREFIX = "<BBHI"
_HEAD = b"OCPPprf\x01"
_BODY_MAX = const(2048)
_PIECE_BYTES = const(512)
_NO_SPACE = const(28)


class ProfileFile:
    """`size` is the length of what is valid; `sound` tells that the file ends there, so that it can be appended to."""

    def __init__(self, path: str, may_write) -> None:
        self._path = path
        self.may_write = may_write
        self._file: "Any" = None
        self._new: "Any" = None
        self.size = 0
        self.new_size = 0
        self.sound = False

    def scan(self) -> "Generator[tuple | None, None, None]":
        """Yield (kind, slot, body size, place of the body, whole) of every record, None in between.

        `whole` is False when the checksum is wrong. OSError when the file cannot be read. A file of another kind is
        put aside.
        """
        self.close()
        self.size = 0
        self.sound = True
        try:
            file = self._file = open(self._path, "rb")
        except OSError:
            return
        head = file.read(len(_HEAD))
        if head != _HEAD:
            self.close()
            if len(head) == len(_HEAD):
                os.rename(self._path, self._path + ".damaged")
            return
        prefix = bytearray(PREFIX_BYTES)
        body = memoryview(bytearray(_PIECE_BYTES))
        end = file.seek(0, 2)
        # First where the last complete change ends; its closing record must be whole.
        place = valid = before = closing = len(_HEAD)
        count = 0
        while place + PREFIX_BYTES <= end:
            kind, length = self._prefix(prefix, place)
            if not SET <= kind & ~_LAST <= MARK or length > _BODY_MAX or place + PREFIX_BYTES + length > end:
                break
            if kind & _LAST:
                before = valid
                closing = place
                valid = place + PREFIX_BYTES + length
            place += PREFIX_BYTES + length
            count += 1
            if count % 8 == 0:
                yield None
        if valid > closing and not self._is_whole(prefix, body, closing):
            valid = before
        place = len(_HEAD)
        while place < valid:
            whole = self._is_whole(prefix, body, place)
            length = prefix[2] | prefix[3] << 8
            yield prefix[0] & ~_LAST, prefix[1], length, place + PREFIX_BYTES, whole
            place += PREFIX_BYTES + length
        self.size = valid
        self.sound = valid == end

    def read_into(self, place: int, buffer) -> int:
        """Fill `buffer` from a place in the file; return how many bytes there were. OSError."""
        file = self._file
        if file is None:
            file = self._file = open(self._path, "rb")
        file.seek(place)
        return file.readinto(buffer) or 0

    def close(self) -> None:
        """Close the file until the next read."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def append(self, pieces) -> None:
        """Add one change, an iterable of bytes, behind what is valid. OSError: then nothing was added."""
        self.close()
        size = self.size
        try:
            with open(self._path, "ab" if size else "wb") as file:
                if not size:
                    size = _write(file, _HEAD)
                for piece in pieces:
                    size += _write(file, piece)
        except OSError:
            self.sound = self._length() == self.size
            raise
        self.size = size
        self.sound = True

    # A new file beside the old one.

    def begin_new(self) -> None:
        """Begin an empty file. OSError."""
        self.abort_new()
        self._new = open(self._path + ".new", "wb")
        self.new_size = _write(self._new, _HEAD)

    def append_new(self, pieces) -> None:
        """Add to it. OSError."""
        for piece in pieces:
            self.new_size += _write(self._new, piece)

    def commit_new(self) -> None:
        """Put it in place of the old one. OSError."""
        new = self._new
        self._new = None
        new.close()
        self.close()
        os.rename(self._path + ".new", self._path)
        self.size = self.new_size
        self.sound = True

    def abort_new(self) -> None:
        """Drop it."""
        new = self._new
        self._new = None
        try:
            if new is not None:
                new.close()
                os.remove(self._path + ".new")
        except OSError:
            # The next one begins it anew.
            pass

    def _length(self) -> int:
        try:
            return os.stat(self._path)[6]
        except OSError:
            return 0

    def _prefix(self, prefix: bytearray, place: int) -> tuple:
        if self.read_into(place, prefix) != PREFIX_BYTES:
            return 0, 0
        return prefix[0], prefix[2] | prefix[3] << 8

    def _is_whole(self, prefix: bytearray, body, place: int) -> bool:
        """Read the prefix of a record and compare the checksum."""
        length = self._prefix(prefix, place)[1]
        crc = binascii.crc32(bytes(prefix[:4]))
        place += PREFIX_BYTES
        while length:
            taken = self.read_into(place, body[: min(length, _PIECE_BYTES)])
            if not taken:
                return False
            crc = binascii.crc32(body[:taken], crc)
            place += taken
            length -= taken
        return crc == struct.unpack_from("<I", prefix, 4)[0]


def prefix(kind: int, slot: int, bodies, is_last: bool) -> bytes:
    """Return what goes before a record whose body are these pieces."""
    length = 0
    for body in bodies:
        length += len(body)
    start = struct.pack("<BBH", kind | (_LAST if is_last else 0), slot, length)
    crc = binascii.crc32(start)
    for body in bodies:
        crc = binascii.crc32(body, crc)
    return start + struct.pack("<I", crc)


def _write(file: "Any", data) -> int:
    """Write `data` or raise OSError: a full flash may also take a part of it."""
    count = file.write(data)
    if count != len(data):
        raise OSError(_NO_SPACE)
    return count
