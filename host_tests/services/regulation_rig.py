"""A station in a house where anything may change: loads, sun, meters, cars, inputs and settings.

Time moves in steps of 50 ms and the regulation rules are checked after each. Currents are in mA per phase, import
positive; nothing here asks the firmware what it thinks, except where a rule is about just that.
"""

from collections import deque
from copy import copy

from bench_station import MV_6, MV_9, PP_13A_MV, PP_20A_MV, PP_32A_MV, UNPLUGGED, Bench, config
from regulation_rules import RegulationRules

from evse.core import phase_choice as ph
from evse.core import states as s

STEP_MS = 50
SETTLE_MS = 8_000
# The place of an appliance that comes and goes is kept for up to seven minutes, then a lack of power ends after one.
CHARGE_AGAIN_MS = 540_000
# What the rules look back on.
_HISTORY_STEPS = 2400

CABLES = {PP_13A_MV: 13_000, PP_20A_MV: 20_000, PP_32A_MV: 32_000}
HEALTHY = {
    "mode": ph.SMART, "mains_meter": True, "max_ma": 16000, "installer_ma": 32000, "minimum_ma": 6000,
    "mains_ma": 25000, "mains_silent_ms": 11000, "contact2": ph.ALWAYS_ON, "socket": True,
}  # fmt: skip


class Meter:
    """A meter that measures every `period_ms`, tells it `late_ms` later, and now and then loses a reading."""

    def __init__(self, measure, tell) -> None:
        self.fitted = True
        self.ok = True
        self.period_ms = 1000
        self.late_ms = 0
        # When one of these was changed last.
        self.changed_ms = -1_000_000
        # The next so many readings are lost.
        self.lose = 0
        # When each of the last readings was measured, and when it was told.
        self.told = deque(maxlen=4)
        self.told_ms = -1_000_000
        self._measure = measure
        self._tell = tell
        self._under_way = deque()
        self._next_ms = 0

    def change(self, now_ms: int, **values) -> None:
        for name, value in values.items():
            setattr(self, name, value)
        self.changed_ms = now_ms

    def step(self, now_ms: int) -> None:
        if now_ms >= self._next_ms:
            self._next_ms = now_ms + self.period_ms
            if self.fitted and self.ok and not self.lose:
                self._under_way.append((now_ms, self._measure()))
            self.lose = max(0, self.lose - 1)
        while self._under_way and self._under_way[0][0] + self.late_ms <= now_ms:
            measured_ms, values = self._under_way.popleft()
            if self.fitted:
                self.told.append(measured_ms)
                self.told_ms = now_ms
                self._tell(values)


