"""What the central system asks for (cases 010 to 012, 019, 021, 023_5, 026 to 028, 034, 054, 055, 062)."""

import sys

from ocpp_rig import ERROR, SILENT, Rig, remote_start, started, stop_of

from ocpp16.times import text as time_text

OK = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


def test_tc_010_remote_start_plug_first():
    for authorize in ("true", "false"):
        rig = Rig(AuthorizeRemoteTxRequests=authorize)
        rig.online()
        rig.station.plug()
        rig.run(3)
        assert remote_start(rig) == OK
        rig.run(2)
        assert rig.central.statuses() == ["Preparing", "Charging"]
        assert bool(rig.central.of("Authorize")) == (authorize == "true")


def test_tc_011_1_remote_start_first():
    for authorize in ("true", "false"):
        rig = Rig(AuthorizeRemoteTxRequests=authorize)
        rig.online()
        assert remote_start(rig) == OK
        rig.run(5)
        assert rig.central.statuses() == ["Preparing"]
        rig.station.plug()
        rig.run(2)
        assert rig.central.statuses() == ["Preparing", "Charging"]


def test_tc_011_2_remote_start_then_timeout():
    for authorize in ("true", "false"):
        rig = Rig(AuthorizeRemoteTxRequests=authorize, ConnectionTimeOut="30")
        rig.online()
        remote_start(rig)
        rig.run(29)
        assert rig.central.statuses() == ["Preparing"]
        rig.run(4)
        assert rig.central.statuses() == ["Preparing", "Available"]


def test_tc_012_remote_stop():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    assert rig.central.ask("RemoteStopTransaction", transactionId=transaction_id) == OK
    rig.run(2)
    assert stop_of(rig)["reason"] == "Remote" and rig.central.statuses()[-1] == "Finishing"
    rig.station.unplug()
    rig.run(2)
    assert rig.central.statuses()[-1] == "Available"
    assert rig.central.ask("RemoteStopTransaction", transactionId=transaction_id) == REJECTED


def test_tc_023_5_remote_start_with_an_invalid_identifier():
    rig = Rig(AuthorizeRemoteTxRequests="true")
    rig.online()
    rig.central.tags["TAG"] = "Invalid"
    rig.station.plug()
    assert remote_start(rig) == OK
    rig.run(5)
    assert not rig.central.of("StartTransaction") and not rig.station.permitted[1]


def test_tc_026_remote_start_of_a_busy_connector():
    rig = Rig()
    rig.online()
    started(rig)
    assert remote_start(rig, "OTHER") == REJECTED
    assert rig.central.ask("RemoteStartTransaction", idTag="OTHER") == REJECTED


def test_tc_027_remote_start_of_connector_0():
    rig = Rig()
    rig.online()
    assert remote_start(rig, "TAG", 0) == REJECTED
    assert remote_start(rig, "TAG", 2) == REJECTED
    assert remote_start(rig, "TAG", -1) == REJECTED


def test_tc_028_remote_stop_of_an_unknown_transaction():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    assert rig.central.ask("RemoteStopTransaction", transactionId=transaction_id + 1) == REJECTED
    rig.run(3)
    assert not rig.central.of("StopTransaction")


def test_remote_start_chooses_a_connector():
    rig = Rig(connectors=2)
    rig.online()
    rig.station.plug(2)
    rig.run(2)
    assert rig.central.ask("RemoteStartTransaction", idTag="A") == OK
    rig.run(2)
    assert rig.central.of("StartTransaction")[0]["connectorId"] == 2


def test_local_modes_refuse_remote_starts():
    rig = Rig()
    rig.online()
    rig.station.accepts_remote = False
    assert remote_start(rig) == REJECTED


