"""Look names up, a step at each call; nothing here waits. One question at a time, a few addresses remembered.

A name that ends in `.local` is asked of the network itself (multicast DNS), any other of the name servers.
"""

import os

from micropython import const

from dns import message
from modbus.ticks import ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Protocol

    class Link(Protocol):
        """Datagrams to one address, see `sockets.links.UdpLink`."""

        def send(self, data: bytes) -> None: ...

        def receive(self, buffer: memoryview) -> int: ...

        def close(self) -> None: ...

    class Network(Protocol):
        """The way to the name servers; opening raises OSError."""

        def name_servers(self) -> tuple: ...

        def open_udp(self, address: str, port: int) -> Link: ...


_PORT = const(53)
_PACKET_BYTES = const(512)
_ANSWER_MS = const(2000)
# So often is each server asked.
_ROUNDS = const(2)
_MOST_NAMES = const(8)
_MOST_ALIASES = const(4)
_LEAST_TTL_S = const(30)
_MOST_TTL_S = const(86400)
_PAUSE_MS = const(5000)
_MOST_PAUSE_MS = const(60000)
_DIGITS = "0123456789."
_DOMAIN = ".local"


class _Entry:
    """What is known of one name: an address until `due_ms`, or why there is none and when to ask again."""

    def __init__(self, now_ms: int) -> None:
        self.address = ""
        self.problem = ""
        self.due_ms = now_ms
        self.used_ms = now_ms
        self.pause_ms = _PAUSE_MS


class Resolver:
    """Addresses of names; `look_up` is called again and again until it returns one."""

    def __init__(self, network: "Network") -> None:
        self._network = network
        self._entries: dict[str, _Entry] = {}
        self._packet: "memoryview | None" = None
        self._link: "Link | None" = None
        # The name that is wanted, and what is asked for on the way there.
        self._name = ""
        self._asked = ""
        self._ident = 0
        self._aliases = 0
        self._attempt = 0
        self._until_ms = 0

    def look_up(self, name: str, now_ms: int) -> str:
        """Return the IPv4 address of a name in text, "" while it is unknown: call again, and see `problem`.

        An address that has become too old is returned as long as no new one can be had.
        """
        name = name.lower()
        if name == "localhost":
            return "127.0.0.1"
        if not name.strip(_DIGITS):
            return name
        entry = self._entry(name, now_ms)
        entry.used_ms = now_ms
        if ticks_diff(now_ms, entry.due_ms) >= 0 and not self._name:
            self._begin(name, now_ms)
        if self._name:
            self._step(now_ms)
        return entry.address

    def problem(self, name: str) -> str:
        """Return in a few words why a name has no address, "" while that is not known."""
        entry = self._entries.get(name.lower())
        return entry.problem if entry else ""

    def forget(self, name: str, now_ms: int) -> None:
        """Ask for a name anew when it is wanted next: nobody answers at its address."""
        entry = self._entries.get(name.lower())
        if entry and entry.address:
            entry.due_ms = now_ms

    def close(self) -> None:
        """Give up the question under way."""
        self._hang_up()
        self._name = ""

    def _entry(self, name: str, now_ms: int) -> _Entry:
        entry = self._entries.get(name)
        if entry is None:
            if len(self._entries) >= _MOST_NAMES:
                self._drop_oldest(now_ms)
            entry = self._entries[name] = _Entry(now_ms)
        return entry

    def _drop_oldest(self, now_ms: int) -> None:
        oldest = ""
        oldest_ms = -1
        for name in self._entries:
            age_ms = ticks_diff(now_ms, self._entries[name].used_ms)
            if name != self._name and age_ms > oldest_ms:
                oldest = name
                oldest_ms = age_ms
        if oldest:
            del self._entries[oldest]

    def _begin(self, name: str, now_ms: int) -> None:
        self._name = self._asked = name
        self._aliases = self._attempt = 0
        self._ask(now_ms)

    def _ask(self, now_ms: int) -> None:
        """Ask the server whose turn it is, or give up."""
        self._hang_up()
        is_local = self._asked.endswith(_DOMAIN)
        servers = ("224.0.0.251",) if is_local else self._network.name_servers()
        if not servers:
            self._fail("no name server", now_ms)
            return
        if self._attempt >= _ROUNDS * len(servers):
            self._fail("name not found" if is_local else "the name server does not answer", now_ms)
            return
        server = servers[self._attempt % len(servers)]
        self._attempt += 1
        self._until_ms = ticks_add(now_ms, _ANSWER_MS)
        random = os.urandom(2)
        self._ident = random[0] << 8 | random[1]
        try:
            packet = message.query(self._asked, self._ident)
        except ValueError:
            self._fail("no name", now_ms)
            return
        try:
            self._link = self._network.open_udp(server, 5353 if is_local else _PORT)
            self._link.send(packet)
        except OSError:
            # Without a way there, the wait is for the way.
            self._hang_up()

    def _step(self, now_ms: int) -> None:
        """Take an answer, or go on when it is late."""
        try:
            while self._link and self._take(self._link, now_ms):
                pass
        except OSError:
            self._hang_up()
        if self._name and ticks_diff(now_ms, self._until_ms) >= 0:
            self._ask(now_ms)

    def _take(self, link: "Link", now_ms: int) -> bool:
        """Take one packet; return False when none waits."""
        packet = self._packet
        if packet is None:
            packet = self._packet = memoryview(bytearray(_PACKET_BYTES))
        count = link.receive(packet)
        if not count:
            return False
        try:
            what, text, ttl_s = message.read(packet, count, self._asked, self._ident)
        except ValueError:
            return True
        if what == message.FOUND:
            self._succeed(text, ttl_s, now_ms)
        elif what == message.ALIAS and self._aliases < _MOST_ALIASES:
            self._aliases += 1
            self._asked = text
            self._attempt = 0
            self._ask(now_ms)
        elif what == message.SERVER_FAILED:
            # Another one may know.
            self._ask(now_ms)
        elif what != message.OTHER:
            self._fail("name not found", now_ms)
        return self._link is link

    def _succeed(self, address: str, ttl_s: int, now_ms: int) -> None:
        entry = self._entries[self._name]
        entry.address = address
        entry.problem = ""
        entry.pause_ms = _PAUSE_MS
        entry.due_ms = ticks_add(now_ms, 1000 * min(max(ttl_s, _LEAST_TTL_S), _MOST_TTL_S))
        self.close()

    def _fail(self, problem: str, now_ms: int) -> None:
        entry = self._entries[self._name]
        entry.problem = problem
        entry.due_ms = ticks_add(now_ms, entry.pause_ms)
        entry.pause_ms = min(2 * entry.pause_ms, _MOST_PAUSE_MS)
        self.close()

    def _hang_up(self) -> None:
        if self._link:
            self._link.close()
            self._link = None
            self._packet = None
