"""The message sequence of evcc, a home energy manager that is its own central system, against the charge point."""

from ocpp_peer_rig import PeerRig, schedule_of

OK = {"status": "Accepted"}
WANTED = (
    "Power.Active.Import",
    "Energy.Active.Import.Register",
    "Current.Import",
    "Voltage",
    "Current.Offered",
    "Power.Offered",
    "SoC",
)


class Evcc:
    """Sets up a charge point as it connects, then keeps one current as a TxDefaultProfile, 0 to disable it."""

    def __init__(self, rig) -> None:
        self.rig = rig
        self.profile_id = self.level = 0
        self.unit = "A"

    def set_up(self) -> None:
        rig = self.rig
        rig.connect()
        rig.run(3)
        assert rig.central.actions()[0] == "BootNotification"
        # All keys at once, without naming any.
        keys = rig.keys()
        assert keys["NumberOfConnectors"] == "1"
        self.profile_id = int(keys["MaxChargingProfilesInstalled"])
        self.level = int(keys["ChargeProfileMaxStackLevel"])
        self.unit = "W" if keys["ChargingScheduleAllowedChargingRateUnit"] in ("Power", "W") else "A"
        assert rig.change("WebSocketPingInterval", "30") == "Accepted"
        taken = []
        for measurand in WANTED:
            answer = rig.change("MeterValuesSampledData", measurand)
            assert answer in ("Accepted", "Rejected"), (measurand, answer)
            if answer == "Accepted":
                taken.append(measurand)
        assert "Energy.Active.Import.Register" in taken and "Current.Import" in taken
        assert rig.change("MeterValuesSampledData", ",".join(taken)) == "Accepted"
        assert rig.change("MeterValueSampleInterval", "10") == "Accepted"
        # Refused or not, it goes on.
        boot = rig.answer("TriggerMessage", requestedMessage="BootNotification")
        assert boot["status"] in ("Accepted", "Rejected")
        values = rig.answer("TriggerMessage", requestedMessage="MeterValues", connectorId=0)
        assert values["status"] in ("Accepted", "Rejected")
        rig.run(2)

    def limit(self, current_a):
        """Set a current in A, 0 for no charging."""
        limit = {"startPeriod": 0, "limit": current_a}
        return self.rig.answer(
            "SetChargingProfile",
            connectorId=1,
            csChargingProfiles={
                "chargingProfileId": self.profile_id,
                "stackLevel": self.level,
                "chargingProfilePurpose": "TxDefaultProfile",
                "chargingProfileKind": "Absolute",
                "chargingSchedule": {
                    "startSchedule": self.rig.ago(60),
                    "chargingRateUnit": self.unit,
                    "chargingSchedulePeriod": [limit],
                },
            },
        )

    def enabled(self) -> bool:
        """Find out whether the car may charge: from the schedule, for want of a better source."""
        found = schedule_of(
            self.rig.answer("GetCompositeSchedule", connectorId=1, duration=60, chargingRateUnit=self.unit)
        )
        return found[0][1] > 0


def test_evcc_ends_with_the_limit_that_it_meant():
    rig = PeerRig("evcc")
    evcc = Evcc(rig)
    evcc.set_up()
    assert (evcc.profile_id, evcc.level, evcc.unit) == (255, 255, "A")
    # Disabled until it wants otherwise; then a transaction that it starts.
    assert evcc.limit(0) == OK and rig.limit_a() == 0 and not evcc.enabled()
    rig.station.plug()
    rig.run(2)
    start = rig.answer("RemoteStartTransaction", idTag="evcc", connectorId=1)
    assert start == OK
    rig.run(3)
    assert rig.central.of("StartTransaction")[0]["idTag"] == "evcc" and rig.limit_a() == 0
    assert evcc.limit(6) == OK and rig.limit_a() == 6 and evcc.enabled()
    # The car follows the sun; nothing is written while nothing changes.
    rig.run(20)
    for current_a in (6, 7.2, 7.2, 12.9, 16, 16.0, 16):
        for _ in range(10):
            assert evcc.limit(current_a) == OK
            rig.run(10)
            assert rig.limit_a() == int(current_a)
    writes = rig.writes
    assert writes <= 6
    for _ in range(100):
        assert evcc.limit(16) == OK
        rig.run(10)
    assert rig.writes == writes and rig.limit_a() == 16
    # A pause, a power cut, and on again.
    assert evcc.limit(0) == OK and rig.limit_a() == 0 and not evcc.enabled()
    assert rig.answer("TriggerMessage", requestedMessage="MeterValues", connectorId=1) == OK
    rig.station.resume_reason = ""
    rig.power_cut()
    rig.run(2)
    assert rig.limit_a() == 0
    evcc.set_up()
    assert rig.limit_a() == 0 and evcc.limit(10) == OK and rig.limit_a() == 10
    assert not rig.central.of("StopTransaction")


def test_evcc_finds_power_only_where_it_is_the_only_unit():
    rig = PeerRig("evcc_watts", SmartChargingWatts="true")
    evcc = Evcc(rig)
    evcc.set_up()
    # "Current,Power" is neither of the words that it knows.
    assert evcc.unit == "A" and evcc.limit(13) == OK and rig.limit_a() == 13


def test_values_that_evcc_asked_for_are_sent():
    rig = PeerRig("evcc_values")
    Evcc(rig).set_up()
    rig.station.plug()
    rig.answer("RemoteStartTransaction", idTag="evcc", connectorId=1)
    rig.run(15)
    samples = rig.central.of("MeterValues")[-1]["meterValue"][0]["sampledValue"]
    shown = [one["measurand"] for one in samples]
    assert "Power.Active.Import" in shown and "Energy.Active.Import.Register" in shown
    for _ in range(3):
        assert rig.answer("TriggerMessage", requestedMessage="MeterValues", connectorId=1) == OK
        rig.run(1)
        assert rig.central.of("MeterValues")[-1]["meterValue"][0]["sampledValue"][0]["context"] == "Trigger"


def test_a_setup_that_comes_again_and_again_costs_one_write_of_the_keys():
    rig = PeerRig("evcc_setup")
    evcc = Evcc(rig)
    evcc.set_up()
    rig.run(10)
    writes = rig.config_store.writes
    assert 1 <= writes <= 2
    for _ in range(5):
        rig.disconnect()
        rig.run(5)
        rig.connect()
        for measurand in WANTED * 5:
            assert rig.change("MeterValuesSampledData", measurand) in ("Accepted", "Rejected")
        assert rig.change("MeterValuesSampledData", "Energy.Active.Import.Register") == "Accepted"
        assert rig.keys("MeterValuesSampledData")["MeterValuesSampledData"] == "Energy.Active.Import.Register"
    rig.run(70)
    assert rig.config_store.writes <= writes + 2 and rig.limit_a() == -1
