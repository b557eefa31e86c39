"""Solar mode: when there is enough sun to start, how much current it gives, and when there is too little to go on.

The sum of the phases at the house connection, corrected for a home battery, is held at IMPORT. START, STOP
and IMPORT as in the SmartEVSE v3 sheet, sections 3.2 to 3.5.
"""

from micropython import const

from evse.core.limits import NO_LIMIT

# A start that has just been made is held at the minimum for so long.
_SETTLE_MS = const(40000)
_RISE_MA = const(500)
_READINGS_TO_START = const(2)
_SECOND = const(1000)


class Sun:
    """Follow the surplus; `claim_ma` is what the sun gives per phase, 0 while it gives too little."""

    def __init__(self) -> None:
        self.start_ma = 4000
        self.stop_ms = 600000
        self.import_ma = 0
        self.minimum_ma = 6000
        self.claim_ma = 0
        self.running = False
        # Sum of the phases that the car may draw so that the connection stays at IMPORT.
        self.sum_ma = 0
        self.stop_left_ms = 0
        self._after_stop = False
        self._settle_ms = 0
        self._ready = 0
        self._lost = 0
        # True once the contactor was closed since the start.
        self._charged = False

    def configure(self, start_ma: int, stop_ms: int, import_ma: int, minimum_ma: int) -> None:
        """Take the settings over; a timer that runs is never longer than the new STOP."""
        self.start_ma = start_ma
        self.stop_ms = stop_ms
        self.import_ma = import_ma
        self.minimum_ma = minimum_ma
        if self.stop_left_ms > stop_ms:
            self.stop_left_ms = stop_ms

    def reset(self) -> None:
        """Begin anew: no car, or another mode."""
        self.running = False
        self.claim_ma = 0
        self.stop_left_ms = 0
        self._after_stop = False
        self._settle_ms = 0
        self._ready = 0
        self._lost = 0

    def go_on(self, claim_ma: int) -> None:
        """Go on with a charge that another mode began; if there is too little sun, STOP runs."""
        self.running = True
        self.claim_ma = claim_ma
        self._charged = True

    def forget_stop(self) -> None:
        """Let STOP begin anew: somebody at the station wants to go on."""
        self.stop_left_ms = 0
        self._lost = 0

    def step(self, dt_ms: int) -> None:
        """Count the timers."""
        if self._settle_ms > 0:
            self._settle_ms -= dt_ms
        if self.stop_left_ms > 0:
            self.stop_left_ms -= dt_ms
            if self.stop_left_ms <= 0:
                self.stop_left_ms = 0
                self._stop()

    def next_ms(self) -> int:
        """Return the time to the next change of a timer as shown in seconds, or -1."""
        if self.stop_left_ms > 0:
            return self.stop_left_ms % _SECOND or _SECOND
        return -1

    def update(self, sum_ma: int, draw_ma: int, phases: int, charging: bool, trusted: bool) -> None:
        """Take a new reading.

        `sum_ma` is the corrected sum at the connection, `draw_ma` the car's part of it, `phases` on how many
        it draws or will draw; `trusted` is False while the car may not have followed the last change.
        """
        self.sum_ma = draw_ma + self.import_ma - sum_ma
        if not self.running:
            self._look_for_start(sum_ma, phases)
        elif not charging:
            self._wait_for_car(sum_ma)
        if not self.running:
            return
        self._follow(phases, charging and trusted)
        if charging:
            self._charged = True
            self._watch_for_lack(sum_ma)
        else:
            self.stop_left_ms = 0

    def extend(self) -> None:
        """Begin the stop timer anew: something else is tried before."""
        if self.stop_left_ms > 0:
            self.stop_left_ms = self.stop_ms

    def _look_for_start(self, sum_ma: int, phases: int) -> None:
        enough = sum_ma <= -self.start_ma
        if self._after_stop and self.sum_ma < self.minimum_ma * phases:
            # START alone was not enough last time: now the minimum must be covered.
            enough = False
        self._ready = self._ready + 1 if enough else 0
        if self._ready >= _READINGS_TO_START:
            self.running = True
            self._charged = False
            self._lost = 0
            self._settle_ms = _SETTLE_MS
            self.claim_ma = self.minimum_ma

    def _wait_for_car(self, sum_ma: int) -> None:
        # The car does not draw, and without it there is no surplus any more.
        self._settle_ms = _SETTLE_MS
        least_ma = 0 if self._charged else -self.start_ma
        self._lost = self._lost + 1 if sum_ma > least_ma else 0
        if self._lost >= _READINGS_TO_START:
            self.running = False
            self._ready = 0
            self.claim_ma = 0

    def _follow(self, phases: int, may_change: bool) -> None:
        share_ma = self.sum_ma // phases
        least_ma = self.minimum_ma
        if share_ma < least_ma or self._settle_ms > 0:
            share_ma = least_ma
        claim_ma = self.claim_ma
        if claim_ma < least_ma or (share_ma == least_ma and self._settle_ms > 0):
            self.claim_ma = share_ma
        elif may_change and (share_ma < claim_ma or share_ma > claim_ma + _RISE_MA):
            self.claim_ma = min(share_ma, NO_LIMIT)

    def _watch_for_lack(self, sum_ma: int) -> None:
        lacks = (
            self.claim_ma <= self.minimum_ma
            and sum_ma > self.import_ma
            and sum_ma > self.minimum_ma - self.start_ma
        )
        if not lacks or self.stop_ms == 0:
            self.stop_left_ms = 0
        elif self.stop_left_ms == 0:
            self.stop_left_ms = self.stop_ms

    def _stop(self) -> None:
        self.running = False
        self.claim_ma = 0
        self._ready = 0
        self._after_stop = True
