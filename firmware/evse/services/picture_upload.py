"""Receiving an idle picture into a file, in pieces of any size; loaded when somebody sends one."""

import os

from micropython import const

from evse.services import picture_files as pf
from evse.services.picture_files import PictureError
from evse.services.picture_images import forget, loaded

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_HEAD_BYTES = const(8)


class Upload:
    """One file under way: PictureError ends it, and then somebody has to close and remove `file`."""

    def __init__(self, path: str, length: int, room: int, may_write: "Callable[[], bool]") -> None:
        """Begin a file of `length` bytes, -1 when nobody knows, while `room` bytes of flash may be taken."""
        if length > pf.FILE_BYTES_MAX:
            raise _too_large()
        if room < (length if length >= 0 else pf.FILE_BYTES_MAX):
            raise PictureError(pf.NO_ROOM, "There is no room for the file.")
        self._path = path
        self._length = length
        self._may_write = may_write
        self._head = b""
        self.size = 0
        try:
            self.file: Any = open(path, "wb")
        except OSError:
            raise pf.write_failed()

    def write(self, chunk: "bytes | bytearray | memoryview") -> None:
        """Take the next bytes."""
        self.size += len(chunk)
        if self.size > pf.FILE_BYTES_MAX:
            raise _too_large()
        if 0 <= self._length < self.size:
            raise PictureError(pf.BAD, "The file is longer than was said.")
        if len(self._head) < _HEAD_BYTES:
            self._head += bytes(chunk[: _HEAD_BYTES - len(self._head)])
            if len(self._head) == _HEAD_BYTES:
                self._recognise()
        if not self._may_write():
            raise pf.charging()
        try:
            pf.write_all(self.file, chunk)
        except OSError:
            raise pf.write_failed()

    def finish(self, path: str) -> None:
        """Close the file and name it `path`."""
        if len(self._head) < _HEAD_BYTES:
            self._recognise()
        if 0 <= self._length != self.size:
            raise PictureError(pf.BAD, "The file is not complete.")
        if not self._may_write():
            raise pf.charging()
        try:
            self.file.close()
            os.rename(self._path, path)
        except OSError:
            raise pf.write_failed()

    def _recognise(self) -> None:
        """Refuse what is no picture, by its content."""
        had = loaded()
        from images.convert import recognise

        known = recognise(self._head)
        forget(had)
        if not known:
            raise PictureError(pf.BAD, "The file is neither a JPEG, nor a PNG, nor a GIF picture.")


def _too_large() -> PictureError:
    return PictureError(pf.TOO_LARGE, "The file is larger than %d bytes." % pf.FILE_BYTES_MAX)
