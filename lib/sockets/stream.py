"""A TCP or TLS connection that never blocks, the same on MicroPython and CPython.

It is polled. The streams of asyncio would allocate at every wait, look names up in the loop, and ask the socket
at every pass of the loop anyway.

A TLS handshake is made by `poll`, `read` and `write` as far as each gets without waiting for the network. One such
step computes without a pause: on an ESP32 the step that checks the certificates and agrees on the keys takes the
greater part of the 1 to 4 s of a handshake.
"""

import errno
import select
import socket

from micropython import const

from . import errors
from .errors import LinkError, tls_error

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

_CLOSED = const(0)
_LOOKING_UP = const(1)
_CONNECTING = const(2)
_OPEN = const(3)


class Stream:
    """One connection after the other to one server."""

    def __init__(self, host: str, port: int, context, resolver=None) -> None:
        """Prepare for a server; `context` is an SSLContext, or None for plain TCP."""
        if resolver is None:
            # Late: who has a resolver of his own needs no thread.
            from .names import Resolver

            resolver = Resolver()
        # Set by the owner when the server has answered: from then on errors are those of a connection.
        self.answered = False
        self._host = host
        self._port = port
        self._context = context
        self._resolver = resolver
        self._state = _CLOSED
        self._entry: "Any" = None
        self._socket: "Any" = None
        self._poller: "Any" = None
        self._written = False

    def open(self) -> bool:
        """Connect, a step at each call; return True once bytes may be written. Raises LinkError.

        A refusal may also show at the first `write`, and so does everything about TLS.
        """
        try:
            if self._state == _CLOSED:
                self.answered = self._written = False
                self._state = _LOOKING_UP
            if self._state == _LOOKING_UP and self._look_up():
                self._connect()
            if self._state == _CONNECTING and self._poller.poll(0):
                self._poller = None
                self._wrap()
                self._state = _OPEN
        except (OSError, ValueError, MemoryError) as error:
            raise self._explain(error)
        return self._state == _OPEN

    def read(self, buffer) -> int:
        """Read what is there into `buffer`; return the number of bytes, 0 for none. Raises LinkError."""
        try:
            count = self._socket.readinto(buffer)
        except (OSError, ValueError, MemoryError) as error:
            raise self._explain(error)
        if count == 0:
            raise self._explain(None)
        return count or 0

    def write(self, data) -> int:
        """Write as much as fits; return the number of bytes. Raises LinkError."""
        try:
            count = self._socket.write(data) or 0
        except (OSError, ValueError, MemoryError) as error:
            raise self._explain(error)
        if count:
            self._written = True
        return count

    def close(self) -> None:
        """Close; errors do not matter any more."""
        sock, self._socket = self._socket, None
        self._poller = None
        self._state = _CLOSED
        if sock:
            try:
                sock.close()
            except OSError:
                return

    def timed_out(self) -> "LinkError | None":
        """Return the error of an attempt that takes too long; None when all was sent and the server is silent."""
        if self._state == _LOOKING_UP:
            return LinkError(errors.NAME_NOT_FOUND, self._host + " (the name server does not answer)")
        if self._state == _CONNECTING:
            return LinkError(errors.CONNECT_TIMEOUT, self._host)
        if self._context and not self._written:
            return LinkError(errors.TLS_FAILED, "timed out")
        return None

    def _look_up(self) -> bool:
        try:
            entry = self._resolver.look_up(self._host, self._port)
        except LinkError:
            # The address of last time is better than none.
            if self._entry is None:
                raise
            return True
        if entry:
            self._entry = entry
        return entry is not None

    def _connect(self) -> None:
        entry = self._entry
        self._socket = sock = socket.socket(entry[0], entry[1])
        sock.setblocking(False)
        self._state = _CONNECTING
        self._poller = select.poll()
        self._poller.register(sock, select.POLLOUT)
        try:
            sock.connect(entry[-1])
        except OSError as error:
            if error.errno != errno.EINPROGRESS:
                raise

    def _wrap(self) -> None:
        if self._context:
            self._socket = self._context.wrap_socket(
                self._socket, server_hostname=self._host, do_handshake_on_connect=False
            )
        if not hasattr(self._socket, "readinto"):
            from .host import HostSocket

            self._socket = HostSocket(self._socket)

    def _explain(self, error) -> LinkError:
        """Return the plain words for an error, None meaning that the server closed the connection."""
        code = error.errno if isinstance(error, OSError) else None
        # EPIPE has no name in MicroPython, and is 32 everywhere.
        gone = error is None or code in (errno.ECONNRESET, errno.ECONNABORTED, errno.ENOTCONN, 32)
        # After a failed connect lwIP says "reset" where Linux says "refused".
        if code == errno.ECONNREFUSED or (gone and not self._written and not self._context):
            return LinkError(errors.REFUSED, "%s:%d" % (self._host, self._port))
        if code == errno.EHOSTUNREACH:
            return LinkError(errors.UNREACHABLE, self._host)
        if code == errno.ETIMEDOUT:
            return LinkError(errors.CLOSED if self._written else errors.CONNECT_TIMEOUT, "timed out")
        if self._context and not self.answered and not (gone and self._written):
            return tls_error(errors.BROKEN_OFF if gone else _words(error), self._host)
        if not gone:
            return LinkError(errors.NETWORK, _words(error))
        if self.answered:
            return LinkError(errors.CLOSED)
        return LinkError(errors.CLOSED_EARLY, "" if self._context else "does it expect TLS?")


def _words(error) -> str:
    """Return what the system or the TLS library says."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    # CPython keeps the reason of a certificate's failure apart.
    text = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    return text.strip()
