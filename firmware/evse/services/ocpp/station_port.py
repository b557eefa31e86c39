"""The station as `ocpp16.charge_point` wants it."""

from micropython import const

from evse.core import lock
from evse.services.ocpp.decision import Decision
from evse.services.ocpp.facts import Facts, Meters, identity
from evse.settings.store import LOADED

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from ocpp16.charge_point import ChargePoint

SCHEMA = 1
_ONE = const(1)
# By then the pilot has told whether there is a car.
_SETTLED_S = const(3)
_CLOCK_OFF_S = const(2)


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
        self.decision = Decision(app, self, self._facts[_ONE])
        self.identity = identity(app)

    @property
    def idle(self) -> bool:
        """Tell whether the back end holds nothing here, and nothing waits to be written."""
        return self.decision.idle and not (self._unsaved or self._inoperative)

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
        """Tell whether its register was read after the contactors had opened."""
        return self.meters.settled()

    def permit(self, number: int, energy: bool, lock: bool) -> None:
        """Let the car have power, or not."""
        self.meters.ended()
        self.decision.permit(energy, lock)

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
        return self.decision.decides()

    def told(self, number: int, id_tag: str, status: str) -> None:
        """Show what became of a card."""
        self.decision.told(id_tag, status)

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

    # The station's own part

    def step(self) -> None:
        """Follow access and car; right after the step of the charge point."""
        self.save()
        if self.cp is not None:
            self.decision.step(self.cp.connectors[_ONE])

    def save(self) -> None:
        """Write what has changed, if no contactor is closed."""
        if self._unsaved and self._app.station.contactors.proven_open():
            try:
                self._store.save({"inoperative": self._inoperative})
                self._unsaved = False
            except OSError:
                # The next step tries again.
                pass

    def _find_last(self, number: int) -> None:
        """Let a transaction end when its session was last known to go on: that is noted while contactors are closed."""
        running = self.cp.connectors[number].transaction if self.cp else None
        seen_s = self._app.sessions.open.record.end_s
        if running is not None and running.last[1] == 0 and seen_s > running.last[0]:
            running.last = (seen_s, 0)
