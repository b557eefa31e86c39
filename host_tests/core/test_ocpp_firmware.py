"""Firmware updates of OCPP 1.6 (cases 044_1 to 044_3; section 6.19), without signatures."""

from micropython import const
from ocpp_files_bench import DIGEST, FilesRig
from ocpp_local_bench import Gate, new_path
from ocpp_rig import ERROR, started

from ocpp16.certificate_store import CertificateStore
from ocpp16.extras import Extras
from ocpp16.times import text as time_text
from ocpp16.vault import Vault

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

STATUS = "FirmwareStatusNotification"
URL = "http://files.example/station.bin"
OK = {"status": "Accepted"}


def update(rig, after_s=0, **more):
    return rig.central.ask(
        "UpdateFirmware", location=URL, retrieveDate=time_text(rig.unix_s + after_s), **more
    )


def updating(rig=None, **more):
    rig = rig or FilesRig()
    rig.online()
    assert update(rig, **more) == {}
    return rig


def test_tc_044_1_firmware_is_updated():
    rig = updating(after_s=30)
    rig.run(20)
    assert rig.told(STATUS) == []
    rig.run(60)
    assert rig.told(STATUS) == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert rig.installer.begun == [(1000, DIGEST)] and rig.events() == ["FirmwareUpdated"]
    assert not rig.firmware.busy and rig.firmware_store.value == {}
    assert rig.central.statuses() == ["Unavailable", "Available"]


def test_installed_is_told_after_the_restart():
    rig = FilesRig()
    rig.installer.states = ["", "", "Rebooting"]
    updating(rig)
    rig.run(60)
    assert rig.told(STATUS) == ["Downloading", "Downloaded", "Installing"]
    assert rig.station.resets == ["Soft"]
    rig.power_cut()
    rig.online()
    rig.run(10)
    assert rig.told(STATUS) == [] and rig.firmware.busy
    rig.installer.result = "Installed"
    rig.run(5)
    assert rig.told(STATUS) == ["Installed"] and "FirmwareUpdated" in rig.events()
    rig.power_cut()
    rig.online()
    rig.run(20)
    assert rig.told(STATUS) == []


def test_tc_044_2_download_fails():
    rig = FilesRig()
    rig.files.results = [False, False, False]
    updating(rig, retries=2, retryInterval=20)
    rig.run(20)
    assert rig.told(STATUS) == ["Downloading"] and len(rig.files.begun) == 1
    rig.run(30)
    assert rig.told(STATUS) == ["Downloading", "DownloadFailed"] and len(rig.files.begun) == 2
    assert not rig.firmware.busy
    # A second attempt may do.
    rig.central.log = []
    rig.files.results = [False, True]
    update(rig, retries=2, retryInterval=20)
    rig.run(60)
    assert rig.told(STATUS) == ["Downloading", "Downloaded", "Installing", "Installed"]


def test_tc_044_3_installation_fails():
    rig = FilesRig()
    rig.installer.states = ["", "InstallationFailed"]
    updating(rig)
    rig.run(60)
    assert rig.told(STATUS) == ["Downloading", "Downloaded", "Installing", "InstallationFailed"]
    assert rig.events() == [] and rig.central.statuses()[-1] == "Available"


def test_transfers_that_are_not_supported():
    rig = FilesRig()
    rig.online()
    answer = rig.central.ask("UpdateFirmware", location="ftp://files.example/a", retrieveDate=rig.time_text())
    assert answer == {}
    rig.run(5)
    assert rig.told(STATUS) == ["Downloading", "DownloadFailed"]


def test_an_installation_that_was_cut_off_begins_again():
    rig = FilesRig()
    rig.installer.states = []
    updating(rig)
    rig.run(30)
    rig.power_cut()
    rig.installer.result = "Again"
    rig.installer.states = ["", "", "Installed"]
    rig.connect()
    rig.run(20)
    assert rig.told(STATUS)[3:] == ["Installed"] and len(rig.installer.begun) == 2


def test_cars_charge_on_and_nobody_else_begins():
    rig = FilesRig(connectors=2)
    rig.online()
    started(rig)
    rig.central.log = []
    # Somebody may start at the other one as soon as a car is there.
    rig.cp.present("OTHER", 2)
    rig.run(2)
    # The contactor is closed: flash must not be written.
    rig.files.writable = False
    update(rig)
    rig.run(30)
    assert rig.told(STATUS) == [] and rig.firmware_store.writes == 0
    rig.files.writable = True
    rig.run(30)
    assert rig.told(STATUS) == ["Downloading", "Downloaded"]
    assert rig.cp.connectors[1].status == "Charging" and rig.central.statuses(2)[-1] == "Unavailable"
    assert rig.central.ask("RemoteStartTransaction", idTag="TAG", connectorId=2)["status"] == "Rejected"
    rig.cp.present("OTHER", 2)
    rig.station.plug(2)
    rig.run(10)
    assert len(rig.central.of("StartTransaction")) == 0 and rig.cp.connectors[2].transaction is None
    rig.station.unplug(2)
    rig.cp.present("TAG", 1)
    rig.run(30)
    assert rig.told(STATUS)[2:] == ["Installing", "Installed"]
    assert rig.central.statuses(2)[-1] == "Available"


