"""The lane for real boards: skipped without one, and tried here on a stand-in behind a serial port."""

import subprocess
import sys

import pytest
from fake_board import FakeBoard
from scenario_tool import FOLDER

import deploy
import image
from board_folders import read_board
from host_commands import Commands
from interpreters import ROOT

BARE = read_board(ROOT / "tools/device/BARE")


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A stand-in with our image on it, the complete one."""
    with FakeBoard() as fake:
        fake.execute("import os; os.mkdir('/lib')")
        deploy.deploy(
            Commands(dry_run=False),
            BARE,
            image.build(BARE, tmp_path_factory.mktemp("image") / "BARE", complete=True),
            fake.port,
        )
        yield fake


def run_lane(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the lane in a process of its own."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "host_tests/hil", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_without_a_board_the_lane_is_skipped() -> None:
    result = run_lane()
    assert result.returncode == 0, result.stdout
    assert "skipped" in result.stdout and "--device" in result.stdout
    assert "passed" not in result.stdout


@pytest.mark.alone
def test_the_lane_runs_on_what_answers_at_the_port(board) -> None:
    result = run_lane("--device", board.port, "-k", "version or test_limits or test_ticks or control_step")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "4 passed" in result.stdout
    assert "worst control step" in result.stdout


def test_scenarios_on_the_board_make_the_trace_of_this_pc(board) -> None:
    result = run_lane("--device", board.port, "-k", "trace_is_the_one")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "7 passed" in result.stdout
    assert "charge_plain: 65000 ms of virtual time" in result.stdout
    # Nothing stays behind.
    left = board.execute("import os, sys; print([n for n in os.listdir('/hil')])")
    assert left.startswith(b"[]")


def test_all_scenarios_are_a_flag_away() -> None:
    result = run_lane("--all-scenarios", "--collect-only", "-k", "trace_is_the_one")
    assert result.stdout.count("test_the_trace_is_the_one_of_this_pc[") == len(list(FOLDER.glob("*.json")))


def test_another_trace_on_the_board_fails_the_lane(board) -> None:
    board.execute(
        "import evse.core.charger as c\nkept = c.duty_permille\nc.duty_permille = lambda ma: kept(ma - 60)"
    )
    try:
        result = run_lane("--device", board.port, "-k", "charge_plain")
    finally:
        board.execute("c.duty_permille = kept")
    assert result.returncode == 1, result.stdout
    assert "1 failed" in result.stdout
    assert "offered_ma" in result.stdout, result.stdout


def test_a_failure_on_the_board_fails_the_lane(board) -> None:
    board.execute("import evse.core.ticks\nevse.core.ticks.diff = lambda later, earlier: 0")
    result = run_lane("--device", board.port, "-k", "test_ticks")
    assert result.returncode == 1, result.stdout
    assert "AssertionError" in result.stdout
