"""Who may start and stop: identifiers that are presented, and those that the central system sends (sections 3.5, 5.11).

An identifier that is not known here is asked for with Authorize.req; without an answer the rules for being offline
count.
"""

import json

from micropython import const

from . import connector as c
from . import reservation as r
from .authorization import ACCEPT, ASK
from .rpc import LOST, TIMEOUT

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

# In place of the number of a connector.
ANY = const(-1)

_WAITING_MAX = const(4)
# Contactors take some seconds to open.
_READY_S = const(10)
_ACCEPTED = "Accepted"
_INVALID = "Invalid"
_BUSY = "ConcurrentTx"


class Access:
    """Joins `authorization` (Authorization), `reservations` (Reservations) and `transactions` (Transactions).

    `station` is described at ChargePoint. `is_online()` tells whether the central system answers; `closed` lets nobody
    start any more. `conflict` is set when the local list and the central system disagree.
    """

    def __init__(
        self, rpc, config, station, authorization, reservations, transactions, connectors, now
    ) -> None:
        self._rpc = rpc
        self._config = config
        self._station = station
        self._authorization = authorization
        self._reservations = reservations
        self._transactions = transactions
        self._connectors = connectors
        self._now = now
        self._waiting: list = []
        self.is_online: "Callable | None" = None
        self.closed = False
        self.conflict = False

    @property
    def idle(self) -> bool:
        """Tell whether nobody is asked for."""
        return not (self._waiting or self.conflict or self.closed)

    def present(self, id_tag: str, number: int = 0) -> None:
        """Take an identifier that somebody presents at a connector, 0 where there is one reader for all."""
        for connector in self._connectors:
            running = connector.transaction
            if running is not None and same(running.id_tag, id_tag) and number in (0, connector.number):
                self._transactions.stop(connector, "Local", id_tag)
                self._station.told(connector.number, id_tag, _ACCEPTED)
                return
            if connector.id_tag and same(connector.id_tag, id_tag):
                connector.forget()
                self._station.told(connector.number, id_tag, _ACCEPTED)
                return
            if connector.keeper is not None and same(connector.keeper[0], id_tag):
                self._release(connector, id_tag)
                return
        connector = self._choose(number, id_tag)
        if connector is None:
            self._station.told(number, id_tag, _BUSY)
        else:
            self._decide(id_tag, connector, False)

    def can_start_remotely(self, id_tag: str, number: int) -> bool:
        """Tell whether a RemoteStartTransaction can be accepted; `number` may be ANY."""
        return self._choose_remote(number, id_tag) is not None

    def remote_start(self, id_tag: str, number: int, profile: bool) -> None:
        """Carry out a RemoteStartTransaction; `profile` tells that one came with it."""
        connector = self._choose_remote(number, id_tag)
        if self._config.get("AuthorizeRemoteTxRequests"):
            self._decide(id_tag, connector, profile)
        else:
            self._allow(id_tag, None, connector, profile)

    def send(self) -> bool:
        """Ask for the identifier that waits longest; True when that is on its way."""
        if not self._waiting:
            return False
        payload = '{"idTag":%s}' % json.dumps(self._waiting[0][0])
        timeout_s = self._config.get("MessageTimeout")
        return self._rpc.call("Authorize", payload, self._answered, timeout_s, self._now.up_s)

    def disconnected(self) -> None:
        """Decide about those who wait without the central system."""
        waiting, self._waiting = self._waiting, []
        for id_tag, connector, profile in waiting:
            self._decide(id_tag, connector, profile, False)

    def learn(self, id_tag: str, info: dict) -> None:
        """Take an IdTagInfo of the central system; a local list that says something else is reported (3.5.2)."""
        if self._authorization.learn(id_tag, info):
            self.conflict = True

    def step(self, connector, facts) -> None:
        """Begin the transaction that everything is ready for."""
        if not facts.plugged:
            connector.vended = False
        if connector.transaction is not None or not facts.plugged or self.closed:
            return
        if facts.faulted or facts.error == c.LOCK_FAILURE:
            return
        if not connector.id_tag and not connector.vended and connector.status == c.PREPARING:
            self._vend(connector)
        if connector.id_tag and self._is_ready(connector):
            id_tag = connector.id_tag
            if not self._transactions.can_start():
                connector.forget()
                self._station.told(connector.number, id_tag, _BUSY)
                return
            reserved = self._reservations.used(connector.number, id_tag, connector.parent)
            self._transactions.start(connector, reserved)

    def _vend(self, connector) -> None:
        """Let a car in without a card, where the station does not say by itself who may charge."""
        if self._config.get("FreeVendActive") and self._station.remote_allowed():
            connector.vended = True
            connector.authorise(self._config.text("FreeVendIdTag") or "FREE", "")

    def _is_ready(self, connector) -> bool:
        """Wait a little until the beginning of a transaction would outlive a power cut."""
        up_s = self._now.up_s
        # What goes on already does not become more lasting by that.
        if self._transactions.is_ready() or self._station.began(connector.number) is not None:
            connector.ready_s = -1
            return True
        if connector.ready_s < 0:
            connector.ready_s = up_s + _READY_S
        return up_s >= connector.ready_s

    def _choose(self, number: int, id_tag: str):
        """Return the connector that somebody with an identifier most likely means."""
        if number:
            return self._connectors[number] if number < len(self._connectors) else None
        best = None
        best_rank = 9
        for connector in self._connectors[1:]:
            rank = self._rank(connector, id_tag)
            if rank < best_rank:
                best, best_rank = connector, rank
        return best

    def _rank(self, connector, id_tag: str) -> int:
        if connector.transaction is not None:
            # Maybe to be stopped by somebody with the same parent.
            return 5
        if connector.id_tag:
            return 6
        status = connector.status
        if status == c.RESERVED:
            verdict = self._reservations.check(connector.number, id_tag, None)
            return 2 if verdict == r.HOLDER else 4 if verdict == r.ASK_PARENT else 8
        ranks = (c.PREPARING, c.FINISHING, "", c.AVAILABLE)
        return ranks.index(status) if status in ranks else 7

    def _choose_remote(self, number: int, id_tag: str):
        if self.closed or not self._station.remote_allowed():
            return None
        chosen = None
        best_rank = 9
        for connector in self._connectors[1:]:
            if number in (ANY, connector.number) and self._is_free(connector, id_tag):
                rank = self._rank(connector, id_tag)
                if rank < best_rank:
                    chosen, best_rank = connector, rank
        return chosen

    def _is_free(self, connector, id_tag: str) -> bool:
        """Tell whether an identifier may begin something at a connector; its parent may turn out later."""
        if self.closed or connector.transaction is not None or connector.status in (c.FAULTED, c.UNAVAILABLE):
            return False
        if not self._station.operative(0) or not self._station.operative(connector.number):
            return False
        if connector.id_tag and not same(connector.id_tag, id_tag):
            return False
        return self._reservations.check(connector.number, id_tag, None) != r.BLOCKED

    def _decide(self, id_tag: str, connector, profile, online=None) -> None:
        if online is None:
            online = self.is_online is not None and self.is_online()
        verdict, parent = self._authorization.decide(id_tag, self._now.unix_s, online)
        if verdict == ACCEPT:
            self._allow(id_tag, parent or None, connector, profile, online)
        elif verdict != ASK or not online or not self._ask(id_tag, connector, profile):
            self._station.told(connector.number, id_tag, self._authorization.status or _INVALID)

    def _ask(self, id_tag: str, connector, profile) -> bool:
        if len(self._waiting) == _WAITING_MAX:
            return False
        self._waiting.append((id_tag, connector, profile))
        return True

    def _answered(self, payload, error: str) -> None:
        if error == LOST or not self._waiting:
            # Those who wait were decided about when the connection went.
            return
        id_tag, connector, profile = self._waiting.pop(0)
        if error == TIMEOUT:
            self._decide(id_tag, connector, profile, False)
            return
        info = payload.get("idTagInfo") if payload is not None else None
        if not isinstance(info, dict):
            self._station.told(connector.number, id_tag, _INVALID)
            return
        self.learn(id_tag, info)
        status = info.get("status")
        if status == _ACCEPTED:
            parent = info.get("parentIdTag")
            self._allow(id_tag, parent if isinstance(parent, str) else "", connector, profile)
        else:
            self._station.told(connector.number, id_tag, status if isinstance(status, str) else _INVALID)

    def _allow(self, id_tag: str, parent: "str | None", connector, profile, may_ask: bool = True) -> None:
        """Do what an authorised identifier is for: stop a transaction of its group, get a cable back, or start.

        `parent` is None while it is not known; who must be of a group is asked for it.
        """
        number = connector.number
        running = connector.transaction
        status = _BUSY
        if running is not None:
            if parent and same(parent, running.parent):
                self._transactions.stop(connector, "Local", id_tag)
                status = _ACCEPTED
            elif parent is None and running.parent and may_ask and self._ask(id_tag, connector, False):
                return
        elif connector.keeper is not None:
            if parent and same(parent, connector.keeper[1]):
                self._release(connector, id_tag)
                return
        elif self._is_free(connector, id_tag) and self._transactions.can_start():
            verdict = self._reservations.check(number, id_tag, parent)
            if verdict == r.ASK_PARENT and may_ask and self._ask(id_tag, connector, profile):
                return
            if verdict in (r.FREE, r.HOLDER):
                connector.authorise(id_tag, parent or "", profile)
                status = _ACCEPTED
        self._station.told(number, id_tag, status)

    def _release(self, connector, id_tag: str) -> None:
        """Give a cable back to whom it was kept for."""
        connector.keeper = None
        self._station.permit(connector.number, False, False)
        self._station.told(connector.number, id_tag, _ACCEPTED)


def same(one: str, other: str) -> bool:
    """Tell whether two identifiers are the same; case does not count (CiString20Type)."""
    return one.lower() == other.lower()
