"""Control pilot: level classification, votes, diode check, and duty cycle against current.

IEC 61851-1 Annex A; window defaults from the SmartEVSE v3 sheet, section 1.3. Used by `station`.
"""

from micropython import const

# Nominal volts name the levels.
V12 = const(12)
V9 = const(9)
V6 = const(6)
V3 = const(3)
V0 = const(0)
N12 = const(-12)
INVALID = const(99)

STATIC_HIGH = const(1000)
STATIC_LOW = const(0)
SMALLEST_OFFER_MA = const(6000)
LARGEST_OFFER_MA = const(80000)

_OFF_VOTES = const(2)
_ON_VOTES = const(51)
# A burst that denies a level on which current may flow weighs twice as much as one that confirms it, so that a
# pilot which flickers for more than a third of the time is lost; a steady new level is accepted just before.
_DOUBT_DENIED = const(2)
_DOUBT_UNSEEN = const(1)
_DOUBT_LOST = const(104)
_VOTES_DISTURBED = const(2)
# The same weights for the diode: half a second without it, or more than a third of the bursts.
_DIODE_MISSING = const(100)


class PilotWindows:
    """Thresholds of a board in millivolts at the sensing pin."""

    def __init__(
        self,
        v12_min: int = 3055,
        v9_min: int = 2735,
        v6_min: int = 2400,
        v3_min: int = 2000,
        v0_min: int = 1600,
        n12_min: int = 100,
        n12_max: int = 300,
    ) -> None:
        self.v12_min = v12_min
        self.v9_min = v9_min
        self.v6_min = v6_min
        self.v3_min = v3_min
        self.v0_min = v0_min
        self.n12_min = n12_min
        self.n12_max = n12_max


def classify(windows: PilotWindows, low_mv: int, high_mv: int) -> int:
    """Return the level that a whole burst from `low_mv` to `high_mv` lies in, or INVALID."""
    if low_mv >= windows.v12_min:
        return V12
    if low_mv >= windows.v9_min:
        return V9 if high_mv < windows.v12_min else INVALID
    if low_mv >= windows.v6_min:
        return V6 if high_mv < windows.v9_min else INVALID
    if low_mv >= windows.v3_min:
        return V3 if high_mv < windows.v6_min else INVALID
    if low_mv >= windows.v0_min:
        return V0 if high_mv < windows.v3_min else INVALID
    if low_mv > windows.n12_min and high_mv < windows.n12_max:
        return N12
    return INVALID


def duty_permille(current_ma: int) -> int:
    """Return the duty cycle that offers at most `current_ma`; static +12 V below 6 A."""
    if current_ma < SMALLEST_OFFER_MA:
        return STATIC_HIGH
    if current_ma <= 51000:
        return current_ma // 60
    if current_ma > LARGEST_OFFER_MA:
        current_ma = LARGEST_OFFER_MA
    # 85 % still belongs to the lower range, so between 51 A and the first step above it 51 A is offered.
    permille = current_ma // 250 + 640
    return permille if permille > 850 else 850


def offered_ma(permille: int) -> int:
    """Return the current in mA that a duty cycle tells the car; 0 when it offers none."""
    if permille < 80 or permille > 970:
        return 0
    if permille <= 100:
        return SMALLEST_OFFER_MA
    if permille <= 850:
        return permille * 60
    if permille <= 960:
        return (permille - 640) * 250
    return LARGEST_OFFER_MA


