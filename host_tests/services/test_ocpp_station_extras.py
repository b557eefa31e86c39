"""Firmware, logs and certificates of the whole station at our own central system, over a real HTTP server."""

import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import ocpp_ca
import pytest
from file_server import FIRMWARE, FileServer
from ocpp_station import Station, calls, wait

from csms_lib.threaded import ThreadedCsms

ROOT = {"certificateType": "CentralSystemRootCertificate"}


@pytest.fixture(name="server")
def _server() -> Iterator[FileServer]:
    server = FileServer()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(name="central")
def _central() -> Iterator[ThreadedCsms]:
    with ThreadedCsms() as running:
        yield running
        # What a schema, an id, a time or the order of messages broke.
        assert running.csms.problems == []


def told(central: ThreadedCsms, action: str) -> list[str]:
    return [payload["status"] for payload in calls(central, action)]


def test_logs_firmware_and_certificates(central: ThreadedCsms, server: FileServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with Station(data, central.port) as station:
        central.wait_for_boot()
        station.wait_status("ocpp.accepted", True)
        central.wait_for("SecurityEventNotification")
        assert calls(central, "SecurityEventNotification")[0]["type"] == "StartupOfTheDevice"

        # No certificate was installed.
        answer = central.call("GetInstalledCertificateIds", ROOT)
        assert answer == {"status": "NotFound"}

        place = {"remoteLocation": server.address + "/logs/"}
        answer = central.call("GetLog", {"logType": "SecurityLog", "requestId": 7, "log": place})
        assert answer["status"] == "Accepted"
        wait(lambda: told(central, "LogStatusNotification") == ["Uploading", "Uploaded"], "upload")
        assert [payload["requestId"] for payload in calls(central, "LogStatusNotification")] == [7, 7]
        security = server.files.pop("/logs/" + answer["filename"]).decode()
        assert "StartupOfTheDevice" in security and security[:2] == "20"
        answer = central.call("GetDiagnostics", {"location": server.address + "/logs/"})
        statuses = "DiagnosticsStatusNotification"
        wait(lambda: told(central, statuses) == ["Uploading", "Uploaded"], "diagnostics")
        text = server.files["/logs/" + answer["fileName"]].decode()
        assert "ocpp: connected to ws://" in text and "SupportedFeatureProfiles = Core,FirmwareM" in text

        update = {"location": server.address + "/firmware.bin", "retrieveDate": "2026-01-01T00:00:00Z"}
        assert central.call("UpdateFirmware", update) == {}
        wanted = ["Downloading", "Downloaded", "Installing", "Installed"]
        wait(lambda: told(central, "FirmwareStatusNotification")[-1:] == ["Installed"], "the update")
        assert told(central, "FirmwareStatusNotification") == wanted
        wait((data / "ocpp" / "image").exists, "the file")
        assert (data / "ocpp" / "image").read_bytes() == FIRMWARE
        wait(
            lambda: calls(central, "SecurityEventNotification")[-1]["type"] == "FirmwareUpdated", "its event"
        )
        # Everything is in a folder of its own.
        assert not [path for path in data.iterdir() if path.name.startswith("ocpp.")]


def test_a_security_profile_with_tls_takes_a_new_connection(tmp_path: Path) -> None:
    root = ocpp_ca.Holder("Root")
    own = ocpp_ca.Holder("localhost", issuer=root, ca=False)
    pair = tmp_path / "server.pem"
    pair.write_text(own.pair)
    data = tmp_path / "data"
    data.mkdir()
    (data / "ocpp.ca.pem").write_text(root.pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair)
    with ThreadedCsms(tls=context) as central:
        url = f"wss://localhost:{central.port}"
        with Station(data, central.port, OcppUrl=url, OcppKey="0123456789abcdef") as station:
            station.post("/world", {"clock.utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
            central.wait_for_boot()
            station.wait_status("ocpp.accepted", True)
            # That one wants a certificate of the station, which has none.
            change = {"key": "SecurityProfile", "value": "3"}
            assert central.call("ChangeConfiguration", change) == {"status": "Rejected"}
            connections = central.csms.connections
            change["value"] = "2"
            assert central.call("ChangeConfiguration", change) == {"status": "Accepted"}
            wait(lambda: central.csms.connections > connections, "another connection")
            station.wait_status("ocpp.accepted", True)
            assert station.status()["ocpp.url"] == url + "/1"
            central.wait_for("SecurityEventNotification")
            assert central.call("InstallCertificate", {**ROOT, "certificate": root.pem}) == {
                "status": "Accepted"
            }
            found = central.call("GetInstalledCertificateIds", ROOT)
            assert found["status"] == "Accepted" and len(found["certificateHashData"]) == 1
            assert [path.name for path in (data / "ocpp" / "certificates").iterdir()] == ["c0"]
        assert central.csms.problems == []
