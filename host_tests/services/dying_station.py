"""A station on the simulated board whose control task is made to fail; runs on both interpreters.

Usage: dying_station.py exception|stall|import DATA_DIR. Prints what the outputs were when the board was reset.
"""

import asyncio
import sys
import time

import board
from simworld import sim_board

HOW, DATA = sys.argv[1:3]
SABOTAGE_MS = 300


class Bench:
    """The simulated board's surroundings without a page."""

    exit_status = 42

    def __init__(self) -> None:
        self.keeper = self

    def step(self) -> None:
        pass

    def services(self, app, supervisor) -> list:
        app.board.world.set({"car.auto": True, "car.pilot": "B", "car.delay_ms": 0, "car.ramp_ma_s": 1000000})
        return [("sabotage", lambda: sabotage(app))]


class Scratch:
    def read(self) -> bytes:
        return b""

    def write(self, data: bytes) -> None:
        pass


class Watchdog:
    def feed(self) -> None:
        pass


async def sabotage(app) -> None:
    """Wait until the car charges, then break something."""
    station = app.station
    while not app.board.world.current_ma[0]:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    print("charging", app.control.outputs.c1, app.board.world.c1.command)
    if HOW == "exception":
        station.step = broken_step
    elif HOW == "stall":
        hold_the_loop(app.board.late_limit_ms + 200)
    await asyncio.sleep(60)


def hold_the_loop(delay_ms: int) -> None:
    """Block everything, as a long flash write does."""
    time.sleep(delay_ms / 1000)


def broken_step(now, inputs, outputs) -> None:
    raise RuntimeError("planted")


class ReportingBoard(sim_board.SimBoard):
    def reset(self, reason: str) -> None:
        world = self.world
        print(
            "reset c1=%s c2=%s offered=%s reason=%s"
            % (world.c1.command, world.c2.command, self.pilot.connected, reason)
        )
        sim_board.SimBoard.reset(self, reason)


def make() -> sim_board.SimBoard:
    clock = sim_board.RealClock()
    from simworld.bus import InProcessBus

    port = InProcessBus(clock.ticks_ms).attach()
    return ReportingBoard(clock, port, DATA, Scratch(), Watchdog(), Bench())


board.make = make
if HOW == "import":
    sys.modules["evse.app"] = None  # pyright: ignore[reportArgumentType]
import main  # noqa: E402

main.main()
