"""A car: its pilot resistors and its on-board charger, in milliseconds and milliamperes.

IEC 61851-1 Annex A gives the levels; how fast and how faithfully a car reacts is set by world inputs.
"""

# 1 Wh in units of 0.1 V x 1 mA x 1 ms.
UNITS_PER_WH = 36000000000

_VOLTS = {"A": 12, "B": 9, "C": 6, "D": 3, "E": 0, "F": -12}


class Car:
    """Follow the offer of the station and draw current through its contactors."""

    def __init__(self, values: dict) -> None:
        self._values = values
        self._seen_offer_ma = 0
        # Offers that are not obeyed yet as [ms left, mA], the oldest first: each is followed a fixed time later.
        self._coming = []
        self._obeyed_ma = 0
        self._awake = False
        self.draws_ma = 0
        self.got_units = 0

    def level_v(self) -> int:
        """Return the pilot voltage that the resistors make of +12 V."""
        return _VOLTS[self._values["car.pilot"]]

    def plug_changed(self) -> None:
        """Forget everything about the last time it was plugged in."""
        self._awake = False
        self._obeyed_ma = 0
        self._seen_offer_ma = 0
        self._coming = []
        self.got_units = 0

    def step(self, offer_ma: int, static_low: bool, live: bool, dt_ms: int) -> None:
        """Go on for `dt_ms` with an offer and mains that is live or not."""
        values = self._values
        if static_low:
            self._awake = True
        coming = self._coming
        for change in coming:
            change[0] -= dt_ms
        if offer_ma != self._seen_offer_ma:
            self._seen_offer_ma = offer_ma
            coming.append([values["car.delay_ms"], offer_ma])
        while coming and coming[0][0] <= 0:
            self._obeyed_ma = coming.pop(0)[1]
        if values["car.auto"]:
            values["car.pilot"] = self._wanted_pilot()
        self._draw(live, dt_ms)

    def full(self) -> bool:
        needs_wh = self._values["car.needs_wh"]
        return needs_wh is not None and self.got_units >= needs_wh * UNITS_PER_WH

    def next_ms(self, live: bool) -> int:
        """Return the time until something changes by itself, or -1."""
        if live and self.draws_ma != self._target_ma():
            return 0
        if self._values["car.auto"] and self._wanted_pilot() != self._values["car.pilot"]:
            return 0
        return self._coming[0][0] if self._coming else -1

    def _wanted_pilot(self) -> str:
        """Return the level that a car which decides by itself wants to show."""
        values = self._values
        pilot = values["car.pilot"]
        asleep = values["car.asleep"] and not self._awake
        if pilot == "B":
            if self._obeyed_ma >= values["car.start_a"] * 1000 and not asleep and not self.full():
                return "C"
        elif pilot == "C":
            obeys = values["car.follows"]
            if self.full() or (obeys and self._obeyed_ma < values["car.min_a"] * 1000 and self.draws_ma == 0):
                return "B"
        return pilot

    def _target_ma(self) -> int:
        values = self._values
        if values["car.pilot"] not in ("C", "D") or self.full():
            return 0
        most_ma = values["car.max_a"] * 1000
        if not values["car.follows"]:
            return most_ma
        if self._obeyed_ma < values["car.min_a"] * 1000:
            return 0
        return self._obeyed_ma if self._obeyed_ma < most_ma else most_ma

    def _draw(self, live: bool, dt_ms: int) -> None:
        if not live:
            self.draws_ma = 0
            return
        target_ma = self._target_ma()
        if target_ma > self.draws_ma:
            step_ma = self._values["car.ramp_ma_s"] * dt_ms // 1000
            self.draws_ma = min(target_ma, self.draws_ma + max(step_ma, 1))
        else:
            self.draws_ma = target_ma
