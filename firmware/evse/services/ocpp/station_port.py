"""The station as `ocpp16.charge_point` wants it, and who decides about charging.

The back end decides in the mode Rmt/OCPP of the reader, and with AUTH Backend: then a permission comes and goes with
its transactions. In every other mode the station decides by itself, and the back end is informed: a transaction runs
while access is on and a car is there. A remote stop is heeded in all modes.
"""

from micropython import const

from evse.core import lock, ticks
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
from evse.services.ocpp.facts import Facts, Meters, identity
from evse.settings.store import LOADED

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from ocpp16.charge_point import ChargePoint

SCHEMA = 1
# What a transaction is reported under that nobody showed a card for.
_NOBODY = "FREE"
_ONE = const(1)
# By then the pilot has told whether there is a car.
_SETTLED_S = const(3)
_CLOCK_OFF_S = const(2)
# A meter may show a little late what has flowed.
_METERED_MS = const(1000)
# So long the back end may be away while a card that was accepted before it came is to be decided about.
_AWAY_S = const(30)


class StationPort:
    """One connector; `store` keeps what a restart must not forget. `cp` is set once there is one."""

    connectors = 1

    def __init__(self, app, store) -> None:
        self._app = app
        self._store = store
        self.cp: "ChargePoint | None" = None
        self.meters = Meters(app)
        self._facts = (Facts(0), Facts(1))
        kept = store.load()
        self._inoperative: list = kept[1].get("inoperative", []) if kept[0] == LOADED else []
        self._unsaved = False
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
        # Since when the contactors are open after a transaction, and how often its meter had told its register then.
        self._opened_ms: "int | None" = None
        self._registers = -1
        self.identity = identity(app)

    @property
    def idle(self) -> bool:
        """Tell whether the back end holds nothing here, and nothing waits to be written."""
        return not (self._unsaved or self._inoperative or self._stopped or self._asking)

    # What a charge point asks of its station

    def facts(self, number: int) -> Facts:
        """Return the facts of a connector, as they are now."""
        facts = self._facts[number]
        facts.step(self._app.station, self.cp.connectors[number].transaction if self.cp else None)
        return facts

    def reading(self, number: int):
        """Return what its meter shows."""
        return self.meters.read(number)

    def began(self, number: int) -> "tuple | None":
        """Return when a charge began that goes on without a transaction, and the register then, None unknown."""
        untold = self._app.sessions.untold()
        if untold is None:
            return None
        register_wh = self.meters.register_wh()
        return untold[0], max(0, register_wh - untold[1]) if register_wh >= 0 else None

    def settled(self, number: int) -> bool:
        """Tell whether the register was read after the contactors had opened; True where there is none to be read."""
        station = self._app.station
        ev = self._app.metering.ev
        if not station.contactors.proven_open():
            self._opened_ms = None
            return False
        if ev.silent or self.meters.register_wh() < 0:
            return True
        now_ms = self._app.board.clock.ticks_ms()
        opened_ms = self._opened_ms
        if opened_ms is None:
            opened_ms = self._opened_ms = now_ms
            self._registers = -1
        if self._registers < 0:
            if ticks.diff(now_ms, opened_ms) < _METERED_MS:
                return False
            self._registers = ev.registers
            ev.hurry(now_ms)
        return ev.registers > self._registers

    def permit(self, number: int, energy: bool, lock: bool) -> None:
        """Let the car have power, or not."""
        app = self._app
        access = app.gate.access
        self._opened_ms = None
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

    def has_lock(self, number: int) -> bool:
        """Tell whether there is a lock that a command may open."""
        station = self._app.station
        return station.lock.kind != lock.DISABLED and not station.config.cable_fixed

    def unlock(self, number: int) -> None:
        """Stop, and open the lock."""
        self._app.station.unlock_cable()

    def unlocked(self, number: int) -> "str | None":
        """Return what became of it, None while it moves."""
        status = self._app.station.lock.status
        if status == lock.FAULT:
            return "UnlockFailed"
        return "Unlocked" if status == lock.UNLOCKED else None

    def operative(self, number: int) -> bool:
        """Tell whether the back end lets a connector be used."""
        return number not in self._inoperative

    def set_operative(self, number: int, operative: bool) -> None:
        """Take a connector out of service, or back."""
        found = [other for other in self._inoperative if other != number]
        self._inoperative = found if operative else found + [number]
        self._unsaved = True
        self.save()

    def resume(self, number: int) -> "str | None":
        """Go on with a transaction from before a restart while its car is still there."""
        station = self._app.station
        if station.uptime_s < _SETTLED_S:
            return None
        if station.sees_no_car():
            self._find_last(number)
            return "PowerLoss"
        return "" if station.charger.connected() else None

    def remote_allowed(self) -> bool:
        """Tell whether the back end decides about charging."""
        return self.decides()

    def told(self, number: int, id_tag: str, status: str) -> None:
        """Show what became of a card."""
        result = REJECTED
        if status == "Accepted":
            waits = self.cp is not None and self.cp.connectors[_ONE].id_tag == id_tag
            result = STARTED if waits else STOPPED
        if id_tag == self._found:
            self._found_result = result
        if id_tag == self._asking:
            self._result = result
        elif self._app.gate.access is not None:
            self._app.gate.access.answer(id_tag, result != REJECTED, result)

    def set_clock(self, unix_s: int) -> None:
        """Take the time of the back end, as long as no time server has told it."""
        app = self._app
        known_s = app.board.clock.unix_s()
        if app.net and (app.net.sntp.synchronised or not app.net.sntp.in_use) and known_s > 0:
            return
        if abs(known_s - unix_s) > _CLOCK_OFF_S:
            app.board.clock.set_unix_s(unix_s)

    def reset(self, kind: str) -> None:
        """Restart in good order."""
        self._app.restart()

    # What Access asks of a back end

    def request(self, uid: str, owner: str) -> int:
        """Decide about a card, at once if that is possible."""
        if self.cp is None:
            return REJECTED
        self._asking = uid
        self._result = PENDING
        self.cp.present(uid, _ONE)
        self._asking = ""
        return self._result

    # The station's own part

    def decides(self) -> bool:
        """Tell whether the settings let the back end decide about charging."""
        get = self._app.settings.get
        mode = get("RFIDReader")
        return mode == REMOTE or (mode == DISABLED and get("Auth") == AUTH_BACKEND)

    def hold(self) -> int:
        """Return why a car is held that access does not hold, as `limit` has it."""
        if self.decides() or self.cp is None or not self._app.station.charger.connected():
            return limit.NOTHING
        if self.cp.connectors[_ONE].transaction is None:
            if not self.operative(0) or not self.operative(_ONE):
                return limit.INOPERATIVE
            if self._stopped:
                return limit.STOPPED
        return limit.NOTHING

    def step(self) -> None:
        """Follow access and car; right after the step of the charge point."""
        self.save()
        cp = self.cp
        if cp is None:
            return
        connector = cp.connectors[_ONE]
        if connector.transaction is not None:
            self._app.sessions.tell()
            self._found = ""
        if not self._facts[_ONE].plugged:
            self._stopped = False
            self._keep_cable()
        if self.decides():
            self._follow_back_end(connector)
        else:
            self._follow_station(connector)

    def save(self) -> None:
        """Write what has changed, if no contactor is closed."""
        if self._unsaved and self._app.station.contactors.proven_open():
            try:
                self._store.save({"inoperative": self._inoperative})
                self._unsaved = False
            except OSError:
                # The next step tries again.
                pass

    def leave(self) -> None:
        """Let somebody else decide about cards."""
        access = self._app.gate.access
        if access is not None and access.authoriser is self:
            access.authoriser = None
            access.promised = ""
            self._keep_cable()

    def _find_last(self, number: int) -> None:
        """Let a transaction end when its session was last known to go on: that is noted while contactors are closed."""
        running = self.cp.connectors[number].transaction if self.cp else None
        seen_s = self._app.sessions.open.record.end_s
        if running is not None and running.last[1] == 0 and seen_s > running.last[0]:
            running.last = (seen_s, 0)

    def _grant(self) -> None:
        gate = self._app.gate
        if gate.access is None:
            # The mode was chosen a moment ago.
            gate.configure()
        running = self.cp.connectors[_ONE].transaction  # pyright: ignore[reportOptionalMemberAccess]
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
                if self._facts[_ONE].plugged:
                    self._grant()
            else:
                self.cp.stop(_ONE, "Local", running.id_tag)  # pyright: ignore[reportOptionalMemberAccess]

    def _may_stay(self, owner: str, connector) -> bool:
        """Let a car charge on whose card was accepted before the back end decided, until that has decided about it."""
        cp = self.cp
        up_s = self._app.station.uptime_s
        if cp is None or not self._facts[_ONE].plugged:
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
                self.cp.stop(_ONE, "Local", self._last_owner)  # pyright: ignore[reportOptionalMemberAccess]

    def _start_locally(self, owner: str, connector) -> None:
        """Begin a transaction that nobody has to allow."""
        facts = self._facts[_ONE]
        if facts.plugged and not facts.faulted and not connector.id_tag:
            cp = self.cp
            if cp is not None and cp.transactions.can_start():
                cp.start_locally(owner or cp.config.text("FreeVendIdTag") or _NOBODY, _ONE)