class PilotReader:
    """Turn bursts into an accepted level and the proof of the car's diode.

    Stopping or unplugging (+9 V, +12 V) is accepted on the second burst, so that the contactor opens
    within 20 ms; every other level needs half a second of agreement. Bursts that agree neither with the
    level nor with each other raise doubt, and half a second of that means the pilot is lost.
    """

    def __init__(self, windows: PilotWindows) -> None:
        self._windows = windows
        self.level = INVALID
        self.lost = False
        self.diode_ok = False
        self.diode_missing = False
        self._candidate = INVALID
        self._votes = 0
        self._off_votes = 0
        self._doubt = 0
        self._diode_bad = 0

    def step(self, inputs) -> None:
        """Take one burst into account; a high part that was not sampled raises doubt, but less."""
        high_max = inputs.pilot_high_max_mv
        if high_max < 0:
            self._raise_doubt(_DOUBT_UNSEEN)
        else:
            raw = classify(self._windows, inputs.pilot_high_min_mv, high_max)
            self._weigh(raw)
            if raw == self.level and raw != INVALID:
                self._votes = 0
                self._off_votes = 0
                self._candidate = INVALID
            else:
                self._vote(raw, high_max)
            if inputs.pilot_low_max_mv >= 0 and (raw == V9 or raw == V6 or raw == V3):
                self._check_diode(inputs)

    def rearm_diode(self) -> None:
        """Demand a new proof of the diode."""
        self.diode_ok = False
        self.diode_missing = False
        self._diode_bad = 0

    def forget(self) -> None:
        """Know nothing of the level until bursts agree again; the proof of the diode goes with it."""
        self.level = INVALID
        self.lost = False
        self._candidate = INVALID
        self._votes = 0
        self._off_votes = 0
        self._doubt = 0
        self.rearm_diode()

    def settled(self) -> bool:
        """Return True when the same bursts again would change nothing."""
        return (
            self._votes == 0
            and self._off_votes == 0
            and (self.diode_missing or self._diode_bad == 0)
            and (self._doubt == _DOUBT_LOST if self.lost else self._doubt == 0)
            and (self.level != INVALID or self.lost)
        )

    def _vote(self, raw: int, high_max_mv: int) -> None:
        if raw == INVALID:
            # The first burst of a car that stops may be half old, half new: its high samples count.
            if high_max_mv >= self._windows.v9_min and self.level != INVALID:
                self._off_votes += 1
            else:
                self._off_votes = 0
            self._votes -= _VOTES_DISTURBED if self._votes > _VOTES_DISTURBED else self._votes
            return
        if raw == self._candidate:
            self._votes += 1
        else:
            self._candidate = raw
            self._votes = 1
        if raw >= V9:
            self._off_votes += 1
        else:
            self._off_votes = 0
        # A lost pilot is believed again only when it is steady; nothing is closed that would have to open.
        if self._votes >= _ON_VOTES or (self._off_votes >= _OFF_VOTES and not self.lost):
            self._accept(raw)

    def _weigh(self, raw: int) -> None:
        level = self.level
        if raw == INVALID:
            self._raise_doubt(_DOUBT_DENIED)
        elif raw == level or (level == INVALID and raw == self._candidate):
            if self._doubt > 0 and not self.lost:
                self._doubt -= 1
        elif level == V6 or level == V3 or level == INVALID:
            self._raise_doubt(_DOUBT_DENIED)

    def _raise_doubt(self, amount: int) -> None:
        if self._doubt < _DOUBT_LOST:
            self._doubt += amount
            # A diode in doubt adds to it, or half a second of the one could follow half a second of the other.
            diode_bad = 0 if self.diode_missing else self._diode_bad
            if self._doubt + diode_bad >= _DOUBT_LOST:
                self._doubt = _DOUBT_LOST
                self.lost = True
                self.level = INVALID
                self.rearm_diode()

    def _accept(self, level: int) -> None:
        self.level = level
        self.lost = level == N12
        # What was in doubt is known again.
        self._doubt = _DOUBT_LOST if self.lost else 0
        self._votes = 0
        self._off_votes = 0
        self._candidate = INVALID
        if level == V12 or level == N12 or level == V0:
            self.rearm_diode()

    def _check_diode(self, inputs) -> None:
        low_min = inputs.pilot_low_min_mv
        if low_min > self._windows.n12_min and inputs.pilot_low_max_mv < self._windows.n12_max:
            if not self.diode_missing:
                self.diode_ok = True
                if self._diode_bad > 0:
                    self._diode_bad -= 1
        elif not self.diode_missing:
            self._diode_bad += _DOUBT_DENIED
            if self._diode_bad >= _DIODE_MISSING:
                self.diode_ok = False
                self.diode_missing = True
