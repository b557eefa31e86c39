"""Energy of a charging session in whole Wh, from a meter.

A meter with an energy register counts by difference; without one its power is summed, carrying whole Wh
out of the sum before it leaves the small-integer range. With no meter the energy stays 0.
"""

from micropython import const

_W_MS_PER_WH = const(3600000)


class Accumulator:
    """Sum power over time into whole Wh."""

    def __init__(self) -> None:
        self.energy_wh = 0
        self._rest_w_ms = 0

    def clear(self) -> None:
        """Begin anew."""
        self.energy_wh = 0
        self._rest_w_ms = 0

    def add(self, power_w: int, dt_ms: int) -> None:
        """Add `power_w` (at most 100 kW) for `dt_ms`."""
        while dt_ms > 0:
            # 100 kW for 5 s is 5e8 W ms: with the rest below 2^30.
            part_ms = dt_ms if dt_ms < 5000 else 5000
            dt_ms -= part_ms
            self._rest_w_ms += power_w * part_ms
            whole_wh = self._rest_w_ms // _W_MS_PER_WH
            if whole_wh:
                self.energy_wh += whole_wh
                self._rest_w_ms -= whole_wh * _W_MS_PER_WH


class Session:
    """Follow one session: from the first closing of the contactor until the car is unplugged."""

    def __init__(self) -> None:
        self.active = False
        self.energy_wh = 0
        self.duration_s = 0
        self.start_wh = -1
        self.armed_wh = -1
        self.meter_wh = -1
        self._base_wh = 0
        self._duration_ms = 0
        self._summed = Accumulator()

    def arm(self, start_wh: int) -> None:
        """Count the next session from `start_wh` (-1: from the first reading), as noted at plug-in."""
        self.armed_wh = start_wh

    def start(self) -> None:
        """Begin a session; what came before is forgotten."""
        self.active = True
        self.energy_wh = 0
        self.duration_s = 0
        self._duration_ms = 0
        self._base_wh = 0
        self._summed.clear()
        self.start_wh = self.armed_wh if self.armed_wh >= 0 else self.meter_wh
        self._recount()

    def end(self) -> None:
        """End the session; its figures stay until the next one."""
        self.active = False
        self.armed_wh = -1

    def meter(self, import_wh: int) -> None:
        """Take a reading of the meter's energy register."""
        self.meter_wh = import_wh
        if self.active:
            if self.start_wh < 0:
                self.start_wh = import_wh
            self._recount()

    def forget_meter(self) -> None:
        """Readings from now on come from another meter; what was counted stays."""
        self.meter_wh = -1
        self.start_wh = -1
        self.armed_wh = -1
        self._base_wh = self.energy_wh
        self._summed.clear()

    def power(self, power_w: int, dt_ms: int) -> None:
        """Add what a meter without an energy register measured since its last reading."""
        if self.active and self.meter_wh < 0 and power_w > 0:
            self._summed.add(power_w, dt_ms)
            self.energy_wh = self._base_wh + self._summed.energy_wh

    def step(self, dt_ms: int) -> None:
        """Count the duration."""
        if self.active:
            self._duration_ms += dt_ms
            while self._duration_ms >= 1000:
                self._duration_ms -= 1000
                self.duration_s += 1

    def _recount(self) -> None:
        # A register that runs backwards (another meter, a reset) must not give a negative session.
        if self.start_wh >= 0 and self.meter_wh >= self.start_wh:
            self.energy_wh = self._base_wh + self.meter_wh - self.start_wh
