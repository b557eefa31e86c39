"""Clients of a SmartEVSE talk to this station unchanged: every key, every type, every command."""

import http.client
import json
import socket
import struct
import urllib.parse

import client_contracts as contracts
import pytest
from mqtt_broker import make_certificates
from web_station import CARD, WebStation

REFUSED = "Value not allowed!"


@pytest.fixture(scope="module")
def station(tmp_path_factory):
    """A station with meters and a card reader, whose owner allows clients without a login."""
    data = tmp_path_factory.mktemp("rest")
    with WebStation(
        data, "LEGACY=Read and set", "EV METER=Eastron3P", "MAINS MET=Eastron3P", "RFID=EnableAll"
    ) as station:
        station.bench("/world", {"clock.utc": "2026-06-01T10:00:00Z"})
        station.wait(lambda: "import_active_energy" in settings(station)["mains_meter"])
        yield station


def settings(station: WebStation) -> dict:
    """GET /settings as evcc does: a connection of its own, no keep-alive."""
    connection = http.client.HTTPConnection("127.0.0.1", station.port, timeout=10)
    connection.request("GET", "/settings", headers={"Connection": "close"})
    answer = connection.getresponse()
    assert answer.status == 200
    assert answer.getheader("content-type", "").startswith("application/json")
    assert answer.getheader("connection") == "close"
    body = answer.read()
    connection.close()
    return json.loads(body)


def post(station: WebStation, parameters: str, path: str = "/settings") -> dict:
    """POST with an empty form body, as evcc does, by a plain socket."""
    head = (
        f"POST {path}?{parameters} HTTP/1.1\r\nHost: 127.0.0.1:{station.port}\r\nUser-Agent: Go-http-client/1.1\r\n"
        "Content-Length: 0\r\nContent-Type: application/x-www-form-urlencoded\r\nAccept-Encoding: gzip\r\n"
        "Connection: close\r\n\r\n"
    )
    head, _, body = station.exchange(head.encode()).partition(b"\r\n\r\n")
    assert head.split()[1] == b"200", head + body
    return json.loads(body)


@pytest.mark.parametrize("contract", ["EVCC", "HOME_ASSISTANT", "SHEET"])
def test_every_key_is_there_with_its_type(station, contract):
    assert contracts.problems(settings(station), getattr(contracts, contract)) == []


def test_a_wrong_type_would_be_found():
    picture = {"evse": {"access": True}}
    assert contracts.problems(picture, {"evse.access": int}) == ["evse.access is True, not int"]
    assert contracts.problems(picture, {"evse.mode": int}) == ["evse.mode is missing"]


def test_types_stay_the_same_whatever_the_car_does(station):
    def types(picture, path=""):
        if isinstance(picture, dict):
            return {name: types(value) for name, value in picture.items()}
        return type(picture).__name__

    before = types(settings(station))
    post(station, "mode=1")
    try:
        station.bench("/world", {"car.pilot": "C"})
        station.wait(lambda: contracts.evcc_status(settings(station)) == "C")
        picture = settings(station)
        assert picture["car_connected"] is True and picture["evse"]["connected"] is True
        assert contracts.evcc_enabled(picture) and picture["evse"]["state"] == "Charging"
        assert types(picture) == before
        station.wait(lambda: settings(station)["ev_meter"]["currents"]["TOTAL"] > 100)
        meter = settings(station)["ev_meter"]
        assert meter["import_active_power"] > 1000
        currents = meter["currents"]
        assert currents["TOTAL"] == currents["L1"] + currents["L2"] + currents["L3"]
        post(station, "mode=4")
        station.wait(lambda: not contracts.evcc_enabled(settings(station)))
        station.wait(lambda: contracts.evcc_status(settings(station)) == "B")
        assert settings(station)["mode"] == "PAUSE"
        post(station, "mode=1")
        station.wait(lambda: contracts.evcc_status(settings(station)) == "C")
        # evcc sets the current, and reads it back.
        assert post(station, "override_current=80") == {"override_current": 80}
        station.wait(lambda: settings(station)["settings"]["charge_current"] == 80)
        assert post(station, "override_current=0") == {"override_current": 0}
        assert types(settings(station)) == before
    finally:
        station.bench("/world", {"car.pilot": "A"})
    station.wait(lambda: contracts.evcc_status(settings(station)) == "A")


