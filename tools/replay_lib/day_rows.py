"""From rows of any source to the seconds of a day."""

from array import array
from dataclasses import dataclass, field

from replay_lib.day import DEFAULT_START_S, VOLTS, Day, DayError
from replay_lib.day_columns import Column

LONGEST_ROW_S = 900
LARGEST_MA = 200000
LONGEST_DAY_S = 8 * 86400


@dataclass
class Row:
    """What holds from `at_s` on: values in mA by column; `line` is where the file says so."""

    line: int
    at_s: float
    values_ma: list[float]
    plugged: bool | None = None


@dataclass
class Source:
    """All rows of a file. `start_s` is wall time, None when the file has no date."""

    path: str
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    start_s: int | None = None
    # Time of day of the first row.
    first_clock_s: int = 0
    # Rows are there when something changes, so a long one is no gap.
    by_change: bool = False


def build_day(source: Source, name: str, house_phases: int | None) -> Day:
    """Return the day; DayError names the line of what is wrong.

    A home with `house_phases` 1 has everything on L1; sums are spread evenly over three otherwise.
    """
    rows = source.rows
    if len(rows) < 2:
        raise DayError(source.path, rows[0].line if rows else 0, "a day needs at least two rows")
    phases = house_phases or _count_phases(source.columns)
    mixer = _Mixer(source, phases)
    first_s = rows[0].at_s
    length_s = round(rows[-1].at_s - first_s) + max(1, round(rows[-1].at_s - rows[-2].at_s))
    if length_s > LONGEST_DAY_S:
        raise DayError(source.path, rows[-1].line, "more than eight days; a day is enough")
    house = (array("i"), array("i"), array("i"))
    circuit = (array("i"), array("i"), array("i"))
    sun, battery = array("i"), array("i")
    plugs: list[tuple[int, bool]] = []
    for index, row in enumerate(rows):
        end_s = round(rows[index + 1].at_s - first_s) if index + 1 < len(rows) else length_s
        count = end_s - len(sun)
        _check_time(source, index)
        if count <= 0:
            continue
        if row.plugged is not None and (not plugs or plugs[-1][1] != row.plugged):
            plugs.append((len(sun), row.plugged))
        house_ma, circuit_ma, sun_ma, battery_ma = mixer.mix(row)
        for column, current_ma in zip((*house, *circuit), (*house_ma, *circuit_ma)):
            column.extend([round(current_ma)] * count)
        sun.extend([round(sun_ma * VOLTS / 1000)] * count)
        battery.extend([round(battery_ma * VOLTS / 1000)] * count)
    roles = {column.role for column in source.columns}
    return Day(
        name,
        house,
        start_s=DEFAULT_START_S + source.first_clock_s if source.start_s is None else source.start_s,
        phases=phases,
        sun_w=sun if "sun" in roles else None,
        battery_w=battery if "battery" in roles else None,
        circuit_ma=circuit if "circuit" in roles else None,
        plugs=plugs,
        title=name,
    )


def _check_time(source: Source, index: int) -> None:
    if index == 0:
        return
    row = source.rows[index]
    step_s = row.at_s - source.rows[index - 1].at_s
    if step_s < 0 or (step_s == 0 and not source.by_change):
        raise DayError(source.path, row.line, "the time does not increase")
    if step_s > LONGEST_ROW_S + 1 and not source.by_change:
        missing = f"{step_s / 60:.0f} min without a row before this one"
        raise DayError(source.path, row.line, f"{missing}; a row may last 15 min at most")


def _count_phases(columns: list[Column]) -> int:
    named = {column.phase for column in columns if column.role in ("house", "load")}
    return 1 if named == {0} else 3


class _Mixer:
    """Add up the columns of a row. Where there is a phase, a sum of the same role is not used."""

    def __init__(self, source: Source, phases: int) -> None:
        self._path = source.path
        self._phases = phases
        columns = source.columns
        roles = {column.role for column in columns}
        self._has_circuit = "circuit" in roles
        self._base = "house" if "house" in roles else "load"
        if self._base not in roles:
            raise DayError(
                source.path, 1, "no column with the house's current or power, such as l1_a or total_w"
            )
        per_phase = {column.role for column in columns if column.phase is not None}
        self._columns = [
            (index, column)
            for index, column in enumerate(columns)
            if column.phase is not None or column.role not in per_phase
        ]

    def mix(self, row: Row) -> tuple[list[float], list[float], float, float]:
        """Return the currents of house and circuit without the car, sun, and battery, in mA."""
        sums: dict[str, list[float]] = {
            role: [0.0, 0.0, 0.0] for role in ("house", "load", "sun", "battery", "car", "circuit")
        }
        for index, column in self._columns:
            self._spread(sums[column.role], column, row.values_ma[index])
        # Positive while it gives.
        sun_ma = sum(sums["sun"])
        house_ma = sums[self._base]
        circuit_ma = sums["circuit"]
        for phase in range(3):
            house_ma[phase] -= sums["car"][phase]
            circuit_ma[phase] -= sums["car"][phase] if self._has_circuit else 0.0
            if self._base == "load":
                house_ma[phase] += sums["battery"][phase] - sums["sun"][phase]
            largest_ma = max(house_ma[phase], circuit_ma[phase], key=abs)
            if abs(largest_ma) > LARGEST_MA:
                current = f"{largest_ma / 1000:.0f} A on L{phase + 1}"
                raise DayError(
                    self._path, row.line, f"{current}: more than 200 A; check the unit of the column"
                )
        return house_ma, circuit_ma, sun_ma, sum(sums["battery"])

    def _spread(self, sums: list[float], column: Column, value_ma: float) -> None:
        if column.phase is not None:
            sums[0 if self._phases == 1 else column.phase] += value_ma
        elif self._phases == 1:
            sums[0] += value_ma
        else:
            for phase in range(3):
                sums[phase] += value_ma / 3
