"""A real board: what is on it, its core tests, the cost of its control step, and safe outputs.

Nothing here closes a contactor. The board must have our image on it and stand at the prompt;
scenarios want the complete one: `make deploy ARGS=--complete`.
"""

from pathlib import Path

import pytest
from board_code import compile_for_board, looks_inside
from board_link import BoardLink

from evse.version import VERSION
from interpreters import ROOT

CORE = ROOT / "host_tests/core"
HELPERS = ("bench_station", "modbus_bench")
# Tests that look inside find long names, where an image has short ones.
CORE_TESTS = [path for path in sorted(CORE.glob("test_*.py")) if not looks_inside(path)]

RUN_TESTS = """
import sys, gc
sys.path.append("/hil")
gc.collect()
import {name}
passed = 0
for test in sorted(dir({name})):
    if test.startswith("test_"):
        getattr({name}, test)()
        passed += 1
# The next file needs the memory.
del sys.modules["{name}"], {name}
print("passed", passed)
"""

STEP_COST = """
import gc, sys, time
sys.path.append("/hil")
import bench_station
bench = bench_station.Bench()
def measure(count):
    step = bench.station.step
    inputs, outputs, now = bench.inputs, bench.outputs, 0
    worst = 0
    for index in range(count):
        begin = time.ticks_us()
        step(now, inputs, outputs)
        taken = time.ticks_diff(time.ticks_us(), begin)
        if taken > worst:
            worst = taken
        now += 10
    return worst
gc.collect()
measure(10)
print(measure(300), gc.mem_free())
"""

OUTPUTS = """
import board
board.outputs_safe()
hardware = board.make()
hardware.safe_state()
print(hardware.contactors.commanded, hardware.may_erase())
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory) -> Path:
    """Return a folder with all core tests and their helpers, compiled for the board."""
    folder: Path = tmp_path_factory.mktemp("hil")
    compile_for_board({path.name: path for path in CORE.glob("*.py")}, folder)
    return folder


@pytest.fixture(scope="module")
def helpers(link: BoardLink, compiled: Path):
    """Put the helper modules of the core tests onto the board, and take them off again."""
    link.run("import os\ntry:\n    os.mkdir('/hil')\nexcept OSError:\n    pass")
    for name in HELPERS:
        link.copy(compiled / f"{name}.mpy", f"/hil/{name}.mpy")
    yield
    for name in HELPERS:
        link.remove(f"/hil/{name}.mpy")


def test_the_board_has_this_version(link: BoardLink) -> None:
    assert link.run("import evse.version\nprint(evse.version.VERSION)") == [VERSION]


@pytest.mark.parametrize("path", CORE_TESTS, ids=lambda path: path.stem)
def test_core_tests_pass_on_the_board(link: BoardLink, compiled: Path, helpers: None, path: Path) -> None:
    link.copy(compiled / f"{path.stem}.mpy", f"/hil/{path.stem}.mpy")
    try:
        lines = link.run(RUN_TESTS.format(name=path.stem))
    finally:
        link.remove(f"/hil/{path.stem}.mpy")
    assert lines[-1].startswith("passed ") and lines[-1] != "passed 0"


def test_a_control_step_takes_less_than_half_of_its_period(link: BoardLink, helpers: None) -> None:
    worst_us, free_bytes = (int(word) for word in link.run(STEP_COST)[-1].split())
    print(f"\nworst control step {worst_us} us, {free_bytes} bytes free")
    assert worst_us < 5000


def test_the_outputs_of_the_board_are_safe(link: BoardLink) -> None:
    assert link.run(OUTPUTS)[-1] == "False True"
