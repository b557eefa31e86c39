"""One phase or three: what CONTACT 2 says, and in Auto which of the two brings more energy.

Auto adds up what the other choice would have brought (in A s): it changes only when that exceeds what a change
costs, and at most once in ten minutes. Who switches, and that no current flows then, is the station's business.
"""

from micropython import const

NOT_PRESENT = const(0)
ALWAYS_OFF = const(1)
SOLAR_OFF = const(2)
ALWAYS_ON = const(3)
AUTO = const(4)

NORMAL = const(0)
SMART = const(1)
SOLAR = const(2)

MODE_NAMES = ("Normal", "Smart", "Solar")

HOLD_MS = const(600000)
# What a change must promise: a break of half a minute and wear. Clouds pass, so leaving three phases wants more.
_DOWN_GAIN_MAS = const(2400000)
_UP_GAIN_MAS = const(1200000)
# Without a current for so long nothing is interrupted by a change.
_IDLE_MS = const(60000)
_LONGEST_MS = const(10000)


class PhaseChoice:
    """Hold the number of phases that the station shall use."""

    def __init__(self) -> None:
        self.contact2 = ALWAYS_ON
        self.mode = NORMAL
        self.phases = 3
        # The grid operator's relay leaves too little for three phases.
        self.only_one = False
        self._relay_chose = False
        self._auto = 3
        self._gain_mas = 0
        self._idle_ms = _IDLE_MS
        self._since_ms = HOLD_MS
        self._current = 3

    def configure(self, contact2: int, mode: int) -> None:
        """Take the settings over."""
        if mode != self.mode or contact2 != self.contact2:
            self._gain_mas = 0
        if contact2 != AUTO or mode == NORMAL:
            self._auto = 3
        self.contact2 = contact2
        self.mode = mode
        self.choose()

    def step(self, dt_ms: int, phases: int) -> None:
        """Count the time since the station changed to the `phases` it uses now."""
        if phases != self._current:
            self._current = phases
            self._since_ms = 0
            self._gain_mas = 0
        elif self._since_ms < HOLD_MS:
            self._since_ms += dt_ms
            if self._since_ms >= HOLD_MS:
                self.choose()

    def next_ms(self) -> int:
        """Return the time until a change is allowed again, or -1."""
        return HOLD_MS - self._since_ms if self._since_ms < HOLD_MS else -1

    def is_auto(self) -> bool:
        return self.contact2 == AUTO

    def may_change(self) -> bool:
        """Return True when the last change was long enough ago."""
        return self._since_ms >= HOLD_MS

    def allow(self, only_one: bool) -> None:
        """State whether the grid operator leaves room for one phase only."""
        if only_one != self.only_one:
            self.only_one = only_one
            self.choose()

    def choose(self) -> None:
        """Decide by the settings, and in Auto by what was found to be better."""
        contact2 = self.contact2
        if contact2 == NOT_PRESENT:
            self.phases = 3
        elif contact2 == ALWAYS_OFF:
            self.phases = 1
        elif contact2 == AUTO:
            wanted = 1 if self.only_one else self._auto
            if wanted != self.phases and self.may_change():
                self.phases = wanted
        elif self.only_one or (contact2 == SOLAR_OFF and self.mode == SOLAR):
            self.phases = 1
        elif self.phases != 3 and (self.may_change() or not self._relay_chose):
            self.phases = 3
        self._relay_chose = self.only_one or (self._relay_chose and self.phases == 1)

    def compare(self, down_ma: int, up_ma: int, idle: bool, dt_ms: int) -> None:
        """Weigh both choices after a reading.

        `down_ma` is what one phase would bring more than three, `up_ma` what three would bring more than one,
        as sums of the phases; `idle` while nothing flows, so that a change costs nothing.
        """
        if self.contact2 != AUTO or self.mode == NORMAL:
            return
        gain_ma = down_ma if self._auto == 3 else up_ma
        other = 4 - self._auto
        self._idle_ms = min(self._idle_ms + dt_ms, _IDLE_MS) if idle else 0
        if self._idle_ms >= _IDLE_MS and gain_ma > 0:
            self._set(other)
            return
        enough_mas = _DOWN_GAIN_MAS if self._auto == 3 else _UP_GAIN_MAS
        # More than 60 A sum or 10 s would leave the small integers: neither tells more.
        gain_ma = min(max(gain_ma, -60000), 60000)
        self._gain_mas = max(self._gain_mas + gain_ma * min(dt_ms, _LONGEST_MS) // 1000, 0)
        if self._gain_mas >= enough_mas:
            self._gain_mas = enough_mas
            if self.may_change():
                self._set(other)

    def single(self) -> bool:
        """Ask for one phase instead of a stop; return True when it is granted."""
        if self.contact2 != AUTO or self._auto == 1 or not self.may_change():
            return False
        self._set(1)
        return True

    def _set(self, phases: int) -> None:
        if phases != self._auto:
            self._auto = phases
            self._gain_mas = 0
        self.choose()
