"""The resolver of the station as clients of `lib/sockets` want it."""

import socket

from sockets.errors import NAME_NOT_FOUND, LinkError


class Names:
    """Looks names up without waiting."""

    def __init__(self, resolver, clock) -> None:
        self._resolver = resolver
        self._clock = clock

    def look_up(self, host: str, port: int) -> "tuple | None":
        """Return an entry of `getaddrinfo`, None while nobody has answered. Raises LinkError."""
        address = self._resolver.look_up(host, self._clock.ticks_ms())
        if address:
            # In numbers it takes no time.
            return socket.getaddrinfo(address, port, 0, socket.SOCK_STREAM)[0]
        problem = self._resolver.problem(host)
        if problem:
            raise LinkError(NAME_NOT_FOUND, "%s (%s)" % (host, problem))
        return None
