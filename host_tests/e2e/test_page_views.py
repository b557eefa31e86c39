"""Every view of the station's page: it fits, it is accessible, and it speaks three languages."""

import pytest
from page_steps import CAR, SIZES, VIEWS, go_to, setting, wait_text
from web_station import CARD

import page_pack
from interpreters import ROOT

PAGE = ROOT / "firmware/evse/services/web/page"
AXE = ROOT / "node_modules/axe-core/axe.min.js"


def serious(page):
    """Return the serious findings of axe-core."""
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 5
    return [
        (rule["id"], rule["nodes"][0]["html"][:200], rule["nodes"][0]["failureSummary"])
        for rule in found["violations"]
        if rule["impact"] in ("serious", "critical")
    ]


def furnish(web):
    """Let every list have something in it."""
    web.bench("/world", CAR)
    assert web.own("PUT", "/api/v1/cards/" + CARD).status == 200
    assert web.own("PUT", "/api/v1/tokens/evcc").status == 200
    times = {"days": ["mon", "sun"], "from": "22:00", "to": "06:00"}
    hours = {"windows": [{**times, "access": "Public", "price_kwh": 350}]}
    assert web.own("PUT", "/api/v1/hours", hours).status == 200
    conditions = {"price_hour": 1200, "windows": [times]}
    assert web.own("PUT", "/api/v1/conditions/owner", conditions).status == 200


@pytest.mark.parametrize(("size", "scheme"), [("phone", "dark"), ("desktop", "light")])
def test_every_view_fits_and_is_accessible(open_page, open_web, web, size, scheme):
    if not AXE.exists():
        pytest.skip("axe-core is missing: npm ci")
    web.bench("/world", {"car.pilot": "A"})
    furnish(web)
    guest = open_web(web, size=size, scheme=scheme)
    guest.evaluate(AXE.read_text())
    assert serious(guest) == [], "guest"
    guest.click("#account a")
    guest.wait_for_selector("#view form")
    assert serious(guest) == [], "login"
    guest.close()
    page = open_page(size=size, scheme=scheme)
    # Its policy keeps scripts of others out, so this one comes in as the text of a function.
    page.evaluate(AXE.read_text())
    for view in VIEWS:
        go_to(page, view)
        page.evaluate("document.querySelectorAll('details').forEach((group) => { group.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES[size][0], view
        assert serious(page) == [], view
        assert page.locator("#view .error:not(:empty)").count() == 0, view
    for view, opener in (("access/people", "Add a person"), ("access/conditions", "Change owner")):
        go_to(page, view)
        page.get_by_role("button", name=opener, exact=True).click()
        page.wait_for_selector("dialog form")
        assert serious(page) == [], opener
        page.keyboard.press("Escape")
        page.wait_for_selector("dialog", state="detached")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(11, 17, 15)"
    assert dark == (scheme == "dark")


@pytest.mark.parametrize(
    "language, words", [("de", ("Bereit", "Angebot", "Laden")), ("nl", ("Gereed", "Aanbod", "Laden"))]
)
def test_page_speaks_the_language_of_the_browser(open_page, web, language, words):
    page = open_page(language=language, size="phone")
    wait_text(page, "#state", f"^{words[0]}$")
    assert words[1] in page.inner_text(".numbers")
    assert page.get_attribute("html", "lang") == language
    web.bench("/world", CAR)
    wait_text(page, "#state", f"^{words[2]}$")
    wait_text(page, "#why", "MAX$")
    go_to(page, "settings")
    setting(page, "MaxCurrent").fill("99")
    wait_text(
        page, "#s-MaxCurrent-error", {"de": "muss von 6 bis 80 A", "nl": "moet van 6 tot 80 A"}[language]
    )
    page.click("#savebar button:not(.main)")
    for view in VIEWS:
        # Longer words must fit as well.
        go_to(page, view)
        assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0], view
    go_to(page, "station/you")
    page.select_option("#language", "en")
    wait_text(page, "#tabs", "Settings")


def test_view_that_cannot_be_fetched_says_so_and_tries_again(open_page, problems):
    page = open_page()
    page.route("**/api/v1/sessions", lambda route: route.fulfill(status=500, body='{"error": "broken"}'))
    page.click("#tabs a[href='#sessions']")
    wait_text(page, "#view .error:not(:empty)", "broken")
    page.unroute("**/api/v1/sessions")
    page.get_by_role("button", name="The last 20").click()
    page.wait_for_selector("#shown:not(:empty)")
    page.route("**/api/v1/hours", lambda route: route.fulfill(status=500, body='{"error": "broken"}'))
    page.evaluate("location.hash = 'access/hours'")
    wait_text(page, "#view .error:not(:empty)", "broken")
    page.unroute("**/api/v1/hours")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("#hours")
    problems[:] = [text for text in problems if "status of 500" not in text]


def test_page_of_an_image_looks_and_works_like_the_sources(open_page):
    page = open_page(language="de")
    # How many rows a list has may change meanwhile.
    look = """() => [...new Set([...document.querySelectorAll("main *")].map((one) => {
        const { color, padding, display, fontSize, borderRadius } = getComputedStyle(one);
        return [one.tagName, color, padding, display, fontSize, borderRadius].join();
    }))]"""
    seen = {}
    for packed in (False, True):
        if packed:
            kinds = {".js": "text/javascript", ".css": "text/css"}
            for path in PAGE.iterdir():
                if path.suffix in kinds:
                    body, kind = page_pack.stripped(path), kinds[path.suffix]
                    page.route(
                        "**/page/" + path.name,
                        lambda route, _, body=body, kind=kind: route.fulfill(body=body, content_type=kind),
                    )
            with page.expect_response("**/page/now.js"):
                page.reload()
            page.wait_for_selector("#view h1")
        for view in VIEWS:
            go_to(page, view)
            page.evaluate("document.activeElement.blur()")
            # What comes and goes with the state of the station is not compared.
            if view in ("settings", "station/you", "access/people", "sessions"):
                found = page.evaluate(look), page.inner_text("#view h1"), page.title()
                assert seen.setdefault(view, found) == found, view
