"""One run: a day, a car, settings and a regulator in virtual time."""

from collections.abc import Callable
from dataclasses import dataclass, field

from replay_lib.bound import Bound, perfect_foresight
from replay_lib.cars import CARS, DEFAULT_CAR
from replay_lib.day import VOLTS, Day
from replay_lib.figures import Figures
from replay_lib.options import make_settings, reference_limits
from replay_lib.plant import Plant
from replay_lib.reference_station import ReferenceStation
from replay_lib.station_regulator import StationRegulator
from replay_lib.timeline import Timeline

STEP_MS = 10
REGULATORS = ("microevse", "reference")
_PROGRESS_S = 600


@dataclass
class Plan:
    """What to run; times in ms."""

    day: Day
    settings: dict[str, str] = field(default_factory=dict)
    car: str = ""
    regulator: str = REGULATORS[0]
    meter_period_ms: int = 1000
    meter_latency_ms: int = 200
    label: str = ""


@dataclass
class Outcome:
    """What came of a plan."""

    plan: Plan
    car: str
    shown_settings: dict[str, object]
    figures: Figures
    timeline: Timeline
    bound: Bound


class Run:
    """Move plant and regulator through a day; `go` does all of it."""

    def __init__(self, plan: Plan) -> None:
        """Build everything; FieldError for settings that the station does not take."""
        day = plan.day
        self._plan = plan
        self.settings = make_settings({**day.settings, **plan.settings}, day.circuit_ma is not None)
        self.car = plan.car or day.car or DEFAULT_CAR
        limits = reference_limits(self.settings, CARS[self.car].cable_a)
        self.limits = limits
        self.plant = Plant(day, CARS[self.car], day.needs_wh)
        self.plant.world.c2_fitted = limits.contact2 != 0
        # The first step, so that the second that the station counts ends just before each reading.
        self._first_ms = plan.meter_latency_ms - STEP_MS
        self.regulator = (
            ReferenceStation(self.plant, limits, self._first_ms + STEP_MS)
            if plan.regulator == "reference"
            else StationRegulator(self.plant, self.settings)
        )
        capacity_ma = limits.capacity * 1000 if limits.cap_mode == 1 else 0
        circuit_ma = self.settings.get("MaxCircuit") * 1000 if self.settings.get("CircuitMeter") else 0
        self.figures = Figures(limits.mains * 1000, limits.max * 1000, capacity_ma, day.start_s, circuit_ma)
        self.timeline = Timeline(day.length_s)
        self._held_ms = 0
        self._car_ma = [0, 0, 0]
        self._c1_closed = False
        self._sample: list[int] = [0, 0, 0]
        self._circuit_sample: list[int] = [0, 0, 0]
        self._next_sample_ms = 0
        self._sampled = False

    def go(self, progress: Callable[[int, int], None] | None = None) -> Outcome:
        """Run the whole day; `progress(second, seconds)` is called now and then."""
        plan, plant, regulator = self._plan, self.plant, self.regulator
        length_s = plan.day.length_s
        end_ms = length_s * 1000
        second = 0
        now_ms = self._first_ms
        tell_ms = self._first_ms + STEP_MS
        self._begin_second(0)
        while now_ms < end_ms:
            plant.set_clock(now_ms)
            if now_ms >= tell_ms:
                self._tell(now_ms)
                tell_ms += 1000
            regulator.step(now_ms)
            if plant.world.current_ma != self._car_ma:
                self._flow_changed(now_ms)
            if plant.world.c1.closed != self._c1_closed:
                self._c1_moved()
            now_ms = self._next_step(now_ms, tell_ms)
            while (second + 1) * 1000 <= now_ms:
                self._end_second(second)
                second += 1
                if second == length_s:
                    break
                self._begin_second(second)
                if progress and second % _PROGRESS_S == 0:
                    progress(second, length_s)
        bound = perfect_foresight(self.timeline, self.limits, CARS[self.car], plan.day)
        shown = {row["label"]: row["value"] for row in self.settings.describe()}
        return Outcome(plan, self.car, shown, self.figures, self.timeline, bound)

    def _next_step(self, now_ms: int, tell_ms: int) -> int:
        """Return the time of the next control step that may change something.

        It follows a step of the usual length, so that no timer counts the whole jump.
        """
        quiet_ms = tell_ms - now_ms
        for left_ms in (self.regulator.next_ms(now_ms), self.plant.world.next_ms()):
            if 0 <= left_ms < quiet_ms:
                quiet_ms = left_ms
        steps = (quiet_ms + STEP_MS - 1) // STEP_MS - 1
        return now_ms + STEP_MS * (steps if steps > 1 else 1)

    def _begin_second(self, second: int) -> None:
        self.plant.second(second)
        if second * 1000 >= self._next_sample_ms:
            self._sample = self.plant.mains_ma()
            self._circuit_sample = self.plant.circuit_ma()
            self._next_sample_ms += self._plan.meter_period_ms
            self._sampled = True

    def _end_second(self, second: int) -> None:
        self._hold((second + 1) * 1000)
        self.timeline.note(second, self.plant, self.regulator)

    def _tell(self, now_ms: int) -> None:
        """Let the readings arrive: time and EV meter every second, the mains meter when it has a new value."""
        regulator, plant = self.regulator, self.plant
        regulator.wall_time(self._plan.day.start_s + now_ms // 1000)
        world = plant.world
        regulator.car_reading(world.current_ma, sum(world.current_ma) * VOLTS // 1000)
        if self._sampled:
            self._sampled = False
            if plant.has_battery:
                regulator.battery_reading(plant.battery_ma)
            regulator.mains_reading(self._sample)
            # The reference is modelled without a circuit meter.
            if self.figures.circuit and isinstance(regulator, StationRegulator):
                regulator.circuit_reading(self._circuit_sample)

    def _flow_changed(self, now_ms: int) -> None:
        self._hold(now_ms)
        self._car_ma = list(self.plant.world.current_ma)

    def _hold(self, now_ms: int) -> None:
        """Count the currents since the last change."""
        dt_ms = now_ms - self._held_ms
        if dt_ms > 0:
            plant = self.plant
            self.figures.hold(dt_ms, plant.house_ma, plant.battery_ma, self._car_ma, plant.others_ma)
        self._held_ms = now_ms

    def _c1_moved(self) -> None:
        world = self.plant.world
        self._c1_closed = world.c1.closed
        self.figures.switched(world.c1.closed, 3 if world.c2.closed or not world.c2_fitted else 1)