@pytest.mark.parametrize(
    "parameters, answer",
    [
        ("current_min=8", {"current_min": 8}),
        ("current_min=5", {"current_min": REFUSED}),
        ("current_min=6.5", {"current_min": REFUSED}),
        ("current_min=", {"current_min": REFUSED}),
        ("capacity_mode=1", {"capacity_mode": 1}),
        ("current_max_sum_mains=60", {"current_max_sum_mains": 60}),
        ("current_max_sum_mains=9", {"current_max_sum_mains": REFUSED}),
        ("max_sum_mains_timer=15", {"max_sum_mains_time": 15}),
        ("max_sum_mains_timer=61", {"max_sum_mains_time": REFUSED}),
        ("capacity_mode=0", {"capacity_mode": 0}),
        ("stop_timer=60", {"stop_timer": 60}),
        ("stop_timer=0", {"stop_timer": 0}),
        ("solar_start_current=48", {"solar_start_current": 48}),
        ("solar_start_current=49", {"solar_start_current": REFUSED}),
        ("solar_max_import=0", {"solar_max_import": 0}),
        ("enable_C2=1", {"enable_C2": "Always Off"}),
        ("enable_C2=5", {"enable_C2": REFUSED}),
        ("enable_C2=3", {"enable_C2": "Always On"}),
        ("override_current=50", {"override_current": REFUSED}),
        ("override_current=9999", {"override_current": REFUSED}),
        ("disable_override_current=1", {"disable_override_current": "OK"}),
        ("custombutton=1", {"custombutton": True}),
        ("custombutton=0", {"custombutton": False}),
        ("lcdlock=1", {"lcdlock": 1}),
        ("lcdlock=0", {"lcdlock": 0}),
        ("lcdlock=2", {"lcdlock": REFUSED}),
        ("mode=5", {"mode": REFUSED}),
        ("mode=x", {"mode": REFUSED}),
        ("mode=3", {"mode": "3"}),
        ("mode=2", {"mode": "2"}),
        ("override_current=100", {"override_current": REFUSED}),
        ("mode=0", {"mode": "0"}),
        ("mode=1", {"mode": "1"}),
        ("override_pwm=100", {"override_pwm": REFUSED}),
        ("no_such_parameter=1", {}),
        ("stop_timer=10&current_min=6&mode=9", {"stop_timer": 10, "current_min": 6, "mode": REFUSED}),
    ],
)
def test_each_parameter_is_taken_or_refused_by_itself(station, parameters, answer):
    assert post(station, parameters) == answer


def test_what_was_taken_is_read_back(station):
    post(station, "current_min=7&stop_timer=11&solar_start_current=5&solar_max_import=3&lcdlock=0")
    found = settings(station)["settings"]
    assert (found["current_min"], found["solar_stop_time"]) == (7, 11)
    assert (found["solar_start_current"], found["solar_max_import"]) == (5, 3)
    post(station, "current_min=6&stop_timer=10&solar_start_current=4&solar_max_import=0")


@pytest.mark.parametrize(
    "mode, name, internal",
    [(0, "OFF", 0), (1, "NORMAL", 0), (2, "SOLAR", 2), (3, "SMART", 1), (4, "PAUSE", 1)],
)
def test_modes_have_their_numbers_and_names(station, mode, name, internal):
    post(station, f"mode={mode}")
    picture = settings(station)
    assert (picture["mode_id"], picture["mode"]) == (mode, name)
    if mode:
        assert picture["evse"]["mode"] == internal
    if mode == 4:
        post(station, "mode=1")


def test_intervals_are_written_and_read_as_rows(station):
    rows = [{"start": 0, "power": 2000}, {"start": 420, "power": 7000}]
    query = json.dumps(rows).replace(" ", "").replace('"', "%22").replace("{", "%7B").replace("}", "%7D")
    assert post(station, "intervals=" + query) == {"intervals": rows}
    assert settings(station)["settings"]["intervals"] == rows
    assert post(station, "intervals=%5B7%5D") == {"intervals": REFUSED}
    assert post(station, "intervals=%5B%5D") == {"intervals": []}


