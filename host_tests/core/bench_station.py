"""A station on a bench: one car, its cable, contactors and lock as simple parts, and a clock that the test moves.

The clock starts 5 s before the ticks wrap. Times are given in ms since the first control step.
"""

from evse.core import faults as f
from evse.core import lock, ticks
from evse.core import states as s
from evse.core.config import Config
from evse.core.io import LOCK_DRIVE_LOCK, LOCK_IDLE, NOT_SAMPLED, Inputs, Outputs
from evse.core.pilot import STATIC_HIGH, STATIC_LOW, PilotWindows
from evse.core.profile import Profile
from evse.core.station import STEP_MS, Station

START_TICKS = ticks.PERIOD - 5000

# Rows of (low mV, high mV, rating in A), and readings in the middle of them.
PROXIMITY = ((200, 400, 63), (500, 700, 32), (1200, 1400, 20), (200, 2800, 13))
PP_63A_MV = 300
PP_32A_MV = 595
PP_20A_MV = 1336
PP_13A_MV = 1980
PP_OPEN_MV = 3300
PP_SHORT_MV = 0

# Millivolts at the sensing pin for pilot volts.
MV_12 = 3280
MV_9 = 2892
MV_6 = 2502
MV_3 = 2112
MV_0 = 1723
MV_N12 = 164
# What the low part of the PWM shows when the negative half is loaded as well.
MV_NO_DIODE = 944

UNPLUGGED = MV_12
LOCK_MOVE_MS = 250


def profile(
    has_c2: bool = True,
    has_lock: bool = True,
    ventilated: bool = False,
    max_current_ma: int = 80000,
    has_inputs: bool = True,
    has_test: bool = False,
) -> Profile:
    windows = PilotWindows()
    return Profile(windows, PROXIMITY, has_c2, has_lock, ventilated, max_current_ma, has_inputs, has_test)


def config(**values) -> Config:
    """Return settings of a 32 A socket, changed by `values`."""
    settings = Config()
    settings.max_ma = 32000
    for name in values:
        assert hasattr(settings, name)
        setattr(settings, name, values[name])
    return settings


class Contact:
    """A contactor that follows its command after `delay_ms`, unless it is welded or stuck."""

    def __init__(self) -> None:
        self.closed = False
        self.delay_ms = 20
        self.welded = False
        self.stuck = False
        self._command = False
        self._elapsed_ms = 0

    def step(self, command: bool, dt_ms: int) -> None:
        if command != self._command:
            self._command = command
            self._elapsed_ms = 0
        self._elapsed_ms += dt_ms
        if self._elapsed_ms >= self.delay_ms:
            self.closed = command
        if self.welded:
            self.closed = True
        elif self.stuck:
            self.closed = False


