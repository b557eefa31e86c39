"""The house around a station that has meters: fuses, sun, home battery and tariff become claims.

A station without a mains and a circuit meter has no house, and it takes no memory. Rules: SmartEVSE v3 sheet, section
3; what differs from it is said where it does.
"""

from micropython import const

from evse.core import faults as f
from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core.capacity import Capacity
from evse.core.capacity_guard import CapacityGuard
from evse.core.config import Config
from evse.core.draw import LATE_MS
from evse.core.meter_point import PAIR_WAIT_MS, MeterPoint
from evse.core.phase_choice import PhaseChoice
from evse.core.readings import HomeBattery, Readings
from evse.core.sun import Sun

_CIRCUIT_SILENT_MS = const(20000)
# Three phases at their minimum must be left this much room.
_ROOM_MA = const(1500)


class House:
    """Own the claims MAINS, CIRCUIT, CAPACITY and SUN."""

    def __init__(
        self, limits, faults, choice: PhaseChoice, ev: Readings, battery: HomeBattery, config: Config
    ) -> None:
        self._limits = limits
        self._faults = faults
        self._choice = choice
        self._ev = ev
        self.mains = MeterPoint(limits, lim.MAINS, PAIR_WAIT_MS)
        self.circuit = MeterPoint(limits, lim.CIRCUIT, 0)
        self.sun = Sun()
        self.capacity = Capacity()
        self.tariff = CapacityGuard(limits)
        self.corrected_ma = [0, 0, 0]
        self._battery = battery
        self._config = config
        self._minimum_ma = 6000
        self._full_ma = 6000
        self._charging = False

    # Settings and readings

    def configure(self, config: Config, minimum_ma: int, full_ma: int, hold_ma: int, phases: int) -> None:
        """Take new settings over; `full_ma` is the highest current the station itself may give.

        A car that charges with `hold_ma` on `phases` keeps that, if it may, until a reading tells what there is for it.
        """
        if config.mode != self._config.mode:
            self.sun.reset()
            if self._config.mode == ph.NORMAL:
                self.mains.begin(hold_ma)
                self.circuit.begin(hold_ma)
            # A car that has to stop for other phases starts like any other.
            if hold_ma and self._choice.phases == phases:
                self.sun.go_on(hold_ma)
        self._config = config
        self._minimum_ma = minimum_ma
        self._full_ma = full_ma
        self.sun.configure(config.start_ma, config.stop_ms, config.import_ma, minimum_ma)
        self.capacity.configure(config.capacity_mode, config.capacity_ma, config.capacity_intervals)
        self.tariff.configure(config.capacity_stop_ms)
        self.mains.configure(
            config.mains_meter,
            config.mains_ma,
            config.mains_silent_ms,
            LATE_MS if config.mains_late else 0,
            minimum_ma,
            hold_ma,
        )
        self.circuit.configure(
            config.circuit_meter, config.circuit_ma, _CIRCUIT_SILENT_MS, 0, minimum_ma, hold_ma
        )
        self._correct()
        self._claim_fixed()

    def leave(self, uptime_s: int) -> None:
        """Withdraw every claim and fault: the last meter is gone."""
        for slot in (lim.MAINS, lim.CIRCUIT, lim.CAPACITY, lim.SUN):
            self._limits.release(slot)
        self._faults.report(f.MAINS_METER_SILENT, False, uptime_s)
        self._faults.report(f.CIRCUIT_METER_SILENT, False, uptime_s)

    def mains_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the house connection, import positive."""
        if self.mains.fitted:
            self.mains.take(l1_ma, l2_ma, l3_ma)
            self._correct()

    def circuit_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the circuit that feeds the station."""
        if self.circuit.fitted:
            self.circuit.take(l1_ma, l2_ma, l3_ma)

    def battery_changed(self) -> None:
        """Reckon with the present current of the home battery."""
        self._correct()

    def unplugged(self) -> None:
        """Forget the car."""
        self.mains.draw.unplugged()
        self.circuit.draw.unplugged()
        self.sun.reset()
        self.tariff.reset()

    def corrected_sum_ma(self) -> int:
        """Return the sum of the phases at the connection after the correction for the home battery."""
        corrected_ma = self.corrected_ma
        return corrected_ma[0] + corrected_ma[1] + corrected_ma[2]

    def phases_used(self, phases: int) -> int:
        """Return on how many of the station's `phases` the car draws, as far as it is measured."""
        draw = self.mains.draw
        if self._charging and draw.measured and self._config.mode != ph.NORMAL:
            return draw.used()
        return phases

    def likely_phases(self, phases: int) -> int:
        """Return on how many of `phases` the car will draw."""
        car_phases = self.mains.draw.car_phases
        return car_phases if 0 < car_phases < phases else phases

    # The control step

    def step(self, dt_ms: int, charging: bool, offer_ma: int, phases: int, uptime_s: int) -> bool:
        """Let time pass and claim anew what has changed; return True after a mains reading was used."""
        self._charging = charging
        self.mains.step(dt_ms, offer_ma, charging, phases)
        if self.circuit.fitted:
            self.circuit.step(dt_ms, offer_ma, charging, phases)
        if self._config.mode == ph.NORMAL:
            self._do_without(uptime_s)
            return False
        self._count(dt_ms, uptime_s)
        if self.circuit.is_due(self._ev):
            self.circuit.reckon(self._ev, self._minimum_ma, charging, self.circuit.use())
        if self.mains.is_due(self._ev):
            self._use_mains(phases)
            return True
        return False

    def next_ms(self) -> int:
        """Return the time until something changes by itself, 0 for the next step, or -1."""
        next_ms = self.sun.next_ms()
        for left_ms in (
            self.mains.next_ms(self._ev) if self.mains.fitted else -1,
            self.circuit.next_ms(self._ev) if self.circuit.fitted else -1,
            self.tariff.next_ms(),
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    # Parts of the step

    def _do_without(self, uptime_s: int) -> None:
        """Do without the meters: in Normal mode a silent one is nobody's concern."""
        self._count_power(self.mains.use())
        self.circuit.use()
        self.mains.need_not()
        self.circuit.need_not()
        self._faults.report(f.MAINS_METER_SILENT, False, uptime_s)
        self._faults.report(f.CIRCUIT_METER_SILENT, False, uptime_s)

    def _count(self, dt_ms: int, uptime_s: int) -> None:
        self._faults.report(f.MAINS_METER_SILENT, self.mains.fitted and self.mains.miss(dt_ms), uptime_s)
        self._faults.report(
            f.CIRCUIT_METER_SILENT, self.circuit.fitted and self.circuit.miss(dt_ms), uptime_s
        )
        sun = self.sun
        if sun.stop_left_ms > 0:
            if sun.stop_left_ms <= dt_ms and self._choice.single():
                sun.extend()
            sun.step(dt_ms)
            self._claim_sun()
        else:
            sun.step(dt_ms)
        self.tariff.step(dt_ms)

    def _use_mains(self, phases: int) -> None:
        mains = self.mains
        draw = mains.draw
        elapsed_ms = mains.use()
        self._count_power(elapsed_ms)
        if not mains.reckon(self._ev, self._minimum_ma, self._charging, elapsed_ms):
            return
        phases = draw.used() if self._charging else self.likely_phases(phases)
        self.tariff.update(self.capacity, mains.readings, draw, phases, self._minimum_ma, self._charging)
        if self._config.mode == ph.SOLAR:
            self.sun.update(self.corrected_sum_ma(), draw.sum_ma(), phases, self._charging, draw.trusted())
            self._claim_sun()
        self._compare(elapsed_ms)

    def _correct(self) -> None:
        """Reckon the currents as they would be without the home battery (mission row S-092)."""
        current_ma = self.mains.readings.current_ma
        corrected_ma = self.corrected_ma
        battery_ma = self._battery.current_ma if self._config.mode == ph.SOLAR else 0
        if self._choice.contact2 == ph.ALWAYS_OFF:
            corrected_ma[0] = current_ma[0] - battery_ma
            corrected_ma[1] = current_ma[1]
            corrected_ma[2] = current_ma[2]
            return
        third_ma = battery_ma // 3 if battery_ma >= 0 else -(-battery_ma // 3)
        corrected_ma[0] = current_ma[0] - (battery_ma - 2 * third_ma)
        corrected_ma[1] = current_ma[1] - third_ma
        corrected_ma[2] = current_ma[2] - third_ma

    def _count_power(self, elapsed_ms: int) -> None:
        """Count what came from the grid since the reading before, whatever the mode is."""
        if elapsed_ms:
            self.capacity.power(self._net_power_w(), elapsed_ms)

    def _net_power_w(self) -> int:
        mains = self.mains.readings
        power_dw = 0
        for phase in range(3):
            voltage_dv = mains.voltage_dv[phase] or self._ev.voltage_dv[phase] or 2300
            # 200 A at 300 V in units of 0.1 W stays far inside the small integers.
            power_dw += mains.current_ma[phase] // 10 * voltage_dv // 100
        return power_dw // 10

    def _compare(self, elapsed_ms: int) -> None:
        """Weigh one phase against three."""
        choice = self._choice
        three = self.likely_phases(3)
        if not choice.is_auto() or three == 1:
            return
        minimum_ma = self._minimum_ma
        left_ma = self.mains.guard.left_ma
        l1_ma = min(left_ma[0], self._full_ma)
        least_ma = min(l1_ma, left_ma[1], left_ma[2])
        if self.circuit.fitted:
            circuit_ma = self.circuit.guard.left_ma
            l1_ma = min(l1_ma, circuit_ma[0])
            least_ma = min(least_ma, circuit_ma[0], circuit_ma[1], circuit_ma[2])
        one_ma = l1_ma
        three_ma = three * least_ma
        solar = self._config.mode == ph.SOLAR
        if solar:
            one_ma = min(one_ma, self.sun.sum_ma)
            three_ma = min(three_ma, self.sun.sum_ma)
        lack_ma = three * minimum_ma - three_ma
        if one_ma < minimum_ma:
            one_ma = 0
        # In Solar three phases go on at their minimum for a while, and what lacks comes from the grid: one phase
        # takes less of it.
        down_ma = min(lack_ma, (three - 1) * minimum_ma) if solar else one_ma
        if lack_ma <= 0:
            down_ma = one_ma - three_ma
        up_ma = three_ma - one_ma
        room_ma = -lack_ma - _ROOM_MA
        choice.compare(down_ma, min(up_ma, room_ma) if room_ma < 0 else up_ma, not self._charging, elapsed_ms)

    # Claims

    def _claim_fixed(self) -> None:
        if self._config.mode == ph.NORMAL:
            self._limits.release(lim.MAINS)
            self._limits.release(lim.CAPACITY)
            self.tariff.reset()
            if self.circuit.fitted:
                self._limits.claim(lim.CIRCUIT, self._config.circuit_ma)
            else:
                self._limits.release(lim.CIRCUIT)
        else:
            self.mains.claim()
            self.circuit.claim()
        self._claim_sun()

    def _claim_sun(self) -> None:
        if self._config.mode == ph.SOLAR:
            self._limits.claim(lim.SUN, self.sun.claim_ma)
        else:
            self._limits.release(lim.SUN)
