"""The whole station at a central system with TLS: a bad certificate, and one of the station (security profile 3)."""

import datetime as dt
import ssl
import time
from pathlib import Path

import ocpp_ca
from cryptography import x509
from ocpp_station import Station, calls, wait

from csms_lib.server import tls_context
from csms_lib.threaded import ThreadedCsms

ACCEPTED = {"status": "Accepted"}
ROOT = "CentralSystemRootCertificate"
SERIAL = "1"
BROKEN_OFF = "TLS failed: the server broke off: does it expect TLS, or another certificate?"


class Site:
    """A central system with TLS and the files of a station; `clients` signs those who may connect, None: anybody may.

    `server` is more about the certificate of the central system.
    """

    def __init__(self, folder: Path, clients: ocpp_ca.Holder | None = None, **server) -> None:
        self.root = ocpp_ca.Holder("Root")
        (folder / "server.pem").write_text(
            ocpp_ca.Holder("localhost", issuer=self.root, ca=False, **server).pair
        )
        pair = str(folder / "server.pem")
        authority = ""
        if clients:
            authority = str(folder / "clients.pem")
            Path(authority).write_text(clients.pem)
        self.tls = tls_context(pair, pair, authority)
        self.central = ThreadedCsms(tls=self.tls)
        self.data = folder / "data"
        self.data.mkdir()
        (self.data / "ocpp.ca.pem").write_text(self.root.pem)

    def give(self, holder: ocpp_ca.Holder) -> None:
        """Give the station a certificate as its file."""
        (self.data / "ocpp.client.pem").write_text(holder.pair)

    def station(self, **settings: object) -> Station:
        url = f"wss://localhost:{self.central.port}"
        station = Station(self.data, self.central.port, OcppUrl=url, **settings)
        station.post("/world", {"clock.utc": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        return station


def change_profile(central: ThreadedCsms, profile: int) -> dict:
    return central.call("ChangeConfiguration", {"key": "SecurityProfile", "value": str(profile)})


def events(central: ThreadedCsms) -> list[str]:
    return [payload["type"] for payload in calls(central, "SecurityEventNotification")]


def test_a_certificate_from_a_file_is_accepted(tmp_path: Path) -> None:
    clients = ocpp_ca.Holder("Clients")
    site = Site(tmp_path, clients)
    site.give(ocpp_ca.Holder(SERIAL, 2048, clients, False))
    with site.central as central:
        with site.station() as station:
            central.wait_for_boot()
            station.wait_status("ocpp.accepted", True)
            # With the file of authorities that is all that profile 3 takes.
            connections = central.csms.connections
            assert change_profile(central, 3) == ACCEPTED
            wait(lambda: central.csms.connections > connections, "another connection")
            station.wait_status("ocpp.accepted", True)
            assert change_profile(central, 2) == {"status": "Rejected"}
        assert central.csms.problems == []


def test_a_certificate_of_another_authority_is_refused(tmp_path: Path) -> None:
    clients = ocpp_ca.Holder("Clients")
    site = Site(tmp_path, clients)
    site.give(ocpp_ca.Holder(SERIAL, "ec", site.root, False))
    with site.central as central, site.station() as station:
        station.wait_status("ocpp.error", BROKEN_OFF)
        assert not station.status()["ocpp.connected"] and central.csms.connections == 0


def test_a_station_without_a_certificate_is_refused(tmp_path: Path) -> None:
    site = Site(tmp_path, ocpp_ca.Holder("Clients"))
    with site.central as central, site.station() as station:
        station.wait_status("ocpp.error", BROKEN_OFF)
        assert central.csms.connections == 0


def test_a_file_that_is_no_pair_is_told(tmp_path: Path) -> None:
    site = Site(tmp_path)
    (site.data / "ocpp.client.pem").write_text(site.root.pem)
    with site.central, site.station() as station:
        station.wait_status("ocpp.error", "not a certificate with its key: no PRIVATE KEY")


def test_an_expired_certificate_of_the_central_system(tmp_path: Path) -> None:
    site = Site(tmp_path, end=ocpp_ca.BEGIN + dt.timedelta(1))
    with site.central as central, site.station() as station:
        station.wait_status("ocpp.error", "the server's certificate has expired")
        assert central.csms.connections == 0


def test_a_certificate_that_the_central_system_signs(tmp_path: Path) -> None:
    """Cases 074, 077, 083 and 087 over a real connection: SignCertificate, CertificateSigned, then profile 3."""
    clients = ocpp_ca.Holder("Clients")
    site = Site(tmp_path)
    with site.central as central, site.station(OcppKey="0123456789abcdef") as station:
        central.wait_for_boot()
        station.wait_status("ocpp.accepted", True)
        assert change_profile(central, 3) == {"status": "Rejected"}
        install = {"certificateType": ROOT, "certificate": clients.pem}
        assert central.call("InstallCertificate", install) == ACCEPTED
        assert central.call("ChangeConfiguration", {"key": "CpoName", "value": "Operator"}) == ACCEPTED
        wanted = {"requestedMessage": "SignChargePointCertificate"}
        assert central.call("ExtendedTriggerMessage", wanted) == ACCEPTED
        central.wait_for("SignCertificate")
        request = x509.load_pem_x509_csr(calls(central, "SignCertificate")[0]["csr"].encode())
        assert request.is_signature_valid
        assert [entry.value for entry in request.subject] == ["Operator", SERIAL]

        # One for another key is refused, and told.
        other = ocpp_ca.Holder(SERIAL, issuer=clients, ca=False)
        assert central.call("CertificateSigned", {"certificateChain": other.pem}) == {"status": "Rejected"}
        wait(lambda: "InvalidChargePointCertificate" in events(central), "its event")
        own = ocpp_ca.Holder(SERIAL, issuer=clients, ca=False, public=request.public_key())
        connections = central.csms.connections
        assert central.call("CertificateSigned", {"certificateChain": own.pem}) == ACCEPTED
        wait(lambda: central.csms.connections > connections, "another connection")
        station.wait_status("ocpp.accepted", True)
        # From now on nobody gets in without one.
        site.tls.load_verify_locations(cadata=clients.pem)
        site.tls.verify_mode = ssl.CERT_REQUIRED
        connections = central.csms.connections
        assert change_profile(central, 3) == ACCEPTED
        wait(lambda: central.csms.connections > connections, "another connection")
        station.wait_status("ocpp.accepted", True)
        assert central.csms.problems == []
