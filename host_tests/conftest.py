"""Settings and fixtures that all lanes share."""

import os

import pytest
from hypothesis import settings

from interpreters import find_chromium, find_mosquitto

# These need MicroPython; lanes/test_mp_lane.py runs them.
collect_ignore = ["mp"]

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
