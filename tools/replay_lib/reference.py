"""A model of the reference regulator, for comparison only: SmartEVSE v3 sheet, sections 3.1 to 3.8.

`reference_states` has the charging states around it. One standalone station. Currents are in 0.1 A (`_da`) and
whole, as in the sheet; its quotients truncate. Where the sheet leaves something open, the model takes what is better
for the reference.
"""

from dataclasses import dataclass

A, B, C, B1, C1, ACTSTART = "A", "B", "C", "B1", "C1", "ACTSTART"
NORMAL, SMART, SOLAR = 0, 1, 2
ALWAYS_OFF, SOLAR_OFF, AUTO = 1, 2, 4
CAP_FIXED, CAP_FLANDERS = 1, 3
SOLAR_START_S = 40
TO_ONE_PHASE_S, TO_THREE_PHASES_S = 30, 63
MOST_DA = 800
QUARTER_S, BELOW_PEAK_W, VOLTS = 900, 100, 230


@dataclass
class Limits:
    """Settings of the sheet, section 6, in A, s and W as there."""

    mode: int = NORMAL
    mains: int = 25
    min: int = 6
    max: int = 13
    start: int = 4
    stop_min: int = 10
    import_a: int = 0
    contact2: int = 3
    cap_mode: int = 0
    capacity: int = 0
    cap_stop_min: int = 0
    cable: int = 32


def trunc(number: int, divisor: int) -> int:
    """Return a quotient truncated towards zero, as C divides."""
    return number // divisor if number >= 0 else -(-number // divisor)


