"""The world around the simulated station: car, cable, contactors, lock, mains and meter readings.

World time and firmware time are one clock. `step` moves the world to a tick with the outputs that the
station gave last; the world itself is only changed through `set`.
"""

from evse.core import ticks
from evse.core.pilot import STATIC_LOW, offered_ma
from simworld.car import UNITS_PER_WH, Car
from simworld.measuring import Held, Point
from simworld.parts import Contact, LockActuator, Noise, ResidualDevice
from simworld.world_table import ROWS, check, parse_utc

# Voltage at the sensing pin: 1.723 V + 0.1299 V per pilot volt, clipped by the supply (facts: section 1.3).
_OFFSET_UV = 1723000
_SLOPE_UV = 129900
_CLIP_MV = 3280
_PP_OPEN_MV = 3300
_PP_MV = {13: 1980, 20: 1336, 32: 595, 63: 300}


def pilot_mv(volts: int) -> int:
    """Return the voltage at the sensing pin for a voltage on the pilot."""
    return min((_OFFSET_UV + _SLOPE_UV * volts) // 1000, _CLIP_MV)


class World:
    """All world inputs and what follows from them."""

    def __init__(self, now: int) -> None:
        self.values = {row.name: row.default for row in ROWS}
        self.car = Car(self.values)
        self.c1 = Contact(self.values, "c1")
        self.c2 = Contact(self.values, "c2")
        self.lock = LockActuator(self.values)
        self.residual = ResidualDevice(self.values)
        # What is fitted to the station.
        self.c2_fitted = True
        self.socket = True
        # What flows to the car, at the house connection in all, and through the circuit of the station.
        self.ev = Point()
        self.mains = Point()
        self.circuit = Point()
        self.shown_mains = Held(self.mains, now)
        self.current_ma = self.ev.current_ma
        self.voltage_dv = [2300, 2300, 2300]
        self._flowing_ma = -1
        self._flowing_l2_l3 = False
        self.utc_s = None
        self._utc_at = now
        self._now = now
        self._noise = Noise(4711)
        self._permille = 1000
        self._connected = False

    # Inputs

    def set(self, changes: dict) -> None:
        """Change world inputs all together; FieldError names the first bad one and nothing changes."""
        for name in sorted(changes):
            check(name, changes[name])
        plug_before = self.values["car.pilot"]
        for name in changes:
            self.values[name] = changes[name]
        if "car.pilot" in changes:
            if "car.auto" not in changes:
                self.values["car.auto"] = False
            if plug_before == "A" or self.values["car.pilot"] == "A":
                self.car.plug_changed()
        if "clock.utc" in changes:
            text = changes["clock.utc"]
            self.utc_s = None if text is None else parse_utc(text)
            self._utc_at = self._now
        self._set_voltages()
        self._flow()

    def restore(self, name: str, value) -> None:
        """Put one input back to what it was before a restart; FieldError for what it cannot take."""
        check(name, value)
        self.values[name] = value
        self._set_voltages()
        self._flow()

    def unix_s(self) -> int:
        """Return wall time in seconds since 1970, 0 while nobody set it."""
        return 0 if self.utc_s is None else self.utc_s

    def set_unix_s(self, unix_s: int) -> None:
        """Take the wall time from the station."""
        self.utc_s = unix_s
        self._utc_at = self._now

    # What the station does to it

    def drive_pilot(self, permille: int, connected: bool) -> None:
        """Take over what the station puts on the pilot."""
        self._permille = permille
        self._connected = connected

    def step(self, now: int) -> None:
        """Let time pass until tick `now`."""
        dt_ms = ticks.diff(now, self._now)
        self._now = now
        if self.utc_s is not None:
            elapsed_ms = ticks.diff(now, self._utc_at)
            if elapsed_ms >= 1000:
                self.utc_s += elapsed_ms // 1000
                self._utc_at = ticks.add(self._utc_at, elapsed_ms // 1000 * 1000)
        self.car.got_units += self.ev.flow_units * dt_ms
        self.ev.count(dt_ms)
        self.mains.count(dt_ms)
        self.circuit.count(dt_ms)
        self.shown_mains.step(now, self.values["meter.period_ms"])
        self.c1.step(dt_ms)
        self.c2.step(dt_ms)
        self.lock.step(dt_ms)
        self.residual.step(dt_ms)
        live = self.c1.closed and self.voltage_dv[0] > 0
        offer_ma = offered_ma(self._permille) if self._connected else 0
        static_low = self._connected and self._permille == STATIC_LOW
        if self._no_cable():
            offer_ma, static_low, live = 0, False, False
        self.car.step(offer_ma, static_low, live, dt_ms)
        if self.car.draws_ma != self._flowing_ma or self._l2_l3_live() != self._flowing_l2_l3:
            self._flow()

    def next_ms(self) -> int:
        """Return how long nothing in the world changes by itself; 0 for not at all, -1 for ever."""
        if self.values["car.noise_mv"]:
            return 0
        next_ms = self._full_in_ms()
        for left_ms in (
            self.c1.next_ms(),
            self.c2.next_ms(),
            self.lock.next_ms(),
            self.residual.next_ms(),
            self.car.next_ms(self.c1.closed),
        ):
            if left_ms >= 0 and (next_ms < 0 or left_ms < next_ms):
                next_ms = left_ms
        return next_ms

    # What the station measures

    def sense_pilot(self, inputs) -> None:
        """Fill the pilot bursts."""
        permille = self._permille
        if not self._connected:
            self._sense(inputs, pilot_mv(12), None)
            return
        volts = 12 if self._no_cable() else self.car.level_v()
        if volts == -12:
            low_mv = pilot_mv(-12)
            self._sense(inputs, low_mv, low_mv)
            return
        # Behind a diode the negative half is not loaded; without one, or in a short, it is.
        loaded = not self.values["car.diode"] or volts == 0
        low_mv = pilot_mv(-volts if loaded else -12)
        if permille == STATIC_LOW:
            self._sense(inputs, None, low_mv)
        else:
            self._sense(inputs, pilot_mv(volts), low_mv if permille < 1000 else None)

    def proximity_mv(self) -> int:
        """Return the voltage at the proximity pin."""
        raw_mv = self.values["cable.pp_mv"]
        if raw_mv is not None:
            return raw_mv
        rating_a = self.values["cable.rating_a"]
        return _PP_OPEN_MV if rating_a is None else _PP_MV[rating_a]

    def _no_cable(self) -> bool:
        values = self.values
        return self.socket and values["cable.rating_a"] is None and values["cable.pp_mv"] is None

    def _sense(self, inputs, high_mv, low_mv) -> None:
        noise_mv = self.values["car.noise_mv"]
        for mv, low_part in ((high_mv, False), (low_mv, True)):
            least = most = -1
            if mv is not None:
                least = most = mv
                if noise_mv:
                    least = max(0, mv - self._noise.below(noise_mv + 1))
                    most = min(_CLIP_MV, mv + self._noise.below(noise_mv + 1))
            if low_part:
                inputs.pilot_low_min_mv = least
                inputs.pilot_low_max_mv = most
            else:
                inputs.pilot_high_min_mv = least
                inputs.pilot_high_max_mv = most

    # Currents and energy

    def _l2_l3_live(self) -> bool:
        return self.c2.closed or not self.c2_fitted

    def _flow(self) -> None:
        values = self.values
        voltage_dv = self.voltage_dv
        draws_ma = self._flowing_ma = self.car.draws_ma
        live = self._flowing_l2_l3 = self._l2_l3_live()
        l2_ma = draws_ma if values["car.phases"] >= 2 and live else 0
        l3_ma = draws_ma if values["car.phases"] >= 3 and live else 0
        self.ev.flow(draws_ma, l2_ma, l3_ma, voltage_dv)
        drawn_ma = self.current_ma
        for point, place in ((self.mains, "house"), (self.circuit, "circuit")):
            point.flow(
                values[place + ".l1_ma"] + drawn_ma[0],
                values[place + ".l2_ma"] + drawn_ma[1],
                values[place + ".l3_ma"] + drawn_ma[2],
                voltage_dv,
            )

    def _set_voltages(self) -> None:
        for phase in range(3):
            own_dv = self.values["mains.l%d_dv" % (phase + 1)]
            self.voltage_dv[phase] = self.values["mains.voltage_dv"] if own_dv is None else own_dv

    def _full_in_ms(self) -> int:
        needs_wh = self.values["car.needs_wh"]
        flow = self.ev.flow_units
        if needs_wh is None or flow <= 0:
            return -1
        return max(0, (needs_wh * UNITS_PER_WH - self.car.got_units) // flow)
