"""Resets, unlocking, power cuts and the reasons of a stop (cases 017, 018, 030 to 032)."""

from ocpp_rig import Rig, started, stop_of


def test_a_reset_waits_for_the_answer_to_the_stop_but_not_for_ever():
    rig = Rig()
    rig.online()
    started(rig)
    rig.central.answers["StopTransaction"] = None
    rig.central.ask("Reset", type="Soft")
    rig.run(25)
    assert not rig.station.resets
    rig.run(10)
    assert rig.station.resets == ["Soft"]
    del rig.central.answers["StopTransaction"]
    rig.power_cut()
    rig.connect()
    rig.run(3)
    stops = rig.central.of("StopTransaction")
    assert len(stops) == 2 and stops[0] == stops[1]


def test_tc_017_1_unlock():
    rig = Rig(tethered=False)
    rig.online()
    rig.station.unlock_result = None
    message_id = rig.central.ask_later("UnlockConnector", {"connectorId": 1})
    rig.run(3)
    assert rig.central.result(message_id) is None
    rig.station.unlock_result = "Unlocked"
    rig.run(1)
    assert rig.central.result(message_id) == {"status": "Unlocked"}


def test_tc_017_2_unlock_of_a_fixed_cable():
    rig = Rig()
    rig.online()
    assert rig.central.ask("UnlockConnector", connectorId=1) == {"status": "NotSupported"}


def test_tc_018_1_unlock_ends_the_transaction():
    rig = Rig(tethered=False)
    rig.online()
    started(rig)
    message_id = rig.central.ask_later("UnlockConnector", {"connectorId": 1})
    rig.run(2)
    assert rig.central.result(message_id) == {"status": "Unlocked"}
    assert stop_of(rig)["reason"] == "UnlockCommand" and rig.central.statuses()[-1] == "Finishing"


def test_tc_018_2_unlock_of_a_fixed_cable_leaves_the_transaction():
    rig = Rig()
    rig.online()
    started(rig)
    assert rig.central.ask("UnlockConnector", connectorId=1) == {"status": "NotSupported"}
    rig.run(3)
    assert not rig.central.of("StopTransaction") and rig.station.permitted[1]


def test_tc_030_unlock_failure():
    rig = Rig(tethered=False)
    rig.online()
    rig.station.unlock_result = "UnlockFailed"
    rig.station.all_facts[1].error = "ConnectorLockFailure"
    message_id = rig.central.ask_later("UnlockConnector", {"connectorId": 1})
    rig.run(2)
    assert rig.central.result(message_id) == {"status": "UnlockFailed"}
    assert rig.central.of("StatusNotification")[-1]["errorCode"] == "ConnectorLockFailure"
    # A lock that never tells has failed, too.
    rig.station.unlock_result = None
    message_id = rig.central.ask_later("UnlockConnector", {"connectorId": 1})
    rig.run(12)
    assert rig.central.result(message_id) == {"status": "UnlockFailed"}


def test_tc_031_unlock_of_an_unknown_connector():
    rig = Rig(tethered=False)
    rig.online()
    for number in (0, 2, -1):
        assert rig.central.ask("UnlockConnector", connectorId=number) == {"status": "NotSupported"}


def test_tc_032_1_stopped_before_the_power_goes():
    rig = Rig()
    rig.online()
    started(rig)
    rig.cp.stop(1, "PowerLoss")
    rig.run(2)
    assert stop_of(rig)["reason"] == "PowerLoss"


def test_tc_032_2_stopped_after_the_power_came_back():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    rig.run(400)
    energy_wh = rig.station.wh()
    rig.power_cut()
    rig.unix_s += 3600
    rig.run(2)
    rig.connect()
    rig.run(3)
    stop = stop_of(rig)
    assert stop["reason"] == "PowerLoss" and stop["transactionId"] == transaction_id
    assert stop["meterStop"] == energy_wh and not rig.station.permitted[1]
    assert rig.central.actions().index("BootNotification") < rig.central.actions().index("StopTransaction")


def test_a_transaction_may_go_on_after_a_power_cut():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    rig.station.resume_reason = None
    rig.power_cut()
    rig.connect()
    rig.run(5)
    assert not rig.station.permitted[1]
    rig.station.resume_reason = ""
    rig.run(60)
    assert rig.station.permitted[1] and not rig.central.of("StopTransaction")
    rig.cp.present("TAG", 1)
    rig.run(2)
    stop = stop_of(rig)
    assert stop["transactionId"] == transaction_id and stop["meterStop"] == rig.station.wh()


def test_emergency_stop_and_other_reasons():
    rig = Rig()
    rig.online()
    started(rig)
    rig.station.all_facts[1].emergency = True
    rig.run(2)
    assert stop_of(rig)["reason"] == "EmergencyStop"
    for reason in ("Reboot", "Other", "Local"):
        rig = Rig()
        rig.online()
        started(rig)
        rig.cp.stop(1, reason)
        rig.run(2)
        assert stop_of(rig)["reason"] == reason
