"""The views Sessions and Station: lists, displays, picture, health, log."""

import base64
from pathlib import Path

from page_steps import CAR, press, setting_value, upload, wait_text


def test_sessions_are_listed_filtered_and_saved_as_csv(open_page, web):
    web.bench("/settings", {"PRICE KWH": 900000})
    for _ in range(2):
        web.bench("/world", {"clock.utc": "2026-05-03T12:00:00Z", **CAR})
        web.wait(
            lambda: web.bench("/status")["state"] == "C" and web.bench("/status")["session.energy_wh"] >= 2
        )
        before = len(web.own("GET", "/api/v1/sessions").json)
        web.bench("/world", {"car.pilot": "A"})
        web.wait(lambda count=before: len(web.own("GET", "/api/v1/sessions").json) > count)
    rows = web.own("GET", "/api/v1/sessions").json
    page = open_page("sessions")
    shown = page.eval_on_selector_all(
        "tbody tr td:first-child", "cells => cells.map((cell) => cell.textContent)"
    )
    assert shown == [str(row["number"]) for row in rows] and int(shown[0]) > int(shown[1])
    row = page.locator("tbody tr").first
    assert "03/05/2026" in row.inner_text() and "unplugged" in row.inner_text() and "€" in row.inner_text()
    sums = page.inner_text("#sum")
    assert f"Sessions\n{len(rows)}" in sums
    assert f"Energy\n{sum(row['energy_wh'] for row in rows) / 1000:.2f} kWh" in sums
    for day, wanted in (("2026-05-03", True), ("2026-05-02", False)):
        page.fill("#from", day)
        page.fill("#to", day)
        press(page, "Show")
        wait_text(page, "#view", "Chosen days.*Sessions" if wanted else "No session ended in these days")
        assert (page.locator("tbody tr").count() > 0) == wanted
        with page.expect_download() as waiting:
            page.click("#csv")
        lines = Path(waiting.value.path()).read_text().splitlines()
        assert (len(lines) > 1) == wanted
    page.fill("#to", "2026-05-01")
    press(page, "Show")
    wait_text(page, "#to-error", "must not be before the first day")
    press(page, "The last 20")
    wait_text(page, "#shown", "The last 20")
    assert page.locator("tbody tr").count() == len(rows)


def test_idle_picture_is_previewed_and_sent(open_page, web):
    page = open_page("station/displays")
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
    upload(page, "#picture-file", "no.png", "image/png", b"no picture")
    wait_text(page, "#picture-file-error", "no picture that the browser can read")
    assert page.is_hidden("#preview")
    upload(page, "#picture-file", "a.png", "image/png", base64.b64decode(wide))
    pixel = """([x, y]) => {
        const pen = document.querySelector("#preview").getContext("2d");
        return Array.from(pen.getImageData(x, y, 1, 1).data);
    }"""
    page.wait_for_function(
        "() => document.querySelector('#preview').getContext('2d').getImageData(16, 0, 1, 1).data[0] === 255"
    )
    page.select_option("#fit", "contain")
    # Twice as wide as high: half of the display stays black.
    assert page.evaluate(pixel, [16, 2]) == [0, 0, 0, 255]
    assert page.evaluate(pixel, [16, 16]) == [255, 0, 0, 255]
    press(page, "Send to the station")
    wait_text(page, "#picture-state", "shows your picture")
    assert web.own("GET", "/api/v1/picture").json["frames"] == 1
    assert setting_value(web, "IdlePicture") == "Own picture"
    # The display shows it, and the page the display.
    red = (
        "() => document.querySelector('#display-32').getContext('2d').getImageData(16, 16, 1, 1).data[0] > 60"
    )
    page.wait_for_function(red)
    press(page, "Remove")
    wait_text(page, "#picture-state", "its own design")


def test_displays_are_shown_as_they_are(open_page, web):
    page = open_page("station/displays", size="phone")
    page.wait_for_selector("#display-32:visible")
    dark = """() => {
        const data = document.querySelector("#display-64").getContext("2d").getImageData(0, 0, 128, 64).data;
        let dark = 0;
        for (let at = 0; at < data.length; at += 4) dark += data[at] === 34;
        return dark;
    }"""
    page.wait_for_function(f"() => ({dark})() > 50")
    frame = web.own("GET", "/api/v1/display?height=64")
    while frame.status == 429:
        frame = web.own("GET", "/api/v1/display?height=64")
    assert len(frame.body) == 1024
    before = page.evaluate("document.querySelector('#display-32').toDataURL()")
    web.bench("/world", CAR)
    page.wait_for_function(
        "before => document.querySelector('#display-32').toDataURL() !== before", arg=before
    )
    assert web.call("GET", "/api/v1/display").status == 401
    wrong = web.own("GET", "/api/v1/display?height=65")
    assert (wrong.status, wrong.json["field"]) == (400, "height")


def test_health_and_log_are_shown(open_page, web):
    page = open_page("station/health")
    wait_text(
        page, "#view", "Running for.*Memory.*Worst delay of the control.*Network.*MQTT.*Mains.*ok.*Reader"
    )
    page.click(".parts a[href='#station/log']")
    page.wait_for_selector("#log li")
    # The newest line comes first; others may follow it at any time.
    web.bench("/world", {"cable.rating_a": 13})
    wait_text(page, "#log", "cable 13 A.*cable 32 A")
    web.bench("/world", {"cable.rating_a": 32})
    wait_text(page, "#log", "cable 32 A.*cable 13 A.*cable 32 A")
    shown = page.locator("#log li span").all_inner_texts()
    kept = [text for _, _, text in web.own("GET", "/api/v1/log").json][::-1]
    newest = kept.index(shown[0])
    assert shown[:20] == kept[newest : newest + 20]


def test_a_slow_answer_shows_no_line_of_the_log_twice(open_page, web):
    page = open_page("station/health", clock=True)
    held = []
    page.route(
        "**/api/v1/log?since=*", lambda route: held.append(route) if len(held) < 2 else route.continue_()
    )
    page.click(".parts a[href='#station/log']")
    page.wait_for_selector("#log li")
    web.bench("/request", ["override", 7000])
    web.wait(lambda: "override 7000" in str(web.own("GET", "/api/v1/log").json))
    for count in (1, 2):
        page.clock.fast_forward(6000)
        while len(held) < count:
            page.wait_for_timeout(50)
    for route in reversed(held):
        with page.expect_response(route.request.url):
            route.continue_()
    page.clock.fast_forward(6000)
    web.bench("/request", ["override", 0])
    wait_text(page, "#log", "override 0.*override 7000")
    assert page.inner_text("#log").count("override 7000") == 1


def test_health_tells_why_the_back_end_is_not_connected(open_page, web):
    web.bench("/settings", {"OCPP": "Third party", "OCPP URL": "ws://127.0.0.1:1/"})
    web.wait(lambda: web.bench("/status").get("ocpp.error"))
    page = open_page("station/health")
    wait_text(page, "#view", "OCPPnot connected: \\w")
