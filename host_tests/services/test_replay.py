"""tools/replay.py as a program: figures, page, JSON, comparisons, refusals; and every command of its documentation."""

import json
import os
import re
import shlex
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from replay_days import make, run

from interpreters import ROOT
from replay_lib.make_day import make_day
from replay_lib.read_day import write_day
from replay_lib.run import Plan, Run

REPLAY = "tools/replay.py"
BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/replay.md").read_text(encoding="utf-8"), re.DOTALL)
COMMANDS = [line for block in BLOCKS for line in block.splitlines() if line]
CSV_BLOCKS = re.findall(r"```csv\n(.*?)```", (ROOT / "docs/replay.md").read_text(encoding="utf-8"), re.DOTALL)


def replay(*arguments: object, cwd: Path = ROOT) -> subprocess.CompletedProcess:
    """Run the program without a terminal."""
    command = [sys.executable, str(ROOT / REPLAY), *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def day(tmp_path_factory) -> Path:
    """Write an hour and a half with a kettle, a battery and sun."""
    path = tmp_path_factory.mktemp("days") / "short.csv"
    short = make(5400, lambda second: (12 if 1000 <= second < 1180 else 2, 1, -4), car="three16")
    short.settings = {"MODE": "Smart", "MAINS": "25", "MAX": "16"}
    write_day(short, path)
    return path


def test_figures_page_and_json(day, tmp_path) -> None:
    result = replay(day, "--compare", "reference", "--compare", "MAX=10", "--report", tmp_path / "r.html",
                    "--json", tmp_path / "r.json")  # fmt: skip
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert result.stdout.splitlines()[0].split() == ["microevse", "reference", "MAX=10"]
    runs = json.loads((tmp_path / "r.json").read_text())["runs"]
    assert [(one["label"], one["regulator"], one["settings"]["MAX"]) for one in runs] == [
        ("microevse", "microevse", 16),
        ("reference", "reference", 16),
        ("MAX=10", "microevse", 10),
    ]
    ours = runs[0]
    assert 14000 < ours["energy_wh"] <= ours["foresight_wh"]
    assert ours["from_sun_wh"] + ours["from_grid_wh"] + ours["from_battery_wh"] == pytest.approx(
        ours["energy_wh"], abs=2
    )
    assert ours["limits"]["mains"]["limit_a"] == 25
    assert {name for _, name in ours["ruling"]} >= {"max", "mains"}
    assert [name for _, name in ours["state"]][:3] == ["A", "B", "C"] or ours["state"][0][1] == "B"
    check_page((tmp_path / "r.html").read_text(encoding="utf-8"), 3)


def check_page(page: str, runs: int) -> None:
    """Check that a page stands alone, and that its plots are sound."""
    assert "http://" not in page and "https://" not in page and "<script" not in page
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) >= 4 * runs and page.count("<section>") == runs
    for drawing in drawings:
        for element in ET.fromstring(drawing).iter():
            assert "nan" not in element.get("points", ""), "a curve with no numbers"
    assert "prefers-color-scheme: dark" in page


def test_a_page_in_a_browser(day, tmp_path, chromium) -> None:
    from playwright.sync_api import sync_playwright

    replay(day, "--compare", "reference", "--report", tmp_path / "r.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for width in (1500, 400):
            page = browser.new_page(viewport={"width": width, "height": 900})
            page.goto((tmp_path / "r.html").as_uri())
            assert page.locator("svg").count() >= 8
            # Nothing sticks out to the right.
            assert page.evaluate("document.documentElement.scrollWidth") <= width
        browser.close()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "MAINS=5"], "error: MAINS: must be from 10 to 200 A"),
        (["--set", "MAIN=25"], "error: MAIN: unknown setting"),
        (["--set", "MAINS"], "error: MAINS: must be KEY=VALUE"),
        (["--set", "MODE=Clever"], "error: MODE: must be one of: Normal, Smart, Solar"),
        (["--compare", "MAX=99"], "error: MAX: must be from 6 to 80 A"),
        (["--plug", "noon"], "error: --plug: 'noon' is not HH:MM"),
        (["--meter-period-ms", "500"], "error: --meter-period-ms: must be from 1000"),
        (["--meter-latency-ms", "1000"], "error: --meter-latency-ms: must be from 20"),
        (["--car", "tank"], "invalid choice: 'tank'"),
        (["--report", "/no/such/folder/r.html"], "error: /no/such/folder/r.html: No such file or directory"),
    ],
)
def test_refusals(day, arguments, message) -> None:
    result = replay(day, *arguments)
    assert result.returncode == 2
    assert message in result.stderr and "Traceback" not in result.stderr


