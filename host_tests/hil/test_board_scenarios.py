"""The scenarios of the simulated board in virtual time on a real one: the trace is the one that this PC makes.

A handful, or all with --all-scenarios. Nothing of the board's own hardware is touched.
"""

from pathlib import Path

import pytest
from board_link import BoardLink
from board_scenarios import BoardScenarios
from scenario_tool import FILES, problems

from bench import trace
from scenario_process import Run, first_difference

HANDFUL = (
    "charge_plain",
    "clock_wraps_while_stopping",
    "contactor_c2_welded_before",
    "no_diode",
    "residual_current",
    "restart_while_charging",
    "unplug_while_charging",
)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take every scenario or the handful."""
    wanted = metafunc.config.getoption("--all-scenarios")
    if "file" in metafunc.fixturenames:
        files = [file for file in FILES if wanted or file.stem in HANDFUL]
        metafunc.parametrize("file", files, ids=lambda file: file.stem)


@pytest.fixture(scope="module")
def scenarios(link: BoardLink, tmp_path_factory: pytest.TempPathFactory):
    """Put the scenario engine onto the board, and take it off again."""
    with BoardScenarios(link, tmp_path_factory.mktemp("compiled")) as engine:
        yield engine


def test_the_trace_is_the_one_of_this_pc(scenarios: BoardScenarios, tmp_path: Path, file: Path) -> None:
    here, there = tmp_path / "here.csv", tmp_path / "there.csv"
    run = Run("cpython", [file], [here], every_step=False)
    run.start()
    at_ms, failures, text = scenarios.run(file)
    outcome = run.outcome(0)
    assert not problems(outcome)
    there.write_bytes(trace.HEADER.encode() + text)
    changes = text.count(b"\n")
    print(f"\n{file.stem}: {at_ms} ms of virtual time, {changes} changes of outputs")
    assert not first_difference(here, there)
    assert not failures
    assert at_ms == outcome.virtual_ms
