"""Memory of the simulated board that is a file on the PC."""

import os

from micropython import const

_RECORD_BYTES = const(60)
_RECORDS = const(1008)
# So much room there is when a contactor closes, as on the real boards: eight sectors.
_ROOM = const(504)


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


class Journal:
    """Records of one size that are kept at once, in a file; the real boards have a flash partition for them.

    As there, the oldest make room for others only while `may_erase()`, so that no more than `free` fit meanwhile.
    """

    payload_bytes = _RECORD_BYTES

    def __init__(self, path: str, may_erase) -> None:
        self._path = path
        self._may_erase = may_erase
        try:
            size = os.stat(path)[6]
        except OSError:
            size = 0
        # What a power cut has left of the last one does not count.
        self._count = size // _RECORD_BYTES

    @property
    def free(self) -> int:
        """How many records `append` can take."""
        return _RECORDS - self._count

    def append(self, payload) -> bool:
        """Write one record; False when there is no room. OSError."""
        if not self.free:
            return False
        with open(self._path, "r+b" if self._count else "wb") as file:
            file.seek(self._count * _RECORD_BYTES)
            file.write(payload)
        self._count += 1
        return True

    def records(self):
        """Yield every record, oldest first."""
        for number in range(self._count):
            with open(self._path, "rb") as file:
                file.seek(number * _RECORD_BYTES)
                yield file.read(_RECORD_BYTES)

    def step(self, now: int) -> None:
        """Make room when it gets short."""
        if self.free < _ROOM and self._may_erase():
            newest = list(self.records())[-_ROOM:]
            with open(self._path + ".new", "wb") as file:
                file.write(b"".join(newest))
            os.rename(self._path + ".new", self._path)
            self._count = len(newest)

    def erase(self) -> None:
        """Forget every record."""
        if self._count:
            os.remove(self._path)
        self._count = 0


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


class TemporaryFolder:
    """A folder at `path` for the files of a station in virtual time; nothing of it is left behind."""

    def __init__(self) -> None:
        try:
            import tempfile
        except ImportError:
            self.path = _mount_memory()
        else:
            self.path = tempfile.mkdtemp()

    def remove(self) -> None:
        """Remove the folder and what is in it; may be called twice."""
        path = self.path
        self.path = ""
        if not path:
            return
        try:
            import shutil
        except ImportError:
            import vfs

            vfs.umount(path)
        else:
            shutil.rmtree(path, True)

    def __del__(self) -> None:
        # CPython only: whoever made it may have forgotten it.
        self.remove()


class Memory:
    """A block device in RAM, for a file system of MicroPython."""

    BLOCK_BYTES = 512
    BLOCKS = 512

    def __init__(self) -> None:
        self._data = bytearray(self.BLOCK_BYTES * self.BLOCKS)

    def readblocks(self, number: int, buffer, offset: int = 0) -> None:
        """Fill `buffer` from a block on."""
        start = number * self.BLOCK_BYTES + offset
        buffer[:] = memoryview(self._data)[start : start + len(buffer)]

    def writeblocks(self, number: int, buffer, offset: int = 0) -> None:
        """Write `buffer` from a block on."""
        start = number * self.BLOCK_BYTES + offset
        self._data[start : start + len(buffer)] = buffer

    def ioctl(self, operation: int, argument: int) -> int:
        """Answer how many blocks there are, and how large; the rest needs nothing."""
        return {4: self.BLOCKS, 5: self.BLOCK_BYTES}.get(operation, 0)


def _mount_memory() -> str:
    import vfs

    for number in range(100):
        path = "/station%d" % number
        try:
            os.stat(path)
        except OSError:
            memory = Memory()
            vfs.VfsLfs2.mkfs(memory)  # pyright: ignore[reportArgumentType]
            vfs.mount(vfs.VfsLfs2(memory), path)  # pyright: ignore[reportArgumentType]
            return path
    raise OSError("too many stations")
