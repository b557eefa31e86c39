"""Small days for the tests of the replay."""

from array import array
from collections.abc import Callable

import replay_lib.paths  # noqa: F401  (the firmware's modules)
from replay_lib.day import Day
from replay_lib.run import Outcome, Plan, Run


def make(length_s: int, amperes: Callable[[int], tuple[float, float, float]], **more) -> Day:
    """Return a day whose phases carry what `amperes(second)` says."""
    columns = (array("i"), array("i"), array("i"))
    for second in range(length_s):
        for column, current_a in zip(columns, amperes(second)):
            column.append(round(current_a * 1000))
    more.setdefault("plugs", [(0, True)])
    return Day("test", columns, **more)


def run(day: Day, regulator: str, **settings: str) -> Outcome:
    """Run a day."""
    shown = {name.replace("_", " "): value for name, value in settings.items()}
    return Run(Plan(day, shown, regulator=regulator)).go()
