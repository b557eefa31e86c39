"""The bench page in a real browser against the bench server over the stand-in simulation."""

import re
import signal

import pytest
from bench_process import BenchProcess, available
from page_steps import SIZES, wait_text

pytestmark = pytest.mark.skipif(bool(available("micropython")), reason=available("micropython") or "-")


@pytest.fixture
def bench():
    process = BenchProcess("micropython")
    yield process
    assert "Traceback" not in process.stop()


@pytest.fixture
def open_page(bench, open_url):
    """Open the page at a size, and wait until it is live; it is closed before the bench is stopped."""

    def opened(size="desktop", scheme="light"):
        page = open_url(bench.url, size, scheme)
        page.wait_for_selector("#link[data-link=live]")
        page.wait_for_selector("#pane-world .field")
        page.wait_for_selector("#settings .field", state="attached")
        return page

    return opened


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach((group) => { group.open = true; })")


@pytest.mark.parametrize("size", SIZES)
def test_a_car_is_plugged_in_charges_and_leaves(open_page, size):
    page = open_page(size)
    assert page.inner_text("#state-word") == "Ready"
    page.click("#do-plug")
    wait_text(page, "#state-word", "^Charging$")
    wait_text(page, "#state", "^C$")
    wait_text(page, "#drawn", r"^16\.0 A$")
    assert page.inner_text("#limit-ma") == "16.0 A"
    assert page.inner_text("#limit-slot") == "MAX"
    assert page.inner_text("#limit-reason") == "setting MAX"
    assert page.inner_text("#pilot-level") == "+6 V"
    assert page.inner_text("#pilot-duty") == "26.6 %"
    assert "closed" in page.inner_text("#c1-fb")
    assert re.fullmatch(r"11\.\d\d kW", page.inner_text("#power"))
    wait_text(page, "#log li", "state B -> C")
    page.click("#do-full")
    wait_text(page, "#state-word", "^Connected$")
    page.click("#do-charge")
    wait_text(page, "#state-word", "^Charging$")
    page.click("#do-unplug")
    wait_text(page, "#state-word", "^Ready$")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_on_a_phone(open_page, scheme):
    page = open_page("phone", scheme)
    unfold(page)
    page.evaluate("fetch('/world', {method: 'POST', body: JSON.stringify({rcm: true})})")
    page.wait_for_selector("#fault:not([hidden])")
    for tab in ("world", "actions", "settings"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == (
        "rgb(11, 17, 15)" if scheme == "dark" else "rgb(238, 242, 240)"
    )


def test_every_world_input_and_setting_has_a_labelled_control(open_page, bench):
    page = open_page()
    unfold(page)
    names = {row["name"] for row in bench.get("/world?rows=1")}
    shown = page.eval_on_selector_all(
        "#pane-world .field", "fields => fields.map((field) => field.dataset.name)"
    )
    assert sorted(shown) == sorted(names)
    keys = [row["key"] for row in bench.get("/settings")]
    assert page.eval_on_selector_all("#settings .field", "f => f.map((field) => field.dataset.name)") == keys
    unnamed = page.eval_on_selector_all(
        "input, select, button, [role=radiogroup], canvas",
        """elements => elements.filter((element) => !(element.labels?.length || element.textContent.trim()
             || element.getAttribute('aria-label') || element.getAttribute('aria-labelledby')))
             .map((element) => element.outerHTML)""",
    )
    assert unnamed == []


def test_wrong_value_in_every_field_is_told_there_and_the_old_one_stays(open_page, bench):
    page = open_page()
    unfold(page)
    before = (bench.get("/world"), bench.get("/settings"))
    tried = 0
    for tab in ("world", "settings"):
        page.click(f"#tab-{tab}")
        pane = "#pane-world" if tab == "world" else "#settings"
        for field in page.query_selector_all(f"{pane} .field:has(input[type=text])"):
            entry = field.query_selector("input[type=text]")
            old = entry.input_value()
            for wrong in ("x" * 99, "999999999"):
                if wrong.isdigit() and not entry.evaluate("entry => entry.classList.contains('num')"):
                    continue
                entry.fill(wrong)
                entry.press("Enter")
                error = field.wait_for_selector(f".field-error:has-text('{wrong[:40]}')")
                assert "must be" in error.inner_text()
                assert entry.get_attribute("aria-invalid") == "true"
                assert error.get_attribute("id") in entry.get_attribute("aria-describedby")
                assert entry.input_value() == old
                tried += 1
    assert tried > 40
    assert (bench.get("/world"), bench.get("/settings")) == before


def test_field_takes_a_right_value_and_forgets_the_error(open_page, bench):
    page = open_page()
    unfold(page)
    field = page.locator("[data-name='temp_c']")
    for value in ("200", "41"):
        field.locator("input.num").fill(value)
        field.locator("input.num").press("Enter")
        page.wait_for_function(
            "empty => (document.querySelector('[data-name=temp_c] .field-error').textContent === '') === empty",
            arg=value == "41",
        )
    assert bench.get("/world")["temp_c"] == 41
    assert field.locator("input[type=range]").input_value() == "41"


def test_change_made_elsewhere_is_shown(open_page, bench):
    page = open_page()
    unfold(page)
    bench.post(
        "/world",
        {"cable.rating_a": 13, "in1": True, "temp_c": 55, "c1.fault": "welded", "house.l1_ma": -5000},
    )
    page.wait_for_selector("#row-c1.differs")
    assert "differs" in page.inner_text("#c1-fb")
    assert page.locator("[data-name='in1'] input").is_checked()
    assert page.locator("[data-name='temp_c'] input.num").input_value() == "55"
    assert page.locator("[data-name='cable.rating_a'] input:checked + span").inner_text() == "13 A"
    assert page.inner_text("#limit-slot") == "CABLE"
    wait_text(page, "#bars .bar:first-child output.small", r"^.5\.0 A out$")


def test_fault_is_prominent_and_goes(open_page, bench):
    page = open_page("phone")
    bench.post("/world", {"car.pilot": "B", "car.auto": True, "rcm": True})
    page.wait_for_selector("#fault:not([hidden])")
    assert "Residual current" in page.inner_text("#fault-text")
    assert page.inner_text("#fault-codes") == "residual_current"
    bench.post("/world", {"rcm": False})
    page.wait_for_selector("#fault", state="hidden")


def test_requests_and_settings_are_sent(open_page, bench):
    page = open_page()
    page.click("#tab-actions")
    page.click("[data-access=pause]")
    page.wait_for_selector("[data-access=pause][aria-pressed=true]")
    page.fill("#rfid", "XYZ")
    page.click("#rfid-form button")
    wait_text(page, "#rfid-error", "must be")
    page.fill("#rfid", "04A1B2C3D4E5F6")
    page.click("#rfid-form button")
    wait_text(page, "#rfid-error", "^$")
    page.click("#tab-settings")
    page.fill("#find", "most current for")
    assert page.locator("#settings .field:visible").count() == 1
    page.fill("#settings [data-name=max_current] input.num", "10")
    page.press("#settings [data-name=max_current] input.num", "Enter")
    wait_text(page, "#limit-ma", r"^10\.0 A$")


def pixels(page, number):
    """Return the pixels of a display as a list of red, green and blue."""
    return page.evaluate(
        """(number) => {
            const canvas = document.getElementById("display-" + number);
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            return Array.from({length: data.length / 4}, (_, i) => Array.from(data.slice(4 * i, 4 * i + 3)));
        }""",
        number,
    )


def wait_pixel(page, number, color):
    """Wait until the first pixel of a display has a color."""
    page.wait_for_function(
        """([number, color]) => {
            const data = document.getElementById("display-" + number).getContext("2d").getImageData(0, 0, 1, 1).data;
            return color.every((value, i) => data[i] === value);
        }""",
        arg=[number, color],
    )


@pytest.mark.parametrize("size", SIZES)
def test_displays_are_shown_pixel_by_pixel(open_page, size):
    page = open_page(size)
    paper, ink = [0xCF, 0xDF, 0xB4], [0x16, 0x26, 0x1C]
    wait_pixel(page, 0, [0, 0, 255])
    wait_pixel(page, 1, paper)
    assert pixels(page, 0) == [[0, 0, 255]] * 1024 and pixels(page, 1) == [paper] * 8192
    page.click("#do-plug")
    wait_pixel(page, 0, [0, 255, 0])
    wait_pixel(page, 1, ink)
    # Bytes of 0x55 are stripes of one row.
    assert pixels(page, 1) == ([ink] * 128 + [paper] * 128) * 32
    page.wait_for_function("document.querySelector('#display-0').clientWidth >= 200")


def test_buttons_are_held_as_long_as_the_pointer(open_page):
    page = open_page()
    page.click("#tab-actions")
    said = []
    page.on("request", lambda request: said.append(request.post_data) if request.method == "POST" else None)
    page.hover("[data-button=middle]")
    page.mouse.down()
    page.wait_for_timeout(1300)
    page.mouse.up()
    wait_text(page, "#action-result", r"Done: button middle 10$")
    assert said == ['{"request":["button","middle",%d]}' % ms for ms in (2000, 2000, 10)]
    page.click("[data-button=left]")
    wait_text(page, "#action-result", r"Done: button left (1\d\d|200|\d\d)$")
    page.focus("[data-button=right]")
    page.keyboard.press("Enter")
    wait_text(page, "#action-result", r"Done: button right 200$")


def test_controls_are_reached_by_keyboard(open_page):
    page = open_page()
    page.focus("#tab-world")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-actions"
    assert page.is_visible("#pane-actions")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-access=off][aria-pressed=true]")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_lost_connection_is_shown_and_comes_back(open_page, bench, problems):
    page = open_page()
    assert page.is_hidden("#offline")
    port = bench.port
    bench.stop()
    page.wait_for_selector("#offline:not([hidden])")
    assert "No connection" in page.inner_text("#offline-text")
    again = BenchProcess("micropython", port)
    try:
        page.wait_for_selector("#link[data-link=live]", timeout=15000)
        assert page.is_hidden("#offline")
        page.click("#do-plug")
        wait_text(page, "#state-word", "^Charging$")
    finally:
        # First the page, or it would log that this server is gone as well.
        page.close()
        again.stop()
    # The browser logs each attempt at a server that is gone.
    problems[:] = [text for text in problems if "net::ERR_" not in text]


def test_silent_server_counts_as_lost(open_page, bench):
    page = open_page()
    bench.process.send_signal(signal.SIGSTOP)
    try:
        page.wait_for_selector("#offline:not([hidden])", timeout=12000)
    finally:
        bench.process.send_signal(signal.SIGCONT)
    page.wait_for_selector("#link[data-link=live]", timeout=15000)


def test_page_too_many_is_told_why_and_gets_its_turn(open_page, browser):
    pages = [open_page() for _ in range(4)]
    context = browser.new_context()
    fifth = context.new_page()
    fifth.goto(pages[0].url)
    wait_text(fifth, "#offline-text", "too many pages")
    pages[0].close()
    fifth.wait_for_selector("#link[data-link=live]", timeout=15000)
    context.close()
