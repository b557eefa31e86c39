"""The control task: read the board, decide, act, every 10 ms. Nothing else writes the outputs."""

from micropython import const

from evse import aio
from evse.core import ticks
from evse.core.io import Inputs, Outputs
from evse.core.station import STEP_MS
from evse.services.lateness import Lateness

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

# With open contactors a TLS handshake or a flash erase may hold the loop for this long; the watchdog waits longer.
OPEN_LATE_MS = const(4500)


class Late(Exception):
    """The control step came later than the board allows."""


class Control:
    """Join a board to the core; `tick` is one control step, `run` the task that repeats it."""

    def __init__(self, board, station) -> None:
        self._board = board
        self._station = station
        self._task: Any = None
        self._due = 0
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
        self._due = self._board.clock.ticks_ms()
        self._task = task
        while not task.stopped:
            lag_ms = ticks.diff(self._board.clock.ticks_ms(), self._due)
            if lag_ms >= 0:
                self._check(lag_ms)
                self._step()
            wait_ms = ticks.diff(self._due, self._board.clock.ticks_ms())
            await aio.sleep_ms(wait_ms if wait_ms > 0 else 0)

    def pulse(self) -> None:
        """Do the control step if it is due: for work that takes long and cannot await."""
        task = self._task
        if task and not task.stopped:
            lag_ms = ticks.diff(self._board.clock.ticks_ms(), self._due)
            # A step that comes too late is the business of `run`.
            if 0 <= lag_ms <= self._limit_ms():
                self._step()

    def _step(self) -> None:
        clock = self._board.clock
        now = clock.ticks_ms()
        self.lateness.note(ticks.diff(now, self._due), self._closed())
        self.tick(now)
        self._task.beat()
        self._due = ticks.add(self._due, STEP_MS)
        behind_ms = ticks.diff(clock.ticks_ms(), self._due)
        if behind_ms > 0:
            # A step that was missed is not made up for: the next one sees the time that passed.
            self._due = ticks.add(self._due, behind_ms)

    def _check(self, lag_ms: int) -> None:
        if lag_ms > self._limit_ms():
            self.lateness.note(lag_ms, self._closed())
            raise Late("control step %d ms late" % lag_ms)

    def _closed(self) -> bool:
        return self.outputs.c1 or self.outputs.c2

    def _limit_ms(self) -> int:
        return self._board.late_limit_ms if self._closed() else OPEN_LATE_MS
