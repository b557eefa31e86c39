"""Make a shipped day from its row: the same seconds on every computer."""

from array import array
from datetime import UTC, datetime

from replay_lib import sky
from replay_lib.appliances import Home
from replay_lib.day import DAY_S, Day, watts_to_ma
from replay_lib.shipped_days import DAYS, DayRow, Sun


def make_day(name: str) -> Day:
    """Return the day with this name; KeyError for an unknown one."""
    row = DAYS[name]
    home = _furnish(row)
    sun_w = _shine(row.sun, row.seed) if row.sun else [0.0] * DAY_S
    inverter = range(row.sun.phases if row.sun else 1)
    columns = []
    for phase in range(3):
        load_w = home.load_w[phase]
        if phase in inverter:
            share = len(inverter)
            columns.append(array("i", [watts_to_ma(load - sun / share) for load, sun in zip(load_w, sun_w)]))
        else:
            columns.append(array("i", [watts_to_ma(load) for load in load_w]))
    return Day(
        name,
        (columns[0], columns[1], columns[2]),
        start_s=int(datetime.fromisoformat(row.date).replace(tzinfo=UTC).timestamp()),
        phases=row.phases,
        sun_w=array("i", [int(watts) for watts in sun_w]) if row.sun else None,
        battery=row.battery,
        plugs=_plugs(row),
        settings=dict(row.settings),
        car=row.car,
        needs_wh=row.needs_wh,
        title=row.title,
    )


def seconds_of(clock: str) -> int:
    """Return the seconds since midnight of HH:MM."""
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _furnish(row: DayRow) -> Home:
    home = Home(row.seed)
    for phase, watts in enumerate(row.base_w[: row.phases]):
        home.base(phase, watts)
    for appliance, phase, clock, *more in row.loads:
        where = [] if phase is None else [phase]
        when = [seconds_of(clock)] if clock else []
        getattr(home, appliance)(*where, *when, *more)
    return home


def _shine(sun: Sun, seed: int) -> list[float]:
    bell = sky.clear(sun.peak_w, int(sun.rise_h * 3600), int(sun.set_h * 3600))
    if sun.sky == "broken":
        return sky.broken(bell, seed)
    return sky.overcast(bell, seed) if sun.sky == "overcast" else bell


def _plugs(row: DayRow) -> list[tuple[int, bool]]:
    plugs = []
    for start, end in row.plugs:
        plugs.append((seconds_of(start), True))
        if seconds_of(end) < DAY_S:
            plugs.append((seconds_of(end), False))
    return plugs
