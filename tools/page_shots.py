#!/usr/bin/env python3
"""Take pictures of every view of the station's page in Chromium, and write docs/page.md, which shows them.

The page is that of a simulated station; what takes a day to gather, such as sessions, is made up. --check only says
whether every picture is there and shown, not whether it would come out the same.
"""

import argparse
import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from interpreters import ROOT, find_chromium

sys.path[:0] = [str(ROOT / "host_tests/services"), str(ROOT / "host_tests/core")]

PICTURES = ROOT / "docs/page"
DOCUMENT = ROOT / "docs/page.md"
# Width and the greatest height that is shown.
SIZES = {"phone": (360, 740, 1500), "desktop": (1180, 800, 1500)}
SWITCHES = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"]
COLORS = 96
NOON_S = 1777723200
CARDS = ("04A1B2C3D4E5F6", "01A2B3C4", "DEADBEEF")
HEADING = """# The station's page

Every view of the page that the station serves (see [web.md](web.md)), on a phone and on a wide screen.
`.venv/bin/python tools/page_shots.py` takes the pictures anew; the sessions and the chart in them are made up.
"""


class View(NamedTuple):
    """One picture: its name, what it shows, the address within the page, and what brings it into the wanted state."""

    name: str
    title: str
    place: str
    scheme: str = "light"
    prepare: str = ""


VIEWS = (
    View("wifi", "Set-up of the Wi-Fi at the station's own access point", "", prepare="wifi"),
    View(
        "set_up", "First start: the password is set with the code that the station shows", "", prepare="fresh"
    ),
    View("log_in", "Log in", "login", prepare="guest"),
    View("guest", "What anybody sees", "now", prepare="guest"),
    View("now", "Now: what the car gets and why, and the commands of every day", "now"),
    View("now_dark", "The same in the dark", "now", "dark"),
    View("sessions", "Sessions: sums, filter by time, CSV", "sessions"),
    View("cards", "Cards of the reader", "access/cards"),
    View("people", "People and their roles", "access/people"),
    View("programs", "Tokens of programs", "access/programs"),
    View("hours", "Opening hours with their prices", "access/hours"),
    View("conditions", "Conditions of single accounts", "access/conditions"),
    View("settings", "Settings, made from the station's own table", "settings", prepare="wrong"),
    View("back_end", "The back end, and the certificates of its authority", "settings", prepare="authority"),
    View("you", "Language, password, restart", "station/you"),
    View("health", "Health of the station", "station/health"),
    View("log", "Event log", "station/log"),
    View(
        "displays",
        "Both displays as they are now, and the idle picture",
        "station/displays",
        prepare="displays",
    ),
    View("backup", "Backup: what a file would change is shown first", "station/backup", prepare="restore"),
)


def made_up_sessions() -> list[dict[str, Any]]:
    """Return twenty sessions, newest first."""
    found = []
    for number in range(20):
        hours = 1 + number * 7 % 5
        wh = 2400 + number * 1371 % 9000 + hours * 2500
        end_s = NOON_S - 64000 - number * 61000
        found.append(
            {
                "number": 148 - number,
                "card": CARDS[number % 3],
                "start_s": end_s - hours * 3600 - 754,
                "end_s": end_s,
                "duration_s": hours * 3600 + 754,
                "start_wh": 0,
                "end_wh": wh,
                "energy_wh": wh,
                "highest_ma": 16000 - number % 4 * 1500,
                "reason": ("unplugged", "car", "unplugged", "card")[number % 4],
                "account": ("anna", "", "bert")[number % 3],
                "cost": wh * 32 // 100,
                "currency": "EUR",
            }
        )
    return found


def made_up_power() -> list[list[int | None]]:
    """Return a sunny day at the house, with a car that charges in the morning and at noon."""
    found: list[list[int | None]] = []
    for quarter in range(96):
        hour = (quarter / 4 + 12.25) % 24
        sun_w = max(0.0, 6200 * (1 - ((hour - 12.6) / 6.2) ** 2))
        home_w = 320 + 260 * (quarter * 7 % 5) / 4 + (900 if 17 < hour < 20 else 0)
        car_w = 7300 if 6.5 < hour < 8.5 else max(0.0, sun_w - home_w - 300) if 9.5 < hour < 12.3 else 0
        found.append([NOON_S - (95 - quarter) * 900, round(home_w - sun_w + car_w), round(car_w)])
    return found


