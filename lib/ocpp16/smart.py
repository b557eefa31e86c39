"""Smart charging: profiles come and go, and what they allow now (sections 3.13, 5.5, 5.7, 5.11, 5.16 with errata).

The owner runs `load` to its end, calls `step` from time to time (until it returns False when it has a moment), tells of
transactions, and asks `limit`. Times are unix seconds, 0 or less while the time is unknown.
"""

from micropython import const

from . import profile_layout as pl
from . import profile_parser as pp
from . import profile_request as rq
from .rpc import CallError
from .smart_limits import SmartLimits
from .stacks import NONE

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Generator

MOST_PERIODS = const(255)

_ACCEPTED = '{"status":"Accepted"}'
_REJECTED = '{"status":"Rejected"}'
_UNKNOWN = '{"status":"Unknown"}'


def disconnected_limit_ma(enabled: bool, limit_a: int, is_accepted: bool) -> int:
    """Return the upper limit in mA that holds while no back end is connected and has accepted us, -1 for none."""
    return -1 if is_accepted or not enabled else limit_a * 1000


class SmartCharging(SmartLimits):
    """`offset_s(unix_s)` is local time less UTC; `log(text)` gets a line for every profile that comes, goes or is
    refused.

    The settings of the station are those of `SmartLimits`.
    """

    def __init__(self, store, connectors: int = 1, offset_s=None, log=None) -> None:
        super().__init__(store, connectors, offset_s or _no_offset_s)
        self._log: "Callable | None" = log
        # What the central system calls the transactions, None while it is unknown.
        self._ids: list = [None] * (connectors + 1)
        self._staged = None

    def load(self) -> "Generator[None, None, None]":
        """Read the stored profiles, a few at a time; until then no request is granted and the limit is 0."""
        for _ in self.store.load():
            yield
        self.ready = True
        self.changed()
        if self.store.damaged:
            self._say("charging profiles: %d damaged records" % self.store.damaged)

    @property
    def idle(self) -> bool:
        """Tell whether the file has everything."""
        return self.ready and self._staged is None and self.store.idle

    # Requests of the central system. Those of whole messages return the payload of the answer.

    def begin_set(self) -> pp.ProfileParser:
        """Return the stream handler of a SetChargingProfile; what it becomes goes to `set`."""
        return pp.ProfileParser(False, MOST_PERIODS)

    def begin_remote_start(self) -> pp.ProfileParser:
        """Return the stream handler of a RemoteStartTransaction; what it becomes goes to `stage`."""
        return pp.ProfileParser(True, MOST_PERIODS)

    def set(self, request: pp.ProfileParser, now_s: int) -> str:
        """Install the profile of a SetChargingProfile; CallError for what errata 3.38 and 3.39 want as one."""
        connector = request.connector
        if connector > self.connectors:
            raise CallError("PropertyConstraintViolation", "there is no connector %d" % connector)
        why = self._check(request) or self._check_transaction(request, connector)
        return _REJECTED if self._install(request, connector, why, now_s) else _ACCEPTED

    def stage(self, request: pp.ProfileParser, now_s: int) -> bool:
        """Keep the profile of a RemoteStartTransaction for that transaction; False when the start is to be rejected.

        One in W is dropped, and the start goes on, when W is not accepted.
        """
        self._staged = None
        if not request.has_profile:
            return True
        if request.connector > self.connectors:
            return False
        if request.value(pp.PURPOSE) + 1 != pl.TX:
            why = "the purpose is not TxProfile"
        elif request.value(pp.TRANSACTION_ID) is not None:
            why = "it has a transactionId"
        else:
            why = self._check(request)
        if why and why == rq.check_unit(request, self.accept_watts):
            self._tell(request, request.connector, "dropped: " + why)
            return True
        if why:
            self._tell(request, request.connector, "rejected: " + why)
            return False
        self._staged = request
        return True

    def unstage(self) -> None:
        """Forget the profile of a start that did not come to a transaction."""
        self._staged = None

    def clear(self, profile_id, connector, purpose, level, now_s: int) -> str:
        """Carry out a ClearChargingProfile, each None where it is missing (errata 3.25, 3.26)."""
        store = self.store
        if purpose is not None and purpose not in pl.PURPOSES[1:]:
            raise CallError("PropertyConstraintViolation", "chargingProfilePurpose has no such value")
        found = []
        if profile_id is not None:
            slot = store.find_id(profile_id) if -0x80000000 <= profile_id <= 0x7FFFFFFF else NONE
            if slot != NONE:
                found.append(slot)
        else:
            for at in range(store.count):
                slot = store.order[at]
                if (
                    (connector is None or store.byte(slot, 2) == connector)
                    and (purpose is None or pl.PURPOSES[store.byte(slot, 0) & pl.PURPOSE] == purpose)
                    and (level is None or store.byte(slot, 1) == level)
                ):
                    found.append(slot)
        return _ACCEPTED if self._drop(found, now_s) else _UNKNOWN

    def clear_all(self, now_s: int) -> int:
        """Delete every profile; return how many there were."""
        self._staged = None
        found = list(self.store.order[: self.store.count])
        self._drop(found, now_s)
        return len(found)

    def composite(self, connector: int, duration_s: int, unit, now_s: int) -> "Generator[str, None, None]":
        """Return the answer to a GetCompositeSchedule in pieces of text, "" where others may work; CallError (3.24)."""
        if unit is not None and unit != "A" and unit != "W":
            raise CallError("PropertyConstraintViolation", "chargingRateUnit has no such value")
        if not self.ready or not 0 <= connector <= self.connectors or duration_s < 0 or now_s <= 0:
            return iter((_REJECTED,))  # pyright: ignore[reportReturnType]
        # Late, because it is asked for seldom.
        from .composite import composite

        return composite(self, connector, duration_s, unit == "W", now_s)

    # Transactions

    def transaction_started(self, connector: int, begin_s: int, now_s: int) -> None:
        """Note that a transaction began; the profile of its RemoteStartTransaction is installed."""
        self._drop_tx(connector, None, now_s)
        self.begin_s[connector] = begin_s
        self._ids[connector] = None
        staged = self._staged
        self._staged = None
        if staged is not None and staged.connector in (-1, 0, connector):
            self._install(staged, connector, "", now_s)
        self.changed()

    def transaction_resumed(self, connector: int, begin_s: int, transaction_id, now_s: int) -> None:
        """Note that the transaction from before a restart goes on; `transaction_id` is None while it is unknown."""
        self.begin_s[connector] = begin_s
        self.transaction_id(connector, transaction_id, now_s)
        self.changed()

    def transaction_id(self, connector: int, transaction_id, now_s: int) -> None:
        """Note the id that the central system gave; a TxProfile of another one goes."""
        self._ids[connector] = transaction_id
        if transaction_id is not None:
            self._drop_tx(connector, transaction_id, now_s)

    def transaction_ended(self, connector: int, now_s: int) -> None:
        """Note that there is no transaction, also once after a restart; its TxProfiles go."""
        self.begin_s[connector] = NONE
        self._ids[connector] = None
        self._drop_tx(connector, None, now_s)
        self.changed()

    # Coming and going

    def _check(self, request: pp.ProfileParser) -> str:
        return rq.check(request, self.accept_watts) if self.ready else "the station is starting"

    def _check_transaction(self, request: pp.ProfileParser, connector: int) -> str:
        purpose = request.value(pp.PURPOSE) + 1
        if purpose == pl.MAX:
            return "a ChargePointMaxProfile is for connector 0 only" if connector else ""
        if purpose == pl.DEFAULT:
            return ""
        if connector == 0:
            return "a TxProfile is for one connector"
        if self.begin_s[connector] == NONE:
            return "there is no transaction"
        wanted = request.value(pp.TRANSACTION_ID)
        if wanted is not None and wanted != self._ids[connector]:
            return "transaction %d is not running" % wanted
        return ""

    def _install(self, request: pp.ProfileParser, connector: int, why: str, now_s: int) -> str:
        """Store a profile; return "" or why not."""
        if not why:
            if request.value(pp.UNIT):
                request.convert(self.voltage_v)
            head = rq.head(request, connector, now_s)
            slot = self.store.find(head[0] & pl.PURPOSE, head[1], connector)
            if slot != NONE and rq.is_same(self.store, slot, head, request, now_s):
                return ""
            why = self.store.put(head, request.pieces, now_s)
            if not why:
                self.changed()
        self._tell(request, connector, "rejected: " + why if why else "%d periods" % request.count)
        return why

    def _drop(self, slots: list, now_s: int) -> bool:
        for slot in slots:
            head = self.store.head(slot)
            self._say(_line(head[4], head[0] & pl.PURPOSE, head[1], head[2], "removed"))
        if not self.store.drop(slots, now_s):
            return False
        self.changed()
        return True

    def _drop_tx(self, connector: int, but_id, now_s: int) -> None:
        """Drop the TxProfiles of a connector, but those that may be of one transaction."""
        store = self.store
        found = []
        for at in range(store.first(pl.TX), store.count):
            slot = store.order[at]
            if store.byte(slot, 2) == connector:
                has_id = store.byte(slot, 0) & pl.HAS_TRANSACTION
                if but_id is None or (has_id and store.head(slot)[5] != but_id):
                    found.append(slot)
        self._drop(found, now_s)

    def _tell(self, request: pp.ProfileParser, connector: int, what: str) -> None:
        value = request.value
        self._say(_line(value(pp.PROFILE_ID), value(pp.PURPOSE) + 1, value(pp.STACK_LEVEL), connector, what))

    def _say(self, text: str) -> None:
        if self._log is not None:
            self._log(text)


def _line(profile_id: int, purpose: int, level: int, connector: int, what: str) -> str:
    return "charging profile %d (%s, level %d, connector %d): %s" % (
        profile_id,
        pl.PURPOSES[purpose],
        level,
        connector,
        what,
    )


def _no_offset_s(_unix_s: int) -> int:
    return 0
