"""The view Now: what the car gets and why, and the commands of every day."""

import datetime as dt

from page_steps import CAR, press, setting_value, wait_text


def test_car_charges_is_paused_stopped_and_started(open_page, web):
    page = open_page(size="phone")
    web.bench("/world", {**CAR, "house.l1_ma": 3000})
    wait_text(page, "#state", "^Charging$")
    wait_text(page, "#why", r"^13\.0 A per phase\. Limited by: MAX setting$")
    wait_text(page, "#power", r"^8\.\d\d kW$")
    wait_text(page, "#offered", r"^13\.0 A$")
    wait_text(page, "[data-node=grid] b", r"^9\.\d\d kW$")
    wait_text(page, "[data-node=house] b", r"^6\d\d W$")
    assert page.is_hidden("[data-node=battery]")
    for word, seen in (("pause", "Charging is paused"), ("on", "Limited by"), ("off", "Access is off")):
        page.click(f"[data-access={word}]")
        page.wait_for_selector(f"[data-access={word}][aria-pressed=true]")
        wait_text(page, "#why", seen)
        assert web.bench("/status")["access"] == word


def test_all_limits_are_listed_with_the_one_that_rules_first(open_page, web):
    web.bench("/world", {"cable.rating_a": 20})
    page = open_page()
    wait_text(page, "#limits li:first-child", r"MAX setting.*rules.*13\.0 A")
    shown = page.eval_on_selector_all("#limits li", "rows => rows.map((row) => row.dataset.slot)")
    assert shown == [limit["slot"] for limit in web.own("GET", "/api/v1/now").json["limits"]]
    assert {"max", "cable", "installer", "board"} <= set(shown)
    # A limit of somebody else says for how long it counts.
    web.bench("/request", ["remote", 7000, 3600])
    wait_text(page, "#limits li:first-child", r"Remote limit.*rules.*7\.0 A.*for 0:5\d:\d\d more")
    wait_text(page, "#remote", r"No more than 7\.0 A, for 0:5\d:\d\d unless it is renewed")
    web.bench("/request", ["remote", "max"])
    page.wait_for_selector("#remote", state="hidden")
    web.bench("/world", {"cable.rating_a": 32})


def test_sun_battery_and_cost_are_shown_where_they_are_known(open_page, web):
    web.bench("/settings", {"PRICE KWH": 900000, "CURRENCY": "EUR"})
    web.bench("/world", {**CAR, "house.l1_ma": -20000, "house.l2_ma": -20000, "house.l3_ma": -20000})
    page = open_page(size="phone")
    wait_text(page, "#state", "^Charging$")
    wait_text(page, "#cost", r"^€\d+\.\d\d$")
    wait_text(page, "[data-node=sun] span", "Sun, spare")
    wait_text(page, "[data-node=grid] span", "To the grid")
    page.wait_for_selector("[data-wire=sun][data-flow=in]", state="attached")
    page.wait_for_selector("[data-wire=car][data-flow=out]", state="attached")
    web.bench("/world", {"battery_ma": 5000})
    web.call("POST", "/currents?battery_current=50", X_CSRF_Token=web.csrf, Cookie=web.cookie)
    wait_text(page, "[data-node=battery]", r"1\.15 kWBattery charges")
    web.bench("/world", {"battery_ma": None, "house.l1_ma": 0, "house.l2_ma": 0, "house.l3_ma": 0})


def test_chart_draws_what_the_station_has_kept(open_page, web):
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
    page.wait_for_function("() => document.querySelector('.chart')?.width > 250")
    end_s = int(dt.datetime(2026, 5, 3, 12, tzinfo=dt.UTC).timestamp())
    rows = [
        [end_s - 900 * back, 2000 if back > 10 else -3000, 8000 if back < 8 else None] for back in range(40)
    ]
    page.route("**/api/v1/power", lambda route: route.fulfill(json=rows[::-1]))
    page.reload()
    page.wait_for_function(f"() => document.querySelector('.chart') && ({colors})()[0] > 1000")
    six_h = page.evaluate(colors)
    assert six_h[1] > 200 and "8.00 kW" in page.get_attribute(".chart", "aria-label")
    page.click("[data-hours='24']")
    page.wait_for_selector("[data-hours='24'][aria-pressed=true]")
    # The same two hours take less room in a whole day.
    assert 100 < page.evaluate(colors)[0] < six_h[0] / 2


