"""Runs a scenario in virtual time: the same core, services and board, and a clock that jumps.

Control steps in which nothing can change are left out: every part says for how long unchanged inputs
would change nothing. A test compares traces with and without those jumps.
"""

import json

from micropython import const

from bench.clients import Clients
from bench.expectation import Expectation
from bench.meters import Feeds, Meters
from bench.scenario_check import ScenarioError, check, end_ms, uses_back_end
from bench.simulation import Simulation
from evse.app import App
from evse.core import ticks
from evse.core.errors import FieldError, Refused
from evse.core.station import STEP_MS
from evse.log import log
from evse.services.factory_reset import wipe
from evse.settings import store as st
from simworld import sim_board
from simworld.bus import InProcessBus
from simworld.files import TemporaryFolder

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from bench.csms import Csms
    from bench.csms_link import BackEnd

_PROGRESS_STEPS = 5000
# What the light shows at this moment; how it moves is another output.
LIGHT = "led"


class MemoryStore:
    """A record that survives a power cut of the simulated station."""

    def __init__(self) -> None:
        self._text = None

    def load(self) -> tuple:
        return (st.EMPTY, None) if self._text is None else (st.LOADED, json.loads(self._text))

    def save(self, value: "dict | None") -> None:
        # As a text: the owner goes on with the object.
        self._text = None if value is None else json.dumps(value)


