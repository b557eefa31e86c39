"""Who decides about charging, and what the back end is told: a real station and gate at a scripted central system."""

from ocpp_station_bench import CARD, OTHER, Named, Rig, Values

from evse.core import faults as f
from evse.core import states as s
from evse.services import access_modes as m
from evse.services.meter_values import IMPORT
from evse.services.ocpp.facts import Facts
from ocpp16.times import parse, text


def test_car_first_then_a_card_that_the_back_end_knows():
    rig = Rig(m.REMOTE)
    rig.plug()
    assert rig.status == "Preparing" and not rig.central.of("Authorize")
    rig.ask_power()
    assert not rig.closed
    rig.tap()
    assert rig.central.actions()[-4:].count("StartTransaction") == 1
    rig.run(5)
    assert rig.closed and rig.status == "Charging" and rig.gate_rig.gate.owner == CARD
    start = rig.central.of("StartTransaction")[0]
    assert (start["idTag"], start["connectorId"], start["meterStart"]) == (CARD, 1, 5000000)
    order = [action for action in rig.central.actions() if action != "StatusNotification"]
    assert order == ["Authorize", "StartTransaction"]
    assert rig.central.statuses() == ["Preparing", "Charging"]
    rig.run(60)
    rig.tap()
    stopped_s = rig.unix_s
    rig.run(8)
    stop = rig.central.of("StopTransaction")[0]
    assert stop["reason"] == "Local" and stop["idTag"] == CARD
    # What was drawn until the contactor had opened counts, the time is that of the card.
    assert stop["meterStop"] == Values.import_wh > 5000000
    assert parse(stop["timestamp"]) <= stopped_s
    assert not rig.closed and rig.status == "Finishing" and rig.shown() != "Invalid"
    rig.unplug()
    assert rig.status == "Available" and rig.gate_rig.access == s.ACCESS_OFF


def test_cards_that_the_back_end_refuses():
    for mode, auth in ((m.REMOTE, 0), (m.DISABLED, m.AUTH_BACKEND)):
        rig = Rig(mode, auth)
        rig.central.tags[CARD] = "Blocked"
        rig.plug()
        rig.tap()
        assert rig.shown() == "Invalid" and rig.gate_rig.access == s.ACCESS_OFF
        assert not rig.central.of("StartTransaction")
        rig.tap(OTHER)
        assert len(rig.central.of("StartTransaction")) == 1
        # Who is of no group cannot stop it, and who began it can.
        rig.tap(CARD)
        assert not rig.central.of("StopTransaction")
        rig.tap(OTHER)
        rig.run(3)
        assert rig.central.of("StopTransaction")[0]["reason"] == "Local"


def test_card_first_and_a_car_in_time_or_not():
    rig = Rig(m.REMOTE)
    rig.tap()
    assert rig.status == "Preparing" and rig.gate_rig.access == s.ACCESS_OFF
    view = View()
    rig.gate_rig.gate.fill_view(view, 0)
    assert not view.authorise
    rig.run(62)
    assert rig.status == "Available"
    rig.plug()
    rig.run(5)
    assert not rig.central.of("StartTransaction")
    rig.unplug()
    rig.tap()
    rig.plug()
    assert len(rig.central.of("StartTransaction")) == 1 and rig.gate_rig.access == s.ACCESS_ON
    assert len(rig.central.of("Authorize")) == 2


class View:
    authorise = None
    start_at_s = 0
    message = ""
    connected = False


def test_remote_start_and_somebody_who_closes_access():
    rig = Rig(auth=m.AUTH_BACKEND)
    rig.plug()
    assert rig.central.ask("RemoteStartTransaction", idTag="evcc", connectorId=1) == {"status": "Accepted"}
    rig.run(2)
    rig.ask_power()
    rig.run(5)
    assert rig.closed and rig.gate_rig.gate.owner == "evcc"
    assert rig.gate_rig.gate.carry_out(["access", "off"])
    rig.run(8)
    assert rig.central.of("StopTransaction")[0]["reason"] == "Local" and not rig.closed


def test_a_switch_opens_only_what_need_not_be_allowed():
    rig = Rig(auth=m.AUTH_BACKEND)
    rig.plug()
    rig.app.station.set_access(s.ACCESS_ON)
    rig.step()
    rig.run(5)
    assert rig.gate_rig.access == s.ACCESS_OFF and not rig.central.of("StartTransaction")
    rig = Rig(m.REMOTE)
    rig.plug()
    rig.app.station.set_access(s.ACCESS_ON)
    rig.run(5)
    assert rig.central.of("StartTransaction")[0]["idTag"] == "FREE"
    # Then the back end may still refuse it.
    rig = Rig(m.REMOTE)
    rig.central.tags["FREE"] = "Invalid"
    rig.plug()
    rig.app.station.set_access(s.ACCESS_ON)
    rig.run(9)
    assert rig.central.of("StopTransaction")[0]["reason"] == "DeAuthorized"
    assert rig.gate_rig.access == s.ACCESS_OFF


