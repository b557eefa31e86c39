"""Several runs at a time, each in a process of its own, with one progress bar."""

import multiprocessing
import sys
from concurrent.futures import Future, ProcessPoolExecutor, wait

from replay_lib.run import Outcome, Plan, Run

PROCESSES = 2
_LOOK_S = 0.2
_WIDTH = 30


class _Shared:
    """What the processes of the pool share: seconds done, by run."""

    seconds = None


def run_plans(plans: list[Plan]) -> list[Outcome]:
    """Run all plans and return what came of them, in their order; show on a terminal how far they are."""
    bar = Bar(sum(plan.day.length_s for plan in plans))
    if len(plans) == 1:
        outcome = Run(plans[0]).go(lambda second, _: bar.show(second))
        bar.end()
        return [outcome]
    shared = multiprocessing.Array("q", len(plans))
    with ProcessPoolExecutor(min(len(plans), PROCESSES), initializer=_share, initargs=(shared,)) as pool:
        waiting: list[Future] = [pool.submit(_run, index, plan) for index, plan in enumerate(plans)]
        while wait(waiting, timeout=_LOOK_S).not_done:
            bar.show(sum(shared[:]))
        bar.end()
        return [future.result() for future in waiting]


def _share(seconds) -> None:
    _Shared.seconds = seconds


def _run(index: int, plan: Plan) -> Outcome:
    def note(second: int, _length_s: int) -> None:
        if _Shared.seconds is not None:
            _Shared.seconds[index] = second

    return Run(plan).go(note)


class Bar:
    """A progress bar on standard error; nothing when that is no terminal."""

    def __init__(self, total: int) -> None:
        self._total = max(total, 1)
        self._shown = sys.stderr.isatty()

    def show(self, done: int) -> None:
        """Show how much of the total is done."""
        if self._shown:
            full = _WIDTH * done // self._total
            bar = "#" * full + "." * (_WIDTH - full)
            print(f"\r[{bar}] {100 * done // self._total} %", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Remove the bar."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
