"""The station that the tests of this lane talk to: one of their own, or the one at --device-url; and browsers."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from page_steps import SIZES, go_to
from running_station import Station
from station_client import RemoteStation, StationClient
from web_station import INSTALLER_PASSWORD, WebStation

from interpreters import MICROPYTHON

ONLY_HERE = "starts, kills or looks into a process of its own on this PC; not with --device-url"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# What the browser itself says of a refused request, and of tests reading pixels.
MEANT = re.compile(r"status of (4\d\d|503)|^Canvas2D: Multiple readback")
PAGE_MS = 20000


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what cannot be done to a station that somebody else started, before a browser or so is started."""
    if item.config.getoption("--device-url") and "station" not in getattr(item, "fixturenames", ()):
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


# ---- browsers


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Return Chromium; one for a file."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture
def problems() -> list[str]:
    """What pages logged and should not have."""
    return []


@pytest.fixture
def open_url(browser: Any, problems: list[str]) -> Iterator[Callable[..., Any]]:
    """Open a page at a size; at the end no error was logged and nothing left this machine."""
    contexts, hosts = [], set()

    def note(message) -> None:
        if message.type in ("error", "warning") and not MEANT.search(message.text):
            problems.append(message.text)

    def opened(
        url: str,
        size: str = "desktop",
        scheme: str = "light",
        language: str = "en-GB",
        cookie="",
        clock=False,
    ):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
        )
        contexts.append(context)
        if cookie:
            name, _, secret = cookie.partition("=")
            context.add_cookies([{"name": name, "value": secret, "url": url}])
        page = context.new_page()
        page.set_default_timeout(PAGE_MS)
        if clock:
            page.clock.install()
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
    # Addresses such as blob: and data: have no host.
    assert hosts - {None} <= {"127.0.0.1"}


# ---- the station's own page


@pytest.fixture(scope="module")
def shared_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebStation]:
    """Return a station with an owner and an installer; one for a file."""
    if not Path(MICROPYTHON).exists():
        pytest.skip("no MicroPython on this machine")
    with WebStation(tmp_path_factory.mktemp("page"), "LOCK=Motor", "MAINS MET=Eastron3P") as station:
        assert station.set_up(installer=True).status == 200
        # A car that comes before the first reading waits for a minute.
        station.wait(lambda: station.own("GET", "/api/v1/meters").json["mains"]["readings"])
        yield station


@pytest.fixture
def web(shared_web: WebStation) -> Iterator[WebStation]:
    """Return that station with no car, the owner logged in, and its settings as they were."""
    station = shared_web
    station.bench("/world", {"car.pilot": "A"})
    station.wait(lambda: station.bench("/status")["state"] == "A")
    station.bench("/request", ["access", "on"])
    before = {row["key"]: row["value"] for row in station.bench("/settings") if not row["secret"]}
    # Logins end with a restart, and the station keeps a few only.
    if station.own("GET", "/api/v1/session").json["role"] == "guest":
        assert station.log_in().status == 200
    yield station
    station.bench("/world", {"car.pilot": "A", "rcm": False})
    for words in (["access", "on"], ["override", 0], ["charge_times", 0, 0, False]):
        station.bench("/request", words)
    after = {row["key"]: row["value"] for row in station.bench("/settings") if not row["secret"]}
    changed = {key: value for key, value in before.items() if after[key] != value}
    if changed:
        station.wait(lambda: station.bench("/status")["state"] == "A")
        station.bench("/settings", changed)


@pytest.fixture
def open_web(open_url: Callable[..., Any]) -> Callable[..., Any]:
    """Open the page of a station as a guest."""

    def opened(station: WebStation, **how):
        page = open_url(f"http://127.0.0.1:{station.port}/", **how)
        page.wait_for_selector("#view :is(h1, form)")
        return page

    return opened


@pytest.fixture
def open_page(open_web: Callable[..., Any], web: WebStation) -> Callable[..., Any]:
    """Open a view of the station's page as who is logged in already: the owner, or as the role says."""

    def opened(view: str = "now", role: str = "user", **how):
        owner = web.cookie, web.csrf
        if role == "installer":
            assert web.log_in(INSTALLER_PASSWORD, "installer").status == 200
        page = open_web(web, cookie=web.cookie, **how)
        web.cookie, web.csrf = owner
        page.wait_for_selector("#account button")
        if view != "now":
            go_to(page, view)
        else:
            page.wait_for_selector("#limits li")
        return page

    return opened
