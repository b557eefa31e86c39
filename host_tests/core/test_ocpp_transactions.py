"""How transactions begin and end (cases 003 to 005, 023_4, 024, 041, 068, 069)."""

from ocpp_rig import ERROR, Rig, started, stop_of


def test_tc_003_plug_first():
    rig = Rig()
    rig.online()
    rig.station.plug()
    rig.run(5)
    rig.cp.present("TAG", 1)
    rig.run(2)
    assert rig.central.statuses() == ["Preparing", "Charging"]
    actions = rig.central.actions()
    assert actions.index("Authorize") < actions.index("StartTransaction")
    start = rig.central.of("StartTransaction")[0]
    assert start["connectorId"] == 1 and start["idTag"] == "TAG" and start["meterStart"] == 1000
    assert rig.station.shown == [(1, "TAG", "Accepted")] and rig.station.permitted[1]


def test_tc_004_1_identifier_first():
    rig = Rig()
    rig.online()
    rig.cp.present("TAG", 1)
    rig.run(5)
    assert rig.central.statuses() == ["Preparing"] and not rig.station.permitted[1]
    rig.station.plug()
    rig.run(2)
    assert (
        rig.central.statuses() == ["Preparing", "Charging"] and len(rig.central.of("StartTransaction")) == 1
    )


def test_tc_004_2_identifier_first_then_timeout():
    rig = Rig(ConnectionTimeOut="20")
    rig.online()
    rig.cp.present("TAG", 1)
    rig.run(19)
    assert rig.central.statuses() == ["Preparing"]
    rig.run(3)
    assert rig.central.statuses() == ["Preparing", "Available"]
    rig.station.plug()
    rig.run(5)
    assert not rig.central.of("StartTransaction") and not rig.station.permitted[1]


def test_plugged_without_identifier_ends_in_finishing_and_may_still_start():
    rig = Rig(ConnectionTimeOut="20")
    rig.online()
    rig.station.plug()
    rig.run(30)
    assert rig.central.statuses() == ["Preparing", "Finishing"]
    started(rig)
    assert rig.central.statuses()[-1] == "Charging"


def test_identifier_again_takes_it_back():
    rig = Rig()
    rig.online()
    rig.cp.present("TAG", 1)
    rig.run(3)
    rig.cp.present("tag", 1)
    rig.run(3)
    assert rig.central.statuses() == ["Preparing", "Available"]


def test_tc_005_1_unplugged_by_the_car():
    rig = Rig(tethered=False)
    rig.online()
    started(rig)
    rig.central.log = []
    rig.station.unplug(cable=True)
    rig.run(3)
    assert stop_of(rig)["reason"] == "EVDisconnected" and not rig.station.locked[1]
    assert rig.central.statuses() == ["Finishing"]
    assert rig.central.of("StatusNotification")[0]["info"] == "EV side disconnected"
    rig.station.unplug()
    rig.run(3)
    assert rig.central.statuses() == ["Finishing", "Available"]


def test_tc_005_2_unplugged_and_the_cable_stays_locked():
    rig = Rig(tethered=False, UnlockConnectorOnEVSideDisconnect="false")
    rig.online()
    started(rig)
    rig.station.unplug(cable=True)
    rig.run(3)
    assert stop_of(rig)["reason"] == "EVDisconnected" and rig.station.locked[1]
    assert rig.central.ask("UnlockConnector", connectorId=1) is None
    rig.run(1)
    assert rig.station.unlocks == 1
    # Or by its owner.
    rig = Rig(tethered=False, UnlockConnectorOnEVSideDisconnect="false")
    rig.online()
    rig.central.tags = {"TAG": ("Accepted", "HOUSE"), "WIFE": ("Accepted", "HOUSE")}
    started(rig)
    rig.station.unplug(cable=True)
    rig.run(3)
    rig.cp.present("OTHER", 1)
    rig.run(2)
    assert rig.station.locked[1]
    rig.cp.present("WIFE", 1)
    rig.run(2)
    assert not rig.station.locked[1]


def test_tc_005_3_unplugged_and_the_transaction_goes_on():
    rig = Rig(tethered=False, StopTransactionOnEVSideDisconnect="false")
    rig.online()
    transaction_id = started(rig)
    rig.central.log = []
    rig.station.unplug(cable=True)
    rig.run(5)
    notice = rig.central.of("StatusNotification")[0]
    assert notice["status"] == "SuspendedEV" and notice["info"] == "EV side disconnected"
    assert not rig.central.of("StopTransaction") and rig.station.locked[1]
    assert rig.central.ask("RemoteStopTransaction", transactionId=transaction_id) == {"status": "Accepted"}
    rig.run(2)
    assert stop_of(rig)["reason"] == "Remote" and not rig.station.locked[1]


def test_tc_068_only_the_same_identifier_stops():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    rig.cp.present("OTHER", 1)
    rig.run(3)
    assert not rig.central.of("StopTransaction")
    assert rig.station.shown[-1] == (1, "OTHER", "ConcurrentTx")
    rig.cp.present("Tag", 1)
    rig.run(3)
    stop = stop_of(rig)
    assert stop["transactionId"] == transaction_id and stop["idTag"] == "Tag" and stop["reason"] == "Local"
    # No Authorize for the identifier that started it (section 4.1).
    assert [payload["idTag"] for payload in rig.central.of("Authorize")] == ["TAG", "OTHER"]
    assert rig.central.statuses()[-1] == "Finishing"


