"""Limits are claims: every source that may reduce the current owns one named slot; the lowest wins.

The winner and its reason are part of the status, so that every interface can say why the car gets what
it gets. The result is never below max(6 A, station minimum): less than that means 0 A.
"""

from micropython import const

BOARD = const(0)
CABLE = const(1)
INSTALLER = const(2)
MAX_SETTING = const(3)
CIRCUIT = const(4)
MAINS = const(5)
CAPACITY = const(6)
SUN = const(7)
SHED = const(8)
GRID_RELAY = const(9)
TEMPERATURE = const(10)
GROUP = const(11)
OCPP = const(12)
OFFLINE = const(13)
REMOTE = const(14)
OVERRIDE = const(15)

# name of the slot | reason in plain words; on a tie the first row is named.
SLOTS = (
    "board|Hardware of the station\n"
    "cable|Rating of the cable\n"
    "installer|Limit set by the installer\n"
    "max|MAX setting\n"
    "circuit|Limit of the circuit\n"
    "mains|Fuse of the house connection\n"
    "capacity|Capacity tariff\n"
    "sun|Surplus of the sun\n"
    "shed|Load-shedding inputs\n"
    "grid_relay|Relay of the grid operator\n"
    "temperature|Temperature\n"
    "group|Share of the group\n"
    "ocpp|Charging profile of the back end\n"
    "offline|Back end not connected\n"
    "remote|Remote limit\n"
    "override|Override"
)
COUNT = const(16)

NO_LIMIT = const(1000000)
_NEVER = const(-1)


class Limits:
    """The ledger of claims, in mA per phase."""

    def __init__(self) -> None:
        count = COUNT
        self._l1 = [NO_LIMIT] * count
        self._l2 = [NO_LIMIT] * count
        self._l3 = [NO_LIMIT] * count
        self._expiry_ms = [_NEVER] * count
        self._after_ma = [NO_LIMIT] * count
        self._expiring = 0
        self._dirty = True
        # What a slot says of its claim, where its name does not say enough.
        self.notes: dict[int, str] = {}
        self.minimum_ma = 6000
        self._phases = 3
        self.winner = BOARD
        self.lowest_ma = 0
        self.limit_ma = 0

    def claim(self, slot: int, limit_ma: int, expiry_ms: int = _NEVER, after_ma: int = NO_LIMIT) -> None:
        """Claim at most `limit_ma` on every phase; after `expiry_ms` the claim becomes `after_ma`."""
        self.claim_phases(slot, limit_ma, limit_ma, limit_ma, expiry_ms, after_ma)

    def claim_phases(
        self, slot: int, l1_ma: int, l2_ma: int, l3_ma: int, expiry_ms: int = _NEVER, after_ma: int = NO_LIMIT
    ) -> None:
        """Claim a limit per phase; a negative value counts as 0."""
        if (self._expiry_ms[slot] >= 0) != (expiry_ms >= 0):
            self._expiring += 1 if expiry_ms >= 0 else -1
        self._expiry_ms[slot] = expiry_ms if expiry_ms >= 0 else _NEVER
        self._after_ma[slot] = after_ma
        l1_ma = l1_ma if l1_ma > 0 else 0
        l2_ma = l2_ma if l2_ma > 0 else 0
        l3_ma = l3_ma if l3_ma > 0 else 0
        if self._l1[slot] != l1_ma or self._l2[slot] != l2_ma or self._l3[slot] != l3_ma:
            self._l1[slot] = l1_ma
            self._l2[slot] = l2_ma
            self._l3[slot] = l3_ma
            self._dirty = True

    def release(self, slot: int) -> None:
        """Withdraw the claim of a slot."""
        self.claim(slot, NO_LIMIT)

    def claimed_ma(self, slot: int, phase: int) -> int:
        """Return what a slot claims for phase 0, 1 or 2."""
        if phase == 0:
            return self._l1[slot]
        return self._l2[slot] if phase == 1 else self._l3[slot]

    def left_ms(self, slot: int) -> int:
        """Return how long a slot keeps its claim, -1 for until it is changed."""
        return self._expiry_ms[slot]

    def set_minimum(self, minimum_ma: int) -> None:
        """Set the station minimum; 6 A is the least that the pilot can offer."""
        self.minimum_ma = minimum_ma if minimum_ma > 6000 else 6000
        self._dirty = True

    def step(self, dt_ms: int, phases: int) -> None:
        """Let claims expire and find the winner over the phases in use (1 or 3)."""
        if self._expiring:
            self._expire(dt_ms)
        if self._dirty or phases != self._phases:
            self._phases = phases
            self._resolve()

    def next_ms(self) -> int:
        """Return the time to the next expiry, 0 when a claim waits for the next step, or -1."""
        if self._dirty:
            return 0
        next_ms = -1
        for left_ms in self._expiry_ms:
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _expire(self, dt_ms: int) -> None:
        expiry_ms = self._expiry_ms
        for slot in range(COUNT):
            left_ms = expiry_ms[slot]
            if left_ms >= 0:
                if left_ms > dt_ms:
                    expiry_ms[slot] = left_ms - dt_ms
                else:
                    self.claim(slot, self._after_ma[slot])

    def _resolve(self) -> None:
        l1 = self._l1
        l2 = self._l2
        l3 = self._l3
        lowest_ma = NO_LIMIT
        winner = BOARD
        for slot in range(COUNT):
            limit_ma = l1[slot]
            if self._phases != 1:
                if l2[slot] < limit_ma:
                    limit_ma = l2[slot]
                if l3[slot] < limit_ma:
                    limit_ma = l3[slot]
            if limit_ma < lowest_ma:
                lowest_ma = limit_ma
                winner = slot
        self.winner = winner
        self.lowest_ma = lowest_ma
        self.limit_ma = lowest_ma if lowest_ma >= self.minimum_ma else 0
        self._dirty = False
