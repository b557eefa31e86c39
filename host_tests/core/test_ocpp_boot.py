"""Registration, what may be sent before it, heartbeats and the clock (cases 001, 002; OCPP 1.6 sections 4.2, 4.6)."""

from ocpp_local_bench import NOON
from ocpp_rig import ERROR, SILENT, Rig


def test_tc_001_cold_boot():
    rig = Rig(connectors=2)
    rig.connect()
    answers = [{"status": "Rejected", "currentTime": rig.time_text(), "interval": 10}]

    def boot(payload):
        return answers.pop(0) if answers else rig.central.accept("BootNotification", payload)

    rig.central.answers["BootNotification"] = boot
    rig.run(9)
    assert rig.central.actions() == ["BootNotification"]
    assert rig.central.of("BootNotification")[0]["chargePointModel"] == "Station"
    # Rejected: nothing is answered either.
    assert rig.central.ask("GetConfiguration") is None
    rig.run(3)
    assert rig.central.actions()[1:] == ["BootNotification"] + ["StatusNotification"] * 3
    for number in range(3):
        assert rig.central.statuses(number) == ["Available"]
    assert rig.config.get("HeartbeatInterval") == 300
    rig.central.log = []
    rig.run(905)
    assert rig.central.actions() == ["Heartbeat"] * 3


def test_tc_002_pending():
    rig = Rig()
    answers = [{"status": "Pending", "currentTime": rig.time_text(), "interval": 20}]
    rig.central.answers["BootNotification"] = lambda payload: (
        answers.pop(0) if answers else rig.central.accept("BootNotification", payload)
    )
    rig.station.plug()
    rig.connect()
    rig.run(5)
    found = rig.central.ask("GetConfiguration", key=["HeartbeatInterval", "Nothing"])
    assert found["configurationKey"][0]["key"] == "HeartbeatInterval" and found["unknownKey"] == ["Nothing"]
    assert rig.central.ask("ChangeConfiguration", key="ConnectionTimeOut", value="90") == {
        "status": "Accepted"
    }
    assert rig.central.ask("RemoteStartTransaction", idTag="A", connectorId=1) == {"status": "Rejected"}
    assert rig.central.ask("RemoteStopTransaction", transactionId=1) == {"status": "Rejected"}
    rig.cp.present("TAG", 1)
    rig.run(10)
    assert rig.central.actions() == ["BootNotification"]
    # What is asked for is sent all the same.
    assert rig.central.ask("TriggerMessage", requestedMessage="StatusNotification", connectorId=1) == {
        "status": "Accepted"
    }
    assert rig.central.ask("TriggerMessage", requestedMessage="Heartbeat") == {"status": "Accepted"}
    rig.run(1)
    assert sorted(rig.central.actions()[1:]) == ["Heartbeat", "StatusNotification"]
    rig.run(10)
    assert rig.central.actions().count("BootNotification") == 2 and rig.cp.boot.accepted


def test_boot_can_be_triggered_while_pending_but_not_later():
    rig = Rig()
    rig.central.answers["BootNotification"] = {
        "status": "Pending",
        "currentTime": rig.time_text(),
        "interval": 3600,
    }
    rig.connect()
    rig.run(5)
    del rig.central.answers["BootNotification"]
    assert rig.central.ask("TriggerMessage", requestedMessage="BootNotification") == {"status": "Accepted"}
    rig.run(2)
    assert rig.cp.boot.accepted
    assert rig.central.ask("TriggerMessage", requestedMessage="BootNotification") == {"status": "Rejected"}


def test_no_answer_and_errors_are_tried_again():
    for answer in (SILENT, (ERROR, "InternalError"), {"status": "Maybe"}, {}):
        rig = Rig(MessageTimeout="10")
        rig.central.answers["BootNotification"] = answer
        rig.connect()
        rig.run(60)
        assert rig.central.actions() == ["BootNotification"], answer
        del rig.central.answers["BootNotification"]
        rig.run(15)
        assert rig.cp.boot.accepted


def test_interval_zero_does_not_flood():
    rig = Rig()
    rig.central.answers["BootNotification"] = {
        "status": "Rejected",
        "currentTime": rig.time_text(),
        "interval": 0,
    }
    rig.connect()
    rig.run(600)
    assert 5 <= len(rig.central.log) <= 11


def test_reconnect_needs_no_boot_and_tells_only_changes():
    rig = Rig(connectors=2)
    rig.online()
    rig.disconnect()
    rig.run(100)
    rig.station.plug(2)
    rig.run(5)
    rig.connect()
    rig.run(5)
    assert rig.central.actions() == ["StatusNotification"]
    assert rig.central.of("StatusNotification")[0]["status"] == "Preparing"
    assert rig.central.of("StatusNotification")[0]["connectorId"] == 2


def test_a_central_system_that_has_forgotten_us_gets_a_boot():
    rig = Rig()
    rig.online()
    rig.disconnect()
    rig.run(5)
    rig.central.answers["StatusNotification"] = (ERROR, "SecurityError")
    rig.connect()
    rig.station.plug()
    rig.run(1)
    del rig.central.answers["StatusNotification"]
    rig.run(2)
    assert rig.central.actions() == ["StatusNotification", "BootNotification"] + ["StatusNotification"] * 2


def test_the_clock_is_set_by_boot_and_heartbeat():
    rig = Rig(rtc=False)
    rig.online()
    assert rig.station.clock_sets == [NOON + 1]
    rig.run(310)
    assert len(rig.station.clock_sets) == 2
    # Values every minute leave no room for heartbeats but for one a day.
    rig.set("MeterValueSampleInterval", "240")
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.central.log = []
    rig.run(86400 + 120, 120)
    assert 1 <= len(rig.central.of("Heartbeat")) <= 2


def test_rejected_sends_nothing_until_the_interval_is_over():
    rig = Rig()
    rig.central.answers["BootNotification"] = {
        "status": "Rejected",
        "currentTime": rig.time_text(),
        "interval": 50,
    }
    rig.connect()
    rig.run(5)
    rig.disconnect()
    rig.run(5)
    rig.connect()
    rig.run(35)
    assert rig.central.actions() == ["BootNotification"]
    rig.run(10)
    assert rig.central.actions() == ["BootNotification"] * 2
