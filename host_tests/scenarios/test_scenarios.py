"""Every scenario of this folder holds, on both interpreters and with or without jumps, with the same trace.

MicroPython runs what an image has: compiled files with constants in place and short names.
"""

import gc
import time
from pathlib import Path

import pytest
from scenario_tool import FILES, SHORT_MS, compiled_tree, duration_ms, names, problems, run_all

from bench import scenario
from interpreters import ROOT
from scenario_process import find_micropython, first_difference

SHORT = [file for file in FILES if duration_ms(file) < SHORT_MS]
HOUR_MS = 3_600_000
HOUR_LIMIT_S = 3.0
HOUR_TRIES = 3


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Run everything in three processes side by side; return interpreter or "every step" -> run."""
    folder: Path = tmp_path_factory.mktemp("traces")
    started = {"cpython": run_all("cpython", FILES, folder / "cpython")}
    if find_micropython():
        tree = compiled_tree(folder / "tree")
        started["micropython"] = run_all("micropython", FILES, folder / "micropython", tree=tree)
    started["every step"] = run_all("cpython", SHORT, folder / "every_step", every_step=True)
    return started


def test_there_are_enough():
    assert len(FILES) >= 30
    assert len(SHORT) >= len(FILES) - 6


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_holds_under_cpython(runs, file):
    found = problems(runs["cpython"].outcome(FILES.index(file)))
    if found:
        pytest.fail(found, pytrace=False)


@pytest.mark.parametrize("file", FILES, ids=names(FILES))
def test_holds_under_micropython_with_the_same_trace(runs, file):
    if "micropython" not in runs:
        pytest.skip("no MicroPython in this environment: make setup")
    index = FILES.index(file)
    found = problems(runs["micropython"].outcome(index))
    if not found:
        runs["cpython"].outcome(index)
        found = first_difference(runs["cpython"].traces[index], runs["micropython"].traces[index])
    if found:
        pytest.fail(found, pytrace=False)


@pytest.mark.parametrize("file", SHORT, ids=names(SHORT))
def test_jumps_change_nothing(runs, file):
    index, place = FILES.index(file), SHORT.index(file)
    found = problems(runs["every step"].outcome(place))
    if not found:
        runs["cpython"].outcome(index)
        found = first_difference(runs["cpython"].traces[index], runs["every step"].traces[place])
    if found:
        pytest.fail(found, pytrace=False)


def test_every_file_has_a_name_of_its_own():
    texts = [(ROOT / file).read_text() for file in FILES]
    found = {text.split('"name": "')[1].split('"')[0] for text in texts}
    assert len(found) == len(FILES)


@pytest.mark.alone
def test_an_hour_of_charging_with_a_meter_is_quick():
    document = {
        "settings": {"EV METER": "Eastron3P", "MAX": 16},
        "world": {"car.phases": 3},
        "steps": [
            {"at_ms": 1000, "set": {"car.pilot": "B", "car.auto": True}},
            {"at_ms": HOUR_MS - 1000, "expect": {"state": "C", "session.energy_wh": {"min": 10_800}}},
        ],
        "until_ms": HOUR_MS,
    }
    # Other work on the machine may slow one down, nothing makes one quicker than it is.
    assert any(quick_hour(document) <= HOUR_LIMIT_S for _ in range(HOUR_TRIES))


def quick_hour(document: dict) -> float:
    """Run a scenario of an hour; return the processor time that it takes, in s."""
    changes = []
    # What other tests have left in memory is not looked through meanwhile.
    gc.collect()
    gc.freeze()
    begin = time.process_time()
    result = scenario.run(document, lambda *change: changes.append(change))
    elapsed_s = time.process_time() - begin
    gc.unfreeze()
    print(f"one hour of a charging session in {elapsed_s:.2f} s, {len(changes)} changes of outputs")
    assert not result.failures
    assert result.at_ms >= HOUR_MS
    return elapsed_s
