"""Replays with a circuit meter, and with a limit of power by the time of day."""

from pathlib import Path

import pytest

from evse.core.errors import FieldError
from replay_lib.day import Day
from replay_lib.read_day import read_day, write_day
from replay_lib.run import Outcome, Plan, Run

HEAD = "#: date 2025-06-21\n#: car three16\n#: plug 16:31\n"
CIRCUIT = HEAD + "time,l1_a,l2_a,l3_a,circuit_l1_a,circuit_l2_a,circuit_l3_a\n"


def day_of(tmp_path: Path, text: str) -> Day:
    path = tmp_path / "day.csv"
    path.write_text(text)
    return read_day(str(path))


def rows(*rows: tuple[str, str]) -> str:
    """Return rows of a minute each, from the time of each on, until 17:30."""
    lines = []
    for minute in range(16 * 60 + 30, 17 * 60 + 31):
        clock = f"{minute // 60:02d}:{minute % 60:02d}:00"
        lines.append(clock + "," + [values for begin, values in rows if begin <= clock][-1])
    return "\n".join(lines) + "\n"


def run(day: Day, **settings: str) -> Outcome:
    return Run(Plan(day, {"MAX": "16", "MAINS": "40", **settings})).go()


def offered_ma(outcome: Outcome, minute: int) -> int:
    """Return what was offered so many minutes after 16:30."""
    return outcome.timeline.offered_ma[60 * minute]


LOADED = CIRCUIT + rows(
    ("16:30:00", "15,6,6,5,0,0"), ("17:00:00", "22,6,6,12,0,0"), ("17:15:00", "15,6,6,5,0,0")
)


def test_the_circuit_is_kept(tmp_path) -> None:
    day = day_of(tmp_path, LOADED)
    outcome = run(day, CIRCUIT="20")
    assert offered_ma(outcome, 20) in range(14500, 15001)
    assert offered_ma(outcome, 40) in range(7500, 8001)
    # It comes back slowly.
    assert offered_ma(outcome, 58) in range(13500, 15001)
    limits = outcome.figures.summary()["limits"]
    # One reading and what the car needs to follow.
    assert limits["circuit"]["limit_a"] == 20 and 0 < limits["circuit"]["above_s"] <= 6
    assert limits["mains"]["above_s"] == 0
    assert "circuit" in {name for _, name in outcome.timeline.ruling.changes}


def test_without_the_meter_the_columns_do_nothing(tmp_path) -> None:
    outcome = run(day_of(tmp_path, LOADED), CIRCUIT="20", **{"CIRCT MET": "Disabled"})
    assert offered_ma(outcome, 40) in range(15900, 16001)
    assert "circuit" not in outcome.figures.summary()["limits"]


def test_a_meter_without_columns_is_refused(tmp_path) -> None:
    day = day_of(tmp_path, HEAD + "time,l1_a\n" + rows(("16:30:00", "1")))
    with pytest.raises(FieldError, match="CIRCT MET: needs a day with columns of the circuit"):
        run(day, **{"CIRCT MET": "ABB"})


def test_what_an_earlier_car_took_is_taken_away(tmp_path) -> None:
    text = HEAD + "time,l1_a,circuit_l1_a,car_l1_a\n" + rows(("16:30:00", "18,13,10"))
    day = day_of(tmp_path, text)
    assert day.circuit_ma and day.circuit_ma[0][0] == 3000 and day.phases_ma[0][0] == 8000


def test_a_written_day_keeps_its_circuit(tmp_path) -> None:
    day = day_of(tmp_path, LOADED)
    write_day(day, tmp_path / "again.csv")
    assert read_day(str(tmp_path / "again.csv")).circuit_ma == day.circuit_ma


def test_power_by_the_time_of_day(tmp_path) -> None:
    day = day_of(tmp_path, HEAD + "time,l1_a,l2_a,l3_a\n" + rows(("16:30:00", "1,1,1")))
    interval = (
        '[{"start": 0, "power": 20000}, {"start": 1020, "power": 6900}, {"start": 1035, "power": 20000}]'
    )
    outcome = run(day, INTERVALS=interval, **{"CAP MODE": "Interval"})
    # From 17:00 to 17:15 there are 6.9 kW, 30 A in all.
    assert offered_ma(outcome, 25) in range(15900, 16001)
    assert offered_ma(outcome, 40) in range(8500, 9001)
    assert offered_ma(outcome, 58) in range(15900, 16001)
    assert "capacity" in {name for _, name in outcome.timeline.ruling.changes}
