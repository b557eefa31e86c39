"""The station's own page in a real browser, against main.py on the simulated board."""

import base64
import gzip
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from web_station import CARD, INSTALLER_PASSWORD, PASSWORD, WebStation

from evse.core import faults, limits, text_rows
from evse.settings import table
from interpreters import MICROPYTHON, ROOT, find_chromium

PAGE = ROOT / "firmware/evse/services/web/page"
AXE = ROOT / "node_modules/axe-core/axe.min.js"
CHROMIUM = find_chromium()
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SIZES = {"phone": (360, 740), "desktop": (1280, 900)}
VIEWS = ["now", "sessions", "cards", "settings", "station"]
CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}
PACKED_BYTES = 60_000
# What the browser itself says of a refused request, and of these tests reading pixels.
MEANT = re.compile(r"status of (4\d\d|503)|^Canvas2D: Multiple readback")

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(not Path(MICROPYTHON).exists(), reason="no MicroPython on this machine"),
]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A station with an owner and an installer."""
    with WebStation(tmp_path_factory.mktemp("page"), "LOCK=Motor") as station:
        assert station.set_up(installer=True).status == 200
        yield station


@pytest.fixture
def station(shared):
    """That station with no car and its settings as they were."""
    shared.bench("/world", {"car.pilot": "A"})
    shared.wait(lambda: shared.bench("/status")["state"] == "A")
    shared.bench("/request", ["access", "on"])
    # The station keeps a few logins only, and the pages of earlier tests took theirs.
    assert shared.log_in().status == 200
    before = {row["key"]: row["value"] for row in shared.bench("/settings") if not row["secret"]}
    yield shared
    shared.bench("/world", {"car.pilot": "A"})
    shared.bench("/request", ["access", "on"])
    shared.bench("/request", ["override", 0])
    after = {row["key"]: row["value"] for row in shared.bench("/settings") if not row["secret"]}
    changed = {key: value for key, value in before.items() if after[key] != value}
    if changed:
        shared.bench("/settings", changed)


@pytest.fixture
def problems():
    """What the page logged and should not have."""
    return []


@pytest.fixture
def open_browser(browser, problems):
    """Open a page at a size; at the end no error was logged and nothing left this machine."""
    contexts, hosts = [], set()

    def note(message):
        if message.type in ("error", "warning") and not MEANT.search(message.text):
            problems.append(message.text)

    def opened(station, size="desktop", scheme="light", language="en"):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale=language
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15000)
        page.on("console", note)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).hostname))
        page.goto(f"http://127.0.0.1:{station.port}/")
        page.wait_for_selector("#view :is(h1, form)")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert problems == []
    # Addresses such as blob: and data: have no host.
    assert hosts - {None} == {"127.0.0.1"}


@pytest.fixture
def open_page(open_browser, station):
    """Open the page of the station and log in."""

    def opened(view="now", name="owner", password=PASSWORD, **how):
        page = open_browser(station, **how)
        page.click("#account a")
        log_in(page, name, password)
        page.wait_for_selector("#account button")
        go_to(page, view)
        return page

    return opened


def log_in(page, name, password):
    page.fill("#view input[autocomplete=username]", name)
    page.fill("#view input[type=password]", password)
    page.click("#view form button")


def go_to(page, view):
    page.click(f"#tabs a[href='#{view}']")
    page.wait_for_selector(f"#tabs a[href='#{view}'][aria-current]")
    page.wait_for_selector(
        {"now": "#power", "sessions": "#sum:not(:empty)", "cards": "#cards li"}.get(view, "#view h1")
    )
    if view == "station":
        page.wait_for_selector("#log li")


def wait_text(page, selector, pattern):
    """Wait until an element's text matches."""
    page.wait_for_function(
        """([selector, pattern]) => {
            const found = document.querySelector(selector);
            return found && new RegExp(pattern).test(found.textContent);
        }""",
        arg=[selector, pattern],
    )


def press(page, name):
    """Press the button with this name."""
    page.get_by_role("button", name=name, exact=True).click()


def value(station, key):
    return next(row["value"] for row in station.bench("/settings") if row["key"] == key)


def setting(page, key):
    """Return the input of a setting, with its group opened."""
    page.evaluate(
        "key => { document.querySelector(`[data-key=${key}]`).closest('details').open = true; }", key
    )
    return page.locator(f"#s-{key}")