class Scenario:
    """One scenario under way; `advance` does one control step."""

    def __init__(self, document: dict, jump: bool = True) -> None:
        self._jump = jump
        self._clock = sim_board.VirtualClock()
        self._records = {}
        self._bus = InProcessBus(self._clock.ticks_ms)
        self._meter_port = self._bus.attach()
        self._folder = TemporaryFolder()
        self.board = sim_board.SimBoard(self._clock, self._meter_port, self._folder.path)
        self.meters = Meters(self._bus.attach(), self.board.world)
        self.now_ms = 0
        self.at_ms = 0
        self._world_ms = 0
        # Nothing is due in the next control step.
        self._is_quiet = False
        self.outputs = {}
        self._powered = True
        # One for each start of the station, the last one is that of now.
        self._back_ends: "list[BackEnd]" = []
        self._csms: "Csms | None" = None
        if uses_back_end(document):
            # Late: a board that runs scenarios has little memory.
            from bench.csms import Csms
            from simworld.raw_journal import RawJournal

            self._csms = Csms(self.board.world, lambda: self.now_ms)
            self.board.journal = RawJournal(self._folder.path + "/session.raw", self._is_open)
        self._steps = document.get("steps", [])
        self._next_step = 0
        self._before = {}
        self._open = []
        self.failures = []
        self.until_ms = max([document.get("until_ms", 0)] + [end_ms(step) for step in self._steps])
        self._build()
        self._prepare(document)

    def finished(self) -> bool:
        """Return True when the time is up or an expectation has failed."""
        return self.now_ms > self.until_ms or bool(self.failures)

    def close(self) -> None:
        """Remove the files that the station wrote."""
        for back_end in self._back_ends:
            back_end.close()
        self._folder.remove()

    def advance(self) -> None:
        """Carry out what is due, do one control step, judge, and move the time on."""
        fresh = self._carry_out_due()
        self._world_ms = self.now_ms
        if self._is_quiet and self._stays_quiet():
            self.at_ms = self.now_ms
            self._is_quiet = False
            self._advance_clock(STEP_MS)
            return
        self._control_step()
        self.outputs = self.simulation.outputs()
        self.outputs.update(self._clients.outputs)
        if self._csms:
            self._csms.fill(self.outputs)
        for index in fresh:
            step = self._steps[index]
            if "expect" in step or "never" in step:
                self._open.append(Expectation(index, step, self._before, self.now_ms))
            self._before = self.outputs
        self._judge()
        self.at_ms = self.now_ms
        self._move_on()

    # Preparation

    def _build(self) -> None:
        """Start the firmware as after power-up."""
        self.app = App(self.board, self._store, wipe=self._wipe)
        assert self.app.screens and self.app.menu
        self._screens = self.app.screens
        self._menu = self.app.menu
        self.feeds = Feeds(self.app, self._clock.now)
        self.simulation = Simulation(self.app, self.meters)
        self._clients = Clients(self.app)
        if self._csms:
            from bench.csms_link import BackEnd

            self._back_ends.append(BackEnd(self.app, self._csms))
        self.board.safe_state()
        self.app.station.safe(self.app.control.outputs)

    def _is_open(self) -> bool:
        return self.app.station.contactors.proven_open()

    def _store(self, name: str, schema: int) -> MemoryStore:
        if name not in self._records:
            self._records[name] = MemoryStore()
        return self._records[name]

    def _wipe(self) -> None:
        wipe(self.board.storage.root)
        for name in self._records:
            self._records[name].save(None)

    def _prepare(self, document: dict) -> None:
        self.simulation.set_settings(document.get("settings", {}))
        self.app.flush()
        self.simulation.set_world(document.get("world", {}))
        self._follow_power()

    # One control step

    def _carry_out_due(self) -> list:
        """Carry out the steps up to now, each at its own millisecond; return their indices."""
        done = []
        now_ms = self.now_ms
        while self._next_step < len(self._steps) and self._steps[self._next_step]["at_ms"] <= now_ms:
            index = self._next_step
            self._next_step += 1
            if self._csms:
                self._csms.begin_step()
            self._world_ms = max(self._steps[index]["at_ms"], self._world_ms)
            self._set_clock(self._world_ms)
            self.board.world.step(self._clock.now)
            try:
                self._carry_out(self._steps[index])
            except FieldError as error:
                # The check tries everything out, but on a station that has lost no power.
                raise ScenarioError(index, error.field, error.text)
            done.append(index)
        self._set_clock(now_ms)
        return done

    def _carry_out(self, step: dict) -> None:
        if "set" in step:
            self.simulation.set_world(step["set"])
            self._follow_power()
        if "settings" in step:
            self.simulation.set_settings(step["settings"])
        if "request" in step:
            try:
                self.simulation.request(step["request"])
            except Refused:
                # The output tells; nothing is wrong with the request.
                pass
        if "mqtt" in step:
            self._clients.command(step["mqtt"])
        if "rest" in step:
            self._clients.request(step["rest"])
        if "csms_reply" in step and self._csms:
            self._csms.reply(step["csms_reply"])
        if "ocpp" in step:
            self._back_ends[-1].request(step["ocpp"])

    def _follow_power(self) -> None:
        powered = self.board.world.values["power"]
        if powered != self._powered:
            # Without power the firmware is gone; with power it starts anew.
            self._build()
        self._powered = powered

    def _stays_quiet(self) -> bool:
        """Do a control step in which nothing is due, which takes the core alone; False when something stirs."""
        if not self._powered:
            self.board.world.step(self._clock.now)
            return True
        station = self.app.station
        sequence = station.events.sequence
        self.app.control.tick(self._clock.now)
        return not station.changed and sequence == station.events.sequence

    def _control_step(self) -> None:
        now = self._clock.now
        self.meters.step(now)
        if not self._powered:
            self.board.world.step(now)
            return
        app = self.app
        app.control.tick(now)
        self.feeds.step(now)
        app.wall_clock.step(now)
        app.metering.step(now)
        app.switch.step(now)
        self._menu.step(now)
        self.simulation.step(now)
        app.gate.step(now)
        app.sessions.step(now)
        app.journal.step()
        app.keeper.step()
        # Nobody looks at the displays, so they are not drawn.
        self._screens.look(now)
        app.led.step(now)
        if self._back_ends:
            self._back_ends[-1].step(now)
        if app.ready_to_restart() and (not self._back_ends or self._back_ends[-1].has_left(now)):
            app.before_restart()
            self._build()

    def _judge(self) -> None:
        still_open = []
        for expectation in self._open:
            if not expectation.judge(self.now_ms, self.outputs):
                still_open.append(expectation)
            elif expectation.failure:
                self.failures.append((expectation.step_index, expectation.failure))
        self._open = still_open

    def _move_on(self) -> None:
        wait_ms = self._quiet_ms() if self._jump else 0
        # Something happens at the control step that follows the quiet time. It must find a step of the usual
        # length before it, or timers that begin there would count the whole jump.
        steps = (wait_ms + STEP_MS - 1) // STEP_MS - 1
        self._is_quiet = steps > 0
        self._advance_clock(STEP_MS * max(steps, 1))

    def _advance_clock(self, duration_ms: int) -> None:
        self.now_ms += duration_ms
        self._set_clock(self.now_ms)

    def _quiet_ms(self) -> int:
        """Return for how long nothing happens; less than a control step is as good as nothing."""
        quiet_ms = self.until_ms + STEP_MS - self.now_ms
        for left_ms in self._dues(self._clock.now):
            if 0 <= left_ms < quiet_ms:
                quiet_ms = left_ms
                if quiet_ms <= STEP_MS:
                    break
        return quiet_ms

    def _dues(self, now: int):
        """Yield after how many ms each part has something to do, the busiest first; -1 for never."""
        app = self.app
        if self._powered:
            yield app.station.next_ms()
            yield app.metering.next_due_ms(now)
            if self._back_ends:
                yield self._back_ends[-1].next_due_ms(now)
        yield self._meter_port.next_due_ms(now)
        yield self.meters.next_due_ms(now)
        yield self.board.world.next_ms()
        if self._next_step < len(self._steps):
            yield self._steps[self._next_step]["at_ms"] - self.now_ms
        for expectation in self._open:
            yield max(0, expectation.due_ms() - self.now_ms)
            if expectation.names(LIGHT):
                # It moves all the time, so its movement counts only while somebody looks.
                yield app.led.frame_ms(now)
        if self._powered:
            yield app.wall_clock.next_due_ms(now)
            yield app.keeper.next_due_ms()
            yield app.gate.next_due_ms(now)
            yield app.switch.next_due_ms(now)
            yield self._menu.next_due_ms(now)
            yield app.led.next_due_ms(now)
            yield app.sessions.next_due_ms(now)
            yield self._screens.model.next_ms(now)
            yield self.feeds.next_due_ms(now)

    def _set_clock(self, now_ms: int) -> None:
        self._clock.now = (sim_board.START_TICKS + now_ms) % ticks.PERIOD


def run(document: dict, trace=None, jump: bool = True, progress=None) -> Scenario:
    """Run a scenario to its end and return it; `trace(at_ms, name, value)` gets every change of an output.

    `progress(at_ms, until_ms)` is called now and then. Raises ScenarioError for a document that cannot be run.
    """
    log.echo = False
    rehearsal = Scenario({})
    try:
        check(document, rehearsal.simulation)
    finally:
        rehearsal.close()
    scenario = Scenario(document, jump)
    try:
        _advance(scenario, trace, progress)
    finally:
        scenario.close()
    return scenario


def _advance(scenario: Scenario, trace, progress) -> None:
    seen = {}
    count = 0
    while not scenario.finished():
        scenario.advance()
        outputs = scenario.outputs
        if trace and outputs is not seen:
            # It moves all the time, and nobody traces it.
            seen[LIGHT] = outputs.get(LIGHT)
            if outputs != seen:
                changed = [name for name in outputs if name not in seen or outputs[name] != seen[name]]
                for name in sorted(changed):
                    trace(scenario.at_ms, name, outputs[name])
            seen = outputs
        count += 1
        if progress and count % _PROGRESS_STEPS == 0:
            progress(scenario.at_ms, scenario.until_ms)
