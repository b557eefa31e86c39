"""A station in a house: loads and sun, a mains meter, and a car that follows its offer after a delay.

Currents are in mA per phase, import positive. Time moves in steps of 50 ms, which is enough for everything here.
"""

from bench_station import MV_6, MV_9, Bench, config

from evse.core import phase_choice as ph
from evse.core import states as s

STEP_MS = 50
START_MS = 8000


class House(Bench):
    """Change the attributes, then let time pass; `peaks_ma` has the highest mains current of each phase."""

    def __init__(self, settings, ev_meter: bool = True, delay_ms: int = 2000, meter_ms: int = 1000) -> None:
        Bench.__init__(self, settings)
        self.house_ma = [0, 0, 0]
        self.battery_ma = None
        self.car_phases = 3
        self.car_max_ma = 32000
        self.delay_ms_car = delay_ms
        self.follows = True
        self.meter_ms = meter_ms
        self.ev_meter = ev_meter
        self.meter_ok = True
        self.drawn_ma = [0, 0, 0]
        self.readings = 0
        self.noise_ma = 1
        self.switches = 0
        self.starts = 0
        self.over_mas = 0
        self._obeyed_ma = 0
        self._offers = []
        self._next_ms = 0
        self._phases = 3
        self._was_closed = False

    def mains_ma(self, phase: int) -> int:
        return self.house_ma[phase] + self.drawn_ma[phase]

    def sum_ma(self) -> int:
        return self.mains_ma(0) + self.mains_ma(1) + self.mains_ma(2)

    def step(self, dt_ms: int = STEP_MS) -> None:
        Bench.step(self, dt_ms)
        self._follow_offer()
        if self.now_ms >= self._next_ms:
            self._next_ms = self.now_ms + self.meter_ms
            self._read_meters()
        self._count(dt_ms)

    def run(self, duration_ms: int) -> None:
        end_ms = self.now_ms + duration_ms
        while self.now_ms < end_ms:
            self.step()

    def run_s(self, duration_s: int) -> None:
        self.run(duration_s * 1000)

    @property
    def offered_ma(self) -> int:
        return self.station.offered_ma()

    @property
    def regulation(self):
        return self.station.regulation

    def _follow_offer(self) -> None:
        """Let the car follow what it was offered `delay_ms_car` ago."""
        offers = self._offers
        offer_ma = self.offered_ma
        if not offers or offers[-1][1] != offer_ma:
            offers.append((self.now_ms + self.delay_ms_car, offer_ma))
        while offers and offers[0][0] <= self.now_ms:
            # The last entry stays, to tell a new offer from the present one.
            self._obeyed_ma = offers[0][1]
            if len(offers) == 1:
                break
            offers.pop(0)
        if self.pilot_mv == MV_9 and offer_ma >= 6000:
            self.pilot_mv = MV_6
        elif self.pilot_mv == MV_6 and offer_ma == 0 and self._obeyed_ma == 0 and self.follows:
            self.pilot_mv = MV_9
        draw_ma = min(self._obeyed_ma, self.car_max_ma) if self.follows else self.car_max_ma
        if draw_ma < 6000 or not self.c1.closed or self.pilot_mv != MV_6:
            draw_ma = 0
        for phase in range(3):
            on = phase < self.car_phases and (phase == 0 or self.c2.closed)
            self.drawn_ma[phase] = draw_ma if on else 0

    def _read_meters(self) -> None:
        if not self.meter_ok:
            return
        station = self.station
        # A real house is never the same twice.
        noise_ma = self.noise_ma * (self.readings % 2)
        station.mains_reading(self.mains_ma(0), self.mains_ma(1), self.mains_ma(2) + noise_ma)
        self.readings += 1
        if self.ev_meter:
            drawn_ma = self.drawn_ma
            power_w = (drawn_ma[0] + drawn_ma[1] + drawn_ma[2]) * 230 // 1000
            station.meter_currents(drawn_ma[0], drawn_ma[1], drawn_ma[2], power_w)
        if self.battery_ma is not None:
            station.battery_reading(self.battery_ma)

    def _count(self, dt_ms: int) -> None:
        if self.c1.closed and not self._was_closed:
            self.starts += 1
        self._was_closed = self.c1.closed
        if self.station.phases != self._phases:
            self._phases = self.station.phases
            self.switches += 1
        limit_ma = self.config.mains_ma
        for phase in range(3):
            over_ma = self.mains_ma(phase) - limit_ma
            if over_ma > 0 and self.drawn_ma[phase] > 0:
                self.over_mas += min(over_ma, self.drawn_ma[phase]) * dt_ms // 1000


def smart(**values):
    """Return settings of Smart mode: MAINS 25 A, MAX 16 A."""
    return config(**merged({"mode": ph.SMART, "mains_meter": True, "max_ma": 16000}, values))


def solar(**values):
    """Return settings of Solar mode: MAINS 25 A, MAX 16 A, START 4 A, STOP 10 min, IMPORT 0."""
    return config(**merged({"mode": ph.SOLAR, "mains_meter": True, "max_ma": 16000}, values))


def merged(defaults: dict, values: dict) -> dict:
    result = dict(defaults)
    result.update(values)
    return result


def plugged(settings, house_ma=(0, 0, 0), **car) -> House:
    """Return a house with a car that has been plugged in for a minute."""
    ways = {}
    for name in ("ev_meter", "delay_ms", "meter_ms"):
        if name in car:
            ways[name] = car.pop(name)
    house = House(settings, **ways)
    house.house_ma[:] = house_ma
    for name in car:
        setattr(house, name, car[name])
    house.run(START_MS)
    house.plug(MV_9)
    house.run_s(75)
    return house


def steady(house: House) -> None:
    """Assert that the car charges and nothing changes for a minute."""
    assert house.state == s.C
    offered_ma = house.offered_ma
    house.run_s(60)
    assert house.state == s.C
    assert house.offered_ma == offered_ma
