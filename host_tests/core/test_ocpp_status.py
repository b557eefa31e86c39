"""Which status is told when (OCPP 1.6 section 4.9; errata 3.19 to 3.22)."""

from ocpp_rig import ERROR, SILENT, Rig, started


def test_suspended_by_the_station_comes_before_suspended_by_the_car():
    rig = Rig()
    rig.online()
    started(rig)
    facts = rig.station.all_facts[1]
    rig.station.wants[1] = False
    rig.run(2)
    facts.offers = False
    rig.run(2)
    rig.station.wants[1] = True
    rig.run(2)
    facts.offers = True
    rig.run(2)
    assert rig.central.statuses()[1:] == ["Charging", "SuspendedEV", "SuspendedEVSE", "Charging"]


def test_a_car_that_does_not_begin_is_told_after_a_moment():
    rig = Rig()
    rig.online()
    rig.station.wants[1] = False
    started(rig)
    rig.run(10)
    assert rig.central.statuses() == ["Preparing", "SuspendedEV"]
    rig = Rig()
    rig.online()
    rig.station.all_facts[1].offers = False
    started(rig)
    rig.run(10)
    assert rig.central.statuses() == ["Preparing", "SuspendedEVSE"]


def test_minimum_status_duration():
    rig = Rig(MinimumStatusDuration="10")
    rig.online()
    started(rig)
    rig.run(20)
    rig.central.log = []
    for _ in range(5):
        rig.station.wants[1] = not rig.station.wants[1]
        rig.run(5)
    assert rig.central.statuses() == []
    rig.run(8)
    assert rig.central.statuses() == ["SuspendedEV"]
    assert rig.central.of("StatusNotification")[0]["timestamp"] < rig.time_text()


def test_warnings_change_no_status():
    rig = Rig()
    rig.online()
    facts = rig.station.all_facts[1]
    facts.error, facts.info, facts.vendor_error = "HighTemperature", "too hot", "E7"
    rig.run(2)
    facts.error = facts.info = facts.vendor_error = ""
    rig.run(2)
    first, second = rig.central.of("StatusNotification")
    assert first["status"] == "Available" and first["errorCode"] == "HighTemperature"
    assert first["info"] == "too hot" and first["vendorErrorCode"] == "E7" and first["vendorId"] == "Maker"
    assert second["status"] == "Available" and second["errorCode"] == "NoError"


def test_short_statuses_are_told_in_order_while_online():
    rig = Rig()
    rig.online()
    rig.central.answers["StatusNotification"] = SILENT
    rig.station.plug()
    rig.run(1)
    rig.station.unplug()
    rig.run(1)
    rig.station.all_facts[1].faulted = True
    rig.run(1)
    rig.disconnect()
    rig.connect()
    # Only what is true now, after a break.
    del rig.central.answers["StatusNotification"]
    rig.central.log = []
    rig.run(2)
    assert rig.central.statuses() == ["Faulted"]
    rig.central.answers["StatusNotification"] = lambda payload: {}
    rig.station.all_facts[1].faulted = False
    rig.step()
    rig.station.plug()
    rig.step()
    rig.station.unplug()
    rig.step()
    rig.run(2)
    assert rig.central.statuses() == ["Faulted", "Available", "Preparing", "Available"]


def test_a_status_without_answer_is_told_again_and_an_error_is_not():
    rig = Rig(MessageTimeout="5")
    rig.online()
    rig.central.answers["StatusNotification"] = SILENT
    rig.station.plug()
    rig.run(10)
    assert rig.central.statuses() == ["Preparing"]
    del rig.central.answers["StatusNotification"]
    rig.run(30)
    assert rig.central.statuses() == ["Preparing", "Preparing"]
    rig.central.answers["StatusNotification"] = (ERROR, "InternalError")
    rig.station.unplug()
    rig.run(60)
    assert rig.central.statuses() == ["Preparing", "Preparing", "Available"]


def test_connector_0_has_its_own_status():
    rig = Rig()
    rig.online()
    rig.station.all_facts[0].faulted = True
    rig.station.all_facts[0].error = "InternalError"
    rig.run(2)
    assert rig.central.statuses(0) == ["Faulted"] and rig.central.statuses(1) == []
