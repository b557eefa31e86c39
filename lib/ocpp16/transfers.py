"""The `files` and the `installer` of firmware updates and logs, over HTTP."""

import os

from micropython import const

from http_get.transfer import Download, Upload, parse_location

_SIZE_MAX = const(4 * 1024 * 1024)
_NEW = ".new"


class Transfers:
    """Transfers over what `open_stream(secure, host, port)` returns, as `sockets.stream.Stream`.

    `may_write()` tells whether flash may be written, `may_connect(secure)` whether a connection may be made: while a
    handshake of TLS computes, nothing else does. Firmware goes to the file at `path`, while it comes to one beside it.
    """

    def __init__(self, open_stream, may_write, may_connect, path: str, size_max: int = _SIZE_MAX) -> None:
        self.may_write = may_write
        self._open_stream = open_stream
        self._may_connect = may_connect
        self._path = path
        self._size_max = size_max

    def may_begin(self, location: str) -> bool:
        """Tell whether a transfer may begin now; what can never be is let through, to fail."""
        try:
            return self._may_connect(parse_location(location)[0])
        except ValueError:
            return True

    def download(self, location: str) -> Download:
        """Begin a download; ValueError for an address that is none, OSError when its file cannot be made."""
        parts = parse_location(location)
        return Download(self._open_stream(*parts[:3]), parts, self._path + _NEW, self._size_max)

    def upload(self, location: str, name: str, size: int, pieces, method: str) -> Upload:
        """Begin an upload to an address, or into it where it ends with a slash; ValueError when it is none."""
        if location.endswith("/"):
            location += name
        parts = parse_location(location)
        return Upload(self._open_stream(*parts[:3]), parts, size, pieces, method)


class KeepingInstaller:
    """Checks that what was downloaded is there as a whole, a piece at a time, and keeps it as the file at `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._task = None
        self._state = ""

    def begin(self, size: int, digest: bytes) -> None:
        """Begin with a file of a size and with a SHA-256."""
        self._state = ""
        self._task = self._install(size, digest)

    def state(self) -> str:
        """Go on; return "" for not ready, "Installed" or "InstallationFailed"."""
        if self._task is not None:
            try:
                next(self._task)
            except StopIteration as stop:
                self._task = None
                self._state = "Installed" if stop.value else "InstallationFailed"
            except OSError:
                self._task = None
                self._state = "InstallationFailed"
        return self._state

    def outcome(self) -> str:
        """Return how it has ended before a restart: by then the file has its place, or it is to be checked again."""
        try:
            os.stat(self._path + _NEW)
            return "Again"
        except OSError:
            return "Installed"

    def _install(self, size: int, digest: bytes):
        import hashlib

        found = hashlib.sha256()
        buffer = bytearray(1024)
        count = 0
        with open(self._path + _NEW, "rb") as file:
            while True:
                more = file.readinto(buffer)
                if not more:
                    break
                found.update(memoryview(buffer)[:more])
                count += more
                yield
        if count != size or found.digest() != digest:
            os.remove(self._path + _NEW)
            return False
        os.rename(self._path + _NEW, self._path)
        return True
