"""What one meter or the home battery said last, and how long ago that was."""

from micropython import const

# An age is not counted further than this.
NEVER_MS = const(3600000)
NOMINAL_DV = const(2300)
# Until it has shown otherwise, a meter may have a new value every ten seconds only.
_SLOWEST_MS = const(10000)
_FASTEST_MS = const(150)
_BATTERY_MS = const(11000)
_LEAST_DV = const(1000)
_MOST_DV = const(3000)


class HomeBattery:
    """What was told of the home battery: all phases together, charging positive."""

    def __init__(self) -> None:
        self.current_ma = 0
        self.was_told = False
        # When, in unix seconds, 0 for unknown.
        self.told_s = 0
        self._left_ms = 0

    def take(self, current_ma: int, unix_s: int) -> None:
        """Take a current, which counts for 11 s (mission row S-093)."""
        self.current_ma = current_ma
        self.was_told = True
        self.told_s = unix_s
        self._left_ms = _BATTERY_MS

    def step(self, dt_ms: int) -> bool:
        """Grow older; return True when the current has just become 0 because nobody repeated it."""
        if self._left_ms <= 0:
            return False
        self._left_ms -= dt_ms
        if self._left_ms > 0:
            return False
        self.current_ma = 0
        return True

    def counts(self) -> bool:
        """Return True while what was told is not too old."""
        return self._left_ms > 0

    def next_ms(self) -> int:
        """Return the time until it counts no more, or -1."""
        return self._left_ms if self._left_ms > 0 else -1


class Readings:
    """Phase currents (import positive) and voltages of one meter."""

    def __init__(self) -> None:
        self.current_ma = [0, 0, 0]
        self.voltage_dv = [0, 0, 0]
        self.age_ms = NEVER_MS
        # False when the last set may be the one before, told again.
        self.is_new = False
        # Since the values last changed.
        self.value_ms = 0
        self._refresh_ms = _SLOWEST_MS

    def take(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take a set of currents.

        A meter that has a new value every 5 s tells each of them five times when it is asked every second. How
        often it has new ones is learnt from the shortest time between two different sets.
        """
        current_ma = self.current_ma
        known = self.age_ms < NEVER_MS
        same = known and current_ma[0] == l1_ma and current_ma[1] == l2_ma and current_ma[2] == l3_ma
        if same:
            self.is_new = self.value_ms >= self._refresh_ms
        else:
            if known and _FASTEST_MS <= self.value_ms < self._refresh_ms:
                self._refresh_ms = self.value_ms
            self.is_new = True
            self.value_ms = 0
        current_ma[0] = l1_ma
        current_ma[1] = l2_ma
        current_ma[2] = l3_ma
        self.age_ms = 0

    def take_voltages(self, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take voltages; what cannot be a mains voltage counts as unknown."""
        voltage_dv = self.voltage_dv
        voltage_dv[0] = l1_dv if _LEAST_DV <= l1_dv <= _MOST_DV else 0
        voltage_dv[1] = l2_dv if _LEAST_DV <= l2_dv <= _MOST_DV else 0
        voltage_dv[2] = l3_dv if _LEAST_DV <= l3_dv <= _MOST_DV else 0

    def forget(self) -> None:
        """Begin anew: the meter was exchanged."""
        self.take(0, 0, 0)
        self.take_voltages(0, 0, 0)
        self.age_ms = NEVER_MS
        self.is_new = False
        self._refresh_ms = _SLOWEST_MS

    def step(self, dt_ms: int) -> None:
        """Grow older."""
        if self.age_ms < NEVER_MS:
            self.age_ms += dt_ms
        if self.value_ms < NEVER_MS:
            self.value_ms += dt_ms

    def sum_ma(self) -> int:
        """Return the sum of the phases."""
        current_ma = self.current_ma
        return current_ma[0] + current_ma[1] + current_ma[2]

    def import_sum_ma(self) -> int:
        """Return the sum of the phases that import."""
        total_ma = 0
        for current_ma in self.current_ma:
            if current_ma > 0:
                total_ma += current_ma
        return total_ma

    def highest_dv(self, other: "Readings | None" = None) -> int:
        """Return the highest voltage, else that of `other`; 230 V when none is known."""
        voltage_dv = self.voltage_dv
        highest = max(voltage_dv[0], voltage_dv[1], voltage_dv[2])
        if highest:
            return highest
        return other.highest_dv() if other is not None else NOMINAL_DV