def test_page_fits_into_its_flash_and_asks_for_nothing_from_elsewhere():
    files = sorted(PAGE.iterdir())
    assert {"index.html", "app.js", "style.css"} <= {path.name for path in files}
    assert sum(len(gzip.compress(path.read_bytes(), mtime=0)) for path in files) <= PACKED_BYTES
    for path in files:
        addresses = re.findall(r"""https?://[^\s'")]+""", path.read_text())
        assert set(addresses) <= {"http://www.w3.org/2000/svg"}, path


def test_every_word_of_the_page_is_there_in_german_and_dutch():
    text = (PAGE / "texts.js").read_text()
    rows = re.findall(r'"((?:[^"\\]|\\.)*)": \["((?:[^"\\]|\\.)+)", "((?:[^"\\]|\\.)+)"\]', text)
    known = {row[0]: row[1:] for row in rows}
    assert len(known) == len(rows) == text.count('": ["')
    used = set()
    for path in PAGE.glob("*.js"):
        used |= set(re.findall(r'\bt\("([^"]+)"', path.read_text()))
    # What the station says by itself: why the car gets what it gets, and what its settings are for.
    said = {fields[1] for fields in text_rows.rows(faults.TABLE) + text_rows.rows(limits.SLOTS)}
    said |= {row.help_text.replace('"', '\\"') for row in table.rows() if row.kind != table.HIDDEN}
    assert len(used) > 150 and (used | said) - set(known) == set()
    for english, others in known.items():
        for other in others:
            assert sorted(re.findall(r"%\d", english)) == sorted(re.findall(r"%\d", other)), english


def test_first_password_is_set_on_the_page(open_browser, tmp_path):
    with WebStation(tmp_path) as fresh:
        page = open_browser(fresh, "phone")
        entries = page.locator("#view form input")
        for place, text in enumerate(["00000000", PASSWORD, PASSWORD]):
            entries.nth(place).fill(text)
        page.click("#view form button")
        wait_text(
            page, "#view .field:has(input[inputmode=numeric]) .error", "must be the one that the display"
        )
        entries.nth(0).fill(fresh.code)
        entries.nth(2).fill(PASSWORD + "!")
        page.click("#view form button")
        wait_text(page, "#view form", "This is not the same password")
        assert fresh.call("GET", "/api/v1").json["setup"] is True
        entries.nth(2).fill(PASSWORD)
        page.click("#view form button")
        page.wait_for_selector("#power")
        assert fresh.call("GET", "/api/v1").json["setup"] is False
        # The cookie is the login: another look needs no password.
        page.reload()
        page.wait_for_selector("#power")
        # Before its station, or it would log that this one is gone.
        page.close()


def test_guest_sees_the_state_only_and_a_wrong_password_is_told(open_browser, station):
    page = open_browser(station, "phone")
    wait_text(page, "#state", "^Ready$")
    wait_text(page, "#link-text", "^Live$")
    assert page.is_hidden("#tabs") and page.locator("[data-access]").count() == 0
    page.click("#account a")
    log_in(page, "owner", "not the password")
    wait_text(page, "#view form", "name or password is wrong")
    page.evaluate("location.hash = 'settings'")
    page.wait_for_selector("#view form")
    assert page.locator("[data-key]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_view_fits_and_is_accessible(open_page, station, size, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci")
    station.bench("/world", CAR)
    page = open_page(size=size, scheme=scheme)
    # Its policy keeps scripts of others out, so this one comes in as the text of a function.
    page.evaluate(AXE.read_text())
    for view in VIEWS:
        go_to(page, view)
        page.evaluate("document.querySelectorAll('details').forEach((group) => { group.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0], view
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        serious = [
            (rule["id"], rule["nodes"][0]["html"][:200], rule["nodes"][0]["failureSummary"])
            for rule in found["violations"]
            if rule["impact"] in ("serious", "critical")
        ]
        assert serious == [], view
        assert len(found["passes"]) > 5
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 17, 15)"
    assert dark == (scheme == "dark")


def test_car_charges_is_paused_stopped_and_started(open_page, station):
    page = open_page(size="phone")
    station.bench("/world", {**CAR, "house.l1_ma": 3000})
    wait_text(page, "#state", "^Charging$")
    wait_text(page, "#why", r"^13\.0 A per phase\. Limited by: MAX setting$")
    wait_text(page, "#power", r"^8\.\d\d kW$")
    wait_text(page, "#offered", r"^13\.0 A$")
    wait_text(page, "[data-node=grid] b", r"^9\.\d\d kW$")
    wait_text(page, "[data-node=house] b", r"^6\d\d W$")
    for word, seen in (("pause", "Charging is paused"), ("on", "Limited by"), ("off", "Access is off")):
        page.click(f"[data-access={word}]")
        page.wait_for_selector(f"[data-access={word}][aria-pressed=true]")
        wait_text(page, "#why", seen)
        assert station.bench("/status")["access"] == word