class Bench:
    """A station and the world around it; change the attributes, then let time pass."""

    def __init__(self, settings: Config | None = None, fitted: Profile | None = None) -> None:
        self.profile = fitted if fitted is not None else profile()
        self.station = Station(self.profile)
        self.config = settings if settings is not None else config()
        self.station.configure(self.config)
        self.inputs = Inputs()
        self.outputs = Outputs()
        self.now_ms = 0
        self.pilot_mv = UNPLUGGED
        # A burst whose samples differ reaches down to this; None: all samples are equal.
        self.pilot_min_mv = None
        self.diode = True
        self.pp_mv = PP_32A_MV
        self.c1 = Contact()
        self.c2 = Contact()
        self.feedback = True
        self.lock_feedback = True
        self.lock_jammed = False
        self.bolt_locked = False
        self._driven_ms = 0
        self._drive = LOCK_IDLE
        self._next_dt_ms = 0

    # Time

    def step(self, dt_ms: int = STEP_MS) -> None:
        """Let `dt_ms` pass, then do one control step."""
        self._move(dt_ms if self._next_dt_ms else 0)
        self._next_dt_ms = dt_ms
        self._sense()
        self.decide()

    def decide(self) -> None:
        now = ticks.add(START_TICKS, self.now_ms)
        self.station.step(now, self.inputs, self.outputs)

    def run(self, duration_ms: int) -> None:
        """Do control steps for so long."""
        for _ in range(duration_ms // STEP_MS):
            self.step()

    def until(self, condition, limit_ms: int = 100000) -> int:
        """Do control steps until `condition(bench)`; return how long that took."""
        begin_ms = self.now_ms
        while not condition(self):
            assert self.now_ms - begin_ms < limit_ms, "did not happen"
            self.step()
        return self.now_ms - begin_ms

    def until_state(self, state: int, limit_ms: int = 100000) -> int:
        """Do control steps until the state is reached; return how long that took."""
        return self.until(lambda bench: bench.state == state, limit_ms)

    # What the station shows

    @property
    def state(self) -> int:
        return self.station.charger.state

    @property
    def delay_ms(self) -> int:
        return self.station.charger.charge_delay_ms

    def faults(self) -> list:
        return f.active_codes(self.station.faults.active)

    # The car

    def plug(self, pilot_mv: int = MV_9) -> None:
        self.pilot_mv = pilot_mv

    def unplug(self) -> None:
        self.pilot_mv = UNPLUGGED

    def noise(self, low_mv: int, high_mv: int) -> None:
        """Let the samples of each burst spread from `low_mv` to `high_mv`."""
        self.pilot_min_mv = low_mv
        self.pilot_mv = high_mv

    def quiet(self, pilot_mv: int) -> None:
        self.pilot_min_mv = None
        self.pilot_mv = pilot_mv

    # The parts

    def _move(self, dt_ms: int) -> None:
        self.now_ms += dt_ms
        self.c1.step(self.outputs.c1, dt_ms)
        self.c2.step(self.outputs.c2, dt_ms)
        if self.outputs.lock != self._drive:
            self._drive = self.outputs.lock
            self._driven_ms = 0
        if self._drive != LOCK_IDLE and not self.lock_jammed:
            self._driven_ms += dt_ms
            if self._driven_ms >= LOCK_MOVE_MS:
                self.bolt_locked = self._drive == LOCK_DRIVE_LOCK

    def _sense(self) -> None:
        inputs = self.inputs
        permille = self.outputs.pilot_permille
        inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = NOT_SAMPLED
        inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = NOT_SAMPLED
        if not self.outputs.pilot_connected:
            inputs.pilot_high_min_mv = inputs.pilot_high_max_mv = MV_12
        else:
            if permille != STATIC_LOW:
                inputs.pilot_high_max_mv = self.pilot_mv
                inputs.pilot_high_min_mv = self.pilot_mv if self.pilot_min_mv is None else self.pilot_min_mv
            if permille != STATIC_HIGH:
                low_mv = MV_N12 if self.diode else MV_NO_DIODE
                inputs.pilot_low_min_mv = inputs.pilot_low_max_mv = low_mv
        inputs.proximity_mv = self.pp_mv
        inputs.c1_closed = int(self.c1.closed) if self.feedback else -1
        inputs.c2_closed = int(self.c2.closed) if self.feedback and self.profile.has_c2 else -1
        inputs.lock_feedback = -1
        if self.lock_feedback and self.config.lock_kind != lock.DISABLED:
            inputs.lock_feedback = 1 if self.bolt_locked == (self.config.lock_kind == lock.MOTOR) else 0


def idle(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state A, all readings settled, long after the start."""
    bench = Bench(settings, fitted)
    bench.run(6000)
    assert bench.state == s.A
    return bench


def in_b(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state B with a car that does not ask yet, one second after plug-in."""
    bench = idle(settings, fitted)
    bench.plug()
    bench.until_state(s.B, 100)
    bench.run(1000)
    assert bench.state == s.B
    return bench


def charging(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state C with the contactors closed for two seconds."""
    bench = in_b(settings, fitted)
    bench.plug(MV_6)
    bench.until(lambda bench: bench.c1.closed, 10000)
    bench.run(2000)
    assert bench.state == s.C
    assert bench.outputs.c1
    return bench


def in_c1(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state C1 right after a stop request, the car still drawing."""
    bench = charging(settings, fitted)
    bench.station.stop()
    bench.step()
    assert bench.state == s.C1
    return bench


def in_b1(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state B1, where access is off and a car waits with its pilot connected."""
    bench = in_b(settings, fitted)
    bench.station.set_access(s.ACCESS_OFF)
    bench.run(5000)
    assert bench.state == s.B1
    return bench


def in_wake(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench at the beginning of state ACTSTART."""
    bench = in_b(settings, fitted)
    bench.until_state(s.ACTSTART, 40000)
    return bench


def in_e(settings: Config | None = None, fitted: Profile | None = None) -> Bench:
    """Return a bench in state E: the pilot is shorted while a car is plugged in."""
    bench = in_b(settings, fitted)
    bench.plug(MV_0)
    bench.until_state(s.E, 2000)
    return bench
