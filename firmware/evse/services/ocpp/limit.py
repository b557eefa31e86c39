"""What the back end allows becomes claims: its charging profiles, and what counts while it is not there.

The claim of the profiles also holds a car that may not charge for another reason of the back end, where access does
not: after a remote stop in a mode that everybody may use, or while the station is out of service.
"""

from micropython import const

from evse.core import limits as lim

_PAUSED = "Stopped by the back end until the car is unplugged"
_OUT_OF_SERVICE = "Taken out of service by the back end"
_LOWEST = "Lowest"
NOTHING = const(0)
STOPPED = const(1)
INOPERATIVE = const(2)


class Limiter:
    """Keeps the claims OCPP and OFFLINE of `station`; `config` is a Configuration, `smart` a SmartCharging."""

    def __init__(self, station, settings, config, smart) -> None:
        self._station = station
        self._settings = settings
        self._config = config
        self._smart = smart
        self._seen = (-1, -1, -1)
        # Of the profiles: mA or -1, and which one.
        self.profile_ma = -1
        self.profile = ""
        # While no back end has accepted the station, else -1.
        self.offline_ma = -1

    def step(self, unix_s: int, is_accepted: bool, hold: int) -> None:
        """Claim what counts now; `hold` is NOTHING, STOPPED or INOPERATIVE."""
        station = self._station
        self._configure()
        ledger = station.limits
        if self._smart.ready:
            offer = self._smart.limit(unix_s)
            self.profile_ma = offer.limit_ma
            self.profile = "%d, %s" % (offer.profile_id, offer.purpose) if offer.purpose else ""
            claim_ma = offer.limit_ma if offer.limit_ma >= 0 else lim.NO_LIMIT
            text = "Charging profile %s" % self.profile if self.profile else ""
            if hold:
                claim_ma = 0
                text = _PAUSED if hold == STOPPED else _OUT_OF_SERVICE
            ledger.claim(lim.OCPP, claim_ma)
            ledger.notes[lim.OCPP] = text
        self.offline_ma = -1
        if not is_accepted and self._config.get("DisconnectedUpperLimitEnabled"):
            self.offline_ma = self._config.get("DisconnectedUpperLimit") * 1000
        ledger.claim(lim.OFFLINE, self.offline_ma if self.offline_ma >= 0 else lim.NO_LIMIT)
        station.changed = True

    def release(self) -> None:
        """Withdraw all claims."""
        ledger = self._station.limits
        for slot in (lim.OCPP, lim.OFFLINE):
            ledger.release(slot)
            ledger.notes.pop(slot, None)
        self._station.changed = True

    def _configure(self) -> None:
        """Tell the profiles what the station is like, when that has changed."""
        station = self._station
        seen = (self._settings.changes, self._config.changes, station.phases)
        if seen == self._seen:
            return
        self._seen = seen
        smart = self._smart
        smart.maximum_a = (
            min(
                station.limits.claimed_ma(lim.BOARD, 0),
                station.limits.claimed_ma(lim.INSTALLER, 0),
                station.limits.claimed_ma(lim.MAX_SETTING, 0),
            )
            // 1000
        )
        smart.phases = station.phases
        smart.accept_watts = self._config.get("SmartChargingWatts")
        smart.lowest = self._config.text("SmartChargingCombine") == _LOWEST
        smart.changed()
