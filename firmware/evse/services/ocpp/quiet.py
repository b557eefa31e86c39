"""When a charge point has had nothing to do for long enough to go out of memory."""

from ocpp16 import resting

# Nothing has to be under way for so long.
QUIET_S = 30


class Quiet:
    """Looks at a ChargePoint, the StationPort, Parts and MessageSpace that belong to it."""

    def __init__(self, app, cp, station, parts, space) -> None:
        self._app = app
        self._cp = cp
        self._station = station
        self._parts = parts
        self._space = space
        self._busy_s = self._looked_s = -1

    def long_enough(self, link) -> bool:
        """Tell, once a second, whether there was nothing to do for a while; `link` is its Link, None without."""
        cp = self._cp
        up_s = cp.now.up_s
        if up_s == self._looked_s:
            return False
        self._looked_s = up_s
        if not (
            link is not None
            and link.idle
            and link.client.connected
            and self._station.idle
            and resting.may_rest(cp)
            and self._parts.idle
            and not self._space.held
            and not self._app.restarting
        ):
            self._busy_s = up_s
        return up_s - max(self._busy_s, cp.asked_s) >= QUIET_S
