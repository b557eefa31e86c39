"""Who gets in at the station's page, and how it follows a station that goes away."""

from page_steps import CAR, confirm, go_to, log_in, press, wait_text
from web_station import CARD, INSTALLER_PASSWORD, PASSWORD, WebStation

DRIVER_PASSWORD = "somebody who drives"


def test_first_password_is_set_on_the_page(open_web, tmp_path):
    with WebStation(tmp_path) as fresh:
        page = open_web(fresh, size="phone")
        assert "display" in page.inner_text("#view form")
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


def test_guest_sees_the_state_only_and_a_wrong_password_is_told(open_web, web):
    page = open_web(web, size="phone")
    wait_text(page, "#state", "^Ready$")
    wait_text(page, "#link-text", "^Live$")
    assert page.is_hidden("#tabs") and page.locator("[data-access]").count() == 0
    page.click("#account a")
    log_in(page, "owner", "not the password")
    wait_text(page, "#view form", "name or password is wrong")
    page.evaluate("location.hash = 'settings'")
    page.wait_for_selector("#view form")
    assert page.locator("[data-key]").count() == 0
    log_in(page, "owner", PASSWORD)
    page.wait_for_selector("#account button")
    press(page, "Log out")
    page.wait_for_selector("#account a")
    wait_text(page, "#state", "^Ready$")


def test_guest_of_a_private_station_is_told_no_more_than_that(open_web, web):
    web.bench("/settings", {"ACC MODE": "Private", "RFID": "EnableAll"})
    page = open_web(web, size="phone")
    wait_text(page, "#state", "^Private$")
    wait_text(page, "#why", "Who has an account")


def test_driver_sees_the_own_sessions_and_nothing_to_set(open_web, web):
    body = {"role": "driver", "password": DRIVER_PASSWORD, "cards": [CARD]}
    assert web.own("PUT", "/api/v1/accounts/dora", body).status == 200
    page = open_web(web, size="phone")
    page.click("#account a")
    log_in(page, "dora", DRIVER_PASSWORD)
    page.wait_for_selector("#account button")
    links = page.eval_on_selector_all("#tabs a", "links => links.map((link) => link.hash)")
    assert links == ["#now", "#sessions", "#station"]
    assert page.locator("[data-access], [data-mode], #limits").count() == 0
    go_to(page, "sessions")
    assert "one of your cards" in page.inner_text("#view") and page.locator("tbody tr").count() == 0
    page.click("#tabs a[href='#station']")
    page.wait_for_selector("#new-password")
    # Of the station itself there is the password alone.
    assert page.locator(".parts a").count() == 0 and page.get_by_role("button", name="Restart").count() == 0
    page.evaluate("location.hash = 'settings'")
    page.wait_for_selector("#view form input[type=password]")
    assert page.locator("[data-key]").count() == 0
    page.evaluate("location.hash = 'station'")
    page.fill("#new-password", DRIVER_PASSWORD + "!")
    page.fill("#new-password-again", DRIVER_PASSWORD)
    press(page, "Change")
    wait_text(page, "#new-password-again-error", "not the same")
    page.fill("#new-password", "short")
    page.fill("#new-password-again", "short")
    press(page, "Change")
    wait_text(page, "#new-password-error", "must be 8 to 128 characters")
    assert web.own("DELETE", "/api/v1/accounts/dora").status == 200


def test_page_notices_that_its_login_has_ended(open_page, web):
    page = open_page("settings")
    owner = web.cookie, web.csrf
    web.log_in(INSTALLER_PASSWORD, "installer")
    # Who gets a new password from somebody else is logged out.
    assert web.own("PUT", "/api/v1/accounts/owner", {"password": PASSWORD}).status == 200
    web.cookie, web.csrf = owner
    page.wait_for_selector("#account a")
    page.wait_for_selector("#view form input[type=password]")
    assert page.locator("[data-key]").count() == 0


def test_page_without_a_free_stream_asks_for_the_state(open_page, open_web, web):
    pages = [open_page(), open_web(web)]
    for page in pages:
        wait_text(page, "#link-text", "^Live$")
    third = open_web(web, clock=True)
    wait_text(third, "#link-text", "^Every 4 s$")
    wait_text(third, "#state", "^Ready$")
    web.bench("/world", CAR)
    wait_text(third, "#state", "^Charging$")
    for page in pages:
        page.close()
    for _ in range(8):
        if third.inner_text("#link-text") == "Live":
            break
        # It asks a few times before it tries a stream again.
        third.clock.fast_forward(4000)
        third.wait_for_timeout(300)
    wait_text(third, "#link-text", "^Live$")


def test_station_is_restarted_and_a_fault_is_told_to_anybody(open_page, web, problems):
    page = open_page("station/you", size="phone")
    starts = web.starts
    press(page, "Restart")
    confirm(page)
    web.wait(lambda: web.starts > starts)
    page.wait_for_selector("#offline:not([hidden])")
    # The port is another one afterwards, and logins end with a restart.
    page.goto(f"http://127.0.0.1:{web.port}/")
    wait_text(page, "#state", "^Ready$")
    page.wait_for_selector("#account a")
    web.bench("/settings", {"RCMON": "Enabled"})
    web.bench("/world", {**CAR, "rcm": True})
    wait_text(page, ".fault", "Residual current detected")
    web.bench("/world", {"rcm": False, "car.pilot": "A"})
    page.wait_for_selector(".fault", state="hidden")
    problems[:] = [text for text in problems if "net::ERR_" not in text]


def test_station_is_reset_to_the_factory_after_the_word_was_typed(open_web, tmp_path, problems):
    with WebStation(tmp_path) as station:
        station.set_up()
        station.own("PATCH", "/api/v1/settings", {"NAME": "Carport"})
        page = open_web(station, size="phone", cookie=station.cookie)
        page.wait_for_selector("#account button")
        go_to(page, "station/backup")
        press(page, "Forget everything")
        page.fill("#confirm", "yes")
        confirm(page)
        wait_text(page, "#confirm-error", "not the word")
        assert station.call("GET", "/api/v1").json["setup"] is False
        starts = station.starts
        page.fill("#confirm", "erase")
        confirm(page)
        station.wait(lambda: station.starts > starts)
        page.goto(f"http://127.0.0.1:{station.port}/")
        wait_text(page, "#view", "Welcome")
        page.close()
    problems[:] = [text for text in problems if "net::ERR_" not in text]
