"""Claims of the inputs of the site: IN1 and IN2, the switch as the grid operator's relay, the temperature."""

from micropython import const

from evse.core import limits as lim
from evse.core.config import Config
from evse.core.inputs_filter import MainsSignal, Steady
from evse.core.shedding import Derating, grid_relay_ma, shed_ma

SWITCH_GRID_RELAY = const(5)
# Relays do not change at one instant: what counts is a combination that lasts.
_SHED_STEADY_MS = const(200)
_SWITCH_STEADY_MS = const(100)
_NO_TEMP_MC = const(-1000000)


class SiteInputs:
    """Own the claims SHED, GRID_RELAY and TEMPERATURE."""

    def __init__(self, limits) -> None:
        self._limits = limits
        self._in1 = MainsSignal()
        self._in2 = MainsSignal()
        self._shed = Steady(_SHED_STEADY_MS)
        self._switch = Steady(_SWITCH_STEADY_MS)
        self._derating = Derating()
        self._config = Config()
        self._full_ma = 6000
        self._temp_mc = _NO_TEMP_MC
        # True until `claim_relay` has seen the present state of the relay.
        self.relay_changed = True

    def configure(self, config: Config, full_ma: int) -> None:
        """Take the settings over; `full_ma` is the highest current the station itself may give."""
        self._config = config
        self._full_ma = full_ma
        self._temp_mc = _NO_TEMP_MC
        self.relay_changed = True
        self._claim_shed()

    def step(self, dt_ms: int, inputs) -> None:
        """Take the samples of one control step."""
        level = 1 if self._in1.step(inputs.in1, dt_ms) else 0
        if self._in2.step(inputs.in2, dt_ms):
            level += 2
        if self._shed.step(level, dt_ms):
            self._claim_shed()
        if self._switch.step(1 if inputs.switch else 0, dt_ms):
            self.relay_changed = True
        if inputs.temp_mc != self._temp_mc:
            self._temp_mc = inputs.temp_mc
            max_temp_mc = self._config.max_temp_c * 1000
            limit_ma = self._derating.update(self._temp_mc, max_temp_mc, self._full_ma)
            self._limits.claim(lim.TEMPERATURE, limit_ma)

    def claim_relay(self, phases: int, voltage_dv: int) -> bool:
        """Claim for the relay with so many phases in use; return True while it limits."""
        self.relay_changed = False
        if self._config.switch != SWITCH_GRID_RELAY or self._switch.value:
            self._limits.release(lim.GRID_RELAY)
            return False
        self._limits.claim(lim.GRID_RELAY, grid_relay_ma(phases, voltage_dv))
        return True

    def next_ms(self) -> int:
        """Return the time until something changes with the same samples, or -1."""
        next_ms = -1
        for left_ms in (
            self._in1.next_ms(),
            self._in2.next_ms(),
            self._shed.next_ms(),
            self._switch.next_ms(),
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _claim_shed(self) -> None:
        level = max(self._shed.value, 0)
        if self._config.shed_active_low:
            level = 3 - level
        self._limits.claim(lim.SHED, shed_ma(level, self._full_ma))
