"""Read a day from a file of any known kind, or make a shipped one by its name; write one as CSV."""

from datetime import UTC, datetime
from pathlib import Path

from replay_lib.day import Day, DayError, clock_text
from replay_lib.day_csv import read_csv
from replay_lib.day_ha import looks_like_ha, read_ha
from replay_lib.day_p1 import looks_like_p1, read_p1
from replay_lib.make_day import make_day
from replay_lib.shipped_days import DAYS


def read_day(place: str, house_phases: int | None = None, mapping: dict[str, str] | None = None) -> Day:
    """Return the day of a file or of a shipped name; DayError says what is wrong and where."""
    path = Path(place)
    if place in DAYS and not path.exists():
        return make_day(place)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        hint = "" if path.suffix else f"; shipped days are {', '.join(DAYS)}"
        raise DayError(place, 0, f"{error.strerror}{hint}") from None
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DayError(place, line, "is not UTF-8 text") from None
    lines = text.splitlines()
    if looks_like_p1(lines):
        return read_p1(place, lines, path.stem, house_phases)
    if lines and looks_like_ha(lines[0]):
        return read_ha(place, lines, path.stem, house_phases, mapping or {})
    return read_csv(place, lines, path.stem, house_phases)


def write_day(day: Day, path: Path) -> None:
    """Write a day as CSV that `read_day` takes back."""
    lines = [f"#: title {day.title}", f"#: date {_date(day)}", f"#: phases {day.phases}", f"#: car {day.car}"]
    lines += [f"#: set {name}={value}" for name, value in day.settings.items()]
    lines += [f"#: {'plug' if plugged else 'unplug'} {clock_text(second)}" for second, plugged in day.plugs]
    if day.needs_wh is not None:
        lines.append(f"#: needs_wh {day.needs_wh}")
    if day.battery:
        battery = day.battery
        lines.append(
            f"#: battery {battery.capacity_wh} {battery.power_w} {battery.stored_wh} {battery.lag_s}"
        )
    names = ["time", "house.l1_ma", "house.l2_ma", "house.l3_ma"]
    columns = list(day.phases_ma)
    if day.sun_w is not None:
        names.append("sun_w")
        columns.append(day.sun_w)
    if day.circuit_ma is not None:
        names += ["circuit.l1_ma", "circuit.l2_ma", "circuit.l3_ma"]
        columns += day.circuit_ma
    lines.append(",".join(names))
    lines += [",".join(map(str, row)) for row in zip(range(day.length_s), *columns)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _date(day: Day) -> str:
    return datetime.fromtimestamp(day.start_s, UTC).date().isoformat()
