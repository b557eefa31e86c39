"""Starts every task, notices those that die or fall silent, and alone feeds the watchdog.

A critical task that dies or is late makes the outputs safe and ends `run`, after which the station resets.
Any other task is started again after a pause.
"""

import asyncio
import gc

from evse import aio
from evse.log import log

_CHECK_MS = 100
_COLLECT_CHECKS = 10
_RESTART_MS = 1000
_RESTART_LONGEST_MS = 60000


class Task:
    """What the supervisor knows of a critical task, which calls `beat` within its deadline."""

    def __init__(self, name: str, deadline_ms: int) -> None:
        self.name = name
        self.deadline_ms = deadline_ms
        # A critical task that sees this does nothing more: the outputs are safe and must stay so.
        self.stopped = False
        self._last_ms = aio.ticks_ms()

    def beat(self) -> None:
        self._last_ms = aio.ticks_ms()

    def late(self) -> bool:
        return aio.ticks_diff(aio.ticks_ms(), self._last_ms) > self.deadline_ms


class Supervisor:
    """Own all tasks of the station."""

    def __init__(self, board) -> None:
        self._board = board
        self._critical = []
        self._running = []
        self._failed = asyncio.Event()
        self.reason = ""

    def critical(self, name: str, deadline_ms: int, function) -> None:
        """Start `function(task)`; its death or lateness fails the station."""
        task = Task(name, deadline_ms)
        self._critical.append(task)
        self._running.append(asyncio.create_task(self._guard(task, function)))

    def restarting(self, name: str, function) -> None:
        """Start `function()`; when it dies it is started again after a pause that grows."""
        self._running.append(asyncio.create_task(_repeat(name, function)))

    def fail(self, reason: str) -> None:
        """Make the outputs safe now and end `run`."""
        for task in self._critical:
            task.stopped = True
        self._board.safe_state()
        if not self.reason:
            self.reason = reason
            log.write("station fails: " + reason)
        self._failed.set()

    async def run(self) -> str:
        """Feed the watchdog while all is well; return the reason when it is not."""
        self._running.append(asyncio.create_task(self._watch()))
        await self._failed.wait()
        for task in self._running:
            task.cancel()
        return self.reason

    async def _watch(self) -> None:
        checks = 0
        while not self.reason:
            for task in self._critical:
                if task.late():
                    self.fail(task.name + " task is late")
                    return
            self._board.watchdog.feed()
            checks += 1
            if checks % _COLLECT_CHECKS == 0:
                # Here rather than wherever memory happens to run out.
                gc.collect()
            await aio.sleep_ms(_CHECK_MS)

    async def _guard(self, task: Task, function) -> None:
        try:
            await function(task)
            self.fail(task.name + " task ended")
        except Exception as error:
            self._board.safe_state()
            log.exception(error)
            self.fail("%s task: %s: %s" % (task.name, type(error).__name__, error))


# Every task of the station stands in one of these, so it has few names and no object.
async def _repeat(name: str, function) -> None:
    pause_ms = _RESTART_MS
    while True:
        try:
            await function()
            log.write(name + " task ended")
        except Exception as error:
            log.write(name + " task died")
            log.exception(error)
        await aio.sleep_ms(pause_ms)
        pause_ms = min(2 * pause_ms, _RESTART_LONGEST_MS)
