"""The message sequence of the OCPP integration of Home Assistant against the charge point."""

from ocpp_peer_rig import PeerRig, schedule_of

OK = {"status": "Accepted"}
WANTED = (
    "Current.Export Current.Import Current.Offered Energy.Active.Export.Register Energy.Active.Import.Register "
    "Energy.Reactive.Export.Register Energy.Reactive.Import.Register Energy.Active.Export.Interval "
    "Energy.Active.Import.Interval Energy.Reactive.Export.Interval Energy.Reactive.Import.Interval Frequency "
    "Power.Active.Export Power.Active.Import Power.Factor Power.Offered Power.Reactive.Export "
    "Power.Reactive.Import RPM SoC Temperature Voltage"
).split()
# 20 characters, as long as one may be.
TAG = "abcdefghij0123456789"


class HomeAssistant:
    """`prefers_max` False is a version that uses the other purposes at once."""

    def __init__(self, rig) -> None:
        self.rig = rig
        self.level = 0

    def set_up(self) -> None:
        """Read keys one by one, probe measurands one by one, make the station operative."""
        rig = self.rig
        rig.connect()
        rig.run(3)
        for name in ("NumberOfConnectors", "HeartbeatInterval", "SupportedFeatureProfiles", "NoSuchKey"):
            found = rig.keys(name)
            assert (name in found) == (name != "NoSuchKey")
        profiles = rig.keys("SupportedFeatureProfiles")["SupportedFeatureProfiles"].split(",")
        assert "SmartCharging" in profiles and "RemoteTrigger" in profiles
        taken = []
        for measurand in WANTED:
            answer = rig.change("MeterValuesSampledData", measurand)
            assert answer in ("Accepted", "Rejected"), measurand
            if answer == "Accepted":
                taken.append(measurand)
        assert len(taken) >= 5
        assert rig.change("MeterValuesSampledData", ",".join(taken)) == "Accepted"
        assert rig.change("MeterValueSampleInterval", "60") == "Accepted"
        assert rig.change("ClockAlignedDataInterval", "900") == "Accepted"
        assert rig.answer("ChangeAvailability", connectorId=0, type="Operative") == OK
        for message in ("StatusNotification", "MeterValues"):
            answer = rig.answer("TriggerMessage", requestedMessage=message, connectorId=1)
            assert answer == OK
        boot = rig.answer("TriggerMessage", requestedMessage="BootNotification")
        assert boot["status"] in ("Accepted", "Rejected")
        rig.run(3)

    def limit(self, current_a) -> str:
        """Set a current in A as a ChargePointMaxProfile; if refused by the other purposes, one level lower."""
        rig = self.rig
        self.level = int(rig.keys("ChargeProfileMaxStackLevel")["ChargeProfileMaxStackLevel"])
        units = rig.keys("ChargingScheduleAllowedChargingRateUnit")["ChargingScheduleAllowedChargingRateUnit"]
        assert "Current" in units
        answer = self.send(0, 1000, "ChargePointMaxProfile", self.level, current_a)
        if answer == OK:
            return "ChargePointMaxProfile"
        if self.send(1, 3001, "TxProfile", self.level - 1, current_a) == OK:
            return "TxProfile"
        assert self.send(1, 2001, "TxDefaultProfile", self.level - 1, current_a) == OK
        return "TxDefaultProfile"

    def send(self, connector, number, purpose, level, current_a):
        return self.rig.answer(
            "SetChargingProfile",
            connectorId=connector,
            csChargingProfiles={
                "chargingProfileId": number,
                "stackLevel": level,
                "chargingProfileKind": "Relative",
                "chargingProfilePurpose": purpose,
                "chargingSchedule": {
                    "chargingRateUnit": "A",
                    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": current_a}],
                },
            },
        )


def test_home_assistant_ends_with_the_limit_that_it_meant():
    rig = PeerRig("ha")
    there = HomeAssistant(rig)
    there.set_up()
    assert there.limit(16) == "ChargePointMaxProfile" and rig.limit_a() == 16
    rig.station.plug()
    assert rig.answer("RemoteStartTransaction", idTag=TAG, connectorId=1) == OK
    rig.run(3)
    # Every character of it.
    assert rig.central.of("StartTransaction")[0]["idTag"] == TAG and rig.limit_a() == 16
    for current_a in (6, 10, 0, 13, 13, 13, 32):
        there.limit(current_a)
        rig.run(5)
        assert rig.limit_a() == current_a
        found = rig.answer("GetCompositeSchedule", connectorId=1, duration=60)
        assert schedule_of(found) == [(0, min(current_a, 32))]
    writes = rig.writes
    for _ in range(50):
        there.limit(32)
        rig.run(1)
    assert rig.writes == writes
    # 0 A is a pause, over a power cut as well; the session goes on.
    there.limit(0)
    rig.station.resume_reason = ""
    rig.power_cut()
    there.set_up()
    assert rig.limit_a() == 0 and not rig.central.of("StopTransaction")
    there.limit(8)
    assert rig.limit_a() == 8
    # Cleared by its id, as the button for it does.
    assert rig.answer("ClearChargingProfile", id=1000) == OK and rig.limit_a() == -1


def test_home_assistant_comes_to_the_same_limit_by_the_other_purposes():
    rig = PeerRig("ha_other")
    there = HomeAssistant(rig)
    there.set_up()
    # A former version has left these; both of them, and without a transaction there is no TxProfile.
    assert there.send(1, 3001, "TxProfile", 254, 9) == {"status": "Rejected"}
    assert there.send(1, 2001, "TxDefaultProfile", 254, 9) == OK and rig.limit_a() == 9
    rig.station.plug()
    rig.answer("RemoteStartTransaction", idTag=TAG, connectorId=1)
    rig.run(3)
    assert there.send(1, 3001, "TxProfile", 254, 7) == OK and rig.limit_a() == 7
    assert there.send(1, 3001, "TxProfile", 254, 0) == OK and rig.limit_a() == 0
    transaction_id = max(rig.central.books)
    assert rig.answer("RemoteStopTransaction", transactionId=transaction_id) == OK
    rig.run(3)
    # What was of the transaction went with it.
    assert rig.limit_a() == 9


def test_probes_at_every_connect_cost_one_write_and_no_reboot():
    rig = PeerRig("ha_probes")
    there = HomeAssistant(rig)
    there.set_up()
    rig.run(70)
    writes = rig.config_store.writes
    keys = rig.keys()
    for _ in range(4):
        rig.disconnect()
        rig.run(3)
        there.set_up()
        rig.run(70)
    assert rig.keys() == keys and not rig.station.resets
    # Each of them ends with what there was before.
    assert rig.config_store.writes == writes