def test_a_bad_file_is_answered_with_its_line(tmp_path) -> None:
    (tmp_path / "DAY.csv").write_text("time,l1_a\n" + "".join(f"{at},1\n" for at in range(15)) + "15,n/a\n")
    result = replay("DAY.csv", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (2, "DAY.csv:17: l1_a: 'n/a' is not a number\n")


def test_options_of_the_car(day, tmp_path) -> None:
    options = [
        "--car",
        "one16",
        "--needs-wh",
        500,
        "--plug",
        "00:10",
        "--unplug",
        "01:00",
        "--json",
        tmp_path / "r.json",
    ]
    assert replay(day, *options).returncode == 0
    one = json.loads((tmp_path / "r.json").read_text())["runs"][0]
    assert one["car"] == "one16" and one["energy_wh"] == pytest.approx(500, abs=1)
    state = {name: at for at, name in reversed(one["state"])}
    assert 600 <= state["B"] <= 605 and one["state"][-1] == [3600, "A"]


def test_progress_is_shown_on_a_terminal(day) -> None:
    import pty

    leader, follower = pty.openpty()
    subprocess.run(
        [sys.executable, str(ROOT / REPLAY), str(day)], stderr=follower, stdout=subprocess.DEVNULL, check=True
    )
    os.close(follower)
    shown = os.read(leader, 100000).decode()
    os.close(leader)
    assert re.search(r"\[#+\.*\] \d+ %", shown) and shown.endswith("\r\x1b[K")


@pytest.mark.parametrize("regulator", ["microevse", "reference"])
def test_runs_are_repeatable(regulator) -> None:
    def house(second: int) -> tuple[float, float, float]:
        return (5 + second % 7, 2, 20 if second % 100 > 60 else 1)

    first, again = (
        run(make(1200, house), regulator, MODE="Smart", MAX="16").figures.summary() for _ in range(2)
    )
    assert first == again and first["energy_wh"] > 0


def test_a_whole_day_takes_less_than_half_a_minute() -> None:
    begin_s = time.process_time()
    Run(Plan(make_day("clouds_3p"))).go()
    assert time.process_time() - begin_s < 30


def test_the_bench_prints_ratios() -> None:
    program = [sys.executable, "host_tests/bench/regulators.py"]

    def bench(days: str) -> subprocess.CompletedProcess:
        environment = {**os.environ, "BENCH_DAYS": days}
        return subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    result = bench("dinner_1p,clear_1p")
    # Two days prove nothing about the ratios.
    assert result.returncode in (0, 1), result.stderr
    for name in ("dinner_1p", "clear_1p", "amp-seconds above MAINS", "contactor and phase switches", "energy from sun",
                 "perfect foresight", "longest time above MAINS"):  # fmt: skip
        assert name in result.stdout
    assert bench("dinner").returncode == 2


# What each command of the documentation is run as: the bench has its own test.
def test_every_command_of_the_documentation_is_known_here() -> None:
    starts = (".venv/bin/python tools/replay.py", ".venv/bin/python tools/days.py", "make bench BENCH_DAYS=")
    assert all(command.startswith(starts) for command in COMMANDS) and len(COMMANDS) >= 7


def test_the_commands_of_the_documentation_run() -> None:
    for command in COMMANDS:
        words = shlex.split(command)
        if words[0] == "make":
            words.append("--dry-run")
        result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
        assert result.returncode == 0, (command, result.stdout, result.stderr)


def test_the_files_of_the_documentation_are_days(tmp_path) -> None:
    rows, directives = CSV_BLOCKS
    path = tmp_path / "DAY.csv"
    path.write_text(directives + rows)
    result = replay(path)
    assert result.returncode == 0, result.stderr
