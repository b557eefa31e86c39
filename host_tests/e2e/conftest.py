"""The station that the tests of this lane talk to: one of their own, or the one at --device-url."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from running_station import Station
from station_client import RemoteStation, StationClient

ONLY_HERE = "starts, kills or looks into a process of its own on this PC; not with --device-url"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be done to a station that somebody else started, before a browser or so is started."""
    # A file may have a station of its own under the same name.
    shared = "station" in getattr(item, "fixturenames", ()) and not hasattr(
        getattr(item, "module", None), "station"
    )
    if item.config.getoption("--device-url") and not shared:
        pytest.skip(ONLY_HERE)


@pytest.fixture
def station(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StationClient]:
    """Return a station without a car; its parameter is the interpreter that runs it here."""
    url = request.config.getoption("--device-url")
    interpreter = getattr(request, "param", "micropython")
    if url:
        if interpreter != "micropython":
            pytest.skip(f"the station at {url} has an interpreter already")
        with RemoteStation(url) as remote:
            yield remote
    else:
        with Station(tmp_path, "--interpreter", interpreter) as own:
            yield own
