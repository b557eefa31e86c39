"""Smart charging as the whole charge point speaks of it (sections 5.7, 5.11, 5.16)."""

from ocpp_local_bench import Gate
from ocpp_rig import ERROR, Rig, started
from ocpp_smart_bench import fresh_path, profile

from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging

OK = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


class SmartRig(Rig):
    def smart(self):
        """Return smart charging with an empty store."""
        file = ProfileFile(fresh_path("rig"), Gate())
        made = SmartCharging(ProfileStore(file), self.station.connectors)
        for _ in made.load():
            pass
        return made

    def limit_a(self) -> int:
        """Return the limit of connector 1 in A, -1 without one."""
        limit_ma = self.cp.smart.limit(self.unix_s, 1).limit_ma
        return limit_ma // 1000 if limit_ma >= 0 else -1

    def install(self, connector=1, **more):
        return self.central.ask(
            "SetChargingProfile", connectorId=connector, csChargingProfiles=profile(**more)
        )

    def composite(self, duration=60, connector=1):
        message_id = self.central.ask_later(
            "GetCompositeSchedule", {"connectorId": connector, "duration": duration}
        )
        self.run(5)
        return self.central.result(message_id)


def tx_profile(**more):
    return profile(kind="Relative", purpose="TxProfile", periods=((0, 8),), **more)


def remote_start(rig, charging_profile):
    return rig.central.ask(
        "RemoteStartTransaction", idTag="TAG", connectorId=1, chargingProfile=charging_profile
    )


def test_default_profile_and_composite():
    rig = SmartRig()
    rig.online()
    assert rig.install(kind="Relative", periods=((0, 10), (30, 6))) == OK
    answer = rig.composite()
    assert answer["status"] == "Accepted" and answer["connectorId"] == 1
    periods = answer["chargingSchedule"]["chargingSchedulePeriod"]
    assert [(p["startPeriod"], int(p["limit"])) for p in periods] == [(0, 10), (30, 6)]
    assert rig.composite(60, 5)["status"] == "Rejected"
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(3)
    assert rig.limit_a() == 10


def test_profiles_of_a_transaction():
    rig = SmartRig()
    rig.online()
    install = {"kind": "Relative", "purpose": "TxProfile", "periods": ((0, 8),)}
    assert rig.install(transactionId=5, **install) == REJECTED
    transaction_id = started(rig)
    assert rig.install(transactionId=transaction_id + 1, **install) != OK
    assert rig.install(transactionId=transaction_id, **install) == OK
    rig.run(2)
    assert rig.limit_a() == 8
    rig.cp.present("TAG", 1)
    rig.run(3)
    assert rig.limit_a() == -1
    assert rig.install(connector=9) == (ERROR, "PropertyConstraintViolation")


def test_remote_start_with_a_profile():
    rig = SmartRig()
    rig.online()
    assert remote_start(rig, tx_profile()) == OK
    rig.station.plug()
    rig.run(3)
    assert rig.central.of("StartTransaction") and rig.limit_a() == 8
    transaction_id = max(rig.central.books)
    rig.install(kind="Relative", purpose="TxProfile", periods=((0, 6),), transactionId=transaction_id)
    rig.run(2)
    assert rig.limit_a() == 6


def test_remote_start_with_another_purpose():
    rig = SmartRig()
    rig.online()
    assert remote_start(rig, profile()) == REJECTED
    rig.station.plug()
    rig.run(3)
    assert not rig.central.of("StartTransaction")


def test_a_profile_of_a_start_that_did_not_come_is_not_for_another_one():
    rig = SmartRig(ConnectionTimeOut="10")
    rig.online()
    assert remote_start(rig, tx_profile()) == OK
    rig.run(15)
    started(rig, 1, "OTHER")
    assert rig.limit_a() == -1


def test_clear():
    rig = SmartRig()
    rig.online()
    assert rig.install(number=7) == OK
    assert rig.central.ask("ClearChargingProfile", id=8) == {"status": "Unknown"}
    assert rig.central.ask("ClearChargingProfile", id=7) == OK
    assert rig.central.ask("ClearChargingProfile") == {"status": "Unknown"}


def test_default_profile_during_a_transaction():
    rig = SmartRig()
    rig.online()
    started(rig)
    assert rig.limit_a() == -1
    assert rig.install(kind="Relative", periods=((0, 7),)) == OK
    rig.run(2)
    assert rig.limit_a() == 7 and rig.station.permitted[1]


def test_bad_units_and_long_profiles():
    rig = SmartRig()
    rig.online()
    assert rig.install(chargingRateUnit="kW") == (ERROR, "PropertyConstraintViolation")
    assert rig.central.ask("GetCompositeSchedule", connectorId=1, duration=9, chargingRateUnit="kW") == (
        ERROR,
        "PropertyConstraintViolation",
    )
    periods = tuple([(60 * number, 6 + number % 10) for number in range(255)])
    assert rig.install(periods=periods, kind="Relative") == OK
    assert len(rig.composite(255 * 60)["chargingSchedule"]["chargingSchedulePeriod"]) == 255
