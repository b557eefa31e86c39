"""A non-blocking socket of CPython with the methods of MicroPython's."""

import ssl


class HostSocket:
    """Read and write return None where they would have to wait."""

    def __init__(self, sock) -> None:
        """Wrap a non-blocking socket."""
        self._sock = sock
        self.close = sock.close
        self._waits = (
            BlockingIOError,  # pyright: ignore[reportUndefinedVariable]
            ssl.SSLWantReadError,  # pyright: ignore[reportAttributeAccessIssue]
            ssl.SSLWantWriteError,  # pyright: ignore[reportAttributeAccessIssue]
        )

    def readinto(self, buffer) -> "int | None":
        """Read what is there into a buffer; return 0 when the peer has closed."""
        try:
            return self._sock.recv_into(buffer)
        except self._waits:
            return None

    def write(self, data) -> "int | None":
        """Write as much as fits."""
        try:
            return self._sock.send(data)
        except self._waits:
            return None
