"""A car that follows every offer a fixed time later.

The car of boards/SIM waits anew whenever the offer changes: one that is told a new current every second and takes
longer than that would never follow. Real ones do (IEC 61851-1 gives them 5 s).
"""

from simworld.car import Car


class FollowingCar(Car):
    """The car of the simulated world with a delay line in place of its one timer."""

    def __init__(self, values: dict) -> None:
        super().__init__(values)
        # [ms left, offer in mA], the oldest first.
        self._coming: list[list[int]] = []

    def plug_changed(self) -> None:
        """Forget everything about the last time it was plugged in."""
        super().plug_changed()
        self._coming = []

    def step(self, offer_ma: int, static_low: bool, live: bool, dt_ms: int) -> None:
        """Go on for `dt_ms` with an offer and mains that is live or not."""
        values = self._values
        if static_low:
            self._awake = True
        coming = self._coming
        if coming:
            for change in coming:
                change[0] -= dt_ms
            while coming and coming[0][0] <= 0:
                self._obeyed_ma = coming.pop(0)[1]
        if offer_ma != self._seen_offer_ma:
            self._seen_offer_ma = offer_ma
            coming.append([values["car.delay_ms"], offer_ma])
        if values["car.auto"]:
            values["car.pilot"] = self._wanted_pilot()
        self._draw(live, dt_ms)

    def next_ms(self, live: bool) -> int:
        """Return the time until something changes by itself, or -1."""
        left_ms = super().next_ms(live)
        if left_ms < 0 and self._coming:
            return max(self._coming[0][0], 0)
        return left_ms
