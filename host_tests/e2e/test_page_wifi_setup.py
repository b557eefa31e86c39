"""The page of the Wi-Fi set-up in a real browser, against answers as the station gives them."""

import json
from urllib.parse import urlsplit

import pytest
from page_steps import SIZES, wait_text

from interpreters import ROOT

PAGE = (ROOT / "firmware/evse/services/web/page/setup.html").read_text()
NETWORKS = [{"ssid": "home", "rssi": -50, "open": False}, {"ssid": '<b>"&', "rssi": -70, "open": True}]


@pytest.fixture
def open_setup(open_url):
    """Open the page; what it sends is gathered, and answered by `answers` from the last on."""

    def opened(sent, answers, **how):
        def answer(route):
            path = urlsplit(route.request.url).path
            if path == "/":
                route.fulfill(body=PAGE, content_type="text/html")
            elif path == "/networks":
                found = {"networks": NETWORKS, "scanning": False, "problem": "", "new": True}
                route.fulfill(json=found)
            else:
                sent.append(json.loads(route.request.post_data))
                status, body = answers.pop()
                route.fulfill(status=status, json=body)

        page = open_url("about:blank", **how)
        page.route("http://127.0.0.1/**", answer)
        page.goto("http://127.0.0.1/")
        page.wait_for_selector("#l input")
        return page

    return opened


def test_a_network_is_chosen_and_the_first_password_set(open_setup):
    sent = []
    refusal = {"error": "must be 8 to 128 characters long", "field": "station_password"}
    page = open_setup(sent, [(200, {"done": "-"}), (400, refusal)], size="phone", scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") == SIZES["phone"][0]
    assert page.inner_text("#l") == 'home (-50 dBm)\n<b>"& (-70 dBm, open)'
    page.check("#l input >> nth=0")
    assert page.input_value("[name=ssid]") == "home"
    page.fill("[name=password]", "secret12")
    page.fill("[name=station_password]", "short")
    page.click("#j")
    wait_text(page, "#w b", "must be 8 to 128 characters")
    page.fill("[name=station_password]", "long enough")
    page.click("#j")
    wait_text(page, "#m", "^The station joins the network")
    assert page.text_content("#w b") == ""
    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    wanted = {"ssid": "home", "password": "secret12", "station_password": "long enough", "timezone": zone}
    assert sent[-1] == wanted


@pytest.mark.parametrize(("language", "title"), [("de", "WLAN einrichten"), ("nl", "Wifi instellen")])
def test_it_speaks_the_language_of_the_phone(open_setup, language, title):
    page = open_setup([], [], language=language)
    assert page.inner_text("h1") == title == page.title()
    english = ("Network", "Password", "Look again", "Join", "Time zone", "Name of the")
    assert not any(word in page.inner_text("main") for word in english)
