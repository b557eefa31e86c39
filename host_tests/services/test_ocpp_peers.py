"""The message sequences of evcc and of Home Assistant over a real connection to the whole station under MicroPython."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ocpp_peer_rig import Questions, schedule_of
from ocpp_station import Station, calls, statuses, wait
from test_ocpp_evcc import Evcc
from test_ocpp_home_assistant import TAG, HomeAssistant

from csms_lib.answers import CallRefused
from csms_lib.threaded import ThreadedCsms

OK = {"status": "Accepted"}


@pytest.fixture(name="central")
def _central() -> Iterator[ThreadedCsms]:
    with ThreadedCsms() as running:
        yield running
        assert running.csms.problems == []


class RealRig(Questions):
    """What the scripted peers want of a charge point in virtual time, here in real time."""

    def __init__(self, central: ThreadedCsms, station: Station) -> None:
        self._threaded = central
        self.station = station
        self.central = self

    def now_s(self) -> int:
        return int(time.time())

    def connect(self) -> None:
        self._threaded.wait_for_boot()
        self.station.wait_status("ocpp.accepted", True)

    def run(self, _seconds: int) -> None:
        """Nothing here takes as long as people do."""
        time.sleep(0.2)

    def actions(self) -> list[str]:
        messages = self._threaded.csms.messages
        return [one.action for one in messages if (one.kind, one.direction) == ("CALL", "in")]

    def answer(self, action: str, **payload: object) -> object:
        try:
            return self._threaded.call(action, payload)
        except CallRefused as error:
            return "error", error.code

    def limited(self, limit_a: int) -> None:
        """Wait until the station goes by a limit; it takes less than a second."""
        assert self.station.wait_status("limit.ma", limit_a * 1000) < 2


def test_evcc(central: ThreadedCsms, tmp_path: Path) -> None:
    with Station(tmp_path / "data", central.port, AUTH="Backend") as station:
        rig = RealRig(central, station)
        evcc = Evcc(rig)
        evcc.set_up()
        # From 0 A on the station waits for a minute before it offers anything, so this is for the end.
        assert evcc.limit(10) == OK and evcc.enabled()
        rig.limited(10)
        station.plug()
        wait(lambda: statuses(central)[-1] == "Preparing", "Preparing")
        assert rig.answer("RemoteStartTransaction", idTag="evcc", connectorId=1) == OK
        central.wait_for("StartTransaction")
        wait(lambda: statuses(central)[-1] == "Charging", "Charging")
        for current_a in (6, 7.2, 7.2, 13, 13.0, 13):
            assert evcc.limit(current_a) == OK
        rig.limited(13)
        # A pause: the session goes on.
        assert evcc.limit(0) == OK and not evcc.enabled()
        rig.limited(0)
        wait(lambda: statuses(central)[-1] == "SuspendedEVSE", "SuspendedEVSE")
        for _ in range(5):
            assert evcc.limit(16) == OK
        rig.limited(16)
        assert not calls(central, "StopTransaction")


def test_home_assistant(central: ThreadedCsms, tmp_path: Path) -> None:
    with Station(tmp_path / "data", central.port, AUTH="Backend") as station:
        rig = RealRig(central, station)
        there = HomeAssistant(rig)
        there.set_up()
        assert there.limit(10) == "ChargePointMaxProfile"
        rig.limited(10)
        station.plug()
        wait(lambda: statuses(central)[-1] == "Preparing", "Preparing")
        assert rig.answer("RemoteStartTransaction", idTag=TAG, connectorId=1) == OK
        central.wait_for("StartTransaction")
        assert central.csms.books.transactions[0].id_tag == TAG
        for current_a in (6, 0, 13):
            there.limit(current_a)
            rig.limited(current_a)
            found = rig.answer("GetCompositeSchedule", connectorId=1, duration=60)
            assert schedule_of(found) == [(0, current_a)]
        # It probes again whenever it connects, faster than anybody types.
        there.set_up()
        rig.limited(13)
        assert rig.answer("ClearChargingProfile", id=1000) == OK
        rig.limited(16)