def test_chart_draws_what_the_browser_has_kept(open_page):
    page = open_page(size="phone")
    colors = """() => {
        const chart = document.querySelector(".chart");
        const data = chart.getContext("2d").getImageData(0, 0, chart.width, chart.height).data;
        let car = 0, grid = 0;
        for (let at = 0; at < data.length; at += 4) {
            if (data[at + 3] < 255) continue;
            car += data[at] === 11 && data[at + 1] === 122 && data[at + 2] === 75;
            grid += data[at] === 31 && data[at + 1] === 95 && data[at + 2] === 214;
        }
        return [car, grid];
    }"""
    page.wait_for_function("() => document.querySelector('.chart')?.width > 300")
    before = page.evaluate(colors)
    page.evaluate(
        """() => {
            const now = Math.floor(Date.now() / 1000);
            const row = (n) => [now - 3000 + 10 * n, n < 150 ? 0 : 8000, n < 200 ? -2000 : null];
            const rows = Array.from({length: 300}, (_, n) => row(n));
            localStorage.setItem("history " + location.host, JSON.stringify(rows));
        }"""
    )
    page.reload()
    page.wait_for_selector(".chart")
    page.wait_for_function(f"() => ({colors})()[0] > 100")
    car, grid = page.evaluate(colors)
    assert car > before[0] + 100 and grid > before[1] + 100


def test_mode_and_override(open_page, station):
    page = open_page()
    page.click("[data-mode=Solar]")
    page.wait_for_selector("[data-mode=Solar][aria-pressed=true]")
    assert value(station, "Mode") == "Solar"
    page.click("[data-mode=Normal]")
    page.wait_for_selector("[data-mode=Normal][aria-pressed=true]")
    slider = page.locator("input[type=range]")
    page.wait_for_function("() => document.querySelector('input[type=range]').max === '13'")
    assert slider.get_attribute("min") == "6"
    slider.fill("8")
    press(page, "Apply")
    station.wait(lambda: station.bench("/status")["limit.ma"] == 8000)
    station.bench("/world", CAR)
    wait_text(page, "#why", r"^8\.0 A per phase\. Limited by: Override$")
    press(page, "End it")
    wait_text(page, "#why", r"^13\.0 A per phase")


def test_later_start_is_set_and_a_wrong_end_is_told_there(open_page, station):
    station.bench("/world", {"clock.utc": "2026-05-01T12:00:00Z"})
    page = open_page(size="phone")
    page.fill("#starttime", "2026-05-02T02:00")
    page.fill("#stoptime", "2026-05-02T01:00")
    press(page, "Set")
    wait_text(page, "#stoptime-error", "must be later than starttime")
    assert station.bench("/status")["access"] == "on"
    page.fill("#stoptime", "2026-05-02T06:00")
    press(page, "Set")
    station.wait(lambda: station.bench("/status")["access"] != "on")
    assert page.inner_text("#stoptime-error") == ""
    press(page, "Forget the times")
    wait_text(page, "#toast", "No times")


@pytest.mark.parametrize("size", SIZES)
def test_wrong_values_are_told_in_place_and_several_are_saved_together(open_page, station, size):
    page = open_page("settings", size=size)
    assert page.is_hidden("#savebar")
    setting(page, "MaxCurrent").fill("99")
    wait_text(page, "#s-MaxCurrent-error", "^must be from 6 to 80 A$")
    assert page.get_attribute("#s-MaxCurrent", "aria-invalid") == "true"
    setting(page, "StationName").fill("Carport")
    wait_text(page, "#savebar b", "^2 changes$")
    page.click("#savebar .main")
    wait_text(page, "#savebar .error", "Nothing was saved")
    assert value(station, "MaxCurrent") == 13 and value(station, "StationName") == "microEVSE"
    # Only the station knows what goes together.
    setting(page, "MaxCurrent").fill("10")
    assert page.inner_text("#s-MaxCurrent-error") == ""
    setting(page, "MinCurrent").fill("12")
    page.click("#savebar .main")
    wait_text(page, "#s-MinCurrent-error", "^must not be above MAX$")
    assert value(station, "MaxCurrent") == 13 and value(station, "MinCurrent") == 6
    setting(page, "MinCurrent").fill("8")
    page.click("#savebar .main")
    page.wait_for_selector("#savebar", state="hidden")
    assert [value(station, key) for key in ("MaxCurrent", "MinCurrent", "StationName")] == [10, 8, "Carport"]
    # What a change brings into play is there at once.
    assert page.locator("[data-key=StopTime]").count() == 0
    setting(page, "Mode").select_option("Solar")
    page.click("#savebar .main")
    page.wait_for_selector("[data-key=StopTime]", state="attached")


