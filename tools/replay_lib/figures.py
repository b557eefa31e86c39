"""What a run is judged by: energy, amp-seconds above each limit, switches. The same code for every regulator.

Inside, currents are in mA and times in ms, both whole, so that sums are exact.
"""

from replay_lib.day import QUARTER_S, VOLTS

QUARTER_MS = QUARTER_S * 1000
# A shorter or smaller excess cannot be seen with the 0.1 A that meters tell; it counts as amp-seconds only.
EXCESS_FLOOR_MA = 100
_WH = 3600 * 1000 * 1000 * 1000


class Excess:
    """What flowed above one limit, as far as the car had a part in it."""

    def __init__(self, limit_ma: int) -> None:
        self.limit_ma = limit_ma
        self.ma_ms = 0
        self.above_ms = 0
        self.longest_ms = 0
        # What the house alone took above the limit.
        self.house_ma_ms = 0
        self._run_ms = 0

    def hold(self, dt_ms: int, own_ma: int, worst_ma: int, house_ma: int) -> None:
        """Count a time with the car's part in all, the largest of a phase, and the house's own excess."""
        self.house_ma_ms += house_ma * dt_ms
        self.ma_ms += own_ma * dt_ms
        if worst_ma <= EXCESS_FLOOR_MA:
            self._run_ms = 0
            return
        self.above_ms += dt_ms
        self._run_ms += dt_ms
        if self._run_ms > self.longest_ms:
            self.longest_ms = self._run_ms

    def summary(self) -> dict[str, float]:
        """Return the figures in A, s and As."""
        return {
            "limit_a": self.limit_ma / 1000,
            "above_as": round(self.ma_ms / 1e6, 1),
            "above_s": round(self.above_ms / 1000, 1),
            "longest_s": round(self.longest_ms / 1000, 2),
            "house_alone_as": round(self.house_ma_ms / 1e6, 1),
        }


class Figures:
    """Count over one run; `hold` gets every stretch in which all currents stay the same."""

    def __init__(
        self, mains_ma: int, max_ma: int, capacity_ma: int, start_s: int = 0, circuit_ma: int = 0
    ) -> None:
        """Take limits in mA: MAINS, MAX and CIRCUIT per phase, capacity as the sum of phases; 0 is none.

        `start_s` is the wall time at which the run begins, for the quarters.
        """
        self.mains = Excess(mains_ma)
        self.max = Excess(max_ma)
        self.capacity = Excess(capacity_ma) if capacity_ma else None
        self.circuit = Excess(circuit_ma) if circuit_ma else None
        self.car_ma_ms = 0
        self.sun_ma_ms = 0
        self.grid_ma_ms = 0
        self.charging_ms = 0
        self.starts = self.stops = self.phase_switches = 0
        self.quarters_w: list[int] = []
        self._quarter_ma_ms = 0
        self._quarter_left_ms = QUARTER_MS - start_s % QUARTER_S * 1000
        self._used_phases = 0

    def hold(
        self,
        dt_ms: int,
        house_ma: list[int],
        battery_ma: int,
        car_ma: list[int],
        others_ma: list[int] | None = None,
    ) -> None:
        """Count `dt_ms` of the currents of house (battery included), battery (charging positive) and car.

        `others_ma` is what else flows in the circuit of the station.
        """
        house_sum_ma = house_ma[0] + house_ma[1] + house_ma[2]
        car_sum_ma = car_ma[0] + car_ma[1] + car_ma[2]
        connection_ma = house_sum_ma + car_sum_ma
        _count_phases(self.mains, dt_ms, house_ma, car_ma)
        over_ma = max(0, car_ma[0] - self.max.limit_ma)
        self.max.hold(dt_ms, over_ma, over_ma, 0)
        if self.circuit and others_ma:
            _count_phases(self.circuit, dt_ms, others_ma, car_ma)
        if self.capacity:
            limit_ma = self.capacity.limit_ma
            own_ma = max(0, min(connection_ma - limit_ma, car_sum_ma))
            self.capacity.hold(dt_ms, own_ma, own_ma, max(0, house_sum_ma - limit_ma))
        self._count_quarter(dt_ms, max(0, connection_ma))
        if car_sum_ma <= 0:
            return
        self.charging_ms += dt_ms
        self.car_ma_ms += car_sum_ma * dt_ms
        # What would be exported, or go into the battery, if the car took nothing.
        surplus_ma = max(0, battery_ma - house_sum_ma)
        from_sun_ma = min(car_sum_ma, surplus_ma)
        self.sun_ma_ms += from_sun_ma * dt_ms
        self.grid_ma_ms += min(car_sum_ma - from_sun_ma, max(0, connection_ma)) * dt_ms

    def _count_quarter(self, dt_ms: int, import_ma: int) -> None:
        # No stretch is longer than a second, and quarters begin on whole seconds.
        self._quarter_ma_ms += import_ma * dt_ms
        self._quarter_left_ms -= dt_ms
        if self._quarter_left_ms <= 0:
            self.quarters_w.append(self._quarter_ma_ms * VOLTS // (1000 * QUARTER_MS))
            self._quarter_ma_ms = 0
            self._quarter_left_ms = QUARTER_MS

    def switched(self, closed: bool, phases: int) -> None:
        """Count a contactor that has moved, and for a closed one the phases it connects."""
        if not closed:
            self.stops += 1
            return
        self.starts += 1
        if self._used_phases and phases != self._used_phases:
            self.phase_switches += 1
        self._used_phases = phases

    @property
    def switches(self) -> int:
        """Return all movements: contactor on, contactor off, and changed phases."""
        return self.starts + self.stops + self.phase_switches

    def summary(self) -> dict:
        """Return all figures with their units in the names."""
        limits = {"mains": self.mains.summary(), "max": self.max.summary()}
        if self.capacity:
            limits["capacity"] = self.capacity.summary()
        if self.circuit:
            limits["circuit"] = self.circuit.summary()
        return {
            "energy_wh": energy_wh(self.car_ma_ms),
            "from_sun_wh": energy_wh(self.sun_ma_ms),
            "from_grid_wh": energy_wh(self.grid_ma_ms),
            "from_battery_wh": energy_wh(self.car_ma_ms - self.sun_ma_ms - self.grid_ma_ms),
            "charging_s": self.charging_ms // 1000,
            "peak_quarter_w": max(self.quarters_w, default=0),
            "starts": self.starts,
            "stops": self.stops,
            "contactor_switches": self.starts + self.stops,
            "phase_switches": self.phase_switches,
            "limits": limits,
        }


def _count_phases(excess: Excess, dt_ms: int, others_ma: list[int], car_ma: list[int]) -> None:
    """Count what car and others take together above a limit per phase."""
    limit_ma = excess.limit_ma
    own_ma = worst_ma = others_own_ma = 0
    if (
        others_ma[0] + car_ma[0] > limit_ma
        or others_ma[1] + car_ma[1] > limit_ma
        or others_ma[2] + car_ma[2] > limit_ma
    ):
        for phase in range(3):
            part_ma = max(0, min(others_ma[phase] + car_ma[phase] - limit_ma, car_ma[phase]))
            own_ma += part_ma
            worst_ma = max(worst_ma, part_ma)
            others_own_ma += max(0, others_ma[phase] - limit_ma)
    excess.hold(dt_ms, own_ma, worst_ma, others_own_ma)


def energy_wh(ma_ms: int) -> int:
    """Return the energy in Wh of mA times ms at the nominal voltage."""
    return ma_ms * VOLTS * 1000 // _WH