def test_tc_034_unavailable_survives_a_power_cut():
    rig = Rig()
    rig.online()
    assert rig.central.ask("ChangeAvailability", connectorId=1, type="Inoperative") == OK
    rig.run(2)
    assert rig.central.statuses() == ["Unavailable"]
    rig.power_cut()
    rig.central.log = []
    rig.connect()
    rig.run(2)
    assert rig.central.statuses() == ["Unavailable"] and rig.central.statuses(0) == ["Available"]
    assert remote_start(rig) == REJECTED
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(2)
    assert not rig.central.of("StartTransaction")
    assert rig.central.ask("ChangeAvailability", connectorId=1, type="Operative") == OK
    rig.run(2)
    assert rig.central.statuses()[-1] == "Preparing"


def test_availability_waits_for_a_transaction_and_survives_a_restart():
    rig = Rig(connectors=2)
    rig.online()
    transaction_id = started(rig)
    assert rig.central.ask("ChangeAvailability", connectorId=0, type="Inoperative") == {"status": "Scheduled"}
    rig.run(2)
    assert rig.central.statuses(2) == ["Unavailable"] and rig.central.statuses(0) == ["Unavailable"]
    assert rig.central.statuses(1)[-1] == "Charging"
    rig.central.ask("RemoteStopTransaction", transactionId=transaction_id)
    rig.run(2)
    assert rig.central.statuses(1)[-1] == "Unavailable"
    for number in (3, -1):
        assert rig.central.ask("ChangeAvailability", connectorId=number, type="Operative") == REJECTED
    assert rig.central.ask("ChangeAvailability", connectorId=0, type="Inoperative") == OK


def test_tc_019_all_keys_and_one():
    rig = Rig()
    rig.online()
    entries = rig.central.ask("GetConfiguration")["configurationKey"]
    names = [entry["key"] for entry in entries]
    assert len(names) > 40 and "SupportedFeatureProfiles" in names
    assert "value" not in entries[names.index("AuthorizationKey")]
    found = rig.central.ask("GetConfiguration", key=["SupportedFeatureProfiles"])
    assert len(found["configurationKey"]) == 1 and "unknownKey" not in found
    assert rig.central.ask("GetConfiguration", key=["x"]) == {"configurationKey": [], "unknownKey": ["x"]}


def test_tc_021_change_and_read_back():
    rig = Rig()
    rig.online()
    for number in range(40):
        assert (
            rig.central.ask("ChangeConfiguration", key="MeterValueSampleInterval", value=str(10 + number))
            == OK
        )
    found = rig.central.ask("GetConfiguration", key=["MeterValueSampleInterval"])
    assert found["configurationKey"] == [
        {"key": "MeterValueSampleInterval", "readonly": False, "value": "49"}
    ]


def test_tc_054_trigger_messages():
    rig = Rig()
    rig.online()
    for message in ("Heartbeat", "DiagnosticsStatusNotification", "FirmwareStatusNotification"):
        rig.central.log = []
        assert rig.central.ask("TriggerMessage", requestedMessage=message) == OK
        rig.run(1)
        assert rig.central.actions() == [message]
    assert rig.central.log[0][1] == {"status": "Idle"}
    rig.central.log = []
    assert rig.central.ask("TriggerMessage", requestedMessage="StatusNotification") == OK
    rig.run(1)
    assert [p["connectorId"] for p in rig.central.of("StatusNotification")] == [0, 1]
    rig.central.log = []
    assert rig.central.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=1) == OK
    rig.run(1)
    sample = rig.central.of("MeterValues")[0]["meterValue"][0]["sampledValue"][0]
    assert sample["context"] == "Trigger" and sample["value"] == "1000"
    transaction_id = started(rig)
    rig.central.log = []
    rig.central.ask("TriggerMessage", requestedMessage="MeterValues")
    rig.run(1)
    assert [p["transactionId"] for p in rig.central.of("MeterValues")] == [transaction_id]


def test_tc_055_trigger_of_an_unknown_connector():
    rig = Rig()
    rig.online()
    for message in ("MeterValues", "StatusNotification"):
        assert rig.central.ask("TriggerMessage", requestedMessage=message, connectorId=9) == REJECTED
    assert rig.central.ask("TriggerMessage", requestedMessage="Nonsense") == {"status": "NotImplemented"}


