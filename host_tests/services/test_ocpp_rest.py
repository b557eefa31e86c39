"""A charge point that is out of memory while it has nothing to do: nobody at the back end may notice."""

from collections.abc import Iterator
from pathlib import Path

import ocpp_station
import pytest
from mqtt_station import TIMEOUT_S
from ocpp_station import CARD, calls, profile, statuses, wait

from csms_lib.threaded import ThreadedCsms

PERIODS = 255
RESTS = "rests"
AWAKE = "does not rest"


class Station(ocpp_station.Station):
    """One that rests soon, and prints when."""

    program = ("host_tests/mp/resting_main.py",)

    def count(self, text: str) -> int:
        return sum(line.startswith(text) for line in self.lines)

    def wait_rest(self, rest: int) -> None:
        """Wait for the rest of a number."""
        wait(lambda: self.count(RESTS) >= rest, f"rest {rest}", TIMEOUT_S)
        assert self.count(RESTS) == rest and self.count(AWAKE) == rest - 1


@pytest.fixture(name="central")
def _central() -> Iterator[ThreadedCsms]:
    with ThreadedCsms() as running:
        yield running
        assert running.csms.problems == []


def many_periods() -> dict:
    found = profile(16)
    found["chargingSchedule"]["chargingSchedulePeriod"] = [
        {"startPeriod": 86400 * index, "limit": 6 + index % 10} for index in range(PERIODS)
    ]
    found["chargingSchedule"]["startSchedule"] = "2024-01-01T00:00:00Z"
    return found


def test_a_charge_point_that_rests_misses_nothing(central: ThreadedCsms, tmp_path: Path) -> None:
    with Station(tmp_path / "data", central.port, RFIDReader="Rmt/OCPP") as station:
        central.wait_for_boot()
        station.wait_status("ocpp.accepted", True)
        beats = {"key": "HeartbeatInterval", "value": "1"}
        assert central.call("ChangeConfiguration", beats) == {"status": "Accepted"}
        station.wait_rest(1)
        # Its modules are gone but for what keeps contact.
        assert "rests, 2 modules are left" in station.lines
        begin = len(calls(central, "Heartbeat"))
        wait(lambda: len(calls(central, "Heartbeat")) >= begin + 3, "heartbeats")
        status = station.status()
        assert (status["ocpp.connected"], status["ocpp.accepted"], status["ocpp.error"]) == (True, True, "")
        assert status["ocpp.status"] == "Available" and status["ocpp.profiles"] == 0
        station.wait_rest(1)

        # A profile of many periods, and what it says, without the rest of the charge point.
        answer = central.call("SetChargingProfile", {"connectorId": 1, "csChargingProfiles": many_periods()})
        assert answer == {"status": "Accepted"}
        station.wait_status("ocpp.profiles", 1)
        # The last period has no end.
        station.wait_status("ocpp.limit_ma", 10000)
        wrong = central.call("ClearChargingProfile", {"id": 77})
        assert wrong == {"status": "Unknown"}
        station.wait_rest(1)

        # Any other message brings it back, with its profile.
        composite = central.call("GetCompositeSchedule", {"connectorId": 1, "duration": 3 * 86400})
        assert [period["limit"] for period in composite["chargingSchedule"]["chargingSchedulePeriod"]] == [10]
        station.wait_rest(2)
        assert station.status()["ocpp.profiles"] == 1
        assert central.call("ClearChargingProfile", {"id": 1}) == {"status": "Accepted"}
        station.wait_status("ocpp.limit_ma", -1)
        keys = central.call("GetConfiguration", {"key": ["HeartbeatInterval"]})
        assert keys["configurationKey"][0]["value"] == "1"
        station.wait_rest(3)
        # Of all this nobody was told anything but answers and heartbeats.
        assert statuses(central) == ["Available"] and statuses(central, 0) == ["Available"]
        assert len(calls(central, "BootNotification")) == 1

        # A card, then a car.
        station.tap()
        wait(lambda: {"idTag": CARD} in calls(central, "Authorize"), "Authorize")
        station.wait_status("rfid", "Present")
        station.plug()
        central.wait_for("StartTransaction")
        wait(lambda: statuses(central)[-1] == "Charging", "Charging")
        assert statuses(central) == ["Available", "Preparing", "Charging"]
        stop = {"transactionId": central.csms.books.transactions[0].transaction_id}
        assert central.call("RemoteStopTransaction", stop) == {"status": "Accepted"}
        central.wait_for("StopTransaction")
        station.unplug()
        wait(lambda: statuses(central)[-1] == "Available", "Available")
        station.wait_rest(4)

        # A car, and nothing else.
        station.plug()
        wait(lambda: statuses(central)[-1] == "Preparing", "Preparing")
        station.unplug()
        wait(lambda: statuses(central)[-1] == "Available", "Available again")
        station.wait_rest(5)
        ids = [
            message.unique_id
            for message in central.csms.messages
            if (message.kind, message.direction) == ("CALL", "in")
        ]
        assert len(ids) == len(set(ids)) and len({name.split("-")[0] for name in ids}) == 1
