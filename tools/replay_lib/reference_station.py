"""The reference as a whole: meters in, its 10 ms, 1 s and 2 s cycles, outputs to the car (sections 2.4, 3.1, 3.8)."""

from evse.core.pilot import duty_permille, offered_ma
from replay_lib.plant import Plant
from replay_lib.reference import (
    ACTSTART,
    B1,
    C1,
    CAP_FLANDERS,
    NORMAL,
    QUARTER_S,
    SOLAR,
    A,
    B,
    C,
    Currents,
    Limits,
    flanders_capacity_a,
)
from replay_lib.reference_states import ASKS_V, CONNECTED_V, UNPLUGGED_V, States

LESS_6A_DELAY_S = 60
MAINS_TIMEOUT_S = 11
ENERGY_EVERY_S, FIRST_PEAK_W = 120, 2500


class ReferenceStation:
    """The reference, driving the car and the contactors of a plant."""

    name = "reference"

    def __init__(self, plant: Plant, limits: Limits, first_ms: int) -> None:
        """Start in state A; the second tick comes at `first_ms` and every 1000 ms after."""
        self.currents = Currents(limits)
        self._states = States(self.currents, limits, plant.world)
        self._limits = limits
        self._plant = plant
        self._world = plant.world
        self._battery_da = 0
        self._second_ms = first_ms
        self._odd = False
        self._mains_left_s = MAINS_TIMEOUT_S
        self._energy_s = 0
        self._peak_w = FIRST_PEAK_W
        self._quarter = -1
        self._quarter_start_wh = 0

    # What it is told

    def mains_reading(self, mains_ma: list[int]) -> None:
        """Take phase currents in mA."""
        self.currents.measure([round(current_ma / 100) for current_ma in mains_ma], self._battery_da)
        self._mains_left_s = MAINS_TIMEOUT_S
        self._states.ct_nocomm = False

    def battery_reading(self, current_ma: int) -> None:
        """Take the current of the home battery, charging positive."""
        self._battery_da = round(current_ma / 100)

    def car_reading(self, car_ma: list[int], power_w: int) -> None:
        """Ignore the EV meter: the reference only counts energy with it."""

    def wall_time(self, unix_s: int) -> None:
        """Recompute the capacity when the meter's energy arrives, every two minutes (3.8)."""
        if self._limits.cap_mode != CAP_FLANDERS:
            return
        used_wh = self._plant.import_wh()
        quarter = unix_s // QUARTER_S
        if quarter != self._quarter:
            if self._quarter >= 0:
                average_w = (used_wh - self._quarter_start_wh) * 4
                self._peak_w = max(self._peak_w, average_w)
            self._quarter = quarter
            self._quarter_start_wh = used_wh
        self._energy_s -= 1
        if self._energy_s <= 0:
            self._energy_s = ENERGY_EVERY_S
            left_s = QUARTER_S - unix_s % QUARTER_S
            used_here_wh = used_wh - self._quarter_start_wh
            self.currents.capacity_a = flanders_capacity_a(self._peak_w, used_here_wh, left_s)

    # What it does

    def step(self, now_ms: int) -> None:
        """Do the 10 ms tick, and the second's when it is due."""
        self._world.step(self._plant.clock.now)
        self._states.tick()
        if now_ms >= self._second_ms:
            self._second_ms += 1000
            self._second()
            self._odd = not self._odd
            if self._odd:
                self._cycle()
        self._world.drive_pilot(self._states.permille, self._states.pilot_on)

    def next_ms(self, now_ms: int) -> int:
        """Return how long ticks change nothing, in ms; 0 for not at all."""
        states, state = self._states, self.currents.state
        level_v = self._world.car.level_v()
        if state in (A, B1):
            waits = states.pilot_off_s if not states.pilot_on else states.blocked() or states.delay_s
            quiet = (waits and level_v != UNPLUGGED_V) or (state == A and level_v == UNPLUGGED_V)
        elif state == B:
            quiet = level_v == CONNECTED_V and states.wake_s != 0
        elif state == ACTSTART:
            quiet = states.pulse_s > 0
        else:
            quiet = level_v == ASKS_V
        return self._second_ms - now_ms if quiet else 0

    @property
    def state(self) -> str:
        """Return the name of the state."""
        return self.currents.state

    @property
    def offered_ma(self) -> int:
        """Return what the pilot offers in mA."""
        return offered_ma(self._states.permille) if self._states.pilot_on else 0

    @property
    def ruling(self) -> str:
        """Return the name of the limit that rules."""
        return self.currents.rules

    def timers_s(self) -> tuple[int, int, int]:
        """Return charge delay, solar stop and capacity stop in seconds."""
        return self._states.delay_s, self.currents.solar_stop_s, self.currents.capacity_stop_s

    # 1 s (2.4) and 2 s (3.1)

    def _second(self) -> None:
        currents, states, solar = self.currents, self._states, self._limits.mode == SOLAR
        states.count_down()
        if currents.solar_stop_s:
            currents.solar_stop_s -= 1
            if not currents.solar_stop_s:
                self._stop_for_power()
        currents.charging_s = currents.charging_s + 1 if currents.state == C else 0
        if currents.capacity_stop_s:
            currents.capacity_stop_s -= 1
            if not currents.capacity_stop_s:
                self._stop_for_power()
        if currents.less_6a and currents.available():
            currents.less_6a = False
        if solar and states.delay_s and not currents.less_6a and not currents.available():
            currents.less_6a = True
        if self._mains_left_s:
            self._mains_left_s -= 1
        elif self._limits.mode != NORMAL:
            states.ct_nocomm = True
        if states.blocked():
            self._power_unavailable()
            if currents.less_6a:
                states.delay_s = LESS_6A_DELAY_S

    def _stop_for_power(self) -> None:
        if self.currents.state == C:
            self._states.enter_c1()
        self.currents.less_6a = True

    def _power_unavailable(self) -> None:
        state = self.currents.state
        if state == C:
            self._states.enter_c1()
        elif state not in (A, B1, C1):
            self._states.enter_b1()

    def _cycle(self) -> None:
        """End a poll cycle: regulate and write the offer."""
        currents = self.currents
        currents.regulate()
        if currents.stop_asked:
            currents.stop_asked = False
            if currents.state == C:
                self._states.enter_c1()
        if currents.state in (B, C):
            self._states.permille = duty_permille(currents.balanced_da * 100)
