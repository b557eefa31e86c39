"""What the firmware takes of a board stays within its budgets, as `make size` prints it."""

import os
import re
import shlex
import subprocess

import pytest

import size
from board_folders import known_boards
from interpreters import ROOT, find_mosquitto

COMMAND = "make size"
# What the make that runs these tests would hand on.
MAKE = ("MAKEFLAGS", "MFLAGS", "ARGS", "BOARD")
pytestmark = pytest.mark.alone
_BUDGET = re.compile(r"^(.+): (-?\d+) of (\d+) (.+): (ok|TOO MUCH)$", re.MULTILINE)


@pytest.fixture(scope="module")
def printed() -> str:
    """Run the program once for all budgets, as a user does; return what it prints."""
    if find_mosquitto() is None:
        pytest.skip("mosquitto is missing")
    environment = {name: value for name, value in os.environ.items() if name not in MAKE}
    result = subprocess.run(
        shlex.split(COMMAND), cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def told(printed: str) -> dict[str, str]:
    """Return the verdicts by the names of the budgets."""
    verdicts = {}
    for name, value, limit, _, verdict in _BUDGET.findall(printed):
        assert (int(value) <= int(limit)) == (verdict == "ok")
        verdicts[name] = verdict
    return verdicts


def test_every_budget_is_told(printed, told, capsys) -> None:
    with capsys.disabled():
        print("\n" + printed)
    images = [f"image of {name} without displays and network" for name in known_boards()]
    places = [f"image of {name} in its partition" for name in known_boards() if name != "SIM"]
    assert sorted(told) == sorted(
        [
            *images,
            *places,
            "heap of core, control task, supervisor and board",
            "heap of core, settings, displays, access and menu on 64 bits",
            "growth in 24 h",
            "start",
            "heap of everything with broker, web and one browser on 64 bits",
        ]
    )


def test_flash_heap_growth_and_start_keep_their_budgets(told) -> None:
    assert [name for name, verdict in told.items() if verdict != "ok"] == []


def test_a_budget_that_is_exceeded_is_told() -> None:
    assert not size.Budget("x", 11, 10, "bytes", []).kept
    assert "TOO MUCH" in str(size.Budget("x", 11, 10, "bytes", []))


@pytest.mark.parametrize(("value", "status"), [(10, 0), (11, 1)])
def test_the_program_tells_every_figure_and_whether_all_are_kept(value, status, monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.argv", ["size.py", "SIM"])
    monkeypatch.setattr(
        size, "budgets", lambda boards: [lambda: size.Budget(boards[0].name, value, 10, "mm", ["of which"])]
    )
    monkeypatch.setattr(size, "measure_heap", lambda what: (5, [what]))
    assert size.main() == status
    told = capsys.readouterr().out
    for text in (
        f"SIM: {value} of 10 mm",
        "of which",
        "station\n",
        "all\n",
    ):
        assert text in told
