"""The time of day from time servers (SNTP version 4, RFC 4330 and RFC 5905), a step at each call.

Only the wall clock is set. Sessions and timers count ticks, so a jump of it does not reach them.
"""

import os

from micropython import const

from evse.core import ticks
from evse.log import log

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.api import DatagramLink, Network, SettableClock

PACKET_BYTES = const(48)
_PORT = const(123)
# Version 4, mode client.
_CLIENT = const(0x23)
_SERVER_MODE = const(4)
_UNSYNCHRONISED = const(3)
_MOST_STRATUM = const(15)
_ORIGINATE = const(24)
_TRANSMIT = const(40)
# From 1900 and from 2036-02-07, where 32 bits wrap, to 1970.
_ERA_0_S = const(2208988800)
_ERA_1_S = const(2085978496)
# No packet of before this was written or of a far future is true: 2025-01-01 to 2100-01-01.
_FIRST_S = const(1735689600)
_LAST_S = const(4102444800)

_ANSWER_MS = const(3000)
_FIRST_RETRY_MS = const(15000)
_MOST_RETRY_MS = const(3600000)
_PERIOD_MS = const(3600000)
_LOOK_UP_MS = const(15000)
# A server that says so is left alone for that long.
_BANNED_MS = const(86400000)
# Further than this a synchronised clock cannot be off; the time is believed when so many answers say it in a row.
_ABSURD_S = const(1000)
_CONFIRMATIONS = const(3)


def request(cookie: bytes) -> bytearray:
    """Return a request; its transmit time is a random cookie of 8 bytes, which the answer has to carry."""
    packet = bytearray(PACKET_BYTES)
    packet[0] = _CLIENT
    packet[_TRANSMIT:] = cookie
    return packet


def read(packet, count: int, cookie: bytes) -> tuple:
    """Return (unix_s, part_ms, kiss) of an answer; ValueError says why it is not to be believed.

    With a kiss-o'-death code such as RATE the time is 0.
    """
    if count < PACKET_BYTES or packet[0] & 7 != _SERVER_MODE or not packet[0] & 0x38:
        raise ValueError("no answer of a time server")
    if bytes(packet[_ORIGINATE : _ORIGINATE + 8]) != cookie:
        raise ValueError("an answer to somebody else")
    stratum = packet[1]
    if stratum == 0:
        return 0, 0, "".join([chr(code) for code in packet[12:16] if 0x20 < code < 0x7F])
    if stratum > _MOST_STRATUM or packet[0] >> 6 == _UNSYNCHRONISED:
        raise ValueError("the time server does not know the time")
    seconds = 0
    for index in range(4):
        seconds = seconds << 8 | packet[_TRANSMIT + index]
    if seconds == 0:
        raise ValueError("the time server does not know the time")
    unix_s = seconds - _ERA_0_S if seconds & 0x80000000 else seconds + _ERA_1_S
    if not _FIRST_S <= unix_s < _LAST_S:
        raise ValueError("an impossible time")
    part_ms = (packet[_TRANSMIT + 4] << 8 | packet[_TRANSMIT + 5]) * 1000 >> 16
    return unix_s, part_ms, ""


