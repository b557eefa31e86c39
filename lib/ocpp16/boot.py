"""Registration at the central system, and the heartbeat that keeps contact and the clock (sections 4.2, 4.6)."""

import json

from micropython import const

from .rpc import LOST
from .times import parse

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

ACCEPTED = "Accepted"
PENDING = "Pending"
REJECTED = "Rejected"

# What a BootNotification may tell, and how long it may be.
_FIELDS = (
    ("chargePointVendor", 20),
    ("chargePointModel", 20),
    ("chargePointSerialNumber", 25),
    ("chargeBoxSerialNumber", 25),
    ("firmwareVersion", 50),
    ("iccid", 20),
    ("imsi", 20),
    ("meterType", 25),
    ("meterSerialNumber", 25),
)
# Where the central system leaves it to us, or did not answer.
_RETRY_S = const(60)
_RETRY_MAX_S = const(86400)
# So often the clock is compared, whatever else is sent (OCPP-J 5.3).
_CLOCK_S = const(86400)


class Boot:
    """`status` is what the central system last said, "" before; `now` as in Transactions.

    `identity` has texts by the names of BootNotification.req. `on_time(unix_s)` gets its time of day,
    `on_status(status)` every answer to a BootNotification.
    """

    def __init__(self, rpc, config, now, identity: dict) -> None:
        self._rpc = rpc
        self._config = config
        self._now = now
        self._identity = identity
        self.status = ""
        self.triggered = False
        self.on_time: "Callable | None" = None
        self.on_status: "Callable | None" = None
        # When the central system last told the time of day.
        self.clock_s = 0
        self._next_s = 0
        # Since this connection began: a central system that asks for a BootNotification gets one.
        self._booted = False

    @property
    def accepted(self) -> bool:
        """Tell whether messages may be sent freely."""
        return self.status == ACCEPTED

    @property
    def silent(self) -> bool:
        """Tell whether the central system wants nothing to do with us for now: nothing is sent or answered."""
        return self.status == REJECTED and self._now.up_s < self._next_s

    def resume(self, clock_s: int) -> None:
        """Go on as accepted, on the same connection."""
        self.status = ACCEPTED
        self.clock_s = clock_s
        self._booted = True

    def connected(self) -> None:
        """Note a new connection; a registration outlives the old one (OCPP-J 5.4)."""
        self._booted = False
        if self.status != REJECTED:
            self._next_s = min(self._next_s, self._now.up_s)

    def again(self) -> bool:
        """Register once more, because the central system knows nothing of it; False when that was done already."""
        if self._booted:
            return False
        self.status = ""
        self._next_s = self._now.up_s
        return True

    def send(self) -> bool:
        """Send a BootNotification if it is time; True when it is on its way."""
        if (self.triggered and not self.silent) or (not self.accepted and self._now.up_s >= self._next_s):
            self.triggered = False
            self._booted = True
            return self._call("BootNotification", self._payload(), self._booted_answer)
        return False

    def send_heartbeat(self, now: bool = False) -> bool:
        """Send a Heartbeat if nothing else was sent for its interval, or at once."""
        up_s = self._now.up_s
        interval_s = self._config.get("HeartbeatInterval")
        if now or up_s - self._rpc.sent_s >= interval_s or up_s - self.clock_s >= _CLOCK_S:
            return self._call("Heartbeat", "{}", self.heartbeat_answer)
        return False

    def heartbeat_answer(self, payload, error: str) -> None:
        """Take the answer to a Heartbeat."""
        if payload is not None:
            self._set_time(payload)

    def _call(self, action: str, payload: str, on_answer) -> bool:
        return self._rpc.call(action, payload, on_answer, self._config.get("MessageTimeout"), self._now.up_s)

    def _payload(self) -> str:
        found = []
        for name, longest in _FIELDS:
            value = self._identity.get(name)
            if value:
                found.append('"%s":%s' % (name, json.dumps(value[:longest])))
        return "{" + ",".join(found) + "}"

    def _booted_answer(self, payload, error: str) -> None:
        now_s = self._now.up_s
        payload = payload or {}
        status = payload.get("status")
        if status not in (ACCEPTED, PENDING, REJECTED):
            self._next_s = now_s if error == LOST else now_s + _RETRY_S
            return
        interval = payload.get("interval")
        # Older schemas have it as a number.
        interval_s = int(interval) if isinstance(interval, (int, float)) and 0 <= interval < 1e9 else 0
        if status == ACCEPTED:
            self._set_time(payload)
            if interval_s:
                self._config.change("HeartbeatInterval", str(interval_s))
        else:
            self._next_s = now_s + (min(interval_s, _RETRY_MAX_S) or _RETRY_S)
        self.status = status
        if self.on_status:
            self.on_status(status)

    def _set_time(self, payload: dict) -> None:
        unix_s = parse(payload.get("currentTime"))
        if unix_s > 0:
            self.clock_s = self._now.up_s
            if self.on_time:
                self.on_time(unix_s)