def test_station_keeps_quarters_as_soon_as_it_knows_the_time(web):
    web.bench("/world", {"clock.utc": "2026-05-01T12:00:00Z", **CAR})
    row = web.wait(lambda: [row for row in web.own("GET", "/api/v1/power").json if row[2]])[-1]
    assert row[0] == int(dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC).timestamp())
    assert row[1] > 0 and row[2] > 0


def test_mode_and_override(open_page, web):
    page = open_page()
    page.click("[data-mode=Smart]")
    page.wait_for_selector("[data-mode=Smart][aria-pressed=true]")
    assert setting_value(web, "Mode") == "Smart"
    page.click("[data-mode=Normal]")
    page.wait_for_selector("[data-mode=Normal][aria-pressed=true]")
    slider = page.locator("#override")
    page.wait_for_function("() => document.querySelector('#override').max === '13'")
    assert slider.get_attribute("min") == "6"
    wait_text(page, "#override-state", "^No override")
    slider.fill("8")
    press(page, "Apply")
    # What nobody ends is over with this car.
    wait_text(page, "#override-state", r"no more than 8\.0 A, until the car is unplugged")
    page.select_option("#override-end", "3600")
    press(page, "Apply")
    wait_text(page, "#override-state", r"no more than 8\.0 A, for 0:59:\d\d more")
    page.select_option("#override-end", "0")
    press(page, "Apply")
    web.wait(lambda: web.bench("/status")["limit.ma"] == 8000)
    web.bench("/world", CAR)
    wait_text(page, "#why", r"^8\.0 A per phase\. Limited by: Override$")
    wait_text(page, "#override-state", r"no more than 8\.0 A, until it is ended")
    # A limit that has changed meanwhile makes the value a wrong one.
    web.bench("/settings", {"MAX": 10})
    page.wait_for_function("() => document.querySelector('#override').max === '10'")
    page.evaluate("document.querySelector('#override').max = 13")
    slider.fill("13")
    press(page, "Apply")
    wait_text(page, "#override-error", "must be 0 or from MIN to MAX")
    press(page, "End it")
    wait_text(page, "#why", r"^10\.0 A per phase")
    page.wait_for_selector("#override-state:not(.acts)")


def test_later_start_is_set_shown_and_a_wrong_end_is_told_there(open_page, web):
    web.bench("/world", {"clock.utc": "2026-05-01T12:00:00Z"})
    page = open_page(size="phone")
    page.fill("#starttime", "")
    press(page, "Set")
    wait_text(page, "#starttime-error", "Choose a time")
    page.fill("#starttime", "2026-05-02T02:00")
    page.fill("#stoptime", "2026-05-02T01:00")
    press(page, "Set")
    wait_text(page, "#stoptime-error", "must be later than starttime")
    assert web.bench("/status")["access"] == "on"
    page.fill("#stoptime", "2026-05-02T06:00")
    page.check("#daily")
    press(page, "Set")
    web.wait(lambda: web.bench("/status")["access"] != "on")
    assert page.inner_text("#stoptime-error") == ""
    wait_text(page, "#times", r"^Starts .*2 May.*02:00.* Ends .*2 May.*06:00.* Every day\.$")
    # Somebody else sees them too.
    assert web.own("GET", "/api/v1/status").json["charge.daily"] is True
    press(page, "Forget the times")
    wait_text(page, "#times", "^No times")
    assert web.own("GET", "/api/v1/status").json["charge.start_s"] == 0


def test_cable_is_unlocked(open_page, web):
    web.bench("/world", CAR)
    page = open_page(size="phone")
    web.wait(lambda: web.bench("/status")["lock"] == "locked")
    press(page, "Unlock the cable")
    wait_text(page, "#toast", "Asked to unlock")
    web.wait(lambda: web.bench("/status")["lock"] != "locked")