class Sntp:
    """Keeps `clock` right; `step` while there is a network.

    `synchronised` is True once a server was believed; `problem` says in a few words why the last attempt failed.
    """

    def __init__(self, network: "Network", resolver, clock: "SettableClock") -> None:
        self._network = network
        self._resolver = resolver
        self._clock = clock
        self._servers: tuple = ()
        self._place = 0
        self._link: "DatagramLink | None" = None
        self._cookie = b""
        self._answer: "memoryview | None" = None
        # With nothing to wait for, it becomes due at the first step.
        self._is_due = False
        self._since = 0
        self._wait_ms = 0
        self._retry_ms = _FIRST_RETRY_MS
        self._doubts = 0
        self._banned: dict = {}
        self.synchronised = False
        self.problem = ""

    @property
    def is_busy(self) -> bool:
        """True while an answer is waited for, whose delay counts: `step` often."""
        return self._link is not None

    @property
    def in_use(self) -> bool:
        """True where there are servers to ask; without, somebody else keeps the clock right."""
        return self._servers != ()

    def configure(self, servers: tuple) -> None:
        """Take names or addresses of servers, asked in turn; none switches it off."""
        if servers != self._servers:
            self.close()
            self._servers = servers
            self._place = 0
            self._is_due = False
            self._wait_ms = 0
            self._retry_ms = _FIRST_RETRY_MS

    def step(self, now: int) -> None:
        """Go on."""
        if not self._servers:
            return
        passed_ms = ticks.diff(now, self._since)
        if self._link:
            self._take(self._link, passed_ms, now)
        elif self._is_due:
            self._ask(passed_ms, now)
        elif not 0 <= passed_ms < self._wait_ms:
            self._is_due = True
            self._since = now

    def close(self) -> None:
        """Give up the question under way, for instance when the network goes."""
        if self._link:
            self._link.close()
            self._link = self._answer = None

    def _ask(self, passed_ms: int, now: int) -> None:
        name = self._servers[self._place]
        until = self._banned.get(name)
        if until is not None:
            if ticks.diff(now, until) < 0:
                self._fail("the time server wants to be left alone", now)
                return
            del self._banned[name]
        address = self._resolver.look_up(name, now)
        if not address:
            problem = self._resolver.problem(name)
            if problem or not 0 <= passed_ms < _LOOK_UP_MS:
                self._fail(problem or "the name server does not answer", now)
            return
        self._cookie = os.urandom(8)
        self._answer = memoryview(bytearray(PACKET_BYTES))
        try:
            self._link = self._network.open_udp(address, _PORT)
            self._link.send(bytes(request(self._cookie)))
        except OSError:
            self._fail("no way to the time server", now)
            return
        self._since = now

    def _take(self, link: "DatagramLink", passed_ms: int, now: int) -> None:
        buffer = self._answer
        if buffer is None:
            return
        try:
            count = link.receive(buffer)
        except OSError:
            count = 0
            passed_ms = _ANSWER_MS
        if count and bytes(buffer[_ORIGINATE : _ORIGINATE + 8]) == self._cookie:
            try:
                unix_s, part_ms, kiss = read(buffer, count, self._cookie)
            except ValueError as error:
                self._fail(str(error), now)
                return
            if kiss:
                self._heed(kiss, now)
            else:
                self._believe(unix_s, part_ms + max(0, passed_ms) // 2, now)
        elif not 0 <= passed_ms < _ANSWER_MS:
            self._resolver.forget(self._servers[self._place], now)
            self._fail("the time server does not answer", now)

    def _heed(self, kiss: str, now: int) -> None:
        """Leave a server alone that wants it; RATE and what nobody knows only slow down."""
        if kiss in ("DENY", "RSTR"):
            self._banned[self._servers[self._place]] = ticks.add(now, _BANNED_MS)
        else:
            self._retry_ms = min(4 * self._retry_ms, _MOST_RETRY_MS)
        self._fail("the time server refuses: " + kiss, now)

    def _believe(self, unix_s: int, part_ms: int, now: int) -> None:
        """Set the clock, unless the time would be absurd: of a clock that is right, a single server is no proof."""
        unix_s += part_ms // 1000
        part_ms %= 1000
        known_s = self._clock.unix_s()
        if self.synchronised and known_s > 0 and abs(unix_s - known_s) > _ABSURD_S:
            self._doubts += 1
            if self._doubts < _CONFIRMATIONS:
                self._fail("a time server is far off", now)
                return
        self._clock.set_unix_s(unix_s, part_ms)
        if not self.synchronised:
            log.write("time: known from %s" % self._servers[self._place])
        elif abs(unix_s - known_s) > 1:
            log.write("time: was %d s off" % (known_s - unix_s))
        self.synchronised = True
        self.problem = ""
        self._doubts = 0
        self._retry_ms = _FIRST_RETRY_MS
        self._rest(_PERIOD_MS, now)

    def _fail(self, problem: str, now: int) -> None:
        """Try the next server after a pause that grows."""
        if problem != self.problem:
            log.write("time: " + problem)
        self.problem = problem
        self._place = (self._place + 1) % len(self._servers)
        retry_ms = self._retry_ms
        self._retry_ms = min(2 * retry_ms, _MOST_RETRY_MS)
        self._rest(retry_ms, now)

    def _rest(self, wait_ms: int, now: int) -> None:
        self.close()
        self._is_due = False
        self._since = now
        self._wait_ms = wait_ms
