"""Commands of a person to the running firmware: fix and unlock the cable, restart, factory reset."""

from pathlib import Path

from running_station import Station

from evse.services.factory_reset import MARKER

CAR = {"car.auto": True, "car.pilot": "B", "car.delay_ms": 200}
CHARGING = {"state": "C", "c1": True, "c1.closed": True}


def settings(station: Station) -> dict:
    return {row["key"]: row["value"] for row in station.get("/settings")}


def test_a_fixed_cable_survives_a_restart_and_is_not_unlocked(tmp_path: Path) -> None:
    with Station(tmp_path, "--set", "LOCK=Motor") as station:
        station.wait_for_line("cable 32 A")
        station.wait_status({"lock": "unlocked"}, 10)
        station.post("/request", ["fix_lock", "on"])
        station.wait_status({"lock": "locked"}, 10)
        line = len(station.lines)
        station.post("/request", ["restart"])
        station.wait_for_line("Bench page: ", after=line)
        station.wait_status({"lock": "locked"}, 10)
        assert settings(station)["CableLock"] == "Enabled"
        status, answer = station.post("/request", ["unlock_cable"])
        assert status == 400 and "FIX LOCK" in answer["error"]
        station.post("/request", ["fix_lock", "off"])
        station.wait_status({"lock": "unlocked"}, 10)


def test_factory_reset_while_charging(tmp_path: Path) -> None:
    with Station(tmp_path) as station:
        station.post("/settings", {"MAX": 20, "NAME": "Carport"})
        station.post("/world", CAR)
        station.wait_status(CHARGING, 15)
        status, answer = station.post("/request", ["factory_reset"])
        assert status == 400 and "erase" in answer["error"]
        line = len(station.lines)
        station.post("/request", ["factory_reset", "erase"])
        station.wait_for_line("factory reset: everything is as delivered", after=line)
        station.wait_for_line("Bench page: ", after=line)
        after = settings(station)
        assert after["MaxCurrent"] == 13 and after["StationName"] == "microEVSE"
        assert not list(tmp_path.glob(MARKER + "*"))
        # The car is still there, and the station goes on as a new one.
        station.wait_status({"state": "C", "limit.ma": 13000}, 30)
