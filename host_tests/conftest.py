"""Settings and fixtures that all lanes share, and how tests are shared out when several run at a time."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from interpreters import find_chromium, find_mosquitto

# These need MicroPython; lanes/test_mp_lane.py runs them.
collect_ignore = ["mp"]

HERE = Path(__file__).parent
# Begun in this order, the slowest files first; what is in no file of these comes before the last two.
FIRST = ("scenarios", "e2e", "services")
# Short pieces that keep every process busy until the end.
LAST = ("core", "lanes")

settings.register_profile("default", deadline=None, print_blob=True)
# The same examples in every run: a build must not fail by chance.
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--device", default="", help="serial port of a real board, for host_tests/hil")
    parser.addoption(
        "--all-scenarios", action="store_true", help="host_tests/hil: every scenario, not only a handful"
    )
    parser.addoption(
        "--device-url", default="", help="station on the simulated board to talk to, for host_tests/e2e"
    )
    parser.addoption(
        "--alone",
        choices=("only", "without"),
        help="only the tests that bear nothing beside them, or all the others",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `--alone` leaves out, and put the tests into the order in which processes take them."""
    wanted = config.getoption("--alone")
    if wanted:
        kept, left_out = [], []
        for item in items:
            is_alone = item.get_closest_marker("alone") is not None
            (kept if is_alone == (wanted == "only") else left_out).append(item)
        items[:] = kept
        config.hook.pytest_deselected(items=left_out)
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    folder = item.path.relative_to(HERE).parts[0]
    if folder in FIRST:
        return FIRST.index(folder)
    return len(FIRST) + 1 + (LAST.index(folder) if folder in LAST else -1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Give a process one file after the other, of the lanes one test: each of those is a file of its own."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return nodeid if "/lanes/" in nodeid else nodeid.split("::")[0]

    config.option.loadscopereorder = False
    return Scheduler(config, log)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of the browser, or skip the test."""
    path = find_chromium()
    if path is None:
        pytest.skip("chromium is missing: apt-get install --no-install-recommends chromium")
    return path


@pytest.fixture(scope="session")
def mosquitto() -> str:
    """Return the path of the MQTT broker, or skip the test."""
    path = find_mosquitto()
    if path is None:
        pytest.skip(
            "mosquitto is missing: apt-get install --no-install-recommends mosquitto mosquitto-clients"
        )
    return path