def test_every_setting_is_there_with_help_and_closed_to_whom_it_is_not_for(open_page, station):
    page = open_page("settings")
    page.check("#everything")
    rows = station.own("GET", "/api/v1/settings").json
    shown = page.eval_on_selector_all("[data-key]", "fields => fields.map((field) => field.dataset.key)")
    assert sorted(shown) == sorted(row["key"] for row in rows)
    assert page.is_disabled("#s-InstallerMax")
    for row in rows:
        help_text = page.text_content(f"#s-{row['key']}-help")
        assert row["help"] in help_text
        secret = page.get_attribute(f"#s-{row['key']}", "type") == "password"
        assert secret == row["secret"]
    page.fill("#find", "most current the")
    assert page.locator("[data-key]:visible").count() == 0
    page.fill("#find", "highest charging current")
    assert page.locator("[data-key]:visible").count() == 1


def test_installer_may_change_the_installer_maximum(open_page, station):
    page = open_page("settings", "installer", INSTALLER_PASSWORD)
    setting(page, "InstallerMax").fill("25")
    page.click("#savebar .main")
    page.wait_for_selector("#savebar", state="hidden")
    assert value(station, "InstallerMax") == 25


def test_cards_are_added_and_deleted(open_page, station):
    page = open_page("cards", size="phone")
    page.fill("#card", "12 34")
    press(page, "Add")
    wait_text(page, "#card-error", "must be a card number")
    page.fill("#card", "04:a1:b2:c3:d4:e5:f6")
    press(page, "Add")
    wait_text(page, "#cards", CARD)
    assert station.own("GET", "/api/v1/cards").json == [CARD]
    page.set_input_files(
        "#card-file", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"01020304\n05060708\n"}
    )
    page.click("dialog button.main")
    wait_text(page, "#cards", "01020304.*05060708")
    for uid in ("01020304", "05060708"):
        page.click(f"[aria-label='Delete {uid}']")
        page.click("dialog button.main")
        page.wait_for_selector(f"[aria-label='Delete {uid}']", state="detached")
    assert station.own("GET", "/api/v1/cards").json == []


def test_sessions_are_listed_filtered_and_saved_as_csv(open_page, station):
    station.bench("/world", {"clock.utc": "2026-05-03T12:00:00Z", **CAR})
    station.wait(lambda: station.bench("/status")["session.energy_wh"] >= 2)
    station.bench("/world", {"car.pilot": "A"})
    # Sessions of other tests have no times.
    station.wait(lambda: [row for row in station.own("GET", "/api/v1/sessions").json[:1] if row["end_s"]])
    page = open_page("sessions")
    count = page.locator("tbody tr").count()
    assert count == len(station.own("GET", "/api/v1/sessions").json)
    row = page.locator("tbody tr").first
    assert "5/3/26" in row.inner_text() and "unplugged" in row.inner_text()
    for day, wanted in (("2026-05-03", True), ("2026-05-02", False)):
        page.fill("#from", day)
        page.fill("#to", day)
        press(page, "Show")
        wait_text(page, "#sum", "^[1-9]" if wanted else "^No sessions")
        with page.expect_download() as waiting:
            page.click("#csv")
        lines = Path(waiting.value.path()).read_text().splitlines()
        assert (len(lines) > 1) == wanted


def test_idle_picture_is_previewed_and_sent(open_page, station):
    page = open_page("station")
    page.wait_for_selector("#picture-file")
    wide = page.evaluate(
        """() => {
            const canvas = document.createElement("canvas");
            canvas.width = 64; canvas.height = 32;
            const pen = canvas.getContext("2d");
            pen.fillStyle = "#ff0000"; pen.fillRect(0, 0, 64, 32);
            return canvas.toDataURL("image/png").split(",")[1];
        }"""
    )
    page.set_input_files(
        "#picture-file", {"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"}
    )
    wait_text(page, "#picture-file-error", "no picture that the browser can read")
    page.set_input_files(
        "#picture-file", {"name": "a.png", "mimeType": "image/png", "buffer": base64.b64decode(wide)}
    )
    pixel = """([x, y]) => Array.from(document.querySelector(".led").getContext("2d").getImageData(x, y, 1, 1).data)"""
    page.wait_for_function(
        "() => document.querySelector('.led').getContext('2d').getImageData(16, 0, 1, 1).data[0] === 255"
    )
    page.select_option("#fit", "contain")
    # Twice as wide as high: half of the display stays black.
    assert page.evaluate(pixel, [16, 2]) == [0, 0, 0, 255] and page.evaluate(pixel, [16, 16]) == [
        255,
        0,
        0,
        255,
    ]
    press(page, "Send to the station")
    wait_text(page, "#picture-state", "shows your picture")
    assert station.own("GET", "/api/v1/picture").json["frames"] == 1
    assert value(station, "IdlePicture") == "Own picture"
    press(page, "Remove")
    wait_text(page, "#picture-state", "its own design")