def test_tc_069_the_same_parent_stops():
    rig = Rig()
    rig.online()
    rig.central.tags = {"A": ("Accepted", "GROUP"), "B": ("Accepted", "GROUP"), "C": ("Accepted", "OTHERS")}
    started(rig, 1, "A")
    rig.cp.present("C", 1)
    rig.run(3)
    assert not rig.central.of("StopTransaction")
    rig.cp.present("B", 1)
    rig.run(3)
    assert stop_of(rig)["idTag"] == "B"


def test_tc_023_4_invalid_identifier():
    rig = Rig()
    rig.online()
    rig.station.plug()
    for status in ("Invalid", "Blocked", "Expired", "ConcurrentTx"):
        rig.central.tags["BAD"] = status
        rig.cp.present("BAD", 1)
        rig.run(5)
        assert rig.station.shown[-1] == (1, "BAD", status)
    assert not rig.central.of("StartTransaction") and not rig.station.permitted[1]


def test_tc_024_lock_failure():
    rig = Rig(tethered=False)
    rig.online()
    rig.station.plug()
    rig.station.all_facts[1].error = "ConnectorLockFailure"
    rig.cp.present("TAG", 1)
    rig.run(5)
    notice = rig.central.of("StatusNotification")[-1]
    assert notice["errorCode"] == "ConnectorLockFailure"
    assert not rig.central.of("StartTransaction") and not rig.station.permitted[1]


def test_tc_041_faulted():
    rig = Rig()
    rig.online()
    rig.station.all_facts[1].faulted = True
    rig.station.all_facts[1].error = "GroundFailure"
    rig.run(2)
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(3)
    assert rig.central.statuses() == ["Faulted"]
    assert rig.central.ask("RemoteStartTransaction", idTag="TAG", connectorId=1) == {"status": "Rejected"}
    assert not rig.central.of("StartTransaction")
    rig.station.all_facts[1].faulted = False
    rig.station.all_facts[1].error = ""
    rig.run(2)
    assert rig.central.statuses() == ["Faulted", "Preparing"]
    assert rig.central.of("StatusNotification")[-1]["errorCode"] == "NoError"


def test_invalid_at_start_stops_or_suspends():
    for stops in ("true", "false"):
        rig = Rig(StopTransactionOnInvalidId=stops, tethered=False)
        rig.online()
        rig.central.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
        rig.central.tags["TAG"] = "Blocked"
        rig.station.plug()
        rig.cp.present("TAG", 1)
        rig.run(5)
        assert not rig.station.permitted[1] and rig.station.locked[1]
        if stops == "true":
            assert stop_of(rig)["reason"] == "DeAuthorized"
            # Its owner gets the cable back.
            rig.cp.present("TAG", 1)
            assert not rig.station.locked[1]
        else:
            assert rig.central.statuses()[-1] == "SuspendedEVSE" and not rig.central.of("StopTransaction")
            rig.power_cut()
            rig.station.resume_reason = ""
            rig.connect()
            rig.run(5)
            assert not rig.station.permitted[1] and not rig.central.of("StopTransaction")


def test_some_energy_for_an_invalid_identifier():
    for stops in ("true", "false"):
        rig = Rig(StopTransactionOnInvalidId=stops, MaxEnergyOnInvalidId="50")
        rig.online()
        rig.central.answers["Authorize"] = {"idTagInfo": {"status": "Accepted"}}
        rig.central.tags["TAG"] = "Blocked"
        started(rig)
        rig.run(20)
        assert rig.station.permitted[1]
        rig.run(60)
        assert not rig.station.permitted[1] and 50 <= rig.station.wh() - 1000 <= 54
        assert bool(rig.central.of("StopTransaction")) == (stops == "true")


def test_an_error_for_authorize_is_no_permission():
    rig = Rig()
    rig.online()
    rig.central.answers["Authorize"] = (ERROR, "InternalError")
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(5)
    assert not rig.central.of("StartTransaction") and rig.station.shown[-1][2] == "Invalid"


def test_free_vend_is_reported():
    rig = Rig(FreeVendActive="true", FreeVendIdTag="FREEVEND")
    rig.online()
    rig.station.plug()
    rig.run(3)
    assert rig.central.of("StartTransaction")[0]["idTag"] == "FREEVEND" and not rig.central.of("Authorize")
    rig.cp.stop(1, "Local")
    rig.run(5)
    # Not again before the car was away.
    assert len(rig.central.of("StartTransaction")) == 1 and rig.central.statuses()[-1] == "Finishing"
    rig.station.unplug()
    rig.run(2)
    rig.station.plug()
    rig.run(3)
    assert len(rig.central.of("StartTransaction")) == 2


def test_the_station_may_start_on_its_own():
    rig = Rig()
    rig.station.plug()
    rig.cp.start_locally("LOCAL", 1)
    rig.run(2)
    assert rig.station.permitted[1]
    rig.connect()
    rig.run(3)
    assert rig.central.of("StartTransaction")[0]["idTag"] == "LOCAL"


def test_one_reader_for_two_connectors():
    rig = Rig(connectors=2)
    rig.online()
    rig.station.plug(2)
    rig.run(2)
    rig.cp.present("A")
    rig.run(2)
    assert rig.central.of("StartTransaction")[0]["connectorId"] == 2
    rig.cp.present("B")
    rig.run(2)
    rig.station.plug(1)
    rig.run(2)
    assert rig.central.of("StartTransaction")[1]["connectorId"] == 1
    rig.cp.present("A")
    rig.run(2)
    assert stop_of(rig)["idTag"] == "A" and rig.cp.connectors[1].transaction is not None
