"""A station through its bench page only, in real time: here, or at --device-url on a board in the network."""

import pytest
from station_client import StationClient

CHARGING = {"state": "C", "c1": True, "c1.closed": True}
CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}


@pytest.mark.parametrize("station", ["micropython", "cpython"], indirect=True)
def test_a_car_is_plugged_in_charges_and_is_unplugged(station: StationClient) -> None:
    assert station.post("/settings", {"MAX": 10, "LOCK": "Motor"})[0] == 200
    assert station.get("/status")["state"] == "A"
    assert station.post("/world", CAR)[0] == 200
    status = station.wait_status(CHARGING, 10)
    assert status["offered_ma"] == 9960 and status["lock"] == "locked"
    station.wait_status({"drawn.l1_ma": 9960, "drawn.l3_ma": 9960}, 5)
    station.post("/world", {"car.pilot": "A"})
    station.wait_status({"state": "A", "c1": False, "c1.closed": False, "lock": "unlocked"}, 5)


def test_a_restart_that_was_asked_for_lets_the_car_go_on_afterwards(station: StationClient) -> None:
    station.post("/world", CAR)
    station.wait_status(CHARGING, 10)
    assert station.post("/request", ["restart"])[0] == 200
    station.wait_status({"c1": False, "c1.closed": False}, 10)
    assert station.wait_status(CHARGING, 40)["reset.reason"] == "restart was asked for"


def test_a_setting_counts_at_once_and_a_bad_one_changes_nothing(station: StationClient) -> None:
    assert station.post("/settings", {"MAX": 13})[0] == 200
    station.wait_status({"limit.ma": 13000}, 2)
    status, answer = station.post("/settings", {"MAX": 20, "STAT MIN": 99})
    assert status == 400 and answer["field"] == "STAT MIN"
    assert station.get("/status")["limit.ma"] == 13000
    assert station.post("/settings", {"MAX": 20})[0] == 200
    station.wait_status({"limit.ma": 20000}, 2)


def test_a_bad_world_value_is_named_and_changes_nothing(station: StationClient) -> None:
    before = station.get("/world")
    for name, value in (("car.phases", 4), ("car.pilot", "G"), ("house.l1_ma", "much"), ("no.such", 1)):
        status, answer = station.post("/world", {"temp_c": 40, name: value})
        assert status == 400 and answer["field"] == name and answer["error"]
    assert station.get("/world") == before


def test_what_the_car_waits_for_is_said(station: StationClient) -> None:
    assert station.get("/status")["reason"] == ""
    station.post("/request", ["access", "pause"])
    station.post("/world", CAR)
    station.wait_status({"reason": "Charging is paused"}, 3)
    station.post("/request", ["access", "on"])
    station.wait_status({**CHARGING, "reason": "MAX setting"}, 15)
    station.post("/world", {"temp_c": 70})
    station.wait_status({"reason": "Too hot: charging stopped"}, 3)
