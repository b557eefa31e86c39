"""The address of a HomeWizard meter by its name in the network, or of the only P1 meter there is.

Multicast DNS is asked with single packets (`mdns`), so nothing waits as a resolver would. The names are those of
SmartEVSE v3 sheet, section 5.4.
"""

from micropython import const

import mdns
from modbus.ticks import ticks_add, ticks_diff

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from evse.hal.api import DatagramLink, Links

# How long answers are waited for, and the pauses between questions.
_ANSWERS_MS = const(1500)
_PAUSE_MS = const(3000)
_PAUSE_MAX_MS = const(30000)
_NAMES_MAX = const(8)

_SERVICE = "_hwenergy._tcp.local"
_P1_NAME = "p1meter-"
_DOMAIN = ".local"

_FOUND_NOTHING = "no P1 meter found"
_FOUND_SEVERAL = "several P1 meters: choose one"
_FOUND_NO_NAME = "name not found"


class Finder:
    """Looks for one meter: `poll` until it returns an address.

    `problem` says in a few words why there is none yet, and `names` are the P1 meters that answered.
    """

    def __init__(self, name: str) -> None:
        """Look for a name; the empty one is any P1 meter, if there is but one."""
        self.problem = ""
        self.names: list[str] = []
        self._addresses: dict[str, str] = {}
        name = name.lower()
        self._name = name if not name or name.endswith(_DOMAIN) else name + _DOMAIN
        self._link: "DatagramLink | None" = None
        self._due_ms = 0
        self._pause_ms = _PAUSE_MS

    def begin(self, now_ms: int) -> None:
        """Look anew, now."""
        self.close()
        self._due_ms = now_ms
        self._pause_ms = _PAUSE_MS

    def poll(self, network: "Links", packet: memoryview, now_ms: int) -> str:
        """Ask or take an answer, for which there is room in `packet`; return the address once it is known."""
        is_due = ticks_diff(now_ms, self._due_ms) >= 0
        try:
            if self._link is None:
                if is_due:
                    self._ask(network, now_ms)
                return ""
            self._take(self._link, packet)
        except OSError:
            is_due = True
        if not is_due and not (self._name and self._chosen()):
            return ""
        self.close()
        address = self._chosen()
        self.problem = "" if address else self._why()
        self._due_ms = ticks_add(now_ms, self._pause_ms)
        self._pause_ms = min(2 * self._pause_ms, _PAUSE_MAX_MS)
        return address

    def poll_in_ms(self, now_ms: int, step_ms: int) -> int:
        """Return after how many ms `poll` has something to do; `step_ms` while an answer may come."""
        return step_ms if self._link else max(0, ticks_diff(self._due_ms, now_ms))

    def close(self) -> None:
        """Stop listening."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _ask(self, network: "Links", now_ms: int) -> None:
        self.names = []
        self._addresses = {}
        self._due_ms = ticks_add(now_ms, _ANSWERS_MS)
        self._link = network.open_udp(mdns.GROUP, mdns.PORT)
        kind = mdns.ADDRESS if self._name else mdns.POINTER
        self._link.send(mdns.query(self._name or _SERVICE, kind))

    def _take(self, link: "DatagramLink", packet: memoryview) -> None:
        """Take one packet; the address of a meter that only told its name is asked for."""
        count = link.receive(packet)
        if not count:
            return
        try:
            for kind, name, value in mdns.answers(packet, count):
                self._note(kind, name, value)
        except ValueError:
            # What came before the damage counts, and another packet may come.
            pass
        for name in self.names:
            if name not in self._addresses:
                link.send(mdns.query(name, mdns.ADDRESS))

    def _note(self, kind: int, name: str, value: str) -> None:
        if kind == mdns.ADDRESS:
            if len(self._addresses) < _NAMES_MAX:
                self._addresses[name] = value
        elif name == _SERVICE and not self._name:
            name = value.split(".")[0] + _DOMAIN
            if name.startswith(_P1_NAME) and name not in self.names and len(self.names) < _NAMES_MAX:
                self.names.append(name)

    def _chosen(self) -> str:
        """Return the address of the meter that is meant, as far as it is known."""
        name = self._name or (self.names[0] if len(self.names) == 1 else "")
        return self._addresses.get(name, "")

    def _why(self) -> str:
        if self._name:
            return _FOUND_NO_NAME
        return _FOUND_SEVERAL if len(self.names) > 1 else _FOUND_NOTHING
