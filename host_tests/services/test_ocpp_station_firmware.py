"""Signed firmware of the whole station at our own central system: cases 075_1, 080 and 081, from a real HTTP server."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import ocpp_ca
import pytest
from file_server import FileServer
from ocpp_station import Station, calls, wait

from csms_lib.answers import CallRefused
from csms_lib.threaded import ThreadedCsms

STATUS = "SignedFirmwareStatusNotification"
MAKER = "ManufacturerRootCertificate"
FIRMWARE = bytes([number * 29 & 255 for number in range(12_000)])
DIGEST = hashlib.sha256(FIRMWARE).digest()
ACCEPTED = {"status": "Accepted"}


@pytest.fixture(name="server")
def _server() -> Iterator[FileServer]:
    server = FileServer(FIRMWARE)
    yield server
    server.shutdown()
    server.server_close()


class Site:
    """A connected station that trusts `maker`."""

    def __init__(self, central: ThreadedCsms, station: Station, server: FileServer) -> None:
        self._central = central
        self._server = server
        self.maker = ocpp_ca.Holder("Maker", 3072, pss=True)
        central.wait_for_boot()
        station.wait_status("ocpp.accepted", True)
        root = {"certificateType": MAKER, "certificate": self.maker.pem}
        assert central.call("InstallCertificate", root) == ACCEPTED
        found = central.call("GetInstalledCertificateIds", {"certificateType": MAKER})
        assert found["status"] == "Accepted" and len(found["certificateHashData"]) == 1

    def ask(self, request_id: int, signer: ocpp_ca.Holder, signature: str) -> str:
        """Ask for an update; return the status of the answer."""
        firmware = {
            "location": self._server.address + "/firmware.bin",
            "retrieveDateTime": "2026-01-01T00:00:00Z",
            "signingCertificate": signer.pem,
            "signature": signature,
        }
        payload = {"requestId": request_id, "firmware": firmware}
        return self._central.call("SignedUpdateFirmware", payload)["status"]

    def told(self, request_id: int) -> list[str]:
        found = calls(self._central, STATUS)
        return [payload["status"] for payload in found if payload["requestId"] == request_id]

    def wait_told(self, request_id: int, status: str) -> list[str]:
        """Wait for a status; return all that were told of this request."""
        wait(lambda: status in self.told(request_id), status)
        return self.told(request_id)

    def wait_event(self, kind: str) -> None:
        events = "SecurityEventNotification"
        wait(lambda: kind in [payload["type"] for payload in calls(self._central, events)], kind)


def test_signed_firmware(server: FileServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    image = data / "ocpp" / "image"
    with ThreadedCsms() as central, Station(data, central.port) as station:
        site = Site(central, station, server)
        signer = ocpp_ca.Holder("Firmware", 2048, site.maker, False, pss=True)

        # Somebody else's: it does not even come to a download.
        other = ocpp_ca.Holder("Other", 2048)
        assert site.ask(1, other, other.sign(DIGEST)) == "InvalidCertificate"
        stranger = ocpp_ca.Holder("Firmware", 2048, other, False)
        assert site.ask(2, stranger, stranger.sign(DIGEST)) == "InvalidCertificate"
        site.wait_event("InvalidFirmwareSigningCertificate")
        assert server.fetched == 0

        # The right certificate, and a signature of something else.
        wrong = signer.sign(hashlib.sha256(FIRMWARE + b"x").digest())
        assert site.ask(3, signer, wrong) == "Accepted"
        told = site.wait_told(3, "InvalidSignature")
        assert told == ["Downloading", "Downloaded", "InvalidSignature"]
        site.wait_event("InvalidFirmwareSignature")
        assert not image.exists()

        assert site.ask(4, signer, signer.sign(DIGEST)) == "Accepted"
        told = site.wait_told(4, "Installed")
        assert told == ["Downloading", "Downloaded", "SignatureVerified", "Installing", "Installed"]
        assert image.read_bytes() == FIRMWARE
        site.wait_event("FirmwareUpdated")

        # What is not signed is not a way around it (L01.FR.20).
        update = {"location": server.address + "/firmware.bin", "retrieveDate": "2026-01-01T00:00:00Z"}
        with pytest.raises(CallRefused, match="NotSupported"):
            central.call("UpdateFirmware", update)
        assert site.told(1) == site.told(2) == [] and central.csms.problems == []
