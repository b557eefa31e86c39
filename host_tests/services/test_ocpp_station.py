"""The whole station under MicroPython at our own central system: every message is checked against its schema there."""

import json
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest
from ocpp_station import CARD, Station, calls, profile, statuses, wait

from csms_lib.threaded import ThreadedCsms


@pytest.fixture(name="central")
def _central() -> Iterator[ThreadedCsms]:
    with ThreadedCsms() as running:
        yield running
        # What a schema, an id, a time or the order of messages broke.
        assert running.csms.problems == []


def test_a_card_at_a_back_end_from_boot_to_stop(central: ThreadedCsms, tmp_path: Path) -> None:
    with Station(tmp_path / "data", central.port, RFIDReader="Rmt/OCPP") as station:
        central.wait_for_boot()
        boot = calls(central, "BootNotification")[0]
        assert boot["chargePointVendor"] == "microEVSE" and boot["chargePointSerialNumber"] == "1"
        assert boot["meterType"].startswith("Eastron")
        wait(lambda: statuses(central) == ["Available"] and statuses(central, 0) == ["Available"], "statuses")
        station.wait_status("ocpp.accepted", True)
        status = station.status()
        assert status["ocpp.url"] == f"ws://127.0.0.1:{central.port}/1" and status["ocpp.error"] == ""

        # The car first, then a card that the back end does not know, then one that it does.
        station.plug()
        wait(lambda: statuses(central)[-1] == "Preparing", "Preparing")
        central.csms.tags["DEADBEEF"] = {"status": "Blocked"}
        station.tap("DEADBEEF")
        station.wait_status("rfid", "Invalid")
        assert station.status()["access"] == "off" and not calls(central, "StartTransaction")
        station.tap()
        central.wait_for("StartTransaction")
        assert calls(central, "Authorize")[-1] == {"idTag": CARD}
        wait(lambda: statuses(central)[-1] == "Charging", "Charging")
        book = central.csms.books.transactions[0]
        assert (book.id_tag, book.connector) == (CARD, 1)
        station.wait_status("ocpp.transaction", book.transaction_id)
        begin = len(central.csms.messages)

        # A profile acts within a second, and the station says why.
        answer = central.call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": profile(10.7)})
        assert answer == {"status": "Accepted"}
        assert station.wait_status("limit.ma", 10000) < 1.0
        status = station.status()
        assert 9500 < status["offered_ma"] <= 10000
        assert (
            status["limit.slot"] == "ocpp"
            and status["limit.reason"] == "Charging profile 1, TxDefaultProfile"
        )
        composite = central.call("GetCompositeSchedule", {"connectorId": 1, "duration": 60})
        assert composite["chargingSchedule"]["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 10}]
        assert central.call("ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
        station.wait_status("limit.ma", 16000)

        central.wait_for("MeterValues", after=begin)
        value = calls(central, "MeterValues", begin)[0]
        assert value["transactionId"] == book.transaction_id
        # Whoever started may stop.
        station.tap()
        central.wait_for("StopTransaction")
        stop = calls(central, "StopTransaction")[0]
        assert stop["reason"] == "Local" and stop["idTag"] == CARD
        assert stop["meterStop"] > book.meter_start
        wait(lambda: statuses(central)[-1] == "Finishing", "Finishing")
        station.wait_status("c1.closed", False)
        station.unplug()
        wait(lambda: statuses(central)[-1] == "Available", "Available")
        # Without a back end nothing of it is left, and with one it begins anew.
        station.post("/settings", {"OCPP": "Disabled"})
        station.wait_status("ocpp.connected", False)
        wait(lambda: "ocpp.url" not in station.status(), "nothing is left")
        assert station.status()["ocpp.error"] == "" and not central.csms.links
        begin = len(central.csms.messages)
        station.post("/settings", {"OCPP": "Third party", "OCPP ID": "Garage"})
        central.wait_for_boot(after=begin)
        assert list(central.csms.links) == ["Garage"]
        # Energy flowed within the transaction, and for the seconds that the car takes to stop.
        assert 0 <= station.status()["session.energy_wh"] - (book.energy_wh or 0) <= 30


def test_free_charging_is_reported_and_a_remote_stop_heeded(central: ThreadedCsms, tmp_path: Path) -> None:
    with Station(tmp_path / "data", central.port, OcppKey="0123456789abcdef") as station:
        central.wait_for_boot()
        assert central.call("RemoteStartTransaction", {"idTag": "A", "connectorId": 1}) == {
            "status": "Rejected"
        }
        # What the back end thinks of it does not matter: nobody has to be allowed.
        central.csms.tags["FREE"] = {"status": "Blocked"}
        station.plug()
        central.wait_for("StartTransaction")
        wait(lambda: statuses(central)[-1] == "Charging", "Charging")
        book = central.csms.books.transactions[0]
        assert book.id_tag == "FREE" and not calls(central, "Authorize")
        station.wait_status("ocpp.transaction", book.transaction_id)
        begin = len(central.csms.messages)
        for key, value in (("OCPPViaLocalNetworkMinInterval", "true"), ("MeterValueSampleInterval", "1")):
            assert central.call("ChangeConfiguration", {"key": key, "value": value}) == {"status": "Accepted"}
        wanted = "Current.Import.L1,Current.Offered,Power.Active.Import,Energy.Active.Import.Register"
        change = {"key": "MeterValuesSampledData", "value": wanted}
        assert central.call("ChangeConfiguration", change) == {"status": "Accepted"}
        change["value"] = "Current.Import,Current.Import.L1"
        assert central.call("ChangeConfiguration", change) == {"status": "Rejected"}
        bad = station_setting_error(station, {"METER VAL": change["value"]})
        assert bad["field"] == "METER VAL"
        begin = len(central.csms.messages)
        wait(lambda: sample(central, "Current.Import", "L1", begin) > 14, "the car at its limit")
        assert sample(central, "Current.Offered", "", begin) == 16
        assert 9000 < sample(central, "Power.Active.Import", "", begin) < 11500

        stop = {"transactionId": book.transaction_id}
        assert central.call("RemoteStopTransaction", stop) == {"status": "Accepted"}
        central.wait_for("StopTransaction")
        assert calls(central, "StopTransaction")[0]["reason"] == "Remote"
        station.wait_status("c1.closed", False)
        status = station.status()
        assert status["limit.reason"] == "Stopped by the back end until the car is unplugged"
        station.unplug()
        wait(lambda: statuses(central)[-1] == "Available", "Available")
        station.wait_status("limit.slot", "max")
        assert len(central.csms.books.transactions) == 1
        # A new password: a new connection, and the answer went out before.
        connections = central.csms.connections
        change = {"key": "AuthorizationKey", "value": "fedcba9876543210"}
        assert central.call("ChangeConfiguration", change) == {"status": "Accepted"}
        wait(lambda: central.csms.connections > connections, "another connection")
        # In service again only when the back end says so, and at a restart that it asks for.
        out = {"connectorId": 0, "type": "Inoperative"}
        station.wait_status("ocpp.accepted", True)
        assert central.call("ChangeAvailability", out) == {"status": "Accepted"}
        wait(lambda: statuses(central)[-1] == "Unavailable", "Unavailable")
        station.plug()
        station.wait_status("limit.reason", "Taken out of service by the back end")
        station.unplug()
        assert central.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
        station.wait_exit()
    begin = len(central.csms.messages)
    with Station(tmp_path / "data", central.port):
        central.wait_for_boot(after=begin)
        wait(lambda: statuses(central, after=begin) == ["Unavailable"], "Unavailable after a restart")


def sample(central: ThreadedCsms, measurand: str, phase: str, after: int) -> float:
    """Return the last value of a measurand, 0 when there is none yet."""
    values = calls(central, "MeterValues", after)
    for one in values[-1]["meterValue"][0]["sampledValue"] if values else []:
        if (one["measurand"], one.get("phase", "")) == (measurand, phase):
            return float(one["value"])
    return 0.0


def station_setting_error(station: Station, change: dict) -> dict:
    """Return why the bench page refuses settings."""
    try:
        station.post("/settings", change)
    except urllib.error.HTTPError as error:
        return json.loads(error.read())
    raise AssertionError("was taken")
