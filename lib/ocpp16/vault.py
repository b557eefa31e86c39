"""Small files in one folder, each replaced as a whole: after a power cut there is the old one or the new one."""

import os

from micropython import const

_NEW = ".new"
_BUSY = const(16)


class Vault:
    """Files by short names in `folder`, which is made when the first one is written; only while `may_write()`."""

    def __init__(self, folder: str, may_write) -> None:
        self._folder = folder
        self.may_write = may_write

    def names(self) -> list:
        """Return the names there are, sorted."""
        try:
            found = os.listdir(self._folder)
        except OSError:
            return []
        return sorted([name for name in found if not name.endswith(_NEW)])

    def read(self, name: str) -> bytes:
        """Return a file, nothing when there is none."""
        try:
            with open(self._path(name), "rb") as file:
                return file.read()
        except OSError:
            return b""

    def write(self, name: str, data: bytes) -> None:
        """Write a file; OSError leaves the one before."""
        self._check()
        try:
            os.mkdir(self._folder)
        except OSError:
            # It is there, or the next line says what is wrong.
            pass
        new = self._path(name) + _NEW
        with open(new, "wb") as file:
            file.write(data)
        os.rename(new, self._path(name))

    def remove(self, name: str) -> None:
        """Remove a file, if it is there; OSError when nothing may be written now."""
        self._check()
        try:
            os.remove(self._path(name))
        except OSError:
            # Gone already.
            pass

    def _check(self) -> None:
        if not self.may_write():
            raise OSError(_BUSY)

    def _path(self, name: str) -> str:
        return self._folder + "/" + name
