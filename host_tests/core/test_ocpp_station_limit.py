"""What the back end allows becomes claims with a reason, within a second, and what counts without it."""

import ocpp_smart_bench
from ocpp_station_bench import Rig

from evse.core import limits as lim


def profile(number, purpose="TxDefaultProfile", **more):
    return ocpp_smart_bench.profile(number, purpose, startSchedule="2026-01-01T00:00:00Z", **more)


def install(rig, found, connector=0):
    answer = rig.central.ask("SetChargingProfile", connectorId=connector, csChargingProfiles=found)
    rig.run(1)
    return answer


def test_a_profile_limits_and_says_so():
    rig = Rig()
    ledger = rig.app.station.limits
    full_ma = ledger.limit_ma
    rig.plug()
    rig.ask_power()
    assert rig.closed
    assert install(rig, profile(1, periods=((0, 10.7),))) == {"status": "Accepted"}
    assert ledger.limit_ma == 10000 and ledger.winner == lim.OCPP
    assert ledger.notes[lim.OCPP] == "Charging profile 1, TxDefaultProfile"
    assert rig.limiter.profile == "1, TxDefaultProfile" and rig.limiter.profile_ma == 10000
    # Less than the station offers is nothing.
    assert install(rig, profile(1, periods=((0, 5.9),))) == {"status": "Accepted"}
    assert ledger.limit_ma == 0
    rig.run(8)
    assert not rig.closed
    assert rig.central.ask("ClearChargingProfile", id=1) == {"status": "Accepted"}
    rig.run(1)
    assert ledger.limit_ma == full_ma and ledger.notes[lim.OCPP] == ""
    assert install(rig, profile(2, chargingRateUnit="W")) == {"status": "Rejected"}
    # More than the station has changes nothing.
    install(rig, profile(1, periods=((0, 80),)))
    assert ledger.limit_ma == full_ma


def test_all_purposes_and_the_lowest_counts():
    rig = Rig()
    ledger = rig.app.station.limits
    rig.plug()
    rig.ask_power()
    number = rig.central.next_transaction
    rows = ((32, 20, 25, 20), (16, 30, 25, 16), (32, 28, 10, 10), (16, 16, 16, 16))
    for most, default, own, wanted in rows:
        install(rig, profile(1, "ChargePointMaxProfile", periods=((0, most),)))
        install(rig, profile(2, "TxDefaultProfile", periods=((0, default),)))
        assert install(rig, profile(3, "TxProfile", periods=((0, own),), transactionId=number), 1) == {
            "status": "Accepted"
        }
        assert ledger.limit_ma == wanted * 1000


def test_the_limit_without_a_back_end():
    rig = Rig(DisconnectedUpperLimitEnabled="true", DisconnectedUpperLimit="8")
    ledger = rig.app.station.limits
    assert ledger.limit_ma > 8000 and rig.limiter.offline_ma == -1
    install(rig, profile(1, periods=((0, 10),)))
    rig.disconnect()
    rig.run(1)
    assert (ledger.limit_ma, ledger.winner, rig.limiter.offline_ma) == (8000, lim.OFFLINE, 8000)
    # It only lowers: a lower profile goes on.
    rig.connect()
    rig.run(1)
    assert (ledger.limit_ma, ledger.winner) == (10000, lim.OCPP)
    install(rig, profile(1, periods=((0, 7),)))
    rig.disconnect()
    rig.run(1)
    assert (ledger.limit_ma, ledger.winner) == (7000, lim.OCPP)
    # Switched off, only the profile counts; released, nothing does.
    rig.set("DisconnectedUpperLimitEnabled", "false")
    rig.run(1)
    assert rig.limiter.offline_ma == -1 and ledger.claimed_ma(lim.OFFLINE, 0) == lim.NO_LIMIT
    rig.limiter.release()
    assert ledger.claimed_ma(lim.OCPP, 0) == lim.NO_LIMIT and not ledger.notes


def test_it_counts_from_the_start_until_the_station_is_accepted():
    rig = Rig(DisconnectedUpperLimitEnabled="true", DisconnectedUpperLimit="0")
    ledger = rig.app.station.limits
    rig.config.save()
    rig.power_cut()
    rig.run(1)
    assert ledger.limit_ma == 0
    rig.central.answers["BootNotification"] = lambda _payload: {
        "status": "Pending",
        "currentTime": rig.time_text(),
        "interval": 3,
    }
    rig.connect()
    rig.run(2)
    assert ledger.limit_ma == 0
    del rig.central.answers["BootNotification"]
    rig.run(5)
    assert ledger.limit_ma > 0
