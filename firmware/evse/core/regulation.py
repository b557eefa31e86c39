"""What the surroundings of the station allow: meters, sun, tariff, inputs and temperature become claims.

Readings come in whenever a meter has new ones; `step` runs in every control step, but reckons only when there is
something new. Modes and rules: SmartEVSE v3 sheet, section 3; what differs from it is said where it does.
"""

from micropython import const

from evse.core import faults as f
from evse.core import limits as lim
from evse.core import phase_choice as ph
from evse.core.capacity import Capacity
from evse.core.capacity_guard import CapacityGuard
from evse.core.config import Config
from evse.core.draw import LATE_MS, Draw
from evse.core.guard import Guard
from evse.core.phase_choice import PhaseChoice
from evse.core.readings import NEVER_MS, Readings, highest_dv
from evse.core.shedding import grid_relay_ma
from evse.core.silence import Silence
from evse.core.site_inputs import SiteInputs
from evse.core.sun import Sun

CIRCUIT_SILENT_MS = const(20000)
BATTERY_VALID_MS = const(60000)
# A reading with a gap before it says nothing about that gap.
_LONGEST_GAP_MS = const(60000)
# The EV meter is read right after the mains meter.
_PAIR_WAIT_MS = const(400)
_EV_ALIVE_MS = const(5000)
# Three phases at their minimum must be left this much room.
_ROOM_MA = const(1500)


