"""Keeps the station in a Wi-Fi network: tries for ever, with pauses that grow, the strongest access point each time.

A state machine over `hal.api.Wifi` that never waits. The radio is switched on while no contactor is closed only,
because that holds the loop; what follows does not. To a stronger access point it moves while none is closed, because
an encrypted connection that a move breaks may have to wait for that.
"""

from micropython import const

from evse.core import ticks
from evse.log import log

OFF = const(0)
WAITING_TO_START = const(1)
SCANNING = const(2)
CONNECTING = const(3)
UP = const(4)
PAUSED = const(5)

NAMES = ("off", "waiting", "scanning", "connecting", "up", "paused")

_SCAN_MS = const(10000)
_CONNECT_MS = const(20000)
_PAUSE_MS = const(2000)
_MOST_PAUSE_MS = const(60000)
# So long a connection lasts before the pauses begin anew, or an access point that drops everybody is never given rest.
_STEADY_MS = const(30000)
# An access point that is weaker than this for so long is worth a look around, which leaves its channel for 2 s.
_WEAK_DBM = const(-75)
_WEAK_MS = const(60000)
_LOOK_AGAIN_MS = const(600000)
_BETTER_DB = const(10)

_PROBLEMS = {
    "wrong_password": "wrong password",
    "not_found": "network not found",
    "no_address": "the network gives no address (DHCP)",
    "lost": "the access point refuses",
    "connecting": "the access point does not answer",
}


class WifiSupervisor:
    """One radio; `may_hold()` tells whether it may be switched on now.

    `state` is one of OFF to PAUSED; `problem` says in plain words why it is not up. `bssid` is the access point that
    was chosen, as hexadecimal digits, "" where the driver chose.
    """

    def __init__(self, radio, may_hold) -> None:
        self._radio = radio
        self._may_hold = may_hold
        self._password = ""
        self._since = 0
        self._pause_ms = _PAUSE_MS
        # While it is up: time of the last step, for how long the signal has been weak, until when nobody looks around
        # again, and for how long somebody has looked, -1 for nobody.
        self._seen = 0
        self._weak_ms = 0
        self._rest_ms = 0
        self._look_ms = -1
        self.ssid = ""
        self.bssid = ""
        self.state = OFF
        self.problem = ""
        self.rssi_dbm = 0

    @property
    def is_up(self) -> bool:
        """True while the station is in the network."""
        return self.state == UP

    def configure(self, ssid: str, password: str, now: int) -> None:
        """Join this network, or none for the empty name; the same again changes nothing."""
        if (ssid, password) == (self.ssid, self._password):
            return
        self.ssid = ssid
        self._password = password
        self.problem = ""
        self._pause_ms = _PAUSE_MS
        if ssid:
            self._enter(WAITING_TO_START, now)
        else:
            self.stop(now)

    def stop(self, now: int) -> None:
        """Leave the network and stay off until there is another one."""
        self.ssid = self._password = ""
        self.rssi_dbm = 0
        if self.state != OFF:
            self._enter(OFF, now)
            try:
                self._radio.disconnect()
            except OSError as error:
                log.write("Wi-Fi: %s" % error)

    def step(self, now: int) -> None:
        """Go on, at least four times a second."""
        if self.state == OFF:
            return
        try:
            self._step(now)
        except OSError as error:
            self._fail("the radio refuses: %s" % error, now)

    def _step(self, now: int) -> None:
        passed_ms = ticks.diff(now, self._since)
        if self.state == WAITING_TO_START:
            if self._radio.started or self._may_hold():
                self._radio.start()
                self._begin(now)
        elif self.state == SCANNING:
            found = self._radio.networks()
            if found is not None or passed_ms >= _SCAN_MS:
                self._connect(found or (), now)
        elif self.state == CONNECTING:
            self._watch_attempt(passed_ms, now)
        elif self.state == UP:
            self._watch_link(passed_ms, now)
            if self.state == UP:
                self._look_for_better(now)
        elif passed_ms >= self._pause_ms:
            self._pause_ms = min(2 * self._pause_ms, _MOST_PAUSE_MS)
            self._begin(now)

    def _begin(self, now: int) -> None:
        self._radio.start_scan()
        self._enter(SCANNING, now)

    def _connect(self, found, now: int) -> None:
        """Join by the strongest access point; one that hides its name is not among those found, and found by it."""
        best = self._strongest(found)
        self.bssid = _hex(best[1]) if best else ""
        self._radio.connect(self.ssid, self._password, best[1] if best else None)
        self._enter(CONNECTING, now)

    def _watch_attempt(self, passed_ms: int, now: int) -> None:
        state = self._radio.state()
        if state == "up":
            self.problem = ""
            self._enter(UP, now)
            log.write("Wi-Fi: connected to %s" % self.ssid)
        elif state in ("connecting", "no_address"):
            if passed_ms >= _CONNECT_MS:
                self._fail(_PROBLEMS[state], now)
        else:
            self._fail(_PROBLEMS.get(state, _PROBLEMS["lost"]), now)

    def _watch_link(self, passed_ms: int, now: int) -> None:
        if self._radio.state() == "up":
            self.rssi_dbm = self._radio.rssi_dbm()
            return
        if passed_ms >= _STEADY_MS:
            self._pause_ms = _PAUSE_MS
        self._fail("the connection was lost", now)

    def _look_for_better(self, now: int) -> None:
        dt_ms = ticks.diff(now, self._seen)
        self._seen = now
        self._rest_ms = max(0, self._rest_ms - dt_ms)
        self._weak_ms = self._weak_ms + dt_ms if self.rssi_dbm < _WEAK_DBM else 0
        if self._look_ms >= 0:
            self._look_ms += dt_ms
            found = self._radio.networks()
            if found is not None or self._look_ms >= _SCAN_MS:
                self._look_ms = -1
                self._move(found or (), now)
        elif self._weak_ms >= _WEAK_MS and not self._rest_ms and self._may_hold():
            self._rest_ms = _LOOK_AGAIN_MS
            try:
                self._radio.start_scan()
                self._look_ms = 0
            except OSError as error:
                # It is connected none the less.
                log.write("Wi-Fi: %s" % error)

    def _move(self, found, now: int) -> None:
        """Join a stronger access point, if there is one by far and nothing has begun meanwhile."""
        best = self._strongest(found)
        if (
            best
            and self._weak_ms >= _WEAK_MS
            and best[2] >= self.rssi_dbm + _BETTER_DB
            and _hex(best[1]) != self.bssid
            and self._may_hold()
        ):
            log.write("Wi-Fi: a stronger access point, %d instead of %d dBm" % (best[2], self.rssi_dbm))
            self._connect(found, now)

    def _strongest(self, found) -> "tuple | None":
        best = None
        for point in found:
            if point[0] == self.ssid and (best is None or point[2] > best[2]):
                best = point
        return best

    def _fail(self, problem: str, now: int) -> None:
        """Pause, and tell when it is something new."""
        if problem != self.problem:
            log.write("Wi-Fi: %s" % problem)
        self.problem = problem
        self._enter(PAUSED, now)

    def _enter(self, state: int, now: int) -> None:
        self.state = state
        self._since = self._seen = now
        self._weak_ms = 0
        self._look_ms = -1
        if state != UP:
            self.rssi_dbm = 0


def _hex(bssid: bytes) -> str:
    return ":".join(["%02X" % byte for byte in bssid])
