"""The file of the idle picture: as `images.frames` describes it, and behind that a CRC-32 of it all, low byte first."""

import binascii
import os

from micropython import const

from evse.core.errors import FieldError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

FILE_BYTES_MAX = const(204800)
# Kinds of refusal.
BAD = const(0)
TOO_LARGE = const(1)
BUSY = const(2)
NO_ROOM = const(3)

_HEADER_BYTES = const(8)
_CRC_BYTES = const(4)
_PIECE_BYTES = const(1024)
_NO_SPACE = const(28)


class PictureError(FieldError):
    """A picture was refused; `kind` is BAD, TOO_LARGE, BUSY or NO_ROOM."""

    def __init__(self, kind: int, text: str) -> None:
        super().__init__("picture", text)
        self.kind = kind


def charging() -> PictureError:
    """Return the refusal of what would write flash while a contactor is closed."""
    return PictureError(BUSY, "The station is charging. Change the picture when no car is connected.")


def write_failed() -> PictureError:
    """Return the refusal of what could not be written."""
    return PictureError(NO_ROOM, "The flash is full or cannot be written.")


def exists(path: str) -> bool:
    """Tell whether there is such a file."""
    try:
        os.stat(path)
        return True
    except OSError:
        return False


def free_flash(folder: str) -> int:
    """Return how many bytes of the file system are free."""
    found = os.statvfs(folder)
    return found[0] * found[3]


class Frames:
    """Frames of an open file that was found whole: what the view of the displays has as its picture."""

    def __init__(self, file: "Any", count: int) -> None:
        self._file = file
        self.count = count
        # The file could not be read; from then on frames are black.
        self.failed = False

    def read_into(self, index: int, buffer: bytearray) -> None:
        """Fill `buffer`, which is as long as a frame, with frame `index`."""
        if not self.failed:
            try:
                self._file.seek(_HEADER_BYTES + index * len(buffer))
                if self._file.readinto(buffer) == len(buffer):
                    return
            except OSError:
                pass
        self.failed = True
        for place in range(len(buffer)):
            buffer[place] = 0

    def close(self) -> None:
        """Close the file; there are black frames only from now on."""
        self.failed = True
        self._file.close()


class FrameSink:
    """Takes what a conversion writes, and adds the checksum."""

    def __init__(self, file: "Any") -> None:
        self._file = file
        self._crc = 0
        self.size = 0

    def write(self, data: "bytes | bytearray") -> int:
        """Write all of `data`; OSError when there is no room for it."""
        self._crc = binascii.crc32(data, self._crc)
        self.size += len(data)
        return write_all(self._file, data)

    def finish(self) -> None:
        """Write the checksum."""
        write_all(self._file, self._crc.to_bytes(_CRC_BYTES, "little"))


def write_all(file: "Any", data: "bytes | bytearray | memoryview") -> int:
    """Write `data` or raise OSError: a full flash may also take a part of it."""
    count = file.write(data)
    if count != len(data):
        raise OSError(_NO_SPACE)
    return count


def check(file: "Any", file_bytes: int) -> "Generator[bool, None, int]":
    """Read a file piece by piece and return the number of its frames; 0 when it is not what was written."""
    from images.frames import count_frames

    buffer = bytearray(_PIECE_BYTES)
    view = memoryview(buffer)
    size = left = file_bytes - _CRC_BYTES
    crc = count = 0
    while left > 0:
        taken = file.readinto(view[: min(left, _PIECE_BYTES)])
        if not taken:
            return 0
        if left == size:
            count = count_frames(buffer, size)
            if not count:
                return 0
        crc = binascii.crc32(view[:taken], crc)
        left -= taken
        yield True
    return count if file.read(_CRC_BYTES) == crc.to_bytes(_CRC_BYTES, "little") else 0
