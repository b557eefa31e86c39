"""The report: one page with plots and figures of one or more runs over a day; it needs nothing from outside."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from string import Template

from replay_lib.day import VOLTS
from replay_lib.plot import Axis, Panel, Series, draw_bands, draw_panel
from replay_lib.run import Outcome
from replay_lib.summary import describe, label_of, table

_PAGE = Path(__file__).with_name("report.html")
_BUCKETS = 720
# Colour of each limit in the bands; others share the last one.
LIMIT_COLOURS = {
    "max": "c-max", "cable": "c-cable", "installer": "c-cable", "board": "c-cable", "mains": "c-mains",
    "circuit": "c-mains", "capacity": "c-capacity", "sun": "c-sun",
}  # fmt: skip
STATE_COLOURS = {"A": "c-none", "B": "c-connected", "C": "c-charging", "D": "c-charging", "C1": "c-stopping"}
_STATE_TEXTS = {
    "A": "no car", "B": "connected", "C": "charging", "D": "charging", "B1": "waiting", "C1": "stopping",
    "ACTSTART": "waking the car",
}  # fmt: skip


def make_report(outcomes: list[Outcome]) -> str:
    """Return the page."""
    runs = [describe(outcome) for outcome in outcomes]
    first = outcomes[0]
    day = first.plan.day
    template = Template(_PAGE.read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(day.title or day.name),
        intro=escape(_intro(first)),
        figures=_figures(runs),
        runs="\n".join(_run(outcome) for outcome in outcomes),
    )


def _intro(outcome: Outcome) -> str:
    day = outcome.plan.day
    hours = day.length_s / 3600
    kind = "one phase" if day.phases == 1 else "three phases"
    return f"{day.name}: {hours:.1f} h, home with {kind}, car model {outcome.car}"


def _figures(runs: list[dict]) -> str:
    head = "".join(f"<th>{escape(run['label'])}</th>" for run in runs)
    rows = []
    for label, unit, texts in table(runs):
        kind = "" if label[0].isupper() else ' class="detail"'
        row = "".join(f"<td>{escape(text)}</td>" for text in texts)
        rows.append(f"<tr{kind}><th>{escape(label)}</th><td class=unit>{escape(unit)}</td>{row}</tr>")
    return f"<table><thead><tr><th></th><th></th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _run(outcome: Outcome) -> str:
    axis = Axis(outcome.plan.day.start_s, outcome.timeline.length_s)
    panels = [_power_panel(outcome), _current_panel(outcome), _quarter_panel(outcome), _timer_panel(outcome)]
    plots = [_legend(panel) + draw_panel(panel, axis) for panel in panels if panel]
    plots.insert(2, _bands(outcome, axis))
    settings = ", ".join(f"{name}={value}" for name, value in _told_settings(outcome).items())
    body = "\n".join(f"<figure>{plot}</figure>" for plot in plots)
    return f"<section><h2>{escape(label_of(outcome))}</h2><p class=settings>{escape(settings)}</p>{body}</section>"


def _told_settings(outcome: Outcome) -> dict[str, str]:
    return {**outcome.plan.day.settings, **outcome.plan.settings}


def _buckets(column: Sequence[float], choose: Callable[[Sequence[float]], float]) -> list[float]:
    length = len(column)
    count = min(_BUCKETS, length)
    edges = [index * length // count for index in range(count + 1)]
    return [choose(column[start:end]) for start, end in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _power_panel(outcome: Outcome) -> Panel:
    timeline = outcome.timeline
    scale = VOLTS / 1e6
    car = [sum(three) * scale for three in zip(*timeline.car_ma)]
    house = [sum(three) * scale for three in zip(*timeline.house_ma)]
    series = [Series("car", "c-car", _buckets(car, _mean), "area")]
    if outcome.plan.day.sun_w is not None:
        sun = [watts / 1000 for watts in outcome.plan.day.sun_w]
        series.append(Series("sun", "c-sunshine", _buckets(sun, _mean)))
    if any(timeline.battery_ma):
        battery = [current_ma * scale for current_ma in timeline.battery_ma]
        series.append(Series("home battery (charging)", "c-battery", _buckets(battery, _mean)))
    series.append(Series("house without car", "c-house", _buckets(house, _mean)))
    return Panel("Power", "kW", series, 190)


def _current_panel(outcome: Outcome) -> Panel:
    timeline = outcome.timeline
    mains = [
        max(house[0] + car[0], house[1] + car[1], house[2] + car[2]) / 1000
        for house, car in zip(zip(*timeline.house_ma), zip(*timeline.car_ma))
    ]
    offered = [current_ma / 1000 for current_ma in timeline.offered_ma]
    series = [
        Series(
            "highest phase at the connection", "c-house", _buckets(mains, max), "band", _buckets(mains, min)
        ),
        Series("offered to the car", "c-offer", _buckets(offered, _mean)),
    ]
    limit_a = outcome.figures.mains.limit_ma / 1000
    return Panel("Currents", "A", series, 190, [(limit_a, "MAINS", "c-mains")])


def _quarter_panel(outcome: Outcome) -> Panel | None:
    quarters = [watts / 1000 for watts in outcome.figures.quarters_w]
    if not quarters:
        return None
    steps = [value for value in quarters for _ in range(8)]
    peak = max(quarters)
    mark = [(peak, f"peak {peak:.2f} kW", "c-capacity")]
    return Panel(
        "Import, average of 15 min", "kW", [Series("import", "c-capacity", steps, "area")], 130, mark
    )


def _timer_panel(outcome: Outcome) -> Panel | None:
    names = ("charge delay", "solar stop", "capacity stop")
    colours = ("c-connected", "c-sun", "c-capacity")
    series = [
        Series(name, colour, [value / 60 for value in _buckets(column, max)])
        for name, colour, column in zip(names, colours, outcome.timeline.timers_s)
        if any(column)
    ]
    return Panel("Timers", "min", series, 110) if series else None


def _legend(panel: Panel) -> str:
    items = [_key(series.style, series.colour, series.name) for series in panel.series]
    return f"<figcaption>{''.join(items)}</figcaption>"


def _bands(outcome: Outcome, axis: Axis) -> str:
    timeline = outcome.timeline
    end_s = timeline.length_s
    states = timeline.state.spans(end_s)
    state_band = [
        (start, end, STATE_COLOURS.get(name, "c-waiting"), _STATE_TEXTS.get(name, name))
        for start, end, name in states
    ]
    shares: dict[str, int] = {}
    limit_band = []
    # Without a car no limit matters.
    for begin, stop, name in timeline.ruling.spans(end_s):
        for start, end in _while_plugged(states, begin, stop):
            shares[name] = shares.get(name, 0) + end - start
            limit_band.append((start, end, LIMIT_COLOURS.get(name, "c-other"), name))
    total = sum(shares.values())
    limits = [
        _key("area", LIMIT_COLOURS.get(name, "c-other"), f"{name} {100 * seconds / total:.0f} %")
        for name, seconds in sorted(shares.items(), key=lambda item: -item[1])
    ]
    keys = [_key("area", colour, text) for colour, text in {span[2]: span[3] for span in state_band}.items()]
    caption = f"Limit that rules while a car is there: {''.join(limits)}<br>State: {''.join(keys)}"
    rows = [("limit", limit_band), ("state", state_band)]
    return f"<figcaption>{caption}</figcaption>" + draw_bands(rows, axis)


def _key(kind: str, colour: str, text: str) -> str:
    return f'<span><i class="{kind}" style="--c:var(--{colour})"></i>{escape(text)}</span>'


def _while_plugged(states: list[tuple[int, int, str]], begin: int, stop: int) -> list[tuple[int, int]]:
    """Return the parts of a stretch in which a car is there, as few as possible."""
    parts: list[tuple[int, int]] = []
    for start, end, name in states[bisect_right(states, begin, key=lambda span: span[1]) :]:
        if start >= stop:
            break
        if name != "A":
            start, end = max(start, begin), min(end, stop)
            if parts and parts[-1][1] == start:
                start = parts.pop()[0]
            parts.append((start, end))
    return parts
