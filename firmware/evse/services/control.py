"""The control task: read the board, decide, act, every 10 ms. Nothing else writes the outputs."""

from micropython import const

from evse import aio
from evse.core import ticks
from evse.core.io import Inputs, Outputs
from evse.core.station import STEP_MS
from evse.services.lateness import Lateness

# With open contactors a TLS handshake or a flash erase may hold the loop for this long; the watchdog waits longer.
OPEN_LATE_MS = const(4500)


class Late(Exception):
    """The control step came later than the board allows."""


class Control:
    """Join a board to the core; `tick` is one control step, `run` the task that repeats it."""

    def __init__(self, board, station) -> None:
        self._board = board
        self._station = station
        self.inputs = Inputs()
        self.outputs = Outputs()
        self.lateness = Lateness()

    def tick(self, now: int) -> None:
        """Do one control step at tick `now`."""
        self._board.read(self.inputs)
        self._station.step(now, self.inputs, self.outputs)
        self._board.apply(self.outputs)

    async def run(self, task) -> None:
        """Repeat the step; raise Late when one was delayed beyond the board's limit while a contactor is closed."""
        clock = self._board.clock
        due = clock.ticks_ms()
        while not task.stopped:
            now = clock.ticks_ms()
            lag_ms = ticks.diff(now, due)
            closed = self.outputs.c1 or self.outputs.c2
            self.lateness.note(lag_ms, closed)
            if lag_ms > (self._board.late_limit_ms if closed else OPEN_LATE_MS):
                raise Late("control step %d ms late" % lag_ms)
            self.tick(now)
            task.beat()
            due = ticks.add(due, STEP_MS)
            wait_ms = ticks.diff(due, clock.ticks_ms())
            if wait_ms < 0:
                # A step that was missed is not made up for: the next one sees the time that passed.
                due = ticks.add(due, -wait_ms)
                wait_ms = 0
            await aio.sleep_ms(wait_ms)
