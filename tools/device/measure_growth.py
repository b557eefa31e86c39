"""Run a station for a day of virtual time and measure its heap: measure_growth.py IMAGE DATA_DIR; prints JSON.

A car comes every hour and charges with a break. Steps in which nothing can change are skipped.
"""

import gc
import json
import sys

import run_image

DAY_MS = 24 * 3600 * 1000
HOUR_MS = 3600 * 1000
# By then the log, which is bounded, is full of the lines of such hours.
WARM_UP_MS = 12 * HOUR_MS
STATUS_STEPS = 50
# Minutes of an hour, and the state that the car's resistors make from then on.
CAR = ((5, "B"), (6, "C"), (25, "B"), (30, "C"), (50, "A"))


class Day:
    """One station on the bare board, moved by hand."""

    def __init__(self, root: str) -> None:
        # By name: the type checker knows another board by this one.
        board = __import__("board")
        run_image.module("evse.log").log.echo = False
        self.board = board.BareBoard(root)
        self.board.clock.now = 0
        self.app = run_image.module("evse.app").App(self.board)
        self.steps = 0
        self.closings = 0
        self._ms = 0
        self._status = {}

    def run(self, duration_ms: int) -> None:
        """Let so much time pass."""
        until_ms = self._ms + duration_ms
        while self._ms < until_ms:
            closed = self.app.control.outputs.c1
            self._step()
            if self.app.control.outputs.c1 and not closed:
                self.closings += 1
            wait_ms = min(max(self.app.station.next_ms(), 10), until_ms - self._ms, self._car_due_ms())
            self._ms += (wait_ms + 9) // 10 * 10

    def _step(self) -> None:
        self.steps += 1
        minute = self._ms % HOUR_MS // 60000
        self.board.car = "A"
        for begin, state in CAR:
            if minute >= begin:
                self.board.car = state
        # Ticks wrap on the way, after 12.4 days on a station and after half a day here.
        now = (0x40000000 - DAY_MS // 2 + self._ms) & 0x3FFFFFFF
        self.board.clock.now = now
        app = self.app
        app.control.tick(now)
        app.journal.step()
        app.keeper.step()
        if self.steps % STATUS_STEPS == 0:
            app.status(self._status)

    def _car_due_ms(self) -> int:
        """Return how long the car stays as it is; it changes at full minutes only."""
        return 60000 - self._ms % 60000


def heap() -> int:
    """Return the bytes in use."""
    gc.collect()
    return gc.mem_alloc()


def main(image: str, root: str) -> None:
    """Let half a day pass to build what is built late and fill what is bounded, then a day."""
    run_image.mount(image)
    day = Day(root)
    day.run(WARM_UP_MS)
    begin = heap()
    day.run(DAY_MS)
    end = heap()
    print(json.dumps({"begin": begin, "end": end, "steps": day.steps, "closings": day.closings}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
