"""Days from a history export of Home Assistant: rows of entity_id, state and last_changed."""

import csv
import re

from replay_lib.day import Day, DayError
from replay_lib.day_clock import Clock
from replay_lib.day_columns import Column, parse_column
from replay_lib.day_rows import Row, Source, build_day

# Ends of entity names (DSMR, HomeWizard and alike) and the column they are taken as.
PATTERNS = tuple(
    (re.compile(pattern), column)
    for pattern, column in (
        (r"power_consumption_phase_l([123])$", "l{}_import_kw"),
        (r"power_production_phase_l([123])$", "l{}_export_kw"),
        (r"power_consumption$", "total_import_kw"),
        (r"power_production$", "total_export_kw"),
        (r"(?:active_)?power_(?:phase_|l)([123])$", "l{}_w"),
        (r"(?:active_)?current_(?:phase_)?l?([123])$", "l{}_a"),
        (r"(?:active_power|meter_power)$", "total_w"),
    )
)
_NO_STATE = {"unavailable", "unknown", "none", ""}
NEEDED = ("entity_id", "state", "last_changed")


def looks_like_ha(header: str) -> bool:
    """Tell whether this is the header of such an export."""
    return all(name in header.split(",") for name in NEEDED)


def read_ha(path: str, lines: list[str], name: str, house_phases: int | None, mapping: dict[str, str]) -> Day:
    """Return the day of an export; `mapping` says what an entity is where its name does not.

    DayError names the line of what is wrong.
    """
    header = [cell.strip() for cell in lines[0].split(",")]
    places = [header.index(needed) for needed in NEEDED]
    numbered = [(number, line) for number, line in enumerate(lines[1:], 2) if line.strip()]
    changes, clock = [], Clock(path)
    for (number, _), cells in zip(numbered, csv.reader(line for _, line in numbered)):
        if len(cells) != len(header):
            raise DayError(path, number, f"{len(cells)} cells under a header of {len(header)}")
        entity, state, changed = (cells[place].strip() for place in places)
        changes.append((clock.second(number, changed), number, entity, state))
    columns = _choose(path, {entity for _, _, entity, _ in changes}, mapping)
    changes = [change for change in changes if change[2] in columns]
    changes.sort()
    order = list(columns)
    source = Source(path, [columns[entity] for entity in order], start_s=clock.start_s, by_change=True)
    now: dict[str, float] = {}
    for at_s, number, entity, state in changes:
        if state.lower() in _NO_STATE:
            continue
        try:
            now[entity] = float(state) * columns[entity].factor_ma
        except ValueError:
            raise DayError(path, number, f"{entity}: {state!r} is not a number") from None
        if len(now) == len(order):
            source.rows.append(Row(number, at_s, [now[entity] for entity in order]))
    if not source.rows:
        missing = ", ".join(entity for entity in order if entity not in now)
        raise DayError(path, 0, f"never a number from {missing}")
    if clock.start_s is not None:
        source.start_s = clock.start_s + int(source.rows[0].at_s - changes[0][0])
        source.first_clock_s = source.start_s % 86400
    return build_day(source, name, house_phases)


def _choose(path: str, entities: set[str], mapping: dict[str, str]) -> dict[str, Column]:
    columns = {}
    for entity, column_name in mapping.items():
        column = parse_column(column_name)
        if column is None:
            raise DayError(
                path, 0, f"--map {entity}={column_name}: no such column; try l1_w, total_kw or sun_w"
            )
        if entity not in entities:
            raise DayError(path, 0, f"--map: there is no {entity}; there are {', '.join(sorted(entities))}")
        columns[entity] = column
    for entity in sorted(entities - set(columns)):
        for pattern, column_name in PATTERNS if not mapping else ():
            found = pattern.search(entity)
            column = parse_column(column_name.format(*found.groups())) if found else None
            if column:
                columns[entity] = column
                break
    if not columns:
        raise DayError(
            path, 1, f"say which entity is what, such as --map {min(entities, default='sensor.x')}=l1_w"
        )
    return columns