def test_a_start_in_the_future_waits_and_mode_alone_cancels(station):
    assert settings(station)["settings"]["starttime"] == 0
    answer = post(station, "mode=1&starttime=2098-01-02T03:04&stoptime=2098-01-02T05:00")
    assert answer["mode"] == "1" and answer["starttime"] % 86400 == 3 * 3600 + 4 * 60
    assert answer["stoptime"] - answer["starttime"] == 6960 and answer["repeat"] == 0
    picture = settings(station)
    assert picture["settings"]["starttime"] == answer["starttime"]
    assert picture["evse"]["access"] == 0
    assert post(station, "mode=1&starttime=tomorrow") == {"mode": REFUSED}
    assert post(station, "mode=1") == {"mode": "1"}
    picture = settings(station)
    assert picture["settings"]["starttime"] == 0 and picture["evse"]["access"] == 1


def test_chosen_times_are_local_times(station):
    station.bench("/settings", {"TIMEZONE": "CET-1CEST,M3.5.0,M10.5.0/3"})
    try:
        answer = post(station, "mode=2&starttime=2098-07-02T03:04&stoptime=2098-07-02T05:00&repeat=1")
        # In summer it is two hours less in UTC: 2098-07-02T01:04Z.
        assert (answer["starttime"], answer["stoptime"], answer["repeat"]) == (4055101440, 4055108400, 1)
        found = settings(station)["settings"]
        assert (found["starttime"], found["stoptime"], found["repeat"]) == (4055101440, 4055108400, 1)
        for text in (
            "2098-02-30T03:04",
            "2098-07-02 03:04",
            "2098-07-02T3:04",
            "2098-07-02",
            "1",
            "2098-07-02T24:00",
        ):
            assert post(station, "mode=1&starttime=" + text.replace(" ", "%20")) == {"mode": REFUSED}, text
        assert settings(station)["settings"]["starttime"] == 4055101440
        # A time that has passed is no delay.
        assert post(station, "mode=1&starttime=2024-01-01T00:00") == {"mode": "1"}
        assert settings(station)["settings"]["starttime"] == 0
    finally:
        station.bench("/settings", {"TIMEZONE": "UTC0"})


def test_the_broker_and_any_characters_in_its_password(station):
    """Mission row S-076: what is a special character in a URL goes over encoded, and comes back as it was."""
    for password in ("p@ss/1", "a&b=c#d", "100%+ sure?", "ä€🔑", '"\\;'):
        query = urllib.parse.urlencode(
            {"mqtt_update": 1, "mqtt_username": password, "mqtt_password": password}
        )
        assert post(station, query) == {"mqtt_username": password, "mqtt_password": "OK"}
        found = settings(station)["mqtt"]
        assert found["username"] == password and found["password_set"] is True
        assert password not in json.dumps(dict(found, username=""), ensure_ascii=False)
    answer = post(station, "mqtt_update=1&mqtt_host=a@b&mqtt_port=0&mqtt_topic_prefix=SmartEVSE/7&mqtt_tls=2")
    assert answer == {
        "mqtt_host": REFUSED,
        "mqtt_port": 1883,
        "mqtt_topic_prefix": "SmartEVSE/7",
        "mqtt_tls": 2,
    }
    answer = post(station, "mqtt_update=1&mqtt_topic_prefix=&mqtt_username=&mqtt_password=&mqtt_tls=0")
    assert answer == {"mqtt_topic_prefix": "", "mqtt_username": "", "mqtt_password": "OK", "mqtt_tls": 0}