def test_extended_trigger_messages():
    rig = Rig()
    rig.online()
    for message, action in (
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("Heartbeat", "Heartbeat"),
    ):
        rig.central.log = []
        assert rig.central.ask("ExtendedTriggerMessage", requestedMessage=message) == OK
        rig.run(1)
        assert rig.central.actions() == [action]
    ask = rig.central.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate")
    assert ask == {"status": "NotImplemented"}
    rig.cp.reports["SignCertificate"] = lambda: '{"csr":"x"}'
    assert rig.central.ask("ExtendedTriggerMessage", requestedMessage="SignChargePointCertificate") == OK
    rig.run(1)
    assert rig.central.of("SignCertificate") == [{"csr": "x"}]


def test_tc_062_data_transfer():
    rig = Rig()
    rig.online()
    assert rig.central.ask("DataTransfer", vendorId="x") == {"status": "UnknownVendorId"}
    rig.cp.vendors["x"] = lambda message, data: ("Accepted", data + message)
    found = rig.central.ask("DataTransfer", vendorId="x", messageId="m", data='"d"')
    assert found == {"status": "Accepted", "data": '"d"m'}
    rig.cp.post("DataTransfer", '{"vendorId":"x","data":"hello"}')
    rig.run(1)
    assert rig.central.of("DataTransfer") == [{"vendorId": "x", "data": "hello"}]


def test_what_is_not_there():
    rig = Rig()
    rig.online()
    assert rig.central.ask("UpdateFirmware", location="http://x", retrieveDate="2026-01-01T00:00:00Z") == (
        ERROR,
        "NotSupported",
    )
    assert rig.central.ask("SetChargingProfile", connectorId=1, csChargingProfiles={}) == (
        ERROR,
        "NotSupported",
    )
    assert rig.central.ask("Nonsense") == (ERROR, "NotImplemented")
    rig.cp.handlers["UpdateFirmware"] = lambda payload, message_id: "{}"
    assert rig.central.ask("UpdateFirmware", location="http://x", retrieveDate="2026-01-01T00:00:00Z") == {}


def test_what_only_answers_need_leaves_memory_again():
    rig = Rig()
    rig.online()
    for _ in range(2):
        assert rig.central.ask("ClearCache") == OK
        rig.run(50)
        assert "ocpp16.commands" in sys.modules
        rig.run(15)
        assert "ocpp16.commands" not in sys.modules and "ocpp16.payloads" not in sys.modules


def test_security_events_wait_for_the_connection():
    rig = Rig(rtc=False)
    rig.cp.security_event("StartupOfTheDevice")
    for _ in range(20):
        rig.cp.security_event("InvalidMessages", "x" * 300)
    rig.run(60)
    rig.connect()
    rig.central.answers["SecurityEventNotification"] = SILENT
    rig.run(3)
    rig.disconnect()
    del rig.central.answers["SecurityEventNotification"]
    rig.connect()
    rig.run(5)
    events = rig.central.of("SecurityEventNotification")
    assert len(events) == 17 and events[0] == events[1]
    assert events[0]["timestamp"] < time_text(rig.unix_s - 50)
    # A central system without the extensions is asked once.
    rig.central.log = []
    rig.central.answers["SecurityEventNotification"] = (ERROR, "NotImplemented")
    rig.cp.security_event("StartupOfTheDevice")
    rig.cp.security_event("StartupOfTheDevice")
    rig.run(5)
    assert rig.central.actions() == ["SecurityEventNotification"]


def test_a_conflict_with_the_local_list_is_reported():
    rig = Rig(LocalPreAuthorize="true")
    rig.online()
    entries = [{"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}}]
    rig.central.ask("SendLocalList", listVersion=1, updateType="Full", localAuthorizationList=entries)
    rig.central.tags["LISTED"] = "Blocked"
    rig.station.plug()
    rig.cp.present("LISTED", 1)
    rig.run(5)
    notices = [p for p in rig.central.of("StatusNotification") if p["errorCode"] == "LocalListConflict"]
    assert len(notices) == 1 and notices[0]["connectorId"] == 0
