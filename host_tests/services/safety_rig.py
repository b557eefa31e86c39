"""A station on the simulated board in virtual time, with the safety rules checked after every control step."""

from safety_rules import SafetyRules

from bench.meters import Feeds, Meters
from bench.scenario import MemoryStore
from bench.simulation import Simulation
from evse.app import App
from evse.core import limits, states
from evse.core.station import STEP_MS
from evse.log import log
from simworld import sim_board
from simworld.bus import InProcessBus

HEALTHY_WORLD = {
    "car.pilot": "A",
    "car.diode": True,
    "car.phases": 3,
    "car.min_a": 6,
    "car.start_a": 6,
    "car.max_a": 32,
    "car.delay_ms": 1000,
    "car.ramp_ma_s": 8000,
    "car.follows": True,
    "car.asleep": False,
    "car.needs_wh": None,
    "car.noise_mv": 0,
    "cable.rating_a": 32,
    "cable.pp_mv": None,
    "mains.voltage_dv": 2300,
    "meter.ev": "ok",
    "temp_c": 25,
    "rcm": False,
    "rcm.fault": None,
    "switch": False,
    "c1.fault": None,
    "c2.fault": None,
    "c1.delay_ms": 20,
    "lock.fault": None,
    "power": True,
}
HEALTHY_SETTINGS = {
    "MAX": 16,
    "INST MAX": 32,
    "STAT MIN": 6,
    "MAX TEMP": 65,
    "SWITCH": "Disabled",
    "FIX LOCK": "Disabled",
    "MODE": "Normal",
    "MAINS MET": "Disabled",
}
SETTLE_MS = 10_000
CHARGE_AGAIN_MS = 90_000


class Rig:
    """A station, its world and a clock that goes on by one control step at a time."""

    def __init__(self) -> None:
        log.echo = False
        self._clock = sim_board.VirtualClock()
        self._bus = InProcessBus(self._clock.ticks_ms)
        self.board = sim_board.SimBoard(self._clock, self._bus.attach(), "")
        self._meters = Meters(self._bus.attach(), self.board.world)
        self._records: dict[str, MemoryStore] = {}
        self._powered = True
        self.steps = 0
        self.closed_steps = 0
        self.rules = SafetyRules()
        self._build()

    def set(self, **changes) -> None:
        """Change world inputs; `_` stands for the dot of a name."""
        self.world({name.replace("_", ".", 1): value for name, value in changes.items()})

    def world(self, changes: dict) -> None:
        """Change world inputs; a change of power ends or starts the firmware."""
        self.simulation.set_world(changes)
        powered = self.board.world.values["power"]
        if powered != self._powered:
            self._powered = powered
            self._build()

    def plug_in(self, **changes) -> None:
        """Plug in a car that decides by itself."""
        self.world({"car.pilot": "B", "car.auto": True})
        self.set(**changes)

    def run(self, duration_ms: int) -> None:
        """Do control steps for a while, checking the rules after each."""
        for _ in range(duration_ms // STEP_MS):
            self.step()

    def step(self) -> None:
        """Do one control step and check the rules."""
        clock = self._clock
        clock.now = (clock.now + STEP_MS) % 0x40000000
        self._meters.step(clock.now)
        self.steps += 1
        if not self._powered:
            self.board.world.step(clock.now)
            assert not self.board.world.c1.command and not self.board.world.c2.command, "closed without power"
            return
        app = self.app
        app.control.tick(clock.now)
        self.rules.check(app, self.board.world)
        self.closed_steps += app.control.outputs.c1
        self._feeds.step(clock.now)
        app.switch.step(clock.now)
        app.metering.step(clock.now)
        app.keeper.step()
        if app.ready_to_restart():
            app.keeper.flush()
            self._build()

    def request(self, words: list) -> None:
        """Carry out a user's request."""
        if words == ["stop"]:
            self.rules.stop_requested = True
        self.simulation.request(words)

    def charge(self, **changes) -> None:
        """Bring a healthy car to charging."""
        self.plug_in(**changes)
        self.run_until_charging(10_000)

    def run_until_charging(self, limit_ms: int) -> None:
        """Run until current flows; AssertionError when it takes too long."""
        for _ in range(limit_ms // STEP_MS):
            self.step()
            if self.app.control.outputs.c1 and self.board.world.current_ma[0] > 0:
                return
        station = self.app.station
        state = states.NAMES[station.charger.state]
        raise AssertionError(
            f"no charging within {limit_ms} ms: state {state}, faults {station.faults.active:b}"
        )

    def recover(self) -> None:
        """Make everything healthy, plug the car out and in, reset the faults: the car must get power again."""
        self.world(HEALTHY_WORLD)
        self.simulation.set_settings(HEALTHY_SETTINGS)
        for slot in range(limits.CIRCUIT, limits.COUNT):
            self.app.station.limits.release(slot)
        self.run(SETTLE_MS)
        self.request(["access", "on"])
        self.request(["reset_fault"])
        self.plug_in()
        self.run_until_charging(CHARGE_AGAIN_MS)

    def _build(self) -> None:
        self.app = App(self.board, self._store)
        self._feeds = Feeds(self.app, self._clock.now)
        self.simulation = Simulation(self.app, self._meters)
        self.board.safe_state()
        self.rules.restarted()

    def _store(self, name: str, schema: int) -> MemoryStore:
        return self._records.setdefault(name, MemoryStore())
