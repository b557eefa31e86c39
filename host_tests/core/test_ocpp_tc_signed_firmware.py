"""Firmware updates that are signed (cases 080, 081; security whitepaper L01)."""

import ocpp_certificates as made
from ocpp_rig import ERROR
from ocpp_secure_bench import OK, REJECTED, URL, online, trusting

from ocpp16.times import text as time_text

STATUS = "SignedFirmwareStatusNotification"


def test_tc_080_signed_firmware():
    for certificate, signature in (
        (made.SIGNER, made.PSS),
        (made.SIGNER, made.PSS_LONG_SALT),
        (made.SIGNER, made.PKCS1),
        (made.SIGNER_EC, made.ECDSA),
    ):
        rig = trusting()
        assert rig.signed(certificate=certificate, signature=signature) == OK
        rig.run(30)
        assert rig.told(STATUS) == [
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "Installing",
            "Installed",
        ]
        assert [entry["requestId"] for entry in rig.central.of(STATUS)] == [3] * 5
        assert rig.events() == ["FirmwareUpdated"]


def test_tc_081_invalid_signature():
    other = made.PSS[:-8] + "AAAAAA=="
    for signature in (other, "", "no base64!", made.ECDSA, made.PSS[:300]):
        rig = trusting()
        assert rig.signed(signature=signature) == OK
        rig.run(30)
        assert rig.told(STATUS) == ["Downloading", "Downloaded", "InvalidSignature"], signature
        assert rig.events() == ["InvalidFirmwareSignature"] and rig.installer.begun == []


def test_the_certificate_of_the_signer_is_checked_first():
    for certificate in (made.SIGNER_OLD, made.SIGNER_OTHER, made.CENTRAL, "", "nothing"):
        rig = trusting()
        assert rig.signed(certificate=certificate) == {"status": "InvalidCertificate"}
        rig.run(5)
        assert rig.told(STATUS) == [] and rig.events() == ["InvalidFirmwareSigningCertificate"]
    rig = online()
    assert rig.signed() == {"status": "InvalidCertificate"}


def test_signed_firmware_is_scheduled():
    rig = trusting()
    soon, later = time_text(rig.unix_s + 20), time_text(rig.unix_s + 60)
    assert rig.signed(retrieveDateTime=soon, installDateTime=later) == OK
    rig.run(50)
    assert rig.told(STATUS) == [
        "DownloadScheduled",
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "InstallScheduled",
    ]
    rig.power_cut()
    rig.connect()
    rig.run(60)
    assert rig.told(STATUS)[5:] == ["Installing", "Installed"]


def test_signed_firmware_pauses_cancels_and_reboots():
    rig = trusting()
    rig.files.steps = 50
    assert rig.signed() == OK
    rig.run(2)
    rig.files.writable = False
    rig.run(10)
    rig.files.writable = True
    rig.run(2)
    rig.files.steps = 5
    assert rig.signed(request_id=4) == {"status": "AcceptedCanceled"}
    rig.installer.states = ["", "Rebooting"]
    rig.run(20)
    found = [(entry["status"], entry["requestId"]) for entry in rig.central.of(STATUS)]
    assert found[:4] == [("Downloading", 3), ("DownloadPaused", 3), ("Downloading", 3), ("Downloading", 4)]
    assert found[-2:] == [("Installing", 4), ("InstallRebooting", 4)] and rig.station.resets == ["Soft"]
    assert rig.signed(request_id=5) == REJECTED
    rig.power_cut()
    rig.installer.result = "Installed"
    rig.connect()
    rig.run(10)
    assert rig.central.of(STATUS)[-1] == {"status": "Installed", "requestId": 4}


def test_triggered_status_of_signed_firmware():
    rig = trusting()
    for seconds, expected in ((0, {"status": "Idle"}), (4, None), (40, {"status": "Idle"})):
        if seconds == 4:
            rig.signed()
        rig.run(seconds)
        rig.central.log = []
        assert rig.central.ask("ExtendedTriggerMessage", requestedMessage="FirmwareStatusNotification") == OK
        rig.run(1)
        found = rig.central.of(STATUS)[0]
        assert found == expected or (expected is None and found["requestId"] == 3)


def test_a_failure_can_be_asked_for():
    rig = trusting()
    rig.signed(signature=made.ECDSA)
    rig.run(30)
    rig.central.log = []
    asked = rig.central.ask("ExtendedTriggerMessage", requestedMessage="FirmwareStatusNotification")
    rig.run(1)
    assert asked == OK and rig.central.of(STATUS) == [{"status": "InvalidSignature", "requestId": 3}]
    asked = rig.central.ask("TriggerMessage", requestedMessage="FirmwareStatusNotification")
    rig.run(1)
    assert asked == OK and rig.told("FirmwareStatusNotification") == ["Idle"]


def test_unsigned_firmware_is_no_way_around():
    rig = trusting()
    answer = rig.central.ask("UpdateFirmware", location=URL, retrieveDate=rig.time_text())
    assert answer == (ERROR, "NotSupported")
    rig.run(10)
    assert rig.told("FirmwareStatusNotification") == []
