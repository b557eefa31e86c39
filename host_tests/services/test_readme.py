"""Every command in the README does what it says."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import test_budgets
from running_station import Station

from interpreters import ROOT

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line]
ADDRESS = "http://127.0.0.1:8080"


def of(program: str) -> list[str]:
    """Return the commands that begin with a program."""
    return [command for command in COMMANDS if command.startswith(program)]


@pytest.fixture(autouse=True)
def own_make(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no ARGS of the make that runs these tests reach those that they run."""
    for name in ("MAKEFLAGS", "MFLAGS", "ARGS"):
        monkeypatch.delenv(name, raising=False)


# What talks to a board is tested with fakes in test_flash.py and test_deploy.py; here its refusals are.
REPLAY = ".venv/bin/python tools/replay.py"
ON_BOARD = ("make backup", "make flash", "make deploy", "make console", "make restore")


def test_every_command_is_known_here() -> None:
    known = [*of("make sim"), *of("make test"), *of("curl "), *of(".venv/bin/python tools/scenario.py")]
    known += [*of("make image"), *of("make size"), *[command for start in ON_BOARD for command in of(start)]]
    known += of(REPLAY)
    assert sorted(known) == sorted(COMMANDS)
    # The test suite is what `make test` runs.
    assert of("make test") == ["make test"]


@pytest.mark.parametrize("command", [command for start in ON_BOARD for command in of(start)])
def test_what_talks_to_a_board_names_what_is_missing(command: str) -> None:
    words = [word.replace("/dev/ttyUSB0", "/dev/no-such-port") for word in shlex.split(command)]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    if "DRY_RUN=1" in words:
        # It gets as far as the firmware file, which is not here.
        assert "ESP32_GENERIC.bin" in result.stdout + result.stderr
    else:
        assert result.returncode == 2 and "/dev/no-such-port" in result.stderr, result.stdout + result.stderr


def test_image_and_size_run() -> None:
    for command in of("make image"):
        result = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr
    # Once for the budgets as well, because it takes minutes.
    assert of("make size") == [test_budgets.COMMAND]


def test_the_simulator_takes_the_options_of_the_readme(tmp_path: Path) -> None:
    assert of("make sim")[0] == "make sim"
    for command in of("make sim"):
        dry_run = subprocess.run(
            [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        line = [text for text in dry_run.stdout.splitlines() if "tools/sim.py" in text][-1]
        arguments = shlex.split(line)[2:]
        if "--image" in arguments:
            subprocess.run(shlex.split(of("make image")[0]), cwd=ROOT, check=True)
        if "--bench-port" in arguments:
            # Another port, because this one may be taken here.
            arguments[arguments.index("--bench-port") + 1] = "0"
        with Station(tmp_path, *arguments) as station:
            assert station.get("/status")["state"] == "A"


def test_the_bench_answers_every_curl_of_the_readme(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        for command in of("curl "):
            words = shlex.split(command.replace(ADDRESS, station.address))
            answer = subprocess.run(
                ["curl", "-sS", "--fail-with-body", *words[1:]], capture_output=True, text=True, check=False
            )
            assert answer.returncode == 0, (command, answer.stdout, answer.stderr)
            assert json.loads(answer.stdout), command


@pytest.mark.parametrize("command", [*of(".venv/bin/python tools/scenario.py"), *of(REPLAY)])
def test_programs_of_the_readme_run(command: str) -> None:
    result = subprocess.run(shlex.split(command), cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
