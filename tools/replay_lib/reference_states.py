"""The reference's charging states: SmartEVSE v3 sheet, sections 2.2, 2.3 and 3.7.

Only what matters for the current: one standalone station, access on, no faults but those of power and meter.
"""

from evse.core.pilot import duty_permille
from replay_lib.reference import ACTSTART, AUTO, B1, C1, SMART, A, B, C, Currents, Limits

ASK_TICKS = 51
B1_DELAY_S, C1_DELAY_S, PILOT_OFF_S = 3, 15, 5
# Counted down from 6, then one more second.
C1_TIMEOUT_S = 7
WAKE_WAIT_S, WAKE_PULSE_S = 30, 3
STATIC_HIGH, STATIC_LOW = 1000, 0
UNPLUGGED_V, CONNECTED_V, ASKS_V = 12, 9, 6


class States:
    """State, timers in whole seconds, pilot and contactors; `tick` comes every 10 ms."""

    def __init__(self, currents: Currents, limits: Limits, world) -> None:
        self._currents = currents
        self._limits = limits
        self._world = world
        self._ask_ticks = 0
        self._diode_seen = False
        self.delay_s = self.stop_s = self.pilot_off_s = 0
        # Counts down to the pulse; -1 is off.
        self.wake_s = -1
        self.pulse_s = 0
        self.permille = STATIC_HIGH
        self.pilot_on = True
        self.ct_nocomm = False

    # 10 ms (2.3)

    def tick(self) -> None:
        """Make the transitions of 10 ms."""
        level_v = self._world.car.level_v()
        state = self._currents.state
        if state in (A, B1):
            self._tick_idle(level_v)
        elif level_v == UNPLUGGED_V and state != ACTSTART:
            self.enter_a()
        elif state == B:
            self._tick_connected(level_v)
        elif state == C1 and level_v == CONNECTED_V:
            self.enter_b1()
        elif state == ACTSTART and not self.pulse_s:
            self.enter_b()
        elif state == C and level_v == CONNECTED_V:
            self.enter_b()

    def _tick_idle(self, level_v: int) -> None:
        if not self.pilot_on:
            if not self.pilot_off_s:
                self.pilot_on = True
        elif level_v == UNPLUGGED_V:
            if self._currents.state != A:
                self.enter_a()
            self.delay_s = 0
        elif level_v == CONNECTED_V:
            if self.blocked() or self.delay_s:
                if self._currents.state != B1:
                    self.enter_b1()
            elif self._currents.available():
                limits = self._limits
                start_a = limits.cable if limits.max > limits.cable else limits.min
                self._currents.balanced_max_da = limits.cable * 10
                self._currents.balanced_da = start_a * 10
                self.wake_s = WAKE_WAIT_S
                self.enter_b()
            else:
                self._currents.less_6a = True

    def _tick_connected(self, level_v: int) -> None:
        self._diode_seen = self._diode_seen or self.permille < STATIC_HIGH
        if level_v != ASKS_V:
            self._ask_ticks = 0
            if not self.wake_s:
                self.wake_s = -1
                self.permille = STATIC_LOW
                self.pulse_s = WAKE_PULSE_S
                self._currents.state = ACTSTART
            return
        self._ask_ticks += 1
        if self._ask_ticks < ASK_TICKS or not self._diode_seen or self.blocked() or self.delay_s:
            return
        if not self._currents.available():
            self._currents.less_6a = True
            return
        self._currents.balanced_da = self._limits.min * 10
        self._currents.regulate(new=True)
        self.enter_c()

    def blocked(self) -> bool:
        """Tell whether an error keeps the car from charging."""
        return self._currents.less_6a or self.ct_nocomm

    def count_down(self) -> None:
        """Count the timers at the end of a second."""
        self.wake_s -= 1 if self.wake_s > 0 else 0
        self.pulse_s -= 1 if self.pulse_s > 0 else 0
        self.pilot_off_s -= 1 if self.pilot_off_s > 0 else 0
        self.delay_s -= 1 if self.delay_s > 0 else 0
        if self._currents.state == C1:
            self.stop_s -= 1
            if self.stop_s <= 0:
                self.enter_b1()

    # Entries (2.2, 3.7)

    def enter_a(self) -> None:
        """No car."""
        self._currents.state = A
        self._currents.less_6a = False
        self.permille = STATIC_HIGH
        self.delay_s = 0
        self.wake_s = -1
        self._currents.phases = 1 if self._currents.single_phase() else 3
        self._currents.pending_phases = 0
        self._switch(False)

    def enter_b1(self) -> None:
        """Keep a car waiting; its pilot goes away for 5 s."""
        if not self.delay_s:
            self.delay_s = B1_DELAY_S
        if self._currents.state != B1 and self.pilot_on:
            self.pilot_on = False
            self.pilot_off_s = PILOT_OFF_S
        self._currents.state = B1
        self.permille = STATIC_HIGH
        self._switch(False)

    def enter_b(self) -> None:
        """Offer; the regulator's next cycle writes the duty."""
        currents = self._currents
        if currents.state == ACTSTART:
            self.wake_s = -1
        currents.state = B
        self._ask_ticks = 0
        self._diode_seen = False
        self.permille = STATIC_HIGH
        if self._limits.contact2 == AUTO:
            surplus = -currents.isum_da >= 30 * self._limits.min + 30
            wanted = 3 if self._limits.mode == SMART or surplus else 1
            currents.pending_phases = wanted if wanted != currents.phases else 0
        self._switch(False)

    def enter_c(self) -> None:
        """Close, with the phases that were asked for."""
        currents = self._currents
        self.wake_s = -1
        if currents.pending_phases:
            currents.phases = currents.pending_phases
        currents.state = C
        currents.pending_phases = currents.solar_stop_s = currents.capacity_stop_s = 0
        self.permille = duty_permille(currents.balanced_da * 100)
        self._switch(True)

    def enter_c1(self) -> None:
        """Ask the car to stop."""
        self._currents.state = C1
        self.permille = STATIC_HIGH
        self.stop_s = C1_TIMEOUT_S
        self.delay_s = C1_DELAY_S

    def _switch(self, closed: bool) -> None:
        self._world.c1.set(closed)
        self._world.c2.set(closed and not self._currents.single_phase())