def prepare_station(station) -> None:
    """Bring a station into a state that has something to show."""
    from ocpp_certificates import CENTRAL
    from web_station import INSTALLER_PASSWORD

    station.bench("/world", {"clock.utc": "2026-05-02T12:03:00Z"})
    for uid in CARDS:
        station.own("PUT", "/api/v1/cards/" + uid)
    owner = station.cookie, station.csrf
    station.log_in(INSTALLER_PASSWORD, "installer")
    station.own("PUT", "/api/v1/ocpp_ca", CENTRAL.encode())
    station.cookie, station.csrf = owner
    people = {"anna": ("driver", CARDS[:1]), "bert": ("driver", CARDS[2:]), "carport": ("user", ())}
    for name, (role, cards) in people.items():
        body = {"role": role, "password": "something long", "cards": list(cards)}
        station.own("PUT", "/api/v1/accounts/" + name, body)
    for name in ("evcc", "home-assistant"):
        station.own("PUT", "/api/v1/tokens/" + name)
    days = ["mon", "tue", "wed", "thu", "fri"]
    windows = [
        {
            "days": days,
            "from": "08:00",
            "to": "18:00",
            "access": "Public",
            "price_kwh": 420,
            "price_hour": None,
        },
        {"days": ["sat", "sun"], "from": "00:00", "to": "24:00", "access": "Limited", "price_kwh": 350},
    ]
    station.own("PUT", "/api/v1/hours", {"windows": windows})
    station.own(
        "PUT",
        "/api/v1/conditions/anna",
        {"price_kwh": 280, "windows": [{"days": days, "from": "22:00", "to": "06:00"}]},
    )
    house = {"house.l1_ma": -11000, "house.l2_ma": -9500, "house.l3_ma": -12000, "battery_ma": 4300}
    station.bench("/world", {**house, "car.max_a": 16})
    station.wait(lambda: station.own("GET", "/api/v1/meters").json["mains"]["power_w"] < 0)
    station.bench("/world", {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200})
    station.bench("/request", ["charge_times", NOON_S + 50000, NOON_S + 68000, False])
    station.bench("/request", ["access", "on"])
    station.wait(lambda: station.bench("/status")["offered_ma"] > 0, 90)


def fulfil(page) -> None:
    """Let a page see the sessions and the day that are made up."""

    def give(path: str, value: Callable[[], object]) -> None:
        page.route(
            path, lambda route: route.fulfill(body=json.dumps(value()), content_type="application/json")
        )

    give("**/api/v1/sessions", made_up_sessions)
    give("**/api/v1/power", made_up_power)


def give_setup(page) -> None:
    """Answer as the station does while it is set up at its own access point."""
    document = (ROOT / "firmware/evse/services/web/page/setup.html").read_text(encoding="utf-8")
    networks = [("Home 2.4 GHz", -52), ("Neighbours", -71), ("guests", -80)]
    rows = [{"ssid": name, "rssi": rssi, "open": name == "guests"} for name, rssi in networks]
    found = {"networks": rows, "scanning": False, "problem": "", "new": True}
    page.route("http://192.168.4.1/", lambda route: route.fulfill(body=document, content_type="text/html"))
    page.route("http://192.168.4.1/networks", lambda route: route.fulfill(json=found))


def bring(page, what: str) -> None:
    """Bring a view that is open into the state for its picture."""
    if what == "wrong":
        page.fill("#s-MaxCurrent", "99")
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    elif what == "authority":
        page.check("#everything")
        page.fill("#find", "ocpp_ca")
        page.wait_for_selector("#ca li")
    elif what == "displays":
        page.wait_for_selector("#display-32:visible")
        page.wait_for_selector("#display-64:visible")
    elif what == "restore":
        backup = {"format": "microEVSE settings", "version": 1, "settings": {"MAX": 10, "MODE": "Smart"}}
        content = json.dumps(backup).encode()
        page.set_input_files(
            "#restore-file", {"name": "settings.json", "mimeType": "application/json", "buffer": content}
        )
        page.wait_for_selector("#changes")


