"""Certification cases of the core that begin alike: 007, 013 to 016, 040, 061, 070, 071."""

from ocpp_local_bench import NOON
from ocpp_rig import Rig, remote_start, started, stop_of

from ocpp16.times import parse

OK = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}


def known(**values):
    """Return a station that has the identifier TAG in its cache, and no car."""
    rig = Rig(LocalPreAuthorize="true", **values)
    rig.online()
    started(rig)
    rig.cp.present("TAG", 1)
    rig.station.unplug()
    rig.run(3)
    assert rig.central.statuses()[-1] == "Available"
    rig.central.log = []
    return rig


def test_tc_007_1_cached_identifier_at_the_station():
    rig = known()
    started(rig)
    assert not rig.central.of("Authorize") and len(rig.central.of("StartTransaction")) == 1
    assert rig.central.statuses() == ["Preparing", "Charging"]


def test_tc_007_2_cached_identifier_by_remote_start():
    for authorize in ("true", "false"):
        rig = known(AuthorizeRemoteTxRequests=authorize)
        assert remote_start(rig) == OK
        rig.station.plug()
        rig.run(3)
        assert not rig.central.of("Authorize") and len(rig.central.of("StartTransaction")) == 1
        assert rig.central.statuses() == ["Preparing", "Charging"]


def test_tc_061_1_clear_cache_then_start_at_the_station():
    rig = known()
    assert rig.central.ask("ClearCache") == OK
    started(rig)
    assert rig.central.actions()[0:2].count("Authorize") == 1
    assert rig.central.actions().index("Authorize") < rig.central.actions().index("StartTransaction")


def test_tc_061_2_clear_cache_then_remote_start():
    rig = known(AuthorizeRemoteTxRequests="true")
    assert rig.central.ask("ClearCache") == OK
    assert remote_start(rig) == OK
    rig.station.plug()
    rig.run(3)
    assert len(rig.central.of("Authorize")) == 1 and len(rig.central.of("StartTransaction")) == 1


def reset_without_transaction(kind):
    rig = Rig()
    rig.online()
    assert rig.central.ask("ChangeAvailability", connectorId=0, type="Inoperative") == OK
    rig.run(2)
    assert rig.central.ask("Reset", type=kind) == OK
    rig.run(5)
    assert rig.station.resets == [kind]
    rig.boot()
    rig.central.log = []
    rig.connect()
    rig.run(3)
    assert rig.central.actions()[0] == "BootNotification"
    assert rig.central.statuses(0) == ["Unavailable"] and rig.central.statuses(1) == ["Unavailable"]


def test_tc_013_hard_reset():
    reset_without_transaction("Hard")


def test_tc_014_soft_reset():
    reset_without_transaction("Soft")


def reset_with_transaction(kind):
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    assert rig.central.ask("Reset", type=kind) == OK
    rig.run(1)
    stop = stop_of(rig)
    assert stop["reason"] == kind + "Reset" and stop["transactionId"] == transaction_id
    assert not rig.station.permitted[1]
    rig.run(3)
    assert rig.station.resets == [kind]
    # Nobody starts any more.
    rig.cp.present("TAG", 1)
    rig.run(2)
    assert not rig.station.permitted[1]
    rig.power_cut()
    rig.central.log = []
    rig.connect()
    rig.run(3)
    assert rig.central.actions()[0] == "BootNotification" and not rig.central.of("StopTransaction")
    assert rig.central.statuses() == ["Preparing"]


def test_tc_015_hard_reset_with_a_transaction():
    reset_with_transaction("Hard")


def test_tc_016_soft_reset_with_a_transaction():
    reset_with_transaction("Soft")


def test_tc_040_1_unknown_key():
    rig = Rig()
    rig.online()
    assert rig.central.ask("ChangeConfiguration", key="NoSuchKey", value="1") == {"status": "NotSupported"}


def test_tc_040_2_bad_value():
    rig = Rig()
    rig.online()
    for name, value in (("MeterValueSampleInterval", "-1"), ("LocalPreAuthorize", "perhaps")):
        before = rig.config.text(name)
        assert rig.central.ask("ChangeConfiguration", key=name, value=value) == REJECTED
        assert rig.config.text(name) == before


def test_tc_070_sampled_values():
    rig = Rig(
        MeterValueSampleInterval="60",
        MeterValuesSampledData="Energy.Active.Import.Register,Power.Active.Import,Current.Offered",
    )
    rig.online()
    rig.station.reading = three_values(rig.station.reading)
    transaction_id = started(rig)
    rig.run(200)
    values = rig.central.of("MeterValues")
    assert len(values) == 3
    times = [parse(entry["meterValue"][0]["timestamp"]) for entry in values]
    assert [times[1] - times[0], times[2] - times[1]] == [60, 60]
    for entry in values:
        assert entry["connectorId"] == 1 and entry["transactionId"] == transaction_id
        samples = entry["meterValue"][0]["sampledValue"]
        assert [(one["measurand"], one["context"], one["unit"]) for one in samples] == [
            ("Energy.Active.Import.Register", "Sample.Periodic", "Wh"),
            ("Power.Active.Import", "Sample.Periodic", "W"),
            ("Current.Offered", "Sample.Periodic", "A"),
        ]
    first = int(values[0]["meterValue"][0]["sampledValue"][0]["value"])
    assert int(values[1]["meterValue"][0]["sampledValue"][0]["value"]) == first + 60


def three_values(reading):
    """Return `reading` of a station with the current that is offered."""

    def offered(number):
        found = reading(number)
        found.offered_ma = 16000
        return found

    return offered


def test_tc_071_clock_aligned_values():
    rig = Rig(connectors=2, ClockAlignedDataInterval="60")
    rig.online()
    rig.station.plug(1)
    transaction_id = started(rig, 2)
    rig.central.log = []
    rig.run(180)
    values = rig.central.of("MeterValues")
    assert [entry["connectorId"] for entry in values] == [1, 2] * 3
    for index in range(6):
        entry = values[index]
        assert parse(entry["meterValue"][0]["timestamp"]) == NOON + 60 * (index // 2 + 1)
        assert entry.get("transactionId") == (transaction_id if index % 2 else None)
        assert [one["context"] for one in entry["meterValue"][0]["sampledValue"]] == ["Sample.Clock"]
