"""Who decides about charging: the back end or the station.

The back end decides in the mode Rmt/OCPP of the reader, and with AUTH Backend: then a permission comes and goes with
its transactions. In every other mode the station decides by itself, and the back end is informed: a transaction runs
while access is on and a car is there. A remote stop is heeded in all modes.
"""

from micropython import const

from evse.core import states as s
from evse.services.access_modes import (
    AUTH_BACKEND,
    DISABLED,
    PENDING,
    REJECTED,
    REMOTE,
    STARTED,
    STOPPED,
)
from evse.services.access_texts import BY_UNPLUGGING
from evse.services.ocpp import limit

# What a transaction is reported under that nobody showed a card for.
_NOBODY = "FREE"
_ONE = const(1)
# So long the back end may be away while a card that was accepted before it came is to be decided about.
_AWAY_S = const(30)


class Decision:
    """Joins access, car and transactions of the only connector; `port` is its StationPort, `facts` are its Facts.

    It is also the authoriser of Access while the back end decides.
    """

    def __init__(self, app, port, facts) -> None:
        self._app = app
        self._port = port
        self._facts = facts
        # The back end lets the car have power.
        self._energy = False
        # In modes that need no permission: the back end has stopped this car.
        self._stopped = False
        self._last_owner = ""
        # The card that is decided about right now, and how.
        self._asking = ""
        self._result = PENDING
        # Of a charge that is older than the back end: its card, what became of that, and since when it waits.
        self._found = ""
        self._found_result = PENDING
        self._found_s = 0

    @property
    def idle(self) -> bool:
        """Tell whether nobody is asked for or held."""
        return not (self._stopped or self._asking)

    def permit(self, energy: bool, lock: bool) -> None:
        """Let the car have power, or not."""
        app = self._app
        access = app.gate.access
        if self.decides():
            self._energy = energy
            if energy:
                self._grant()
            elif access is not None:
                if access.permit.owner:
                    access.revoke()
                access.lets_cable_go = not lock
        elif not energy and app.station.charger.connected() and app.station.charger.access == s.ACCESS_ON:
            if access is not None and access.permit.guarded:
                access.revoke()
            else:
                self._stopped = True

    def told(self, id_tag: str, status: str) -> None:
        """Show what became of a card."""
        result = REJECTED
        if status == "Accepted":
            waits = self._port.cp is not None and self._port.cp.connectors[_ONE].id_tag == id_tag
            result = STARTED if waits else STOPPED
        if id_tag == self._found:
            self._found_result = result
        if id_tag == self._asking:
            self._result = result
        elif self._app.gate.access is not None:
            self._app.gate.access.answer(id_tag, result != REJECTED, result)

    def request(self, uid: str, owner: str) -> int:
        """Decide about a card, at once if that is possible."""
        if self._port.cp is None:
            return REJECTED
        self._asking = uid
        self._result = PENDING
        self._port.cp.present(uid, _ONE)
        self._asking = ""
        return self._result

    def decides(self) -> bool:
        """Tell whether the settings let the back end decide about charging."""
        get = self._app.settings.get
        mode = get("RFIDReader")
        return mode == REMOTE or (mode == DISABLED and get("Auth") == AUTH_BACKEND)

    def hold(self) -> int:
        """Return why a car is held that access does not hold, as `limit` has it."""
        if self.decides() or self._port.cp is None or not self._app.station.charger.connected():
            return limit.NOTHING
        if self._port.cp.connectors[_ONE].transaction is None:
            if not self._port.operative(0) or not self._port.operative(_ONE):
                return limit.INOPERATIVE
            if self._stopped:
                return limit.STOPPED
        return limit.NOTHING

    def step(self, connector) -> None:
        """Follow access and car; right after the step of the charge point."""
        if connector.transaction is not None:
            self._app.sessions.tell()
            self._found = ""
        if not self._facts.plugged:
            self._stopped = False
            self._keep_cable()
        if self.decides():
            self._follow_back_end(connector)
        else:
            self._follow_station(connector)

    def leave(self) -> None:
        """Let somebody else decide about cards."""
        access = self._app.gate.access
        if access is not None and access.authoriser is self:
            access.authoriser = None
            access.promised = ""
            self._keep_cable()

    def _grant(self) -> None:
        gate = self._app.gate
        if gate.access is None:
            # The mode was chosen a moment ago.
            gate.configure()
        running = self._port.cp.connectors[_ONE].transaction
        if gate.access is not None and running is not None:
            self._keep_cable()
            gate.access.grant(running.id_tag)

    def _keep_cable(self) -> None:
        if self._app.gate.access is not None:
            self._app.gate.access.lets_cable_go = False

    def _follow_back_end(self, connector) -> None:
        """Let a permission last as long as its transaction, and end that with it."""
        access = self._app.gate.access
        if access is None:
            return
        access.authoriser = self
        access.promised = connector.id_tag
        running = connector.transaction
        permit = access.permit
        if running is None:
            self._energy = False
            if permit.owner:
                if not self._may_stay(permit.owner, connector):
                    access.revoke()
            elif self._app.station.charger.access == s.ACCESS_ON and not permit.strict:
                # Somebody at the station let everybody charge.
                self._start_locally("", connector)
        elif not running.waiting and self._energy and not permit.owner:
            if permit.cause == BY_UNPLUGGING:
                # The car is back, and its transaction goes on.
                if self._facts.plugged:
                    self._grant()
            else:
                self._port.cp.stop(_ONE, "Local", running.id_tag)

    def _may_stay(self, owner: str, connector) -> bool:
        """Let a car charge on whose card was accepted before the back end decided, until that has decided about it."""
        cp = self._port.cp
        up_s = self._app.station.uptime_s
        if cp is None or not self._facts.plugged:
            return False
        if self._found != owner:
            self._found, self._found_result, self._found_s = owner, PENDING, up_s
        if connector.id_tag:
            return True
        if self._found_result == PENDING and self._found_s >= 0:
            if cp.is_online() or up_s - self._found_s >= _AWAY_S:
                # Once.
                self._found_s = -1
                cp.present(owner, _ONE)
        return self._found_result == PENDING

    def _follow_station(self, connector) -> None:
        """Report what the station has decided by itself."""
        self.leave()
        self._energy = False
        access = self._app.station.charger.access
        owner = self._app.gate.owner
        running = connector.transaction
        if access == s.ACCESS_ON:
            self._last_owner = owner
            if running is None and not self.hold():
                self._start_locally(owner, connector)
        elif access == s.ACCESS_OFF:
            connector.forget()
            if running is not None and not running.waiting:
                self._port.cp.stop(_ONE, "Local", self._last_owner)

    def _start_locally(self, owner: str, connector) -> None:
        """Begin a transaction that nobody has to allow."""
        facts = self._facts
        if facts.plugged and not facts.faulted and not connector.id_tag:
            cp = self._port.cp
            if cp is not None and cp.transactions.can_start():
                cp.start_locally(owner or cp.config.text("FreeVendIdTag") or _NOBODY, _ONE)