def test_a_download_pauses_while_flash_must_not_be_written():
    rig = updating()
    rig.run(2)
    rig.files.writable = False
    rig.run(100)
    assert rig.files.transfers[0].pauses > 50 and rig.told(STATUS) == ["Downloading"]
    rig.files.writable = True
    rig.run(30)
    assert rig.told(STATUS)[-1] == "Installed"


def test_an_update_outlives_restarts_at_any_time():
    for seconds in range(30):
        rig = FilesRig()
        rig.installer.states = ["", "", "", "Installed"]
        updating(rig, after_s=5)
        rig.run(seconds)
        rig.power_cut()
        rig.installer.result = "Installed"
        rig.installer.states = ["", "Installed"]
        rig.connect()
        rig.run(60)
        told = rig.told(STATUS)
        assert told[-1] == "Installed" and not rig.firmware.busy, seconds
        assert told.count("Installed") == 1, (seconds, told)


def test_statuses_wait_for_the_connection():
    rig = updating()
    rig.run(2)
    rig.disconnect()
    rig.run(100)
    rig.connect()
    rig.run(10)
    assert rig.told(STATUS) == ["Downloading", "Downloaded", "Installing", "Installed"]
    # And one whose answer is lost is told again.
    rig = FilesRig(MessageTimeout="10")
    answers = [None] * 4
    rig.central.answers[STATUS] = lambda payload: (
        answers.pop(0) if answers and payload["status"] == "Installed" else {}
    )
    updating(rig)
    rig.run(120)
    assert rig.told(STATUS).count("Installed") == 5 and not rig.firmware.busy


def test_triggered_status():
    rig = FilesRig()
    rig.online()
    for seconds, status in ((0, "Idle"), (3, "Downloading"), (40, "Idle")):
        if seconds == 3:
            update(rig)
        rig.run(seconds)
        rig.central.log = []
        assert rig.central.ask("TriggerMessage", requestedMessage=STATUS) == OK
        rig.run(1)
        assert rig.told(STATUS)[0] == status


def test_a_new_request_replaces_the_old_one_until_it_is_installed():
    rig = updating(after_s=1000)
    rig.run(5)
    update(rig)
    rig.run(3)
    update(rig)
    assert rig.files.transfers[0].closed
    rig.run(40)
    assert rig.told(STATUS) == ["Downloading", "Downloading", "Downloaded", "Installing", "Installed"]
    assert len(rig.installer.begun) == 1


def test_a_store_that_cannot_be_written_is_no_obstacle():
    rig = FilesRig()
    rig.firmware_store.broken = True
    updating(rig)
    rig.run(60)
    assert rig.told(STATUS)[-1] == "Installed"


def test_parts_are_loaded_when_they_are_asked_for():
    rig = FilesRig()
    rig.online()
    rig.cp.handlers.clear()
    rig.cp.reports.clear()
    loaded = []
    means = Means(rig)
    extras = Extras(rig.cp, means, loaded.append)
    for action, part in (
        ("UpdateFirmware", "firmware"),
        ("GetLog", "diagnostics"),
        ("GetDiagnostics", "diagnostics"),
    ):
        assert rig.central.ask(action)[0] == ERROR
        assert loaded[-1] == "ocpp16." + part
    assert rig.central.ask("InstallCertificate", certificateType="x")[0] == ERROR
    asked = rig.central.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    assert asked == {"status": "NotImplemented"}
    assert rig.central.ask("SignedUpdateFirmware", requestId=1, firmware={}) == (ERROR, "NotSupported")
    assert len(loaded) == 2 and extras.firmware is not None and extras.certificates is None
    means.certificate_store = lambda: CertificateStore(Vault(new_path("extras") + "d", Gate()))
    asked = rig.central.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    assert asked == OK and extras.certificates is not None and len(loaded) == 3
    rig.run(1)
    extras.step()
    assert extras.work()
    while extras.work():
        extras.step()
    rig.run(1)
    assert len(rig.central.of("SignCertificate")) == 1
    # What is done goes, and comes again.
    for _ in range(70):
        rig.run(1)
        extras.step()
    assert (
        extras.certificates is None
        and extras.firmware is None
        and rig.cp.handlers == {}
        and rig.cp.reports == {}
    )
    assert rig.central.ask("UpdateFirmware", location=URL, retrieveDate=time_text(rig.unix_s)) == {}
    for _ in range(10):
        rig.run(1)
        extras.step()
    assert rig.told(STATUS)[-1] == "Installed" and extras.firmware is not None
    # An update that goes on does so after a restart as well.
    assert rig.central.ask("UpdateFirmware", location=URL, retrieveDate=time_text(rig.unix_s + 100)) == {}
    rig.run(1)
    assert Extras(rig.cp, means).use("firmware").busy


class Means:
    def __init__(self, rig) -> None:
        self.files = lambda: rig.files
        self.installer = lambda: rig.installer
        self.firmware_store = lambda: rig.firmware_store
        self.certificate_store: "Any" = None
        self.lines = rig.log_lines
        self.random_bytes = lambda count: bytes(range(count))
        self.serial = "SN-1"
