"""Claims of the inputs of the site: IN1 and IN2, and the SWITCH input as the grid operator's relay."""

from micropython import const

from evse.core import limits as lim
from evse.core.config import SWITCH_GRID_RELAY, Config
from evse.core.inputs_filter import MainsSignal, Steady
from evse.core.shedding import grid_relay_ma, shed_ma

# Relays do not change at one instant: what counts is a combination that lasts.
_SHED_STEADY_MS = const(200)


class SiteInputs:
    """Own the claims SHED and GRID_RELAY."""

    def __init__(self, limits, config: Config) -> None:
        self._limits = limits
        self._in1 = MainsSignal()
        self._in2 = MainsSignal()
        self._shed = Steady(_SHED_STEADY_MS)
        self._config = config
        self._full_ma = 6000
        self._too_little = False
        # True until `claim_relay` has seen the present state of the relay.
        self.relay_changed = True

    def configure(self, config: Config, full_ma: int) -> None:
        """Take the settings over; `full_ma` is the highest current the station itself may give."""
        self._config = config
        self._full_ma = full_ma
        self.relay_changed = True
        self._claim_shed()

    def step(self, dt_ms: int, inputs) -> None:
        """Take the samples of one control step."""
        level = 1 if self._in1.step(inputs.in1, dt_ms) else 0
        if self._in2.step(inputs.in2, dt_ms):
            level += 2
        if self._shed.step(level, dt_ms):
            self._claim_shed()

    def claim_relay(
        self, closed: bool, phases: int, most_phases: int, minimum_ma: int, voltage_dv: int
    ) -> bool:
        """Claim for the relay with so many phases in use; return True when it leaves `most_phases` too little."""
        self.relay_changed = False
        if self._config.switch != SWITCH_GRID_RELAY or closed:
            self._limits.release(lim.GRID_RELAY)
            self._too_little = False
            return False
        self._limits.claim(lim.GRID_RELAY, grid_relay_ma(phases, voltage_dv))
        # It stays so until the relay closes, or a voltage that sways would switch phases.
        self._too_little = self._too_little or grid_relay_ma(most_phases, voltage_dv) < minimum_ma
        return self._too_little

    def next_ms(self) -> int:
        """Return the time until something changes with the same samples, or -1."""
        next_ms = -1
        for left_ms in (
            self._in1.next_ms(),
            self._in2.next_ms(),
            self._shed.next_ms(),
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _claim_shed(self) -> None:
        level = max(self._shed.value, 0)
        if self._config.shed_active_low:
            level = 3 - level
        self._limits.claim(lim.SHED, shed_ma(level, self._full_ma))
