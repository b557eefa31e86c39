"""The sun on a roof: watts per second under a clear sky, broken clouds or an overcast one."""

import math
from random import Random

from replay_lib.day import DAY_S

# What gets through a cloud, and the edge of a cloud beside the sun.
_SHADE = (0.18, 0.38)
_GLINT = (0.98, 1.08)
_EDGE_S = (5, 20)
_GAP_S = (25, 260)
_CLOUD_S = (15, 200)
_CHANGE_S = (200, 900)


def clear(peak_w: float, rise_s: int, set_s: int) -> list[float]:
    """Return the bell of a clear day."""
    watts = [0.0] * DAY_S
    for second in range(rise_s, set_s):
        height = math.sin(math.pi * (second - rise_s) / (set_s - rise_s))
        watts[second] = peak_w * height * math.sqrt(height)
    return watts


def broken(bell: list[float], seed: int) -> list[float]:
    """Return the same day with clouds that come and go; their edges pass in 5 to 20 s."""
    random = Random(seed)
    watts = list(bell)
    at, through = 0, 1.0
    shaded = False
    while at < DAY_S:
        shaded = not shaded
        target = _between(random, _SHADE if shaded else _GLINT)
        edge_s = int(_between(random, _EDGE_S))
        stay_s = int(_between(random, _CLOUD_S if shaded else _GAP_S))
        for second in range(at, min(at + edge_s + stay_s, DAY_S)):
            passed = min(1.0, (second - at) / edge_s)
            watts[second] = bell[second] * (through + (target - through) * passed)
        at += edge_s + stay_s
        through = target
    return watts


def overcast(bell: list[float], seed: int, share: float = 0.22) -> list[float]:
    """Return the same day under a grey sky that changes within minutes."""
    random = Random(seed)
    watts = list(bell)
    at, through = 0, share
    while at < DAY_S:
        target = share * _between(random, (0.55, 1.5))
        change_s = int(_between(random, _CHANGE_S))
        for second in range(at, min(at + change_s, DAY_S)):
            watts[second] = bell[second] * (through + (target - through) * (second - at) / change_s)
        at += change_s
        through = target
    return watts


def _between(random: Random, limits: tuple[float, float]) -> float:
    return limits[0] + (limits[1] - limits[0]) * random.random()