class Currents:
    """What the mains meter says, and the set-point that follows from it (3.1 to 3.6)."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.state = A
        self.phases = 1 if limits.contact2 == ALWAYS_OFF else 3
        # A switch that waits for the next entry of C: 0, 1 or 3 phases.
        self.pending_phases = 0
        self.isum_da = self.imeasured_da = 0
        self.fresh = False
        self.iset_da = self.balanced_da = self.balanced_max_da = 0
        self.capacity_a = limits.capacity if limits.cap_mode == CAP_FIXED else 0
        self.charging_s = self.solar_stop_s = self.capacity_stop_s = self.no_current = 0
        self.less_6a = False
        self.stop_asked = False
        self.rules = "max"

    def measure(self, mains_da: list[int], battery_da: int) -> None:
        """Take a measurement; the battery, charging positive, counts in Solar only (3.1)."""
        if self.limits.mode == SOLAR and battery_da:
            if self.limits.contact2 == ALWAYS_OFF:
                mains_da = [mains_da[0] - battery_da, *mains_da[1:]]
            else:
                mains_da = [current_da - trunc(battery_da, 3) for current_da in mains_da]
        self.isum_da = sum(mains_da)
        self.imeasured_da = max(mains_da)
        self.fresh = True

    def single_phase(self) -> bool:
        """Tell whether C2 stays open (3.7)."""
        contact2, mode = self.limits.contact2, self.limits.mode
        return (
            contact2 == ALWAYS_OFF
            or (contact2 == SOLAR_OFF and mode == SOLAR)
            or (contact2 == AUTO and self.phases == 1)
        )

    def total_da(self) -> int:
        """Return what the charging car may take."""
        return self.balanced_da if self.state == C else 0

    def available(self) -> bool:
        """Tell whether there is power for a car, or for one more (3.2)."""
        limits = self.limits
        active = 1 if self.state == C else 0
        total_da = self.total_da()
        if limits.mode == SOLAR:
            if not active:
                if self.isum_da >= -10 * limits.start:
                    return False
            elif (
                limits.min * 10 > total_da or self.isum_da > 10 * limits.import_a + total_da - limits.min * 10
            ):
                return False
        if limits.mode == NORMAL:
            return True
        least_da = (active + 1) * limits.min * 10
        if least_da + self.imeasured_da - total_da > limits.mains * 10:
            return False
        phases = 1 if self.single_phase() else 3
        return not self.capacity_a or phases * least_da + self.isum_da <= self.capacity_a * 10

    def own_limit_da(self) -> int:
        """Return ChargeCurrent (3.3)."""
        limits = self.limits
        return (limits.cable if self.state == C and limits.max > limits.cable else limits.max) * 10

    def regulate(self, new: bool = False) -> None:
        """Find the set-point and share it out; `new` on the way from B to C (3.4 to 3.6)."""
        limits = self.limits
        self.balanced_max_da = self.own_limit_da()
        active = 1 if self.state == C or new else 0
        before_da = self.total_da()
        baseload_da = self.imeasured_da - before_da
        capacity_limits = False
        if limits.mode == NORMAL:
            self.iset_da = self.own_limit_da()
        else:
            capacity_limits = self._set_point(new, active, baseload_da)
            self.iset_da = min(self.iset_da, limits.mains * 10 - baseload_da)
        if active and (self.fresh or limits.mode == NORMAL):
            if self.iset_da < limits.min * 10:
                self._shortage(capacity_limits, baseload_da)
            else:
                self._enough()
        elif not active:
            self.solar_stop_s = self.capacity_stop_s = self.no_current = 0
        if active:
            self._share(before_da)
        self.fresh = False

    def _set_point(self, new: bool, active: int, baseload_da: int) -> bool:
        """Move the set-point; tell whether the capacity is exceeded (3.4)."""
        limits = self.limits
        room_da = limits.mains * 10 - self.imeasured_da
        limited = False
        self.rules = "mains"
        if self.capacity_a:
            # The sheet divides by three whatever the car uses.
            capacity_room_da = trunc(self.capacity_a * 10 - self.isum_da, 3)
            if capacity_room_da < room_da:
                room_da, self.rules = capacity_room_da, "capacity"
            limited = self.capacity_a * 10 < self.isum_da
            if not limited:
                self.capacity_stop_s = 0
        if new and limits.mode == SMART:
            self.iset_da = limits.mains * 10 - baseload_da
            if self.capacity_a:
                self.iset_da = min(self.iset_da, trunc(self.capacity_a * 10 - self.isum_da, 3))
        elif not new and self.fresh:
            if room_da <= 0:
                self.iset_da += room_da
            elif limits.mode == SMART:
                self.iset_da += trunc(room_da, 4)
            elif active:
                self.iset_da += solar_step_da(self.isum_da - 10 * limits.import_a, room_da)
                self.rules = "sun"
        self.iset_da = min(max(self.iset_da, 0), MOST_DA)
        return limited

    def _shortage(self, capacity_limits: bool, baseload_da: int) -> None:
        """Less than MIN is left: count towards a stop (3.5)."""
        limits = self.limits
        self.iset_da = limits.min * 10
        if limits.mode == SOLAR:
            self._solar_shortage()
        hard = limits.mode != NORMAL and self.iset_da > limits.mains * 10 - baseload_da
        hard = hard or (capacity_limits and not limits.cap_stop_min)
        if hard and self.pending_phases != 1:
            self.no_current += 1
        too_much = self.imeasured_da > 2 * limits.mains * 10
        if limits.mode != NORMAL and (self.no_current > 2 or too_much):
            self.less_6a = True
            self.no_current = 0
        if capacity_limits and limits.cap_stop_min and not self.capacity_stop_s:
            self.capacity_stop_s = limits.cap_stop_min * 60

    def _solar_shortage(self) -> None:
        limits = self.limits
        over_da = self.isum_da - 10 * limits.import_a
        may_switch = limits.contact2 == AUTO and self.phases > 1
        if over_da <= 0 or not (self.isum_da > (limits.min - limits.start) * 10 or may_switch):
            self.solar_stop_s = 0
        elif may_switch and self.state == C:
            if not self.solar_stop_s:
                slow = over_da < 10 * limits.min and limits.stop_min
                self.solar_stop_s = limits.stop_min * 60 if slow else TO_ONE_PHASE_S
            if self.solar_stop_s <= 2:
                self._switch_phases(1)
        elif not self.solar_stop_s:
            self.solar_stop_s = limits.stop_min * 60

    def _enough(self) -> None:
        limits = self.limits
        alone = self.phases == 1 and limits.contact2 == AUTO and self.state == C
        if limits.mode == SOLAR and alone and self.iset_da + 8 >= limits.max * 10:
            spare = 3 * (limits.min + 1) - limits.max
            if -self.isum_da <= 10 * (spare if spare >= 0 else 3):
                self.solar_stop_s = 0
            elif not self.solar_stop_s:
                self.solar_stop_s = TO_THREE_PHASES_S
            elif self.solar_stop_s <= 3:
                self._switch_phases(3)
        else:
            self.solar_stop_s = self.capacity_stop_s = self.no_current = 0

    def _switch_phases(self, phases: int) -> None:
        self.pending_phases = phases
        self.solar_stop_s = 0
        self.stop_asked = True

    def _share(self, before_da: int) -> None:
        """Give the set-point to the one car there is (3.6)."""
        limits = self.limits
        if self.balanced_max_da <= self.iset_da:
            self.iset_da, self.rules = self.balanced_max_da, "max"
        if limits.mode == SOLAR and self.charging_s < SOLAR_START_S:
            self.balanced_da = limits.min * 10
            self.iset_da = before_da or limits.min * 10
            self.rules = "sun"
        else:
            self.balanced_da = self.iset_da


def solar_step_da(over_da: int, room_da: int) -> int:
    """Return the fine step of Solar for what is imported above IMPORT, with room below MAINS (3.4)."""
    if over_da < 0:
        return 5 if over_da < -10 and room_da > 10 else 1
    if over_da > 20:
        return -trunc(over_da, 2)
    if over_da > 10:
        return -5
    return -1 if over_da > 3 else 0


def flanders_capacity_a(peak_w: int, used_wh: int, left_s: int) -> int:
    """Return CAPACITY in A that keeps the running quarter below the peak of the month (3.8)."""
    allowed_wh = peak_w * QUARTER_S // 3600
    allowed_w = (allowed_wh - used_wh) * 3600 // max(left_s, 1) - BELOW_PEAK_W
    return max(1, allowed_w // VOLTS)
