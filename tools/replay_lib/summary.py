"""The figures of runs as JSON and as a table of text."""

from typing import Any

from replay_lib.figures import energy_wh
from replay_lib.run import Outcome

# Label, unit, and where the figure is in a run; the rows of every table.
ROWS = (
    ("Energy charged", "kWh", ("energy_wh",), 1000),
    ("from sun", "kWh", ("from_sun_wh",), 1000),
    ("from grid", "kWh", ("from_grid_wh",), 1000),
    ("from home battery", "kWh", ("from_battery_wh",), 1000),
    ("perfect foresight", "kWh", ("foresight_wh",), 1000),
    ("share of perfect foresight", "%", ("foresight_percent",), 1),
    ("Peak 15-min average", "kW", ("peak_quarter_w",), 1000),
    ("Above MAINS", "As", ("limits", "mains", "above_as"), 1),
    ("for", "s", ("limits", "mains", "above_s"), 1),
    ("longest", "s", ("limits", "mains", "longest_s"), 1),
    ("house alone above MAINS", "As", ("limits", "mains", "house_alone_as"), 1),
    ("Above CAPACITY", "As", ("limits", "capacity", "above_as"), 1),
    ("for", "s", ("limits", "capacity", "above_s"), 1),
    ("Above CIRCUIT", "As", ("limits", "circuit", "above_as"), 1),
    ("for", "s", ("limits", "circuit", "above_s"), 1),
    ("Above MAX", "As", ("limits", "max", "above_as"), 1),
    ("Charging", "h", ("charging_s",), 3600),
    ("Starts / stops", "", ("starts_stops",), 1),
    ("Contactor switches", "", ("contactor_switches",), 1),
    ("Phase switches", "", ("phase_switches",), 1),
)
# What is of no interest when it is nothing in every run.
_OPTIONAL = {
    "from sun", "from home battery", "perfect foresight", "share of perfect foresight", "house alone above MAINS",
    "Above CAPACITY", "Above CIRCUIT", "Above MAX",
}  # fmt: skip


def describe(outcome: Outcome) -> dict:
    """Return everything that is known about a run; times are seconds since the start of the day."""
    plan, timeline = outcome.plan, outcome.timeline
    figures = outcome.figures.summary()
    bound = outcome.bound
    foresight = None
    if bound.valid and bound.energy_wh:
        foresight = round(100 * energy_wh(outcome.figures.car_ma_ms) / bound.energy_wh, 2)
    return {
        "label": label_of(outcome),
        "day": plan.day.name,
        "title": plan.day.title,
        "regulator": plan.regulator,
        "car": outcome.car,
        "settings": outcome.shown_settings,
        "meter_period_ms": plan.meter_period_ms,
        "meter_latency_ms": plan.meter_latency_ms,
        **figures,
        "foresight_wh": bound.energy_wh if bound.valid else None,
        "foresight_percent": foresight,
        "quarters_w": outcome.figures.quarters_w,
        "ruling": timeline.ruling.changes,
        "state": timeline.state.changes,
    }


def label_of(outcome: Outcome) -> str:
    """Return how a run is called in tables."""
    return outcome.plan.label or outcome.plan.regulator


def cells(run: dict) -> list[str | None]:
    """Return the figures of a run as text, one for each of ROWS; None for one it has not got."""
    run = {**run, "starts_stops": f"{run['starts']} / {run['stops']}"}
    texts: list[str | None] = []
    for _, unit, path, divisor in ROWS:
        value: Any = run
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if value is None or isinstance(value, str):
            texts.append(value)
        elif unit in ("", "As", "s"):
            texts.append(f"{value:g}" if unit == "" else f"{value:.1f}")
        else:
            texts.append(f"{value / divisor:.2f}")
    return texts


def table(runs: list[dict]) -> list[tuple[str, str, list[str]]]:
    """Return (label, unit, a text for each run) of every row that says something."""
    columns = [cells(run) for run in runs]
    rows = []
    skipped = False
    for index, (label, unit, _, _) in enumerate(ROWS):
        texts = [column[index] for column in columns]
        nothing = all(text is None or (label in _OPTIONAL and text.strip("0.") == "") for text in texts)
        # A detail goes with its main row.
        if nothing or (skipped and label in ("for", "longest")):
            skipped = True
            continue
        skipped = False
        rows.append((label, unit, [text if text is not None else "-" for text in texts]))
    return rows


def text_table(runs: list[dict]) -> str:
    """Return the figures side by side as plain text."""
    rows = table(runs)
    first = max(len(label) + len(unit) + 3 for label, unit, _ in rows)
    widths = [max(len(run["label"]), 10) for run in runs]
    lines = [" " * first + "".join(f"  {run['label']:>{width}}" for run, width in zip(runs, widths))]
    for label, unit, texts in rows:
        indent = label if label[0].isupper() else "  " + label
        name = f"{indent} {unit}".rstrip()
        lines.append(f"{name:<{first}}" + "".join(f"  {text:>{width}}" for text, width in zip(texts, widths)))
    return "\n".join(lines)