def test_a_transaction_that_outlives_its_plug():
    rig = Rig(m.REMOTE, StopTransactionOnEVSideDisconnect="false")
    rig.plug()
    rig.tap()
    rig.ask_power()
    rig.run(5)
    assert rig.closed
    rig.unplug()
    assert rig.status == "SuspendedEV" and rig.gate_rig.access == s.ACCESS_OFF
    rig.plug()
    rig.ask_power()
    rig.run(20)
    assert rig.closed and rig.status == "Charging" and len(rig.central.of("StartTransaction")) == 1
    assert not rig.central.of("StopTransaction")


def test_local_cards_overrule_the_back_end():
    rig = Rig(m.ENABLE_ALL)
    rig.gate_rig.cards.uids.append(CARD)
    rig.central.tags[CARD] = "Blocked"
    assert rig.central.ask("RemoteStartTransaction", idTag=CARD, connectorId=1) == {"status": "Rejected"}
    rig.plug()
    rig.tap(OTHER)
    assert rig.shown() == "Invalid"
    rig.tap()
    rig.ask_power()
    rig.run(60)
    assert rig.closed and rig.status == "Charging" and not rig.central.of("Authorize")
    assert [start["idTag"] for start in rig.central.of("StartTransaction")] == [CARD]
    rig.tap()
    rig.run(8)
    stop = rig.central.of("StopTransaction")[0]
    assert (stop["reason"], stop["idTag"]) == ("Local", CARD) and not rig.closed
    # A remote stop ends what a card has opened.
    rig.tap()
    rig.run(20)
    assert len(rig.central.of("StartTransaction")) == 2
    number = rig.central.next_transaction
    assert rig.central.ask("RemoteStopTransaction", transactionId=number) == {"status": "Accepted"}
    rig.run(8)
    assert rig.gate_rig.access == s.ACCESS_OFF and not rig.closed
    assert len(rig.central.of("StartTransaction")) == 2


def test_free_charging_and_a_station_out_of_service():
    rig = Rig()
    rig.plug()
    rig.ask_power()
    assert rig.closed and rig.central.of("StartTransaction")[0]["idTag"] == "FREE"
    number = rig.central.next_transaction
    assert rig.central.ask("RemoteStopTransaction", transactionId=number) == {"status": "Accepted"}
    rig.run(8)
    ledger = rig.app.station.limits
    assert not rig.closed and ledger.limit_ma == 0 and "unplugged" in ledger.notes[ledger.winner]
    rig.run(100)
    assert not rig.closed
    rig.unplug()
    assert ledger.limit_ma > 0
    assert rig.central.ask("ChangeAvailability", connectorId=1, type="Inoperative") == {"status": "Accepted"}
    rig.run(1)
    rig.plug()
    rig.ask_power()
    assert not rig.closed and rig.status == "Unavailable" and "service" in ledger.notes[ledger.winner]
    rig.power_cut()
    rig.online()
    rig.run(5)
    assert rig.status == "Unavailable" and not rig.closed
    assert rig.central.ask("ChangeAvailability", connectorId=1, type="Operative") == {"status": "Accepted"}
    rig.run(70)
    assert rig.closed and rig.status == "Charging"


def test_faults_have_codes_of_ocpp():
    rig = Rig()
    station = rig.app.station
    rig.plug()
    for fault, code, connector in (
        (f.EV_METER_SILENT, "PowerMeterFailure", 1),
        (f.RESIDUAL_TEST, "GroundFailure", 1),
        (f.RESIDUAL_CURRENT, "GroundFailure", 1),
        (f.LOCK_JAMMED, "ConnectorLockFailure", 1),
        (f.STORAGE, "InternalError", 0),
    ):
        bit = 1 << fault
        station.faults.active |= bit
        rig.run(1)
        told = [one for one in rig.central.of("StatusNotification") if one["connectorId"] == connector][-1]
        assert told["errorCode"] == code, told
        assert told["vendorErrorCode"] == f.active_codes(bit)[0] and told["info"]
        assert (told["status"] == "Faulted") == (bit & station.faults.stop_mask != 0)
        station.faults.active &= ~bit
        rig.run(1)
        told = [one for one in rig.central.of("StatusNotification") if one["connectorId"] == connector][-1]
        assert told["errorCode"] == "NoError"


def test_every_fault_has_a_code():
    station = Named(
        faults=Named(stop_mask=0, active=0),
        charger=Named(state=s.A, connected=lambda: False),
        rating_a=0,
        config=Named(socket=False),
        contactors=Named(c1=Named(command=False)),
        offered_ma=lambda: 0,
    )
    facts = Facts(1)
    for index in range(f.COUNT):
        station.faults.active = 1 << index
        facts.step(station, None)
        assert (facts.error != "") == (index != f.NO_POWER), index


