"""A dead or late control task, or a start that fails, ends in safe outputs and a reset."""

import subprocess
import sys
from pathlib import Path

import pytest

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

RESET_EXIT_STATUS = 42


def run(interpreter: str, how: str, data: Path) -> "subprocess.CompletedProcess[str]":
    """Run the sabotaged station to its end."""
    script = str(ROOT / "host_tests/services/dying_station.py")
    if interpreter == "micropython":
        command, environment = [str(MICROPYTHON), script], micropython_environment()
    else:
        command, environment = [sys.executable, script], cpython_environment()
    return subprocess.run(
        [*command, how, str(data)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
@pytest.mark.parametrize(
    ("how", "reason"),
    [("exception", "control task: RuntimeError: planted"), ("stall", " late")],
)
def test_a_failing_control_task_ends_safe(interpreter: str, how: str, reason: str, tmp_path: Path) -> None:
    result = run(interpreter, how, tmp_path)
    output = result.stdout + result.stderr
    assert "charging True True" in output, output
    assert "reset c1=False c2=False offered=False reason=control task" in output, output
    assert reason in output.split("reason=", 1)[1], output
    assert result.returncode == RESET_EXIT_STATUS, output


@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
def test_a_failing_start_ends_safe(interpreter: str, tmp_path: Path) -> None:
    result = run(interpreter, "import", tmp_path)
    output = result.stdout + result.stderr
    assert "reset c1=False c2=False offered=False" in output, output
    assert result.returncode == RESET_EXIT_STATUS, output
