"""Opening hours, conditions of accounts, cards of accounts and prices over HTTP, at a station that needs cards."""

import csv
import io
import json
import re
import shlex
import socket
import subprocess
import time

import pytest
from web_station import PASSWORD, WebStation

from interpreters import ROOT

ANNA = "04A1B2C3D4E5F6"
STRANGER = "04998877665544"
WINDOW = {"days": ["mon", "sun"], "from": "22:00", "to": "06:00", "access": "Public"}
SHOWN = {**WINDOW, "price_kwh": None, "price_hour": None}


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A station with an owner, and a driver with a card."""
    folder = tmp_path_factory.mktemp("rules")
    with WebStation(folder, "RFID=EnableAll", "CURRENCY=CHF", "EV METER=Eastron3P") as station:
        assert station.set_up().status == 200
        body = {"password": "annas password", "cards": [ANNA.lower()]}
        assert station.own("PUT", "/api/v1/accounts/anna", body).json["cards"] == [ANNA]
        yield station


def change(station: WebStation, **settings: object) -> None:
    answer = station.own("PATCH", "/api/v1/settings", settings)
    assert answer.status == 200, answer


def refused(station: WebStation, path: str, body: object, field: str) -> None:
    before = station.own("GET", "/api/v1/hours").json, station.own("GET", "/api/v1/conditions").json
    answer = station.own("PUT", path, body)
    assert (answer.status, answer.json["field"]) == (400, field), answer
    assert (station.own("GET", "/api/v1/hours").json, station.own("GET", "/api/v1/conditions").json) == before


def test_hours_are_replaced_as_a_whole(station):
    assert station.own("GET", "/api/v1/hours").json == {"windows": []}
    priced = {
        "days": ["wed"],
        "from": "00:00",
        "to": "24:00",
        "access": "Private",
        "price_kwh": 0,
        "price_hour": 60,
    }
    answer = station.own("PUT", "/api/v1/hours", {"windows": [WINDOW, priced]})
    assert answer.status == 200 and answer.json == {"windows": [SHOWN, priced]}
    assert station.own("GET", "/api/v1/hours").json == answer.json
    # What is shown can be written back.
    assert station.own("PUT", "/api/v1/hours", answer.json).json == answer.json
    assert hours_setting(station) == "Enabled"
    assert station.own("PUT", "/api/v1/hours", {"windows": []}).json == {"windows": []}
    assert hours_setting(station) == "Disabled"


def hours_setting(station: WebStation) -> str:
    return next(
        row["value"] for row in station.own("GET", "/api/v1/settings").json if row["label"] == "HOURS"
    )


@pytest.mark.parametrize(
    "change, field",
    [
        ({"days": []}, "windows[1].days"),
        ({"days": "mon"}, "windows[1].days"),
        ({"days": ["mon", "Tue"]}, "windows[1].days"),
        ({"days": [1]}, "windows[1].days"),
        ({"days": [["mon"]]}, "windows[1].days"),
        ({"from": "24:00"}, "windows[1].from"),
        ({"from": "8:00"}, "windows[1].from"),
        ({"from": "08:60"}, "windows[1].from"),
        ({"from": 480}, "windows[1].from"),
        ({"to": "24:01"}, "windows[1].to"),
        ({"to": "-1:00"}, "windows[1].to"),
        ({"to": None}, "windows[1].to"),
        ({"access": "public"}, "windows[1].access"),
        ({"access": None}, "windows[1].access"),
        ({"price_kwh": -1}, "windows[1].price_kwh"),
        ({"price_kwh": 0.25}, "windows[1].price_kwh"),
        ({"price_kwh": "250"}, "windows[1].price_kwh"),
        ({"price_hour": 1000001}, "windows[1].price_hour"),
        ({"price_hour": True}, "windows[1].price_hour"),
        ({"until": "18:00"}, "windows[1].until"),
    ],
)
def test_a_wrong_window_is_named_and_nothing_changes(station, change, field):
    refused(station, "/api/v1/hours", {"windows": [WINDOW, {**WINDOW, **change}]}, field)
    if "access" not in change and "price" not in field:
        times = {name: WINDOW[name] for name in ("days", "from", "to")}
        refused(station, "/api/v1/conditions/anna", {"windows": [times, {**times, **change}]}, field)


def test_wrong_lists_are_refused(station):
    for body, field in (
        ({}, "windows"),
        ({"windows": {}}, "windows"),
        ({"windows": [WINDOW] * 33}, "windows"),
        ({"windows": [7]}, "windows[0]"),
        ({"windows": [], "more": 1}, "more"),
    ):
        refused(station, "/api/v1/hours", body, field)
    refused(station, "/api/v1/conditions/anna", {"price_kwh": -1}, "price_kwh")
    refused(station, "/api/v1/conditions/anna", {"windows": [WINDOW]}, "windows[0].access")
    times = {name: WINDOW[name] for name in ("days", "from", "to")}
    refused(station, "/api/v1/conditions/anna", {"windows": [times] * 9}, "windows")
    assert station.own("PUT", "/api/v1/hours", {"windows": [WINDOW] * 32}).status == 200
    assert station.own("PUT", "/api/v1/hours", {"windows": []}).status == 200


def test_conditions_belong_to_an_account(station):
    times = {"days": ["sat"], "from": "08:00", "to": "18:00"}
    answer = station.own("PUT", "/api/v1/conditions/nobody", {"price_kwh": 100})
    assert (
        answer.status == 404
        and "no account nobody" in answer.json["error"]
        and answer.json["field"] == "name"
    )
    body = {"price_kwh": 100, "price_hour": None, "windows": [times]}
    answer = station.own("PUT", "/api/v1/conditions/anna", body)
    assert answer.status == 200 and answer.json == {"name": "anna", **body}
    assert station.own("GET", "/api/v1/conditions").json == [{"name": "anna", **body}]
    assert station.own("DELETE", "/api/v1/conditions/anna").json == {"removed": "anna"}
    assert station.own("DELETE", "/api/v1/conditions/anna").status == 404
    assert station.own("GET", "/api/v1/conditions").json == []
    # They go with their account.
    assert station.own("PUT", "/api/v1/accounts/bob", {"password": "bobs password"}).status == 200
    assert station.own("PUT", "/api/v1/conditions/bob", {"price_kwh": 7}).status == 200
    assert station.own("DELETE", "/api/v1/accounts/bob").status == 200
    assert station.own("GET", "/api/v1/conditions").json == []
    assert station.own("PUT", "/api/v1/conditions/bob", {"price_kwh": 7}).status == 404


def test_a_card_belongs_to_one_account(station):
    body = {"password": "bobs password", "cards": [ANNA]}
    answer = station.own("PUT", "/api/v1/accounts/bob", body)
    assert answer.status == 409 and answer.json["field"] == "cards"
    assert answer.json["error"] == ANNA + " belongs to the account anna"
    assert "bob" not in str(station.own("GET", "/api/v1/accounts").json)
    # The same card again, and one that a reader pads, is one card.
    padded = ["DEADBEEF", "DEADBEEF000000", ANNA]
    assert station.own("PUT", "/api/v1/accounts/anna", {"cards": padded}).json["cards"] == ["DEADBEEF", ANNA]
    assert station.own("PUT", "/api/v1/accounts/anna", {"cards": [ANNA]}).status == 200


def test_only_users_see_and_change_the_rules(station):
    owner = station.cookie, station.csrf
    paths = ("/api/v1/hours", "/api/v1/conditions")
    assert [station.call("GET", path).status for path in paths] == [401, 401]
    assert station.call("PUT", paths[0], {"windows": []}).status == 401
    assert station.log_in("annas password", "anna").status == 200
    try:
        assert [station.own("GET", path).status for path in paths] == [403, 403]
        assert station.own("PUT", paths[0], {"windows": []}).status == 403
        assert station.own("PUT", "/api/v1/conditions/anna", {"price_kwh": 0}).status == 403
        assert station.own("DELETE", "/api/v1/conditions/anna").status == 403
    finally:
        station.cookie, station.csrf = owner


def test_a_private_station_tells_guests_that_it_is_there(station):
    assert station.call("GET", "/api/v1/status").json["state"] == "A"
    change(station, AccessMode="Private")
    try:
        assert station.call("GET", "/api/v1/status").json == {"access.mode": "Private"}
        assert first_event(station) == '{"access.mode": "Private"}'
        # Who is logged in, and clients of the old interface, are no guests.
        assert station.own("GET", "/api/v1/status").json["state"] == "A"
        assert station.call("GET", "/settings").status == 200
    finally:
        change(station, AccessMode="Limited")
    assert station.call("GET", "/api/v1/status").json["access.mode"] == "Limited"


def first_event(station: WebStation) -> str:
    """Return the data of the first event that a guest gets."""
    with socket.create_connection(("127.0.0.1", station.port), timeout=10) as link:
        link.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: station\r\n\r\n")
        received = b""
        while b"data: " not in received or not received.endswith(b"\n\n"):
            received += link.recv(4096)
    return received.partition(b"data: ")[2].strip().decode()


def test_a_driver_charges_at_the_own_price_and_sees_it(station):
    change(station, PriceKwhMills=500)
    assert station.own("PUT", "/api/v1/conditions/anna", {"price_hour": 3600000 // 4}).status == 200
    station.bench("/world", {"car.pilot": "B", "car.auto": True})
    station.bench("/request", ["rfid", STRANGER])
    station.wait(lambda: station.bench("/status")["rfid"] == "Invalid")
    # Anna is on no list.
    assert station.own("GET", "/api/v1/cards").json == []
    station.bench("/request", ["rfid", ANNA])
    status = station.wait(lambda: charging(station.own("GET", "/api/v1/status").json))
    assert status["session.account"] == "anna" and status["session.currency"] == "CHF"
    assert station.own("PUT", "/api/v1/conditions/anna", {}).status == 409
    assert station.own("PUT", "/api/v1/hours", {"windows": []}).status == 409
    time.sleep(1)
    # What changes now is for the next session.
    change(station, PriceKwhMills=900)
    station.bench("/world", {"car.pilot": "A"})
    sessions = station.wait(lambda: station.own("GET", "/api/v1/sessions").json)
    assert len(sessions) == 1
    found = sessions[0]
    assert (found["account"], found["currency"], found["card"]) == ("anna", "CHF", ANNA)
    assert (found["price_kwh"], found["price_hour"]) == (500, 900000)
    energy, hours = found["energy_wh"] * 500, found["duration_s"] * 900000
    assert found["cost"] == (energy + 500) // 1000 + (hours + 1800) // 3600 >= 250
    text = station.own("GET", "/api/v1/sessions.csv").body.decode()
    row = next(csv.DictReader(io.StringIO(text)))
    assert (row["account"], row["currency"], row["cost_mills"]) == ("anna", "CHF", str(found["cost"]))
    # Sessions stay with who had the card then.
    owner = station.cookie, station.csrf
    assert station.own("PUT", "/api/v1/accounts/anna", {"cards": []}).status == 200
    body = {"password": "bobs password", "cards": [ANNA]}
    assert station.own("PUT", "/api/v1/accounts/bob", body).status == 200
    assert station.log_in("annas password", "anna").status == 200
    assert station.own("GET", "/api/v1/sessions").json == sessions
    assert station.log_in("bobs password", "bob").status == 200
    assert station.own("GET", "/api/v1/sessions").json == []
    station.cookie, station.csrf = owner
    assert station.own("GET", "/api/v1/sessions").json == sessions
    assert station.log_in(PASSWORD).status == 200


def test_commands_of_the_document(station):
    text = (ROOT / "docs/access.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) == 5
    token = station.own("PUT", "/api/v1/tokens/document", {}).json["token"]
    station.wait(lambda: not station.bench("/status")["c1.closed"])
    for command in commands:
        line = command.replace("$TOKEN", token).replace(
            "http://station/", f"http://127.0.0.1:{station.port}/"
        )
        words = shlex.split(line)
        assert words[0] == "curl"
        answer = subprocess.run(
            ["curl", "-sS", "--fail-with-body", *words[1:]], capture_output=True, text=True, check=False
        )
        assert answer.returncode == 0, (command, answer.stdout, answer.stderr)
        assert json.loads(answer.stdout), command
    assert station.own("DELETE", "/api/v1/tokens/document").status == 200


def charging(status: dict) -> "dict | None":
    return status if status["state"] == "C" and status["c1"] and status["session.number"] else None
