"""Takes charging profiles, and lets them count, while the rest of the charge point is out of memory."""

from evse.log import log
from evse.services.ocpp.limit import NOTHING, Limiter
from ocpp16 import payloads
from ocpp16.profile_commands import ACTIONS, run
from ocpp16.rpc import Rpc


class Desk:
    """`rest` is a Rest, `smart` a SmartCharging, `send` as in Rpc; hand messages with one of ACTIONS to `rpc`."""

    # What Limiter asks of a Configuration; the keys do not change meanwhile.
    changes = 0

    def __init__(self, app, rest, smart, send) -> None:
        self._rest = rest
        self.smart = smart
        self.limiter = Limiter(app.station, app.settings, self, smart)
        self.rpc = Rpc(send, self._called, self._stream_of, rest.prefix)
        self.rpc.on_error = log.exception
        self._unix_s = 0
        self._used_s = rest.up_s

    def get(self, name: str) -> bool:
        """Return a key of configuration."""
        return self._rest.accept_watts

    def text(self, name: str) -> str:
        """Return the other one."""
        return self._rest.combine

    def step(self, unix_s: int) -> bool:
        """Do what is due; True while there is more to do now."""
        self._unix_s = unix_s
        more = self.smart.step(unix_s)
        self.limiter.step(unix_s, True, NOTHING)
        return more

    def unused_s(self) -> int:
        """Return for how long there are no profiles, and nobody sent one."""
        if self.smart.store.count or not self.smart.idle:
            self._used_s = self._rest.up_s
        return self._rest.up_s - self._used_s

    def _stream_of(self, action: str):
        return self.smart.begin_set() if action == ACTIONS[0] else None

    def _called(self, message_id: str, action: str, payload) -> str:
        self._used_s = self._rest.up_s
        if isinstance(payload, dict):
            payloads.check(action, payload)
        return run(self.smart, action, payload, self._unix_s)