def test_the_authority_of_the_broker(station, tmp_path):
    pem = (make_certificates(tmp_path / "made") / "ca.pem").read_bytes()
    assert station.call("GET", "/mqtt_ca_cert").status == 404
    assert station.call("POST", "/mqtt_ca_cert", pem).json == {"mqtt_ca_cert": "OK"}
    assert station.call("GET", "/mqtt_ca_cert").body == pem
    for bad in (b"no certificate", pem[:100], pem.replace(b"MII", b"AAA"), pem + b"x" * 8000):
        answer = station.call("POST", "/mqtt_ca_cert", bad)
        assert answer.status in (400, 413) and answer.json["error"], answer
    assert post(station, "mqtt_update=1&mqtt_ca_cert=abc") == {"mqtt_ca_cert": REFUSED}
    assert station.call("GET", "/mqtt_ca_cert").body == pem
    station.bench("/world", {"car.pilot": "C"})
    station.wait(lambda: station.bench("/status")["c1.closed"])
    answer = station.call("POST", "/mqtt_ca_cert", pem)
    assert answer.status == 409 and answer.json["error"] == "not while the station is charging"
    assert post(station, "mqtt_update=1&mqtt_ca_cert=") == {"mqtt_ca_cert": REFUSED}
    station.bench("/world", {"car.pilot": "A"})
    station.wait(lambda: post(station, "mqtt_update=1&mqtt_ca_cert=") == {"mqtt_ca_cert": "OK"})
    assert station.call("GET", "/mqtt_ca_cert").status == 404
    post(station, "mode=1")


def test_colours_are_set(station):
    assert post(station, "R=1&G=2&B=3", "/color_off") == {"color": {"off": {"R": 1, "G": 2, "B": 3}}}
    assert settings(station)["color"]["off"] == {"R": 1, "G": 2, "B": 3}
    assert post(station, "R=1&G=2&B=256", "/color_custom") == {"color": {"custom": REFUSED}}
    assert post(station, "R=0&G=0&B=0", "/color_off")
    assert station.call("POST", "/color_pink?R=1&G=2&B=3").status == 404


def test_a_card_can_be_stood_in_for(station):
    assert post(station, "rfid=" + CARD, "/rfid")["rfid"] == CARD
    evse = settings(station)["evse"]
    assert evse["rfid_lastread"] == CARD and evse["rfid"] == "Invalid" and evse["rfidreader"] == "EnableAll"
    assert post(station, "rfid=12", "/rfid") == {"rfid": REFUSED, "rfid_status": "Invalid RFID card"}


def test_meters_of_type_api_are_fed(station):
    assert post(station, "L1=10&L2=20&L3=30", "/currents") == {"TOTAL": REFUSED}
    station.bench("/settings", {"MAINS MET": "API", "EV METER": "API"})
    station.bench("/world", {"meter.mains": "silent", "meter.ev": "silent"})
    try:
        answer = post(station, "L1=100&L2=-50&L3=0", "/currents")
        assert answer["original"] == {"TOTAL": 50, "L1": 100, "L2": -50, "L3": 0}
        assert (answer["TOTAL"], answer["L1"], answer["L2"], answer["L3"]) == (50, 100, -50, 0)
        assert post(station, "L1=100&L2=-50", "/currents") == {"TOTAL": REFUSED}
        assert post(station, "L1=a&L2=b&L3=c", "/currents") == {"TOTAL": REFUSED}
        assert post(station, "L1=2000&L2=0&L3=0", "/currents") == {"TOTAL": REFUSED}
        phases = settings(station)["phase_currents"]
        assert phases["original_data"] == {"TOTAL": 50, "L1": 100, "L2": -50, "L3": 0}
        assert phases["last_data_update"] > 0
        assert post(station, "battery_current=-100", "/currents") == {"battery_current": -100}
        battery = settings(station)["home_battery"]
        assert battery["current"] == -100 and battery["last_update"] > 0
        fed = "L1=60&L2=60&L3=60&import_active_energy=5000&export_active_energy=0&import_active_power=4140"
        answer = post(station, fed, "/ev_meter")["ev_meter"]
        assert answer["currents"]["TOTAL"] == 180 and answer["import_active_power"] == 4140
        meter = settings(station)["ev_meter"]
        assert (meter["description"], meter["import_active_power"]) == ("API", 4140)
        assert (meter["total_wh"], meter["total_kwh"]) == (5000, 5.0)
        assert post(station, "L1=60&L2=60", "/ev_meter") == {"ev_meter": REFUSED}
    finally:
        station.bench("/world", {"meter.mains": "ok", "meter.ev": "ok"})
        station.bench("/settings", {"MAINS MET": "Eastron3P", "EV METER": "Eastron3P"})


