"""Measuring points of the simulated world: what a meter there would show, with energies.

A point measures what flows there without the station and what the car draws. A meter that has a new value only
now and then shows a `Held` copy.
"""

from evse.core import ticks
from simworld.car import UNITS_PER_WH


class Point:
    """Currents and powers (import positive), voltages and energy counters of one point."""

    def __init__(self) -> None:
        self.current_ma = [0, 0, 0]
        self.power_w = [0, 0, 0]
        self.voltage_dv = [2300, 2300, 2300]
        self.energy_import_wh = 0
        self.energy_export_wh = 0
        self.flow_units = 0
        self._rest_units = 0

    def flow(self, l1_ma: int, l2_ma: int, l3_ma: int, voltage_dv: list) -> None:
        """Let so much flow from now on; nothing flows on a phase without voltage."""
        currents = (l1_ma, l2_ma, l3_ma)
        units = 0
        for phase in range(3):
            current_ma = currents[phase] if voltage_dv[phase] else 0
            watt_units = current_ma * voltage_dv[phase]
            self.current_ma[phase] = current_ma
            self.voltage_dv[phase] = voltage_dv[phase]
            self.power_w[phase] = watt_units // 10000 if watt_units >= 0 else -(-watt_units // 10000)
            units += watt_units
        self.flow_units = units

    def count(self, dt_ms: int) -> None:
        """Add what flowed for `dt_ms` to the energies: the phases together import or export."""
        units = self._rest_units + self.flow_units * dt_ms
        if units >= UNITS_PER_WH:
            self.energy_import_wh += units // UNITS_PER_WH
            units %= UNITS_PER_WH
        elif units <= -UNITS_PER_WH:
            self.energy_export_wh += -units // UNITS_PER_WH
            units = -(-units % UNITS_PER_WH)
        self._rest_units = units


class Held:
    """What a meter shows that has a new value every `period_ms`."""

    def __init__(self, point: Point, now: int) -> None:
        self.current_ma = [0, 0, 0]
        self.power_w = [0, 0, 0]
        self.voltage_dv = [2300, 2300, 2300]
        self.energy_import_wh = 0
        self.energy_export_wh = 0
        self._point = point
        self._taken_at = now
        self._fresh = False

    def step(self, now: int, period_ms: int) -> None:
        """Take a new value if its time has come; the point still shows what was true until `now`."""
        elapsed_ms = ticks.diff(now, self._taken_at)
        if not self._fresh:
            self._fresh = True
        elif elapsed_ms < period_ms:
            return
        else:
            # Stay on the raster, so that it does not matter when somebody looked.
            self._taken_at = ticks.add(self._taken_at, elapsed_ms // period_ms * period_ms)
        point = self._point
        self.current_ma[:] = point.current_ma
        self.power_w[:] = point.power_w
        self.voltage_dv[:] = point.voltage_dv
        self.energy_import_wh = point.energy_import_wh
        self.energy_export_wh = point.energy_export_wh
