"""Look names up in a thread, because `getaddrinfo` holds the loop for many seconds when the name server is dead."""

import _thread
import socket

from .errors import NAME_NOT_FOUND, LinkError


class Resolver:
    """One look-up at a time; one that hangs is waited for and not started again."""

    def __init__(self) -> None:
        self._name = None
        # A single slot that the thread writes once; nothing else is shared with it.
        self._result: list = [None]

    def look_up(self, host: str, port: int) -> "tuple | None":
        """Return an entry of `getaddrinfo`, IPv4 preferred, or None: ask again later. Raises LinkError."""
        if host.replace(".", "").isdigit():
            # An address in numbers takes no time.
            return _choose(_look_up(host, port), host)
        name = (host, port)
        if self._name is None:
            self._start(name)
        entries = self._result[0]
        if entries is None:
            return None
        asked, self._name = self._name, None
        # Otherwise it is the answer to an earlier question that took too long.
        return _choose(entries, host) if asked == name else None

    def _start(self, name) -> None:
        result: list = [None]
        self._result = result

        def work() -> None:
            result[0] = _look_up(name[0], name[1])

        try:
            _thread.start_new_thread(work, ())
        except (OSError, RuntimeError, MemoryError) as error:
            raise LinkError(NAME_NOT_FOUND, "%s (no thread: %s)" % (name[0], error))
        self._name = name


def _look_up(host: str, port: int):
    """Return the entries, empty when there are none."""
    try:
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    except Exception:
        # In a thread nobody would catch it; all of them mean that the name leads nowhere.
        return ()


def _choose(entries, host: str) -> tuple:
    for entry in entries:
        if entry[0] == socket.AF_INET:
            return entry
    if not entries:
        raise LinkError(NAME_NOT_FOUND, host)
    return entries[0]