class Car:
    """A car that does what it was offered `delay_ms` ago, as far as it can, or nothing of it."""

    def __init__(self) -> None:
        self.phases = 3
        self.delay_ms = 1000
        self.max_ma = 32000
        # It may draw a little less than it is offered.
        self.gain_permille = 1000
        self.follows = True
        self.asks = True
        self.obeyed_ma = 0
        self._offers = deque()

    def step(self, now_ms: int, offer_ma: int) -> None:
        offers = self._offers
        if not offers or offers[-1][1] != offer_ma:
            offers.append((now_ms + self.delay_ms, offer_ma))
        while offers and offers[0][0] <= now_ms:
            if self.follows:
                self.obeyed_ma = offers[0][1]
            if len(offers) == 1:
                break
            offers.popleft()

    def draw_ma(self) -> int:
        draw_ma = min(self.obeyed_ma * self.gain_permille // 1000, self.max_ma)
        return draw_ma if self.obeyed_ma >= 6000 else 0


class World(Bench):
    """Change the attributes, or `set` settings, then let time pass; every step checks the rules."""

    def __init__(self, **settings) -> None:
        Bench.__init__(self, config(**(HEALTHY | settings)))
        # Where no C2 is fitted, C1 switches all phases.
        self._flicker_ma = 0
        self.has_c2 = self.config.contact2 != ph.NOT_PRESENT
        self.rules = RegulationRules()
        self.steps = 0
        self.closed_steps = 0
        self.starts = 0
        self.house_ma = [0, 0, 0]
        # Load beside the station on the circuit that feeds it; part of the house's.
        self.beside_ma = [0, 0, 0]
        self.drawn_ma = [0, 0, 0]
        self.voltage_dv = 2300
        self.voltage_ms = 0
        self.battery_ma: int | None = None
        self.battery_ms = -1_000_000
        self.battery_told_ma = 0
        self.override_ma = 0
        self.ev_permille = 1000
        self.car = Car()
        self.mains = Meter(self._mains_now, self._tell_mains)
        self.ev = Meter(self._ev_now, self._tell_ev)
        self.circuit = Meter(self._circuit_now, self._tell_circuit)
        self.circuit.fitted = self.config.circuit_meter
        # Corrected sums of the last readings, newest last.
        self.sums_ma = deque(maxlen=4)
        # (time, house currents, currents beside) of each step.
        self.history = deque(maxlen=_HISTORY_STEPS)
        self.settings_ms = 0
        self.earlier = self.config
        self.plugged_ms = -1
        self._closed = False

    # Time

    def step(self, dt_ms: int = STEP_MS) -> None:
        Bench.step(self, dt_ms)
        self.steps += 1
        self._follow_offer()
        for meter in (self.ev, self.circuit, self.mains):
            meter.step(self.now_ms)
        self.history.append((self.now_ms, tuple(self.house_ma), tuple(self.beside_ma)))
        self.closed_steps += self.c1.closed
        self.starts += self.c1.closed and not self._closed
        self._closed = self.c1.closed
        self.rules.check(self)

    def run(self, duration_ms: int) -> None:
        for _ in range(duration_ms // STEP_MS):
            self.step()

    def until_charging(self, limit_ms: int) -> None:
        begin_ms = self.now_ms
        while not self.drawn_ma[0]:
            station = self.station
            waited = f"state {station.charger.state}, winner {station.limits.winner}, faults {self.faults()}"
            assert self.now_ms - begin_ms < limit_ms, f"no charging within {limit_ms} ms: {waited}"
            self.step()

    # What may change

    def set(self, **values) -> None:
        """Change settings; they act with the next step."""
        self.earlier = self.config
        self.config = copy(self.config)
        for name, value in values.items():
            assert hasattr(self.config, name)
            setattr(self.config, name, value)
        self.settings_ms = self.now_ms
        if self.config.mode == ph.SOLAR and self.earlier.mode != ph.SOLAR:
            self.override_ma = 0
        self.circuit.fitted = self.config.circuit_meter
        self.station.configure(self.config)
        self.rules.settings_changed(self)

    def plug_in(self, car: Car | None = None) -> None:
        if car is not None:
            self.car = car
        self.pilot_mv = MV_9
        self.plugged_ms = self.now_ms

    def plug_out(self) -> None:
        self.pilot_mv = UNPLUGGED
        self.car.follows = True
        self.plugged_ms = -1

    def remove_ev_meter(self) -> None:
        self.ev.change(self.now_ms, fitted=False)
        self.station.meter_gone()

    def voltage(self, voltage_dv: int) -> None:
        self.voltage_dv = voltage_dv
        self.voltage_ms = self.now_ms

    def override(self, current_ma: int) -> None:
        self.override_ma = 0 if self.config.mode == ph.SOLAR else current_ma
        self.station.set_override(current_ma)

    def charge(self) -> None:
        """Let time pass until the car that is plugged in now draws."""
        self.run(SETTLE_MS)
        self.plug_in()
        self.until_charging(CHARGE_AGAIN_MS)

    def recover(self) -> None:
        """Make everything healthy and plug a new car in: it must get current."""
        self.plug_out()
        self.run(2000)
        self.house_ma[:] = [1000, 1000, 1000]
        self.beside_ma[:] = [0, 0, 0]
        self.voltage(2300)
        self.inputs.in1 = self.inputs.in2 = False
        self.inputs.switch = True
        self.inputs.temp_mc = 25000
        self.pp_mv = PP_32A_MV
        self.battery_ma = None
        for meter in (self.mains, self.ev, self.circuit):
            meter.change(self.now_ms, ok=True, lose=0)
        self.override(0)
        self.station.set_access(s.ACCESS_ON)
        healthy = copy(self.config)
        for name, value in HEALTHY.items():
            setattr(healthy, name, value)
        healthy.contact2 = ph.ALWAYS_ON if self.has_c2 else ph.NOT_PRESENT
        self.set(
            **(
                vars(healthy)
                | {"capacity_mode": 0, "circuit_meter": False, "shed_active_low": False, "switch": 0}
            )
        )
        self.run(SETTLE_MS)
        self.station.reset_faults()
        self.plug_in(Car())
        self.until_charging(CHARGE_AGAIN_MS)
        self.run(5000)

    # What the rules look at

    @property
    def offer_ma(self) -> int:
        return self.station.offered_ma()

    def mains_ma(self, phase: int) -> int:
        return self.house_ma[phase] + self.drawn_ma[phase]

    def circuit_ma(self, phase: int) -> int:
        return self.beside_ma[phase] + self.drawn_ma[phase]

    def closed_phases(self) -> int:
        """Return how many phases of the socket are live."""
        if not self.c1.closed:
            return 0
        return 3 if self.c2.closed or not self.has_c2 else 1

    def cable_ma(self) -> int:
        return CABLES[self.pp_mv] if self.config.socket else 1_000_000

    def corrected_ma(self, sum_ma: int) -> int:
        """Return a sum of the mains currents less what a home battery takes, as Solar mode reckons."""
        if self.config.mode == ph.SOLAR and self.now_ms - self.battery_ms < 11_000:
            return sum_ma - self.battery_told_ma
        return sum_ma

    # The meters

    def _mains_now(self) -> tuple:
        return tuple(self.mains_ma(phase) for phase in range(3)), self.voltage_dv, self.battery_ma

    def _tell_mains(self, values: tuple) -> None:
        currents, voltage_dv, battery_ma = values
        if battery_ma is not None:
            self.station.battery_reading(battery_ma)
            self.battery_told_ma = battery_ma
            self.battery_ms = self.now_ms
        self.station.mains_voltage(voltage_dv, voltage_dv, voltage_dv)
        # A real house is never the same twice.
        self._flicker_ma = 1 - self._flicker_ma
        self.station.mains_reading(currents[0], currents[1], currents[2] + self._flicker_ma)
        self.sums_ma.append(self.corrected_ma(sum(currents)))

    def _ev_now(self) -> tuple:
        drawn_ma = [current_ma * self.ev_permille // 1000 for current_ma in self.drawn_ma]
        return drawn_ma, self.voltage_dv

    def _tell_ev(self, values: tuple) -> None:
        currents, voltage_dv = values
        self.station.meter_voltage(voltage_dv, voltage_dv, voltage_dv)
        l1_ma, l2_ma, l3_ma = currents
        self.station.meter_currents(l1_ma, l2_ma, l3_ma, (l1_ma + l2_ma + l3_ma) * voltage_dv // 10000)

    def _circuit_now(self) -> tuple:
        return tuple(self.circuit_ma(phase) for phase in range(3))

    def _tell_circuit(self, currents: tuple) -> None:
        self.station.circuit_reading(*currents)

    # The car

    def _follow_offer(self) -> None:
        car = self.car
        offer_ma = self.offer_ma
        car.step(self.now_ms, offer_ma)
        if self.pilot_mv == MV_9 and offer_ma >= 6000 and car.asks:
            self.pilot_mv = MV_6
        elif self.pilot_mv == MV_6 and car.follows and (car.obeyed_ma == 0 == offer_ma or not car.asks):
            self.pilot_mv = MV_9
        charging = self.c1.closed and self.pilot_mv == MV_6
        live = self.closed_phases() if charging else 0
        draw_ma = car.draw_ma()
        for phase in range(3):
            self.drawn_ma[phase] = draw_ma if phase < min(live, car.phases) else 0
