"""Memory of the simulated board that is a file on the PC."""

import os


class Scratch:
    """Memory that survives a reset, as a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def read(self) -> bytes:
        """Return what was written last."""
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except OSError:
            return b""

    def write(self, data: bytes) -> None:
        """Keep `data` instead of what was there."""
        with open(self._path, "wb") as file:
            file.write(data)


class Update:
    """An update that goes into a file; the real firmware goes into a flash partition."""

    def __init__(self, path: str, image_bytes: int) -> None:
        if image_bytes <= 0:
            raise ValueError("the image is empty")
        self._path = path
        self._left = image_bytes
        self._file = open(path + ".new", "wb")

    def write(self, data: memoryview) -> int:
        """Take all of `data`; return how many bytes that were."""
        self._file.write(data)
        self._left -= len(data)
        return len(data)

    def finish(self, sha256) -> None:
        """Make the image the one to start."""
        self._file.close()
        if self._left:
            raise ValueError("image is incomplete")
        os.rename(self._path + ".new", self._path)
