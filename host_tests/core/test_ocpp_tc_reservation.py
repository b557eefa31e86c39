"""Certification cases of reservations: 046 to 053."""

from ocpp_rig import Rig, remote_start

from ocpp16.times import text as time_text

OK = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


def reserve(rig, connector=1, seconds=600, **more):
    """Reserve a connector for TAG and return the status."""
    until = time_text(rig.unix_s + seconds)
    answer = rig.central.ask(
        "ReserveNow", connectorId=connector, expiryDate=until, idTag="TAG", reservationId=7, **more
    )
    return answer["status"]


def reserved(remote):
    """Let the holder of a reservation begin, and nobody else."""
    rig = Rig()
    rig.online()
    assert reserve(rig) == "Accepted"
    rig.run(2)
    assert rig.central.statuses() == ["Reserved"]
    rig.cp.present("OTHER", 1)
    rig.run(2)
    assert remote_start(rig, "OTHER") == REJECTED
    rig.station.plug()
    rig.run(2)
    assert rig.central.statuses() == ["Reserved"] and not rig.central.of("StartTransaction")
    if remote:
        assert remote_start(rig) == OK
    else:
        rig.cp.present("TAG", 1)
    rig.run(2)
    assert rig.central.of("StartTransaction")[0]["reservationId"] == 7
    assert rig.central.statuses()[-1] == "Charging"


def test_tc_046_1_used_at_the_station():
    reserved(False)


def test_tc_046_2_used_by_remote_start():
    reserved(True)


def test_tc_047_expires():
    rig = Rig()
    rig.online()
    assert reserve(rig, seconds=60) == "Accepted"
    rig.run(55)
    assert rig.central.statuses() == ["Reserved"]
    rig.run(10)
    assert rig.central.statuses() == ["Reserved", "Available"]


def test_tc_048_1_faulted_connector():
    rig = Rig()
    rig.online()
    rig.station.all_facts[1].faulted = True
    rig.run(2)
    assert reserve(rig) == "Faulted" and rig.central.statuses() == ["Faulted"]


def test_tc_048_2_occupied_connector():
    rig = Rig()
    rig.online()
    rig.station.plug()
    rig.run(2)
    assert reserve(rig) == "Occupied"


def test_tc_048_3_unavailable_connector():
    rig = Rig()
    rig.online()
    rig.central.ask("ChangeAvailability", connectorId=1, type="Inoperative")
    rig.run(2)
    assert reserve(rig) == "Unavailable"


def test_tc_048_4_rejected():
    rig = Rig()
    rig.online()
    # Reservations cannot be switched off here: what is rejected is one that cannot be.
    assert reserve(rig, 2) == "Rejected" and reserve(rig, 1, -5) == "Rejected"
    rig.run(2)
    assert rig.central.statuses() == []


def test_tc_049_connector_0():
    rig = Rig(connectors=2)
    rig.online()
    assert reserve(rig, 0) == "Accepted"
    rig.station.plug(1)
    rig.cp.present("OTHER", 1)
    rig.run(2)
    assert len(rig.central.of("StartTransaction")) == 1
    # One connector stays for the holder.
    assert rig.central.statuses(2)[-1] == "Reserved"
    assert remote_start(rig, "OTHER2", 2) == REJECTED
    rig.station.plug(2)
    rig.cp.present("TAG", 2)
    rig.run(2)
    assert rig.central.of("StartTransaction")[1]["reservationId"] == 7
    assert rig.central.statuses(2)[-1] == "Charging"


def test_tc_050_1_connector_0_faulted():
    rig = Rig(connectors=2)
    rig.online()
    rig.station.all_facts[1].faulted = rig.station.all_facts[2].faulted = True
    rig.run(2)
    assert reserve(rig, 0) == "Faulted"


def test_tc_050_2_connector_0_occupied():
    rig = Rig(connectors=2)
    rig.online()
    rig.station.plug(1)
    rig.station.plug(2)
    rig.run(2)
    assert reserve(rig, 0) == "Occupied"


def test_tc_050_3_connector_0_unavailable():
    rig = Rig(connectors=2)
    rig.online()
    rig.central.ask("ChangeAvailability", connectorId=0, type="Inoperative")
    rig.run(2)
    assert reserve(rig, 0) == "Unavailable"


def test_tc_050_4_connector_0_rejected():
    rig = Rig(connectors=2)
    rig.fixed["ReserveConnectorZeroSupported"] = "false"
    rig.boot()
    rig.online()
    found = rig.central.ask("GetConfiguration", key=["ReserveConnectorZeroSupported"])
    assert found["configurationKey"][0]["value"] == "false"
    assert reserve(rig, 0) == "Rejected" and reserve(rig, 1) == "Accepted"


def test_tc_051_cancel():
    rig = Rig()
    rig.online()
    reserve(rig)
    rig.run(2)
    assert rig.central.ask("CancelReservation", reservationId=7) == OK
    rig.run(2)
    assert rig.central.statuses() == ["Reserved", "Available"]


def test_tc_052_cancel_of_an_unknown_one():
    rig = Rig()
    rig.online()
    reserve(rig)
    rig.run(2)
    assert rig.central.ask("CancelReservation", reservationId=8) == REJECTED
    rig.run(2)
    assert rig.central.statuses() == ["Reserved"]


def group(remote):
    """Let one of the group of a reservation begin, and nobody of another group."""
    rig = Rig(AuthorizeRemoteTxRequests="true")
    rig.online()
    rig.central.tags = {"MATE": ("Accepted", "GROUP"), "ALIEN": ("Accepted", "ALIENS")}
    assert reserve(rig, parentIdTag="GROUP") == "Accepted"
    rig.station.plug()
    for id_tag in ("ALIEN", "MATE"):
        assert not rig.central.of("StartTransaction")
        if remote:
            assert remote_start(rig, id_tag) == OK
        else:
            rig.cp.present(id_tag, 1)
        rig.run(3)
    start = rig.central.of("StartTransaction")[0]
    assert start["reservationId"] == 7 and start["idTag"] == "MATE"


def test_tc_053_1_group_at_the_station():
    group(False)


def test_tc_053_2_group_by_remote_start():
    group(True)