def test_unlocking_a_socket():
    rig = Rig(m.REMOTE, lock=1)
    rig.plug()
    rig.tap()
    rig.ask_power()
    rig.run(5)
    assert rig.closed
    message = rig.central.ask_later("UnlockConnector", {"connectorId": 1})
    rig.run(10)
    assert rig.central.result(message) == {"status": "Unlocked"}
    assert rig.central.of("StopTransaction")[0]["reason"] == "UnlockCommand" and not rig.closed
    # Who has stopped may take the cable.
    rig.unplug()
    rig.run(40)
    rig.plug()
    rig.tap()
    rig.ask_power()
    rig.run(10)
    assert rig.closed and rig.bench.bolt_locked
    rig.tap()
    rig.run(10)
    assert not rig.bench.bolt_locked and rig.bench.station.charger.connected()
    rig = Rig(m.REMOTE)
    assert rig.central.ask("UnlockConnector", connectorId=1) == {"status": "NotSupported"}


def test_a_restart_with_the_car_still_there_or_gone():
    rig = Rig(m.REMOTE)
    rig.plug()
    rig.tap()
    rig.ask_power()
    rig.run(30)
    number = rig.central.next_transaction
    rig.power_cut()
    rig.run(10)
    rig.online()
    rig.run(2)
    assert not rig.central.of("StopTransaction") and len(rig.central.books) == 1 and rig.closed
    assert rig.central.ask("RemoteStopTransaction", transactionId=number) == {"status": "Accepted"}
    rig.run(9)
    assert rig.central.books[number]["stop"]["reason"] == "Remote"
    rig.unplug()
    rig.tap()
    rig.plug()
    rig.run(2)
    rig.station.decision.leave()
    rig.bench.pilot_mv = 3280
    rig.bench.run(1000)
    rig.app.sessions.open.record.end_s = seen_s = rig.unix_s - 2
    rig.power_cut()
    rig.run(5)
    rig.connect()
    rig.run(5)
    stop = rig.central.books[number + 1]["stop"]
    assert stop["reason"] == "PowerLoss" and stop["timestamp"] == text(seen_s)


def test_reset_and_the_time():
    rig = Rig()
    assert rig.central.ask("Reset", type="Soft") == {"status": "Accepted"}
    rig.run(5)
    assert rig.app.restarts == 1 and rig.app.clock_sets


def test_a_transaction_that_begins_before_the_register_is_known():
    rig = Rig(m.REMOTE)
    known = Values.known
    try:
        Values.known = known & ~IMPORT
        rig.plug()
        rig.tap()
        rig.ask_power()
        rig.run(30)
        before_wh = rig.wmh // 1000
        # What was measured in all years before is no part of it, and neither is what nobody has measured.
        Values.known = known
        rig.run(340)
        rig.power_cut()
        rig.online()
        rig.run(60)
        rig.tap()
        rig.run(8)
        book = list(rig.central.books.values())[0]
        taken_wh = rig.wmh // 1000
        assert book["start"]["meterStart"] == 0 and taken_wh > 900 and before_wh > 50
        # The minutes between the last checkpoint and the power cut are lost as well.
        assert 200 < book["stop"]["meterStop"] <= taken_wh - before_wh
    finally:
        Values.known = known


def test_the_register_unknown_after_a_restart_takes_nothing_back():
    rig = Rig(m.REMOTE)
    known = Values.known
    try:
        rig.plug()
        rig.tap()
        rig.ask_power()
        rig.run(310)
        Values.known = known & ~IMPORT
        rig.power_cut()
        rig.online()
        rig.run(20)
        rig.tap()
        rig.run(8)
        book = list(rig.central.books.values())[0]
        assert book["stop"]["meterStop"] > book["start"]["meterStart"] == 5000000
    finally:
        Values.known = known


def test_free_vending_is_reported_under_its_own_identifier():
    for mode, auth in ((m.DISABLED, m.AUTH_BACKEND), (m.REMOTE, m.AUTH_NONE)):
        rig = Rig(mode, auth, FreeVendActive="true", FreeVendIdTag="PARKING")
        rig.plug()
        rig.ask_power()
        rig.run(5)
        assert rig.closed and [start["idTag"] for start in rig.central.of("StartTransaction")] == ["PARKING"]
        # Whoever is stopped has to unplug first.
        number = rig.central.next_transaction
        assert rig.central.ask("RemoteStopTransaction", transactionId=number) == {"status": "Accepted"}
        rig.run(20)
        assert not rig.closed and len(rig.central.of("StartTransaction")) == 1
        rig.unplug()
        rig.plug()
        rig.ask_power()
        rig.run(5)
        assert rig.closed and len(rig.central.of("StartTransaction")) == 2
        # The back end may still refuse it.
        rig.unplug()
        rig.central.tags["PARKING"] = "Blocked"
        rig.plug()
        rig.ask_power()
        rig.run(9)
        assert not rig.closed and rig.central.of("StopTransaction")[-1]["reason"] == "DeAuthorized"


def test_free_vending_opens_nothing_where_cards_of_the_station_decide():
    rig = Rig(m.ENABLE_ALL, FreeVendActive="true")
    rig.plug()
    rig.ask_power()
    rig.run(9)
    assert not rig.closed and not rig.central.of("StartTransaction")
