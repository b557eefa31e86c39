"""The view Access: cards, people, programs, opening hours, conditions."""

from page_steps import confirm, go_to, press, upload, wait_text
from web_station import CARD

LONG = "a password of the page"


def test_cards_are_added_and_deleted(open_page, web):
    page = open_page("access/cards", size="phone")
    page.fill("#card", "12 34")
    press(page, "Add")
    wait_text(page, "#card-error", "must be a card number")
    page.fill("#card", "04:a1:b2:c3:d4:e5:f6")
    press(page, "Add")
    wait_text(page, "#cards", CARD)
    assert web.own("GET", "/api/v1/cards").json == [CARD]
    upload(page, "#card-file", "a.txt", "text/plain", b"01020304\nno card\n")
    confirm(page)
    wait_text(page, "#card-file-error", r"\w")
    upload(page, "#card-file", "a.txt", "text/plain", b"01020304\n05060708\n")
    confirm(page)
    wait_text(page, "#cards", "01020304.*05060708")
    with page.expect_download() as waiting:
        press(page, "Save as a text")
    with open(waiting.value.path()) as file:
        assert file.read() == "01020304\n05060708\n"
    for uid in ("01020304", "05060708"):
        page.click(f"[aria-label='Delete {uid}']")
        confirm(page)
        page.wait_for_selector(f"[aria-label='Delete {uid}']", state="detached")
    assert web.own("GET", "/api/v1/cards").json == []
    wait_text(page, "#cards", "No cards")


def test_card_is_added_by_presenting_it(open_page, web):
    page = open_page("access/cards", size="phone")
    page.wait_for_selector(".notice:visible")
    web.bench("/settings", {"RFID": "EnableAll"})
    page.wait_for_selector(".notice", state="hidden")
    page.click("#present")
    wait_text(page, "#seen", "Hold the card")
    web.bench("/request", ["rfid", "0A0B0C0D"])
    wait_text(page, "#cards", "0A0B0C0D")
    assert web.own("GET", "/api/v1/cards").json == ["0A0B0C0D"]
    # One that was there before is stored without another look at it.
    web.own("DELETE", "/api/v1/cards/0A0B0C0D")
    page.wait_for_function("() => document.querySelector('#present').textContent === 'Add by presenting'")
    press(page, "Store the last one")
    web.wait(lambda: web.own("GET", "/api/v1/cards").json == ["0A0B0C0D"])
    web.own("DELETE", "/api/v1/cards/0A0B0C0D")


def test_people_are_added_changed_and_deleted(open_page, web):
    web.own("PUT", "/api/v1/cards/" + CARD)
    page = open_page("access/people", size="phone")
    press(page, "Add a person")
    page.fill("#p-name", "an na")
    page.fill("#p-password", LONG)
    press(page, "Save")
    wait_text(page, "#p-name-error", "must be letters, digits")
    page.fill("#p-name", "anna")
    page.fill("#p-password", "short")
    press(page, "Save")
    wait_text(page, "#p-password-error", "must be 8 to 128 characters")
    page.fill("#p-password", "")
    press(page, "Save")
    wait_text(page, "#p-password-error", "is needed")
    page.fill("#p-password", LONG)
    page.check(f"input[value='{CARD}']")
    press(page, "Save")
    wait_text(page, "#people", f"annadriver.*{CARD}")
    assert web.call("POST", "/api/v1/login", {"name": "anna", "password": LONG}).status == 200
    press(page, "Change anna")
    page.select_option("#p-role", "user")
    page.uncheck(f"input[value='{CARD}']")
    press(page, "Save")
    wait_text(page, "#people", "annauser")
    found = next(row for row in web.own("GET", "/api/v1/accounts").json if row["name"] == "anna")
    assert found == {"name": "anna", "role": "user", "cards": []}
    # Only the installer makes another one.
    press(page, "Change anna")
    page.select_option("#p-role", "installer")
    press(page, "Save")
    wait_text(page, "#p-role-error", "this is not for user")
    press(page, "Cancel")
    # Nobody deletes the own account, or changes the own role.
    assert page.get_by_role("button", name="Delete owner").count() == 0
    press(page, "Change owner")
    assert page.is_disabled("#p-role")
    press(page, "Cancel")
    press(page, "Delete anna")
    confirm(page)
    page.wait_for_selector("[aria-label='Delete anna']", state="detached")
    web.own("DELETE", "/api/v1/cards/" + CARD)