def test_the_power_of_the_day_has_96_quarters(station):
    rows = station.call("GET", "/power_day").json["power_day"]
    assert len(rows) == 96
    assert all(set(row) == {"time", "power"} and type(row["power"]) is int for row in rows)
    assert len({row["time"] for row in rows}) == 96


def test_the_display_is_a_bitmap_of_1086_bytes(station):
    answer = station.call("GET", "/lcd")
    assert answer.headers["content-type"] == "image/bmp" and len(answer.body) == 1086
    magic, size, offset, width, height, bits = struct.unpack("<2sI4xI4xii2xH", answer.body[:30])
    assert (magic, size, offset, width, height, bits) == (b"BM", 1086, 62, 128, 64, 1)
    # It shows something, and not everything.
    assert 0 < sum(bin(byte).count("1") for byte in answer.body[62:]) < 128 * 64


def test_the_pin_is_verified_but_none_is_never_right(station):
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert station.call("POST", "/lcd-verify-password", b"password=0000", **form).json == {"success": False}
    station.bench("/settings", {"LCD PIN": 1234})
    assert station.call("POST", "/lcd-verify-password", b"password=1235", **form).json == {"success": False}
    assert station.call("POST", "/lcd-verify-password", b"password=abc", **form).json == {"success": False}
    assert station.call("POST", "/lcd-verify-password", b"password=1234", **form).json == {"success": True}
    station.bench("/settings", {"LCD PIN": 0})


def test_buttons_need_a_verified_pin(station):
    def press(button, state="1"):
        return station.call("POST", f"/lcd?button={button}&state={state}", b"")

    def verify(pin):
        return station.call("POST", "/lcd-verify-password", b"password=" + pin).json["success"]

    assert press("left").status == 403
    station.bench("/settings", {"LCD PIN": 2468, "MODE": "Smart"})
    try:
        assert not verify(b"2469") and press("left").status == 403
        assert verify(b"2468")
        assert press("up").json["field"] == "button" and press("left", "2").json["field"] == "state"
        assert press("left").json == {"button": "left", "state": 1}
        assert press("left", "0").json == {"button": "left", "state": 0}
        # A short press of the left one.
        station.wait(lambda: station.bench("/status")["mode"] == "Solar")
        # The menu has its own PIN, so what opens it is seen there.
        press("middle")
        station.wait(lambda: station.bench("/status")["menu.item"] == "PIN")
        # Whoever lets go is not heard for ever: a button comes up by itself.
        post(station, "lcdlock=1")
        assert press("left").status == 409
        post(station, "lcdlock=0")
        # Another PIN has to be verified anew.
        station.bench("/settings", {"LCD PIN": 4321})
        assert press("left").status == 403
    finally:
        station.bench("/settings", {"LCD PIN": 0, "MODE": "Normal"})


def test_what_is_not_there_says_why(station):
    for method, path, words in (("GET", "/ws/lcd", "GET /lcd"), ("POST", "/ev_state?soc=1", "modem")):
        answer = station.call(method, path)
        assert answer.status == 404 and words in answer.json["error"]


def test_the_answer_arrives_whole_also_in_small_packets(station):
    link = socket.create_connection(("127.0.0.1", station.port), timeout=10)
    for byte in b"GET /settings HTTP/1.1\r\nHost: x\r\n\r\n":
        link.sendall(bytes([byte]))
    data = b""
    while piece := link.recv(100):
        data += piece
    assert json.loads(data.partition(b"\r\n\r\n")[2])["version"]


def test_a_restart_is_answered_and_happens(station):
    # What was set a moment ago is written before it, though the flash has a minute's rest otherwise.
    assert post(station, "current_min=9&stop_timer=13")["current_min"] == 9
    starts = station.starts
    assert station.call("POST", "/reboot").status == 200
    station.wait(lambda: station.starts > starts)
    found = settings(station)["settings"]
    assert (found["current_min"], found["solar_stop_time"]) == (9, 13)