class Regulation:
    """Own the claims MAINS, CIRCUIT, CAPACITY, SUN, SHED, GRID_RELAY, TEMPERATURE and OVERRIDE."""

    def __init__(self, limits, faults, profile) -> None:
        self._limits = limits
        self._faults = faults
        self._profile = profile
        self.mains = Readings()
        self.circuit = Readings()
        self.ev = Readings()
        self.draw = Draw()
        self._circuit_draw = Draw()
        self.sun = Sun()
        self.capacity = Capacity()
        self.choice = PhaseChoice()
        self.battery_ma = 0
        self.corrected_ma = [0, 0, 0]
        self.override_ma = 0
        self.charging = False
        self._mains_guard = Guard()
        self._circuit_guard = Guard()
        self._site = SiteInputs(limits)
        self._tariff = CapacityGuard(limits)
        self._mains_silence = Silence()
        self._circuit_silence = Silence()
        self._config = Config()
        self._fresh = True
        self._minimum_ma = 6000
        self._full_ma = 6000
        self._battery_age_ms = NEVER_MS
        self._new_mains = False
        # Since the first reading that waits for its EV reading, and since the last one that was used.
        self._waiting_ms = 0
        self._unused_ms = 0
        self._unused_circuit_ms = 0
        self._new_circuit = False
        self._phases = 3

    # Settings and readings

    def configure(self, config, minimum_ma: int, full_ma: int) -> None:
        """Take new settings over; `full_ma` is the highest current the station itself may give."""
        before = self._config
        fresh = self._fresh
        self._fresh = False
        self._config = config
        self._minimum_ma = minimum_ma
        self._full_ma = full_ma
        self.choice.configure(config.contact2 if self._profile.has_c2 else ph.NOT_PRESENT, config.mode)
        self.sun.configure(config.start_ma, config.stop_ms, config.import_ma, minimum_ma)
        self.capacity.configure(config.capacity_mode, config.capacity_ma, config.capacity_intervals)
        self._tariff.configure(config.capacity_stop_ms)
        self._site.configure(config, full_ma)
        if fresh or before.mode != config.mode:
            self.sun.reset()
            if config.mode == ph.SOLAR:
                self.override_ma = 0
        if fresh or before.mains_meter != config.mains_meter:
            self.mains.forget()
            self._mains_guard.forget()
            self._new_mains = False
            self._mains_silence.heard()
        if fresh or before.circuit_meter != config.circuit_meter:
            self.circuit.forget()
            self._circuit_guard.forget()
            self._new_circuit = False
            self._circuit_silence.heard()
        late_ms = LATE_MS if config.mains_late else 0
        self._mains_guard.patience_ms = late_ms
        self.draw.late_ms = late_ms
        self._mains_guard.limit(config.mains_ma, minimum_ma, self.draw)
        self._circuit_guard.limit(config.circuit_ma, minimum_ma, self._circuit_draw)
        self._correct()
        self._claim_fixed()
        self._claim_relay()

    def set_override(self, current_ma: int) -> None:
        """Offer at most so much until told otherwise; 0 ends it. Solar mode has no override."""
        self.override_ma = 0 if self._config.mode == ph.SOLAR else current_ma
        self._claim_fixed()

    def mains_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the house connection, import positive."""
        self.mains.take(l1_ma, l2_ma, l3_ma)
        self._correct()
        self._mains_silence.heard()
        # The same values again are news when the car had long settled before them.
        if self._config.mains_meter and (self.mains.is_new or self.draw.settled_before(self.mains.value_ms)):
            self._new_mains = True

    def voltages(self, readings: Readings, l1_dv: int, l2_dv: int, l3_dv: int) -> None:
        """Take the voltages of the mains or the EV meter; 0 where it has none."""
        readings.take_voltages(l1_dv, l2_dv, l3_dv)
        self._site.relay_changed = True

    def circuit_reading(self, l1_ma: int, l2_ma: int, l3_ma: int) -> None:
        """Take new currents of the circuit that feeds the station."""
        self.circuit.take(l1_ma, l2_ma, l3_ma)
        self._circuit_silence.heard()
        circuit = self.circuit
        if self._config.circuit_meter and (
            circuit.is_new or self._circuit_draw.settled_before(circuit.value_ms)
        ):
            self._new_circuit = True

    def battery_reading(self, current_ma: int) -> None:
        """Take the current of the home battery, charging positive, all phases together."""
        self.battery_ma = current_ma
        self._battery_age_ms = 0
        self._correct()

    def unplugged(self) -> None:
        """Forget the car."""
        self.draw.unplugged()
        self._circuit_draw.unplugged()
        self.sun.reset()
        self._tariff.reset()

    @property
    def capacity_left_ms(self) -> int:
        """What is left of CAP STOP."""
        return self._tariff.left_ms

    def battery_counts(self) -> bool:
        """Return True while the battery's current is young enough to be used."""
        return self._battery_age_ms < BATTERY_VALID_MS

    def sum_ma(self) -> int:
        """Return the sum of the phases at the house connection."""
        return self.mains.sum_ma()

    def corrected_sum_ma(self) -> int:
        """Return the same after the correction for the home battery."""
        corrected_ma = self.corrected_ma
        return corrected_ma[0] + corrected_ma[1] + corrected_ma[2]

    # The control step

    def step(self, dt_ms: int, inputs, charging: bool, offer_ma: int, phases: int, uptime_s: int) -> None:
        """Let time pass and claim anew what has changed.

        `charging` while C1 is closed, `offer_ma` what the pilot offers, `phases` what the station uses.
        """
        self.mains.step(dt_ms)
        if self._unused_ms < NEVER_MS:
            self._unused_ms += dt_ms
        if self._new_mains:
            self._waiting_ms += dt_ms
        self.circuit.step(dt_ms)
        if self._unused_circuit_ms < _LONGEST_GAP_MS:
            self._unused_circuit_ms += dt_ms
        self.ev.step(dt_ms)
        self.charging = charging
        self.draw.step(dt_ms, offer_ma, charging, phases)
        if self._config.circuit_meter:
            self._circuit_draw.step(dt_ms, offer_ma, charging, phases)
        self.choice.step(dt_ms, phases)
        if self._battery_age_ms < BATTERY_VALID_MS:
            self._battery_age_ms += dt_ms
            if self._battery_age_ms >= BATTERY_VALID_MS:
                self._correct()
        self._site.step(dt_ms, inputs)
        if phases != self._phases or self._site.relay_changed:
            self._phases = phases
            self._claim_relay()
        if self._config.mode == ph.NORMAL:
            self._no_meters(uptime_s)
            return
        self._count(dt_ms, uptime_s)
        if self._new_mains and self._has_pair():
            self._use_mains()
        if self._new_circuit:
            self._new_circuit = False
            self._use_circuit()

    def next_ms(self) -> int:
        """Return the time until something changes by itself, 0 for the next step, or -1."""
        if self._new_circuit or self._site.relay_changed or (self._new_mains and self._has_pair()):
            return 0
        next_ms = _PAIR_WAIT_MS - self._waiting_ms if self._new_mains else self.sun.next_ms()
        for left_ms in (
            self._site.next_ms(),
            self.choice.next_ms(),
            self.draw.next_ms(),
            self._circuit_draw.next_ms() if self._config.circuit_meter else -1,
            self._silent_in_ms(),
            BATTERY_VALID_MS - self._battery_age_ms if self.battery_counts() else -1,
            self._tariff.next_ms(),
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    # Parts of the step

    def _count(self, dt_ms: int, uptime_s: int) -> None:
        config = self._config
        silent = config.mains_meter and self._mains_silence.step(dt_ms, config.mains_silent_ms)
        self._faults.report(f.MAINS_METER_SILENT, silent, uptime_s)
        silent = config.circuit_meter and self._circuit_silence.step(dt_ms, CIRCUIT_SILENT_MS)
        self._faults.report(f.CIRCUIT_METER_SILENT, silent, uptime_s)
        if self.sun.stop_left_ms > 0:
            if self.sun.stop_left_ms <= dt_ms and self.choice.single():
                self.sun.extend()
            self.sun.step(dt_ms)
            self._claim_sun()
        else:
            self.sun.step(dt_ms)
        self._tariff.step(dt_ms)

    def _has_pair(self) -> bool:
        """Return True when the EV reading that belongs to a mains reading is there, or is not waited for any more."""
        ev_ms = self.ev.age_ms
        mains_ms = self.mains.age_ms
        return ev_ms <= mains_ms or ev_ms >= _EV_ALIVE_MS or self._waiting_ms >= _PAIR_WAIT_MS

    def _take_mains(self) -> int:
        """Take the waiting reading; return the time since the one that was used before."""
        dt_ms = self._unused_ms
        self._new_mains = False
        self._waiting_ms = 0
        self._unused_ms = 0
        return dt_ms

    def _silent_in_ms(self) -> int:
        config = self._config
        if config.mode == ph.NORMAL:
            return -1
        next_ms = self._mains_silence.next_ms(config.mains_silent_ms) if config.mains_meter else -1
        if config.circuit_meter:
            left_ms = self._circuit_silence.next_ms(CIRCUIT_SILENT_MS)
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    def _no_meters(self, uptime_s: int) -> None:
        """Do without meters: in Normal mode a silent one is nobody's concern."""
        if self._new_mains:
            self._count_power(self._take_mains())
        self._new_circuit = False
        self._mains_silence.heard()
        self._circuit_silence.heard()
        self._faults.report(f.MAINS_METER_SILENT, False, uptime_s)
        self._faults.report(f.CIRCUIT_METER_SILENT, False, uptime_s)

    def _use_mains(self) -> None:
        mains = self.mains
        draw = self.draw
        elapsed_ms = self._take_mains()
        dt_ms = elapsed_ms if elapsed_ms < _LONGEST_GAP_MS else _LONGEST_GAP_MS
        draw.update(mains, self.ev, dt_ms)
        self._count_power(elapsed_ms)
        if draw.just_opened():
            return
        guard = self._mains_guard
        guard.update(mains, draw, self._minimum_ma, self.charging, dt_ms)
        self._claim_guard(lim.MAINS, guard)
        phases = draw.used() if self.charging else self._likely_phases(self._phases)
        self._tariff.update(self.capacity, mains, draw, phases, self._minimum_ma, self.charging)
        if self._config.mode == ph.SOLAR:
            self.sun.update(self.corrected_sum_ma(), draw.sum_ma(), phases, self.charging, draw.trusted())
            self._claim_sun()
        self._compare(dt_ms)
        self._claim_relay()

    def _use_circuit(self) -> None:
        circuit = self.circuit
        draw = self._circuit_draw
        dt_ms = self._unused_circuit_ms
        self._unused_circuit_ms = 0
        # Its own reckoning, because it is read at another moment than the mains.
        draw.update(circuit, self.ev, dt_ms)
        if draw.just_opened():
            return
        guard = self._circuit_guard
        guard.update(circuit, draw, self._minimum_ma, self.charging, dt_ms)
        self._claim_guard(lim.CIRCUIT, guard)

    def _correct(self) -> None:
        """Reckon the currents as they would be without the home battery (mission row S-092)."""
        current_ma = self.mains.current_ma
        corrected_ma = self.corrected_ma
        battery_ma = self.battery_ma if self.battery_counts() else 0
        if self._config.mode != ph.SOLAR:
            battery_ma = 0
        if self.choice.contact2 == ph.ALWAYS_OFF:
            corrected_ma[0] = current_ma[0] - battery_ma
            corrected_ma[1] = current_ma[1]
            corrected_ma[2] = current_ma[2]
            return
        third_ma = battery_ma // 3 if battery_ma >= 0 else -(-battery_ma // 3)
        corrected_ma[0] = current_ma[0] - (battery_ma - 2 * third_ma)
        corrected_ma[1] = current_ma[1] - third_ma
        corrected_ma[2] = current_ma[2] - third_ma

    def _count_power(self, dt_ms: int) -> None:
        """Count what came from the grid since the reading before, whatever the mode is."""
        self.capacity.power(self._net_power_w(), dt_ms)

    def _net_power_w(self) -> int:
        power_mw = 0
        for phase in range(3):
            voltage_dv = self.mains.voltage_dv[phase] or self.ev.voltage_dv[phase] or 2300
            # 200 A at 300 V in units of 0.1 W stays far inside the small integers.
            power_mw += self.mains.current_ma[phase] // 10 * voltage_dv // 100
        return power_mw // 10

    def _likely_phases(self, phases: int) -> int:
        """Return on how many of `phases` the car will draw."""
        car_phases = self.draw.car_phases
        return car_phases if 0 < car_phases < phases else phases

    def _compare(self, dt_ms: int) -> None:
        """Weigh one phase against three."""
        choice = self.choice
        if not choice.is_auto():
            return
        three = self._likely_phases(3)
        if three == 1:
            return
        idle = not self.charging
        minimum_ma = self._minimum_ma
        left_ma = self._mains_guard.left_ma
        l1_ma = min(left_ma[0], self._full_ma)
        least_ma = min(l1_ma, left_ma[1], left_ma[2])
        if self._config.circuit_meter:
            circuit_ma = self._circuit_guard.left_ma
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
        room_ma = -lack_ma - _ROOM_MA
        choice.compare(
            down_ma, min(three_ma - one_ma, room_ma) if room_ma < 0 else three_ma - one_ma, idle, dt_ms
        )

    # Claims

    def _claim_guard(self, slot: int, guard: Guard) -> None:
        claim_ma = guard.claim_ma
        self._limits.claim_phases(slot, claim_ma[0], claim_ma[1], claim_ma[2])

    def _claim_fixed(self) -> None:
        limits = self._limits
        config = self._config
        if config.mode == ph.NORMAL:
            limits.release(lim.MAINS)
            limits.release(lim.CAPACITY)
            self._tariff.reset()
        elif not config.mains_meter:
            limits.release(lim.MAINS)
        elif self.mains.age_ms >= config.mains_silent_ms:
            # Nobody knows yet what the house draws.
            limits.claim(lim.MAINS, 0)
        else:
            self._claim_guard(lim.MAINS, self._mains_guard)
        if not config.circuit_meter:
            limits.release(lim.CIRCUIT)
        elif config.mode == ph.NORMAL:
            limits.claim(lim.CIRCUIT, config.circuit_ma)
        elif self.circuit.age_ms >= CIRCUIT_SILENT_MS:
            limits.claim(lim.CIRCUIT, 0)
        else:
            self._claim_guard(lim.CIRCUIT, self._circuit_guard)
        self._claim_sun()
        if self.override_ma > 0:
            limits.claim(lim.OVERRIDE, self.override_ma)
        else:
            limits.release(lim.OVERRIDE)

    def _claim_sun(self) -> None:
        if self._config.mode == ph.SOLAR:
            self._limits.claim(lim.SUN, self.sun.claim_ma)
        else:
            self._limits.release(lim.SUN)

    def _claim_relay(self) -> None:
        """Claim what the grid operator's relay leaves, for the phases that are in use."""
        phases = self._phases
        if self.charging and self.draw.measured and self._config.mode != ph.NORMAL:
            phases = self.draw.used()
        voltage_dv = highest_dv(self.ev, self.mains)
        limits = self._site.claim_relay(phases, voltage_dv)
        three_ma = grid_relay_ma(self._likely_phases(3), voltage_dv)
        # Once it was too little it stays so until the relay closes, or a voltage that sways would switch phases.
        self.choice.allow(limits and (self.choice.only_one or three_ma < self._minimum_ma))
