"""Plots over a day as SVG: panels with one time axis. Colours are CSS variables of the page."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from replay_lib.day import DAY_S, clock_text

WIDTH, LEFT, RIGHT = 720, 46, 12
INNER = WIDTH - LEFT - RIGHT
_TICKS_H = (1, 2, 3, 4, 6, 12, 24)
_NICE = (1, 2, 2.5, 5, 10)


@dataclass
class Series:
    """One curve: `style` is line, area or band; a band has `lows` too."""

    name: str
    colour: str
    values: Sequence[float]
    style: str = "line"
    lows: Sequence[float] = ()
    unit: str = ""


@dataclass
class Panel:
    """One plot; `marks` are horizontal lines (value, name, colour)."""

    title: str
    unit: str
    series: list[Series]
    height: int = 170
    marks: list[tuple[float, str, str]] = field(default_factory=list)


class Axis:
    """Time from left to right, in seconds since the start of the day."""

    def __init__(self, start_s: int, length_s: int) -> None:
        self.start_s = start_s
        self.length_s = length_s

    def x(self, second: float) -> float:
        """Return where a moment is."""
        return LEFT + INNER * second / self.length_s

    def clock(self, second: int) -> str:
        """Return the time of day of a moment as HH:MM:SS."""
        return clock_text((self.start_s + second) % DAY_S)

    def ticks(self) -> list[tuple[float, str]]:
        """Return where the clock shows whole hours, and what it shows."""
        hours = next((step for step in _TICKS_H if self.length_s / 3600 / step <= 12), 24) * 3600
        if self.length_s < 7200:
            hours = 600
        first = -(self.start_s % hours) % hours
        marks = []
        for second in range(first, self.length_s + 1, hours):
            clock = (self.start_s + second) % 86400
            marks.append((self.x(second), f"{clock // 3600:02d}:{clock // 60 % 60:02d}"))
        return marks


def draw_panel(panel: Panel, axis: Axis) -> str:
    """Return the SVG of a panel."""
    low, high, step = _range(panel)
    top, bottom = 22, panel.height - 20

    def y(value: float) -> float:
        return bottom - (bottom - top) * (value - low) / (high - low)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {panel.height}" role="img" aria-label="{escape(panel.title)}">',
        f'<text x="{LEFT}" y="13" class="title">{escape(panel.title)}</text>',
    ]
    for index in range(round((high - low) / step) + 1):
        value = low + index * step
        kind = "zero" if abs(value) < step / 1000 and low < 0 else "grid"
        parts.append(
            f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="{kind}"/>'
        )
        parts.append(
            f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" class="tick" text-anchor="end">{value:g}</text>'
        )
    parts.append(f'<text x="{LEFT - 6}" y="13" class="tick" text-anchor="end">{escape(panel.unit)}</text>')
    for x, text in axis.ticks():
        anchor = "end" if x > WIDTH - RIGHT - 12 else "middle"
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{bottom}" y2="{bottom + 4}" class="zero"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" class="tick" text-anchor="{anchor}">{text}</text>')
    for series in panel.series:
        parts.append(_curve(series, y))
    for value, name, colour in panel.marks:
        where = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"'
        parts.append(f'<line {where} class="mark" style="stroke:var(--{colour})"/>')
        parts.append(
            f'<text x="{WIDTH - RIGHT}" y="{y(value) - 4:.1f}" class="tick" text-anchor="end">{name}</text>'
        )
    parts.append("</svg>")
    return "\n".join(parts)


def draw_bands(rows: list[tuple[str, list[tuple[int, int, str, str]]]], axis: Axis) -> str:
    """Return the SVG of coloured bands: (name, [(from, to, colour, text)]) each."""
    height = 18 * len(rows) + 6
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="bands">']
    for index, (name, spans) in enumerate(rows):
        top = 18 * index + 3
        parts.append(
            f'<text x="{LEFT - 6}" y="{top + 11}" class="tick" text-anchor="end">{escape(name)}</text>'
        )
        for start, end, colour, text in spans:
            x, width = axis.x(start), max(axis.x(end) - axis.x(start), 0.3)
            parts.append(
                f'<rect x="{x:.1f}" y="{top}" width="{width:.1f}" height="14" style="fill:var(--{colour})">'
                f"<title>{escape(text)}, {axis.clock(start)} to {axis.clock(end)}</title></rect>"
            )
    parts.append("</svg>")
    return "\n".join(parts)


def _curve(series: Series, y) -> str:
    count = len(series.values)
    points = [
        f"{LEFT + INNER * (index + 0.5) / count:.1f},{y(value):.1f}"
        for index, value in enumerate(series.values)
    ]
    if series.style == "line":
        return f'<polyline points="{" ".join(points)}" class="line" style="stroke:var(--{series.colour})"/>'
    lows = series.lows or [0.0] * count
    back = [
        f"{LEFT + INNER * (index + 0.5) / count:.1f},{y(lows[index]):.1f}" for index in reversed(range(count))
    ]
    return f'<polygon points="{" ".join(points + back)}" class="{series.style}" style="fill:var(--{series.colour})"/>'


def _range(panel: Panel) -> tuple[float, float, float]:
    """Return lowest, highest and step of the value axis."""
    values = [value for series in panel.series for value in series.values]
    values += [value for series in panel.series for value in series.lows]
    values += [value for value, _, _ in panel.marks] + [0.0]
    low, high = min(values), max(values)
    span = max(high - low, 1e-6)
    power = 10.0 ** math.floor(math.log10(span / 5))
    step = next(power * nice for nice in _NICE if span / (power * nice) <= 5)
    return math.floor(low / step) * step, max(math.ceil(high / step), 1) * step, step