def picture(page, size: str) -> bytes:
    """Return the page as it is now, small."""
    width, least, most = SIZES[size]
    height = min(most, max(least, page.evaluate("document.documentElement.scrollHeight")))
    # As high as what it shows, so that what sticks to an edge is at the edge.
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_timeout(400)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB").quantize(COLORS)
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def open_view(browser, station, view: View, size: str):
    """Return a page that shows a view."""
    width, height, _ = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=view.scheme,
        locale="en-GB",
        timezone_id="Europe/Amsterdam",
    )
    page = context.new_page()
    fulfil(page)
    if view.prepare == "wifi":
        give_setup(page)
        page.goto("http://192.168.4.1/")
        page.wait_for_selector("#l input")
        page.check("#l input >> nth=0")
        return page
    if view.prepare not in ("guest", "fresh"):
        name, _, secret = station.cookie.partition("=")
        context.add_cookies([{"name": name, "value": secret, "url": f"http://127.0.0.1:{station.port}"}])
    page.goto(f"http://127.0.0.1:{station.port}/#{view.place}")
    page.wait_for_selector("#view :is(h1, h2)")
    page.wait_for_selector("#link[data-link=live], #link[data-link=slow]")
    if view.place == "now" and view.prepare != "guest":
        page.wait_for_selector("#limits li")
        page.wait_for_timeout(1500)
    bring(page, view.prepare)
    return page


def shots(only: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield file name and bytes of every picture."""
    from playwright.sync_api import sync_playwright
    from web_station import WebStation

    chosen = [view for view in VIEWS if not only or view.name in only]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=SWITCHES)
        settings = [
            "MODE=Solar",
            "LOCK=Motor",
            "MAINS MET=Eastron3P",
            "EV METER=Eastron3P",
            "NAME=Carport",
            "PRICE KWH=350",
        ]
        with (
            WebStation(Path(folder) / "a", *settings) as station,
            WebStation(Path(folder) / "b") as fresh,
        ):
            station.set_up(installer=True)
            prepare_station(station)
            for view in chosen:
                for size in SIZES:
                    page = open_view(browser, fresh if view.prepare == "fresh" else station, view, size)
                    yield f"{view.name}_{size}.png", picture(page, size)
                    page.context.close()
        browser.close()


def document() -> str:
    """Return the text that shows all pictures."""
    parts = [HEADING]
    for view in VIEWS:
        cells = [
            f'<img src="page/{view.name}_phone.png" width="220" alt="{view.title}, on a phone">',
            f'<img src="page/{view.name}_desktop.png" width="560" alt="{view.title}, on a wide screen">',
        ]
        parts.append(f"## {view.title}\n\n| phone | wide |\n|---|---|\n| {cells[0]} | {cells[1]} |\n")
    return "\n".join(parts)


def problems() -> list[str]:
    """Return what is missing, left over or not shown."""
    wanted = {f"{view.name}_{size}.png" for view in VIEWS for size in SIZES}
    there = {path.name for path in PICTURES.glob("*")}
    found = [f"docs/page/{name} is missing" for name in sorted(wanted - there)]
    found += [f"docs/page/{name} is not shown" for name in sorted(there - wanted)]
    if not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != document():
        found.append("docs/page.md is stale")
    return found


def main() -> int:
    """Take the pictures, or only tell what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit status 1 when one is missing"
    )
    parser.add_argument("views", nargs="*", help="only these")
    options = parser.parse_args()
    if options.check:
        for line in problems():
            print(line, file=sys.stderr)
        return 1 if problems() else 0
    PICTURES.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    for name, content in shots(options.views):
        (PICTURES / name).write_bytes(content)
        print(f"docs/page/{name}: {len(content)} bytes")
    wanted = {f"{view.name}_{size}.png" for view in VIEWS for size in SIZES}
    for path in PICTURES.glob("*"):
        if path.name not in wanted:
            path.unlink()
    DOCUMENT.write_text(document(), encoding="utf-8")
    print(f"{time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