def test_token_is_shown_once_and_works_until_it_is_deleted(open_page, web):
    page = open_page("access/programs", size="phone")
    wait_text(page, "#tokens", "No tokens")
    press(page, "New token")
    press(page, "Make it")
    wait_text(page, "#t-name-error", r"\w")
    page.fill("#t-name", "evcc")
    press(page, "Make it")
    token = page.inner_text("#token")
    assert len(token) > 20
    confirm(page)
    page.wait_for_selector("dialog", state="detached")
    wait_text(page, "#tokens", "evccuser")
    assert token not in page.content()
    headers = {"Authorization": "Bearer " + token}
    assert web.call("GET", "/api/v1/settings", **headers).status == 200
    press(page, "Delete evcc")
    confirm(page)
    wait_text(page, "#tokens", "No tokens")
    assert web.call("GET", "/api/v1/settings", **headers).status == 401


def test_opening_hours_are_set(open_page, web):
    page = open_page("access/hours", size="phone")
    press(page, "Add times")
    page.locator("input[inputmode=decimal]").first.fill("a lot")
    press(page, "Save")
    wait_text(page, ".window .error:not(:empty)", "must be a number such as 0.35")
    page.locator("input[inputmode=decimal]").first.fill("0,35")
    for day in ("mon", "tue", "wed", "thu", "fri"):
        page.uncheck(f".day input[value={day}]")
    press(page, "Save")
    wait_text(page, ".window .error:not(:empty)", "at least one day")
    page.check(".day input[value=sun]")
    page.locator("input[type=time]").first.fill("")
    press(page, "Save")
    wait_text(page, ".window .error:not(:empty)", "Choose a time")
    page.locator("input[type=time]").first.fill("22:00")
    page.locator(".window select").select_option("Public")
    press(page, "Save")
    wait_text(page, "#toast", "Saved")
    window = {"days": ["sun"], "from": "22:00", "to": "18:00", "access": "Public"}
    wanted = {"windows": [{**window, "price_kwh": 350, "price_hour": None}]}
    assert web.own("GET", "/api/v1/hours").json == wanted
    go_to(page, "access/cards")
    go_to(page, "access/hours")
    assert page.locator("input[inputmode=decimal]").first.input_value() == "0.35"
    # A refusal of the station names the window it belongs to.
    refusal = {"error": "must be a time such as 08:00", "field": "windows[0].to"}
    page.route("**/api/v1/hours", lambda route: route.fulfill(status=400, json=refusal))
    press(page, "Save")
    wait_text(page, ".window .error:not(:empty)", "must be a time such as 08:00")
    assert page.evaluate("document.activeElement.id").endswith("to")
    page.unroute("**/api/v1/hours")
    page.locator(".window").get_by_role("button", name="Delete").click()
    press(page, "Save")
    web.wait(lambda: web.own("GET", "/api/v1/hours").json == {"windows": []})


def test_conditions_of_an_account_are_set(open_page, web):
    page = open_page("access/conditions", size="phone")
    wait_text(page, "#conditions", "No conditions")
    press(page, "New conditions")
    page.select_option("#c-name", "owner")
    page.fill("#c-price_kwh", "-1")
    press(page, "Save")
    wait_text(page, "#c-price_kwh-error", "must be a number such as 0.35")
    page.fill("#c-price_kwh", "0.28")
    press(page, "Add times")
    press(page, "Save")
    wait_text(page, "#conditions", r"owner€0\.28 per kWh · Mo Tu We Th Fr 08:00.18:00")
    times = {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "08:00", "to": "18:00"}
    wanted = {"name": "owner", "price_kwh": 280, "price_hour": None, "windows": [times]}
    assert web.own("GET", "/api/v1/conditions").json == [wanted]
    press(page, "Change owner")
    page.fill("#c-price_hour", "1.2")
    page.fill("#c-price_kwh", "")
    press(page, "Save")
    wait_text(page, "#conditions", r"owner€1\.20 per hour")
    press(page, "Delete owner")
    confirm(page)
    wait_text(page, "#conditions", "No conditions")
    assert web.own("GET", "/api/v1/conditions").json == []
