"""The whole station under MicroPython without a back end, without power, and with both again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mqtt_broker import Proxy, make_certificates
from ocpp_station import CARD, Station, calls, profile, statuses, wait

from csms_lib.server import tls_context
from csms_lib.threaded import ThreadedCsms


@pytest.fixture(name="central")
def _central() -> Iterator[ThreadedCsms]:
    with ThreadedCsms() as running:
        yield running
        assert running.csms.problems == []


def away(proxy: Proxy) -> None:
    """Let nothing through to the back end."""
    proxy._target = 1
    proxy.close_all()


def back(proxy: Proxy, central: ThreadedCsms) -> None:
    proxy._target = central.port


def test_wss_waits_until_the_contactor_is_open(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path / "certificates")
    tls = tls_context(str(certificates / "server.pem"), str(certificates / "server.key"))
    with (
        ThreadedCsms(tls=tls, passwords={"Garage": b"0123456789abcdef"}) as central,
        Proxy(central.port) as proxy,
    ):
        data = tmp_path / "data"
        data.mkdir()
        settings = {"OcppUrl": f"wss://localhost:{proxy.port}", "OcppId": "Garage"}
        with Station(data, proxy.port, **settings) as station:
            # The time is needed; then an authority that nobody knows, and a password that is wrong.
            station.wait_status("ocpp.error", "the time is not known yet")
            station.post("/world", {"clock.utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
            wait(lambda: "authority" in station.status()["ocpp.error"], "the certificate is refused")
            assert central.csms.connections == 0
        (data / "ocpp.ca.pem").write_bytes((certificates / "ca.pem").read_bytes())
        with Station(data, proxy.port, **settings) as station:
            # Nobody knows the time again; it is the world's, not the station's.
            station.post("/world", {"clock.utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
            wait(lambda: "password" in station.status()["ocpp.error"], "the password is refused")
            station.post("/settings", {"OCPP KEY": "0123456789abcdef"})
            central.wait_for_boot()
            station.plug()
            station.wait_status("c1.closed", True)
            proxy.close_all()
            station.wait_status("ocpp.error", "waits until the contactor is open")
            connections = proxy.connections
            station.unplug()
            station.wait_status("ocpp.accepted", True)
            assert proxy.connections == connections + 1
        assert central.csms.problems == []


def test_a_profile_that_came_during_a_charge_outlives_a_power_cut(
    central: ThreadedCsms, tmp_path: Path
) -> None:
    with Station(tmp_path / "data", central.port) as station:
        station.plug()
        central.wait_for_boot()
        station.wait_status("c1.closed", True)
        payload = {"connectorId": 0, "csChargingProfiles": profile(9)}
        assert central.call("SetChargingProfile", payload) == {"status": "Accepted"}
        station.cut()
    with Station(tmp_path / "data", central.port) as station:
        station.wait_status("ocpp.profiles", 1)
        station.wait_status("limit.ma", 9000)


def remote_start(central: ThreadedCsms, id_tag: str, **more: object) -> None:
    answer = central.call("RemoteStartTransaction", {"idTag": id_tag, "connectorId": 1, **more})
    assert answer == {"status": "Accepted"}


def test_power_cuts_and_a_back_end_that_goes_away(central: ThreadedCsms, tmp_path: Path) -> None:
    settings = {"AUTH": "Backend", "OcppOffline": "Enabled", "OcppOfflineMax": 8}
    with Proxy(central.port) as proxy:
        with Station(tmp_path / "data", proxy.port, **settings) as station:
            central.wait_for_boot()
            station.wait_status("ocpp.accepted", True)
            station.plug()
            wait(lambda: statuses(central)[-1:] == ["Preparing"], "Preparing")
            assert station.status()["c1"] is False
            limited = profile(12, "TxProfile")
            remote_start(central, "evcc-remote-start-20", chargingProfile=limited)
            wait(lambda: statuses(central)[-1] == "Charging", "Charging")
            station.wait_status("limit.ma", 12000)
            first = central.csms.books.transactions[0]
            assert first.id_tag == "evcc-remote-start-20"

            # Without the back end at most 8 A, and all of the profiles with it.
            away(proxy)
            assert station.wait_status("limit.slot", "offline") < 5
            assert station.status()["limit.ma"] == 8000
            assert "refused" in station.status()["ocpp.error"] or "closed" in station.status()["ocpp.error"]
            back(proxy, central)
            station.wait_status("limit.ma", 12000)
            station.cut()
        # The car is still there when the power comes back, so the transaction and its profile go on.
        begin = len(central.csms.messages)
        with Station(tmp_path / "data", proxy.port, **settings) as station:
            central.wait_for_boot(after=begin)
            wait(lambda: statuses(central, after=begin)[-1:] == ["Charging"], "Charging again")
            assert len(central.csms.books.transactions) == 1
            station.wait_status("limit.ma", 12000)
            station.wait_status("ocpp.transaction", first.transaction_id)
            wait(lambda: station.status()["session.energy_wh"] > 3, "some energy")
            stop = {"transactionId": first.transaction_id}
            assert central.call("RemoteStopTransaction", stop) == {"status": "Accepted"}
            central.wait_for("StopTransaction", after=begin)
            station.wait_status("c1.closed", False)
            world_wh = station.status()["session.energy_wh"]
            # The car takes some seconds to stop after the transaction has, and the meter is read every 2 s.
            assert first.reason == "Remote" and (first.energy_wh or 0) + 30 >= world_wh
            assert (first.energy_wh or 0) > 3
            station.unplug()
            wait(lambda: statuses(central)[-1] == "Available", "Available")

            # A card that the station knows from before charges without the back end.
            station.tap()
            wait(lambda: {"idTag": CARD} in calls(central, "Authorize"), "Authorize")
            station.wait_status("rfid", "Present")
            away(proxy)
            station.wait_status("ocpp.connected", False)
            begin = len(central.csms.messages)
            station.plug()
            station.wait_status("c1.closed", True)
            station.cut()
        # The car is gone when the power comes back.
        with Station(tmp_path / "data", proxy.port, **settings) as station:
            station.unplug()
            station.wait_status("ocpp.status", "Available")
            assert not calls(central, "StartTransaction", begin)
            back(proxy, central)
            central.wait_for("StopTransaction", after=begin)
            second = central.csms.books.transactions[1]
            assert second.id_tag == CARD and second.reason in ("PowerLoss", "EVDisconnected")
            assert len(central.csms.books.transactions) == 2 and not central.csms.books.orphans
            station.wait_status("ocpp.queue", 0)
