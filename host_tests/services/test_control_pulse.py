"""Control steps in the middle of work that cannot await."""

import asyncio

import pytest
from safety_rig import Rig

from evse.services.control import Control


class Clock:
    def __init__(self) -> None:
        self.now = 1000

    def ticks_ms(self) -> int:
        return self.now


class Board:
    late_limit_ms = 50

    def __init__(self) -> None:
        self.clock = Clock()
        self.steps = 0

    def read(self, inputs) -> None:
        self.steps += 1

    def apply(self, outputs) -> None:
        pass


class Station:
    def step(self, now: int, inputs, outputs) -> None:
        outputs.c1 = True


class Task:
    stopped = False
    beats = 0

    def beat(self) -> None:
        self.beats += 1


@pytest.fixture
def board() -> Board:
    return Board()


async def started(control: Control, task: Task) -> asyncio.Task:
    running = asyncio.ensure_future(control.run(task))
    await asyncio.sleep(0)
    return running


def test_a_pulse_does_the_step_that_is_due_and_no_other(board) -> None:
    async def scenario() -> None:
        control, task = Control(board, Station()), Task()
        control.pulse()
        assert board.steps == 0, "before the task runs nobody steps"
        running = await started(control, task)
        assert board.steps == 1
        control.pulse()
        assert board.steps == 1
        for _ in range(30):
            board.clock.now += 7
            control.pulse()
        assert board.steps == 1 + 210 // 10 and task.beats == board.steps
        assert control.lateness.worst_closed_ms < 10
        running.cancel()

    asyncio.run(scenario())


def test_a_step_that_is_too_late_is_left_to_the_task(board) -> None:
    async def scenario() -> None:
        control, task = Control(board, Station()), Task()
        running = await started(control, task)
        board.clock.now += 200
        control.pulse()
        assert board.steps == 1
        with pytest.raises(Exception, match="190 ms late"):
            await running

    asyncio.run(scenario())


def test_nothing_is_done_once_the_outputs_are_safe(board) -> None:
    async def scenario() -> None:
        control, task = Control(board, Station()), Task()
        running = await started(control, task)
        task.stopped = True
        board.clock.now += 20
        control.pulse()
        assert board.steps == 1
        await running

    asyncio.run(scenario())


SMART = {"MODE": "Smart", "MAINS MET": "Eastron3P", "MAINS": 25}


def test_the_parts_of_a_regulation_come_with_control_steps_in_between() -> None:
    rig = Rig()
    rig.charge(car_delay_ms=0)
    app, loaded = rig.app, []
    load = app.loader.load

    def load_and_note(names: str) -> None:
        loaded.extend(
            (name, app.station.config.mode) for name in names.split() if name.startswith("evse.core")
        )
        load(names)

    app.loader.load = load_and_note
    rig.simulation.set_settings(SMART)
    # All of them while the old settings still act.
    assert ("evse.core.house", 0) in loaded and {mode for _, mode in loaded} == {0}
    assert app.station.config.mode == 1 and app.station.regulation.house is not None
    rig.run(3000)
    assert app.control.outputs.c1
    loaded.clear()
    rig.simulation.set_settings({"MODE": "Normal"})
    assert loaded == []


def test_a_station_without_memory_for_its_settings_stops_in_order_and_restarts_with_them() -> None:
    rig = Rig()
    rig.charge(car_delay_ms=0)
    app = rig.app
    load = app.loader.load

    def fail(names: str) -> None:
        if "evse.core" in names:
            raise MemoryError
        load(names)

    app.loader.load = fail
    rig.simulation.set_settings(SMART)
    assert app.restarting and app.control.outputs.c1
    for _ in range(1000):
        rig.step()
        if rig.app is not app:
            break
    assert rig.app is not app and rig.app.station.config.mode == 1