def test_settings_are_backed_up_and_restored(open_page, station):
    station.bench("/settings", {"MAX": 11, "MQTT PASS": "not to be seen"})
    page = open_page("station", size="phone")
    with page.expect_download() as waiting:
        page.click("#backup")
    text = Path(waiting.value.path()).read_text()
    assert json.loads(text)["settings"]["MaxCurrent"] == 11 and "not to be seen" not in text
    station.bench("/settings", {"MAX": 16, "MQTT PASS": ""})

    def choose(content):
        file = {"name": "s.json", "mimeType": "application/json", "buffer": content.encode()}
        page.set_input_files("#restore-file", file)

    choose("{nothing")
    wait_text(page, "#restore-file-error", "no backup of settings")
    choose(text.replace("11", "99"))
    page.click("dialog button.main")
    wait_text(page, "#restore-file-error", "must be from 6 to 80 A")
    assert value(station, "MaxCurrent") == 16
    choose(text)
    page.click("dialog button.main")
    station.wait(lambda: value(station, "MaxCurrent") == 11)


@pytest.mark.parametrize(
    "language, words", [("de", ("Bereit", "Angebot", "Laden")), ("nl", ("Gereed", "Aanbod", "Laden"))]
)
def test_page_speaks_the_language_of_the_browser(open_page, station, language, words):
    page = open_page(language=language)
    wait_text(page, "#state", f"^{words[0]}$")
    assert words[1] in page.inner_text(".numbers")
    assert page.get_attribute("html", "lang") == language
    station.bench("/world", CAR)
    wait_text(page, "#state", f"^{words[2]}$")
    wait_text(page, "#why", "MAX$")
    go_to(page, "settings")
    setting(page, "MaxCurrent").fill("99")
    wait_text(
        page, "#s-MaxCurrent-error", {"de": "muss von 6 bis 80 A", "nl": "moet van 6 tot 80 A"}[language]
    )
    go_to(page, "station")
    page.select_option("#language", "en")
    wait_text(page, "#tabs", "Settings")


def test_station_is_restarted_and_a_fault_is_told_to_anybody(open_page, station, problems):
    page = open_page("station", size="phone")
    starts = station.starts
    press(page, "Restart")
    page.click("dialog button.main")
    station.wait(lambda: station.starts > starts)
    # The port is another one afterwards, and logins end with a restart.
    page.goto(f"http://127.0.0.1:{station.port}/")
    wait_text(page, "#state", "^Ready$")
    page.wait_for_selector("#account a")
    station.bench("/settings", {"RCMON": "Enabled"})
    station.bench("/world", {**CAR, "rcm": True})
    wait_text(page, ".fault", "Residual current detected")
    station.bench("/world", {"rcm": False, "car.pilot": "A"})
    page.wait_for_selector(".fault", state="hidden")
    problems[:] = [text for text in problems if "net::ERR_" not in text]


def test_page_notices_that_its_login_has_ended(open_page, station):
    page = open_page("settings")
    station.log_in(INSTALLER_PASSWORD, "installer")
    # Who gets a new password from somebody else is logged out.
    assert station.own("PUT", "/api/v1/accounts/owner", {"password": PASSWORD}).status == 200
    page.wait_for_selector("#account a")
    page.wait_for_selector("#view form input[type=password]")
    assert page.locator("[data-key]").count() == 0


def test_page_without_a_free_stream_asks_for_the_state(open_page, open_browser, station):
    pages = [open_page(), open_browser(station)]
    for page in pages:
        wait_text(page, "#link-text", "^Live$")
    third = open_browser(station)
    wait_text(third, "#link-text", "^Every 4 s$")
    wait_text(third, "#state", "^Ready$")
    station.bench("/world", CAR)
    wait_text(third, "#state", "^Charging$")
    for page in pages:
        page.close()
    page = third
    page.wait_for_function("() => document.querySelector('#link-text').textContent === 'Live'", timeout=40000)
