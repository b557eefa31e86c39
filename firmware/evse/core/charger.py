"""The charging state machine: facts about the car, access and limits in, offers and contactor wishes out.

IEC 61851-1 Annex A with the states, times and transitions of the SmartEVSE v3 sheet, section 2. Where the
sheet lists a defect (section 11) or leaves the contactor closed on an unknown pilot, this machine opens.
"""

from micropython import const

from evse.core import faults as f
from evse.core import states as s
from evse.core.pilot import STATIC_HIGH, STATIC_LOW, V3, V6, V9, V12, duty_permille

DELAY_NO_POWER_MS = const(60000)
DELAY_STOP_MS = const(15000)
DELAY_B1_MS = const(3000)
PILOT_OFF_MS = const(5000)
STOP_TIMEOUT_MS = const(6000)
VENTILATION_TIMEOUT_MS = const(3000)
WAKE_WAIT_MS = const(30000)
WAKE_PULSE_MS = const(3000)
_PILOT_SETTLE_MS = const(30)
_NONE = const(-1)


class Charger:
    """Hold the state and its timers; `step` is called every control step after the facts are updated."""

    def __init__(self, pilot, limits, faults, ventilated: bool) -> None:
        self._pilot = pilot
        self._limits = limits
        self._faults = faults
        self._ventilated = ventilated
        self.state = s.A
        self.access = s.ACCESS_ON
        self.permille = STATIC_HIGH
        self.pilot_connected = True
        self.close = False
        self.no_power = False
        self.charge_delay_ms = 0
        self.session_started = False
        self.session_ended = False
        # The step after the one that ends the delay acts on it.
        self._delay_over = False
        self._stop_ms = 0
        self._wake_ms = _NONE
        self._pulse_ms = 0
        self._pilot_off_ms = 0
        self._settle_ms = 0
        # Facts of this step, set by the caller.
        self.cable_known = True
        self.cable_lost = False
        self.locked = True
        self.phases_differ = False
        self.held = False

    def observable(self) -> bool:
        """Return True when the pilot's level tells something about the car."""
        return self.pilot_connected and self.permille != STATIC_LOW and self._settle_ms <= 0

    def stop(self) -> None:
        """End the present charge; the car may start again after the stop delay."""
        state = self.state
        if state == s.C or state == s.D:
            self._enter_c1(STOP_TIMEOUT_MS)
        elif state == s.B or state == s.ACTSTART:
            self._enter_b1()
        if self.charge_delay_ms < DELAY_STOP_MS and self.state != s.A:
            self.charge_delay_ms = DELAY_STOP_MS

    def skip_delay(self) -> None:
        """Wait no longer for a delay, unless there is no current."""
        if self._limits.limit_ma > 0:
            self.no_power = False
            self.charge_delay_ms = 0

    def connected(self) -> bool:
        """Return True while a car is known to be plugged in."""
        return self.state != s.A or self._plugged(self._pilot.level)

    def step(self, dt_ms: int) -> None:
        """Make the transitions that the facts ask for."""
        self.session_started = False
        self.session_ended = False
        self._delay_over = False
        if self._settle_ms > 0:
            self._settle_ms -= dt_ms
        active = self._faults.active
        if active & self._faults.open_mask or self.cable_lost:
            self._emergency(active)
        state = self.state
        if state == s.C or state == s.D:
            self._step_c(active)
        elif state == s.A:
            self._step_a(active)
        elif state == s.B:
            self._step_b(active, dt_ms)
        elif state == s.B1:
            self._step_b1(active, dt_ms)
        elif state == s.C1:
            self._step_c1(dt_ms)
        elif state == s.ACTSTART:
            self._step_wake(active, dt_ms)
        else:
            self._step_pilot_fault(active)
        self._count_delay(dt_ms)
        self._offer()

    # Transitions per state

    def _step_a(self, active: int) -> None:
        if not self._plugged(self._pilot.level) or self.access != s.ACCESS_ON or not self.cable_known:
            return
        if self._may_offer(active):
            self._enter_b(True)
        else:
            self._enter_b1()

    def _step_b1(self, active: int, dt_ms: int) -> None:
        if not self.pilot_connected:
            self._pilot_off_ms -= dt_ms
            if self._pilot_off_ms <= 0:
                self.pilot_connected = True
                self._settle_ms = _PILOT_SETTLE_MS
            return
        level = self._pilot.level
        if level == V12:
            self._enter_a()
        elif self._wants_offer(level) and self.access == s.ACCESS_ON and self._may_offer(active):
            self._enter_b(True)

    def _step_b(self, active: int, dt_ms: int) -> None:
        level = self._pilot.level
        if self._wake_ms > 0:
            self._wake_ms -= dt_ms if self._wake_ms > dt_ms else self._wake_ms
        if level == V12:
            self._enter_a()
        elif self.access != s.ACCESS_ON or self.held or active & self._faults.stop_mask:
            self._enter_b1()
        elif self._limits.limit_ma == 0:
            self._lack_power()
        elif self._asks_power(level):
            if self._pilot.diode_ok and self.locked and self.charge_delay_ms == 0:
                self._enter_c(level)
        elif level == V3:
            # The car wants ventilation, which this station has not got.
            self._enter_b1()
        elif level == V9 and self._wake_ms == 0:
            self._enter_wake()

    def _step_c(self, active: int) -> None:
        level = self._pilot.level
        if level == V12:
            self._enter_a()
        elif level == V9:
            self._enter_b(False)
        elif self.access != s.ACCESS_ON or self.held or active & self._faults.stop_mask:
            self._enter_c1(STOP_TIMEOUT_MS)
        elif self._limits.limit_ma == 0:
            self._lack_power()
        elif self.phases_differ:
            self._enter_c1(STOP_TIMEOUT_MS)
        elif level == V3 and self.state == s.C:
            if self._ventilated:
                self.state = s.D
            else:
                self._enter_c1(VENTILATION_TIMEOUT_MS)
        elif level == V6:
            self.state = s.C

    def _step_c1(self, dt_ms: int) -> None:
        level = self._pilot.level
        self._stop_ms -= dt_ms
        if level == V12:
            self._enter_a()
        elif level == V9 or self._stop_ms <= 0:
            self._enter_b1()

    def _step_wake(self, active: int, dt_ms: int) -> None:
        if self._limits.limit_ma == 0:
            self._lack_power()
            return
        if self.access != s.ACCESS_ON or self.held or active & self._faults.stop_mask:
            self._enter_b1()
            return
        self._pulse_ms -= dt_ms
        if self._pulse_ms <= 0:
            self._enter_b(False)
            self._settle_ms = _PILOT_SETTLE_MS

    def _step_pilot_fault(self, active: int) -> None:
        if active & ((1 << f.PILOT_SHORT) | (1 << f.PILOT_LOST)):
            return
        if self._pilot.level == V12:
            self._enter_a()
        else:
            self._enter_b1()

    def _emergency(self, active: int) -> None:
        state = self.state
        if active & (1 << f.PILOT_SHORT):
            self._leave_for(s.E)
        elif active & (1 << f.PILOT_LOST):
            self._leave_for(s.F)
        elif state == s.C or state == s.D or state == s.B or state == s.C1 or state == s.ACTSTART:
            self._enter_b1()

    # Conditions

    def _plugged(self, level: int) -> bool:
        return level == V9 or level == V6 or level == V3

    def _asks_power(self, level: int) -> bool:
        return level == V6 or (level == V3 and self._ventilated)

    def _wants_offer(self, level: int) -> bool:
        return level == V9 or self._asks_power(level)

    def _may_offer(self, active: int) -> bool:
        if self._limits.limit_ma == 0:
            self._lack_power()
            return False
        return (
            not active & self._faults.stop_mask
            and self.charge_delay_ms == 0
            and not self.held
            and self._wants_offer(self._pilot.level)
        )

    # Entries

    def _enter_a(self) -> None:
        self.state = s.A
        self.close = False
        self.no_power = False
        self.charge_delay_ms = 0
        self._wake_ms = _NONE
        self.session_ended = True

    def _enter_b(self, wake: bool) -> None:
        self.state = s.B
        self.close = False
        self._pilot.rearm_diode()
        if self._pilot.level != V9:
            # A car that asks already must be seen asking while it is offered something.
            self._pilot.forget()
        # A car that stopped by itself, or was woken before, is left alone.
        self._wake_ms = WAKE_WAIT_MS if wake else _NONE

    def _enter_c(self, level: int) -> None:
        self.state = s.D if level == V3 else s.C
        self.close = True
        self._wake_ms = _NONE
        self.session_started = True

    def _enter_c1(self, timeout_ms: int) -> None:
        self.state = s.C1
        self._stop_ms = timeout_ms
        self.charge_delay_ms = DELAY_STOP_MS

    def _enter_b1(self) -> None:
        if self.charge_delay_ms == 0:
            self.charge_delay_ms = DELAY_B1_MS
        if self.state != s.B1 and self.access == s.ACCESS_ON and self.pilot_connected:
            # A pilot that goes away and comes back wakes cars that have given up.
            self.pilot_connected = False
            self._pilot.forget()
            self._pilot_off_ms = PILOT_OFF_MS
        self.state = s.B1
        self.close = False

    def _enter_wake(self) -> None:
        self.state = s.ACTSTART
        self._pilot.forget()
        self._pulse_ms = WAKE_PULSE_MS

    def _leave_for(self, state: int) -> None:
        self.state = state
        self.close = False
        self._wake_ms = _NONE

    def _lack_power(self) -> None:
        self.no_power = True
        if self.state == s.C or self.state == s.D:
            self._enter_c1(STOP_TIMEOUT_MS)
        elif self.state != s.A and self.state != s.B1:
            self._enter_b1()

    # Timers and outputs

    def _count_delay(self, dt_ms: int) -> None:
        if self.no_power:
            if self._limits.limit_ma == 0:
                self.charge_delay_ms = DELAY_NO_POWER_MS
                return
            self.no_power = False
        elif self.charge_delay_ms > 0:
            self.charge_delay_ms -= dt_ms if self.charge_delay_ms > dt_ms else self.charge_delay_ms
            self._delay_over = self.charge_delay_ms == 0

    def _offer(self) -> None:
        state = self.state
        if state == s.B or state == s.C or state == s.D:
            self.permille = duty_permille(self._limits.limit_ma)
        elif state == s.ACTSTART:
            self.permille = STATIC_LOW
        else:
            self.permille = STATIC_HIGH
        if state != s.B1 and state != s.C1 and not self.pilot_connected:
            self.pilot_connected = True
            self._settle_ms = _PILOT_SETTLE_MS

    def next_ms(self) -> int:
        """Return the time until a timer of this machine runs out or shows another second, or -1."""
        if self._delay_over:
            return 0
        next_ms = -1
        if self.charge_delay_ms > 0 and not (self.no_power and self._limits.limit_ma == 0):
            next_ms = self.charge_delay_ms % 1000 or 1000
        for left_ms in (
            self._settle_ms,
            self._pilot_off_ms if not self.pilot_connected else 0,
            self._stop_ms if self.state == s.C1 else 0,
            self._wake_ms if self.state == s.B else 0,
            self._pulse_ms if self.state == s.ACTSTART else 0,
        ):
            if left_ms > 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms
