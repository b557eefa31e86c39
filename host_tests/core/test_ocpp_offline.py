"""Without a central system, and with one that fails (cases 036 to 039, 070, 071; sections 3.5.4, 3.7; errata 3.18)."""

from ocpp_local_bench import NOON
from ocpp_rig import ERROR, SILENT, Rig, started, stop_of

from ocpp16.times import parse


def test_tc_036_loss_during_a_transaction():
    rig = Rig(MeterValueSampleInterval="60")
    rig.online()
    transaction_id = started(rig)
    rig.run(65)
    rig.disconnect()
    rig.run(300)
    begin = len(rig.central.of("MeterValues"))
    assert begin == 1
    rig.connect()
    rig.run(5)
    values = rig.central.of("MeterValues")
    assert len(values) == 6
    times = [parse(entry["meterValue"][0]["timestamp"]) for entry in values]
    assert [times[index + 1] - times[index] for index in range(5)] == [60] * 5
    for entry in values:
        assert entry["transactionId"] == transaction_id
        assert entry["meterValue"][0]["sampledValue"][0]["context"] == "Sample.Periodic"


def test_tc_037_1_offline_start_valid():
    rig = Rig(AllowOfflineTxForUnknownId="true")
    rig.online()
    rig.disconnect()
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(100)
    assert rig.station.permitted[1]
    rig.connect()
    rig.run(5)
    start = rig.central.of("StartTransaction")[0]
    assert parse(start["timestamp"]) < rig.unix_s - 90 and rig.station.permitted[1]
    assert not rig.central.of("StopTransaction") and rig.central.statuses()[-1] == "Charging"


def test_tc_037_2_offline_start_invalid_suspends():
    rig = Rig(AllowOfflineTxForUnknownId="true", StopTransactionOnInvalidId="false")
    rig.online()
    rig.disconnect()
    rig.central.tags["TAG"] = "Invalid"
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(20)
    rig.connect()
    rig.run(5)
    assert not rig.station.permitted[1] and rig.central.statuses()[-1] == "SuspendedEVSE"
    assert not rig.central.of("StopTransaction")


def test_tc_037_3_offline_start_invalid_stops():
    rig = Rig(AllowOfflineTxForUnknownId="true")
    rig.online()
    rig.disconnect()
    rig.central.tags["TAG"] = "Invalid"
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(20)
    rig.connect()
    rig.run(5)
    assert stop_of(rig)["reason"] == "DeAuthorized" and rig.central.statuses()[-1] == "Finishing"


def test_unknown_identifiers_are_refused_offline_by_default():
    rig = Rig()
    rig.online()
    rig.disconnect()
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(5)
    assert not rig.station.permitted[1] and rig.station.shown == [(1, "TAG", "Invalid")]


def test_offline_rules_count_when_authorize_is_not_answered():
    rig = Rig(AllowOfflineTxForUnknownId="true", MessageTimeout="10")
    rig.online()
    rig.central.answers["Authorize"] = SILENT
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(9)
    assert not rig.station.permitted[1]
    rig.run(5)
    assert rig.station.permitted[1]
    # And at once when the connection breaks.
    rig = Rig(AllowOfflineTxForUnknownId="true")
    rig.online()
    rig.central.answers["Authorize"] = SILENT
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(3)
    rig.disconnect()
    rig.run(1)
    assert rig.station.permitted[1]


def test_tc_038_offline_stop():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    rig.disconnect()
    rig.run(50)
    rig.cp.present("TAG", 1)
    rig.run(30)
    assert not rig.station.permitted[1]
    rig.connect()
    rig.run(5)
    stop = stop_of(rig)
    assert stop["transactionId"] == transaction_id and stop["reason"] == "Local"
    assert 30 <= rig.unix_s - parse(stop["timestamp"]) <= 36


def test_tc_039_a_whole_transaction_offline():
    rig = Rig(AllowOfflineTxForUnknownId="true")
    rig.online()
    rig.disconnect()
    begin_s = rig.unix_s
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(100)
    rig.cp.present("TAG", 1)
    rig.run(1)
    rig.station.unplug()
    rig.run(500)
    rig.connect()
    rig.run(5)
    assert parse(rig.central.of("StartTransaction")[0]["timestamp"]) == begin_s + 1
    assert parse(stop_of(rig)["timestamp"]) == begin_s + 100
    assert rig.central.of("StartTransaction")[0]["meterStart"] == 1000
    assert stop_of(rig)["meterStop"] == rig.station.wh()


def test_times_before_the_clock_is_known_are_corrected():
    rig = Rig(rtc=False, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="60")
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(130)
    rig.cp.present("TAG", 1)
    rig.run(100)
    rig.connect()
    rig.run(5)
    assert parse(rig.central.of("StartTransaction")[0]["timestamp"]) == NOON + 1
    assert parse(stop_of(rig)["timestamp"]) == NOON + 130
    times = [parse(entry["meterValue"][0]["timestamp"]) for entry in rig.central.of("MeterValues")]
    assert times == [NOON + 61, NOON + 121]


def test_times_of_an_earlier_boot_that_never_knew_the_clock():
    rig = Rig(rtc=False, AllowOfflineTxForUnknownId="true")
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(100)
    rig.power_cut()
    rig.run(50)
    rig.power_cut()
    rig.station.clock_sets = []
    rig.run(30)
    rig.central.answers["StartTransaction"] = SILENT
    rig.connect()
    rig.run(5)
    first = rig.central.of("StartTransaction")[0]
    # Told again after one more restart, it is told the same.
    rig.power_cut()
    del rig.central.answers["StartTransaction"]
    rig.run(77)
    rig.connect()
    rig.run(5)
    starts = rig.central.of("StartTransaction")
    assert starts == [first, first]
    assert parse(first["timestamp"]) <= parse(stop_of(rig)["timestamp"]) <= rig.unix_s


def test_attempts_and_intervals():
    rig = Rig(TransactionMessageAttempts="3", TransactionMessageRetryInterval="60")
    rig.online()
    sent_s = []

    def refuse(payload):
        sent_s.append(rig.unix_s)
        return (ERROR, "InternalError")

    rig.central.answers["StopTransaction"] = refuse
    started(rig)
    rig.cp.present("TAG", 1)
    rig.run(400)
    assert [later - sent_s[0] for later in sent_s] == [0, 60, 180]
    assert rig.cp.delivery.given_up == 1 and rig.journal.empty


def test_attempts_go_on_after_a_restart():
    rig = Rig(TransactionMessageAttempts="3", TransactionMessageRetryInterval="10")
    rig.online()
    rig.central.answers["StopTransaction"] = (ERROR, "InternalError")
    started(rig)
    rig.cp.present("TAG", 1)
    rig.run(5)
    rig.power_cut()
    rig.connect()
    rig.run(5)
    rig.power_cut()
    rig.connect()
    rig.run(100)
    stops = rig.central.of("StopTransaction")
    assert len(stops) == 3 and stops[0] == stops[1] == stops[2]


def test_a_start_that_finally_fails_leaves_minus_one():
    for answer in ((ERROR, "InternalError"), {"idTagInfo": {"status": "Accepted"}}, SILENT):
        rig = Rig(
            TransactionMessageAttempts="2",
            TransactionMessageRetryInterval="5",
            MessageTimeout="5",
            MeterValueSampleInterval="60",
        )
        rig.online()
        rig.central.answers["StartTransaction"] = answer
        rig.station.plug()
        rig.cp.present("TAG", 1)
        rig.run(70)
        assert len(rig.central.of("StartTransaction")) == 2, answer
        assert rig.central.of("MeterValues")[0]["transactionId"] == -1
        rig.power_cut()
        rig.connect()
        rig.run(5)
        stop = stop_of(rig)
        assert stop["transactionId"] == -1 and stop["meterStop"] == rig.station.wh()


def test_a_central_system_that_is_out_of_order_loses_nothing():
    rig = Rig(TransactionMessageAttempts="2", TransactionMessageRetryInterval="5", MessageTimeout="5")
    rig.online()
    started(rig)
    for action in ("StopTransaction", "Heartbeat", "StatusNotification"):
        rig.central.answers[action] = SILENT
    rig.cp.present("TAG", 1)
    rig.run(600)
    assert len(rig.central.of("StopTransaction")) > 2
    rig.central.answers = {}
    rig.central.log = []
    rig.run(600)
    assert stop_of(rig)["reason"] == "Local" and rig.journal.empty


def test_garbled_answers_are_no_failure_unless_others_are_good():
    for all_of_them in (True, False):
        rig = Rig(TransactionMessageAttempts="2", TransactionMessageRetryInterval="5", MessageTimeout="5")
        rig.online()
        started(rig)
        garbled = []

        def spoil(comes_in, text, garbled=garbled, everything=all_of_them):
            if comes_in:
                return (text[:-2] + "]",) if text.split('"')[1] in garbled else (text,)
            if text.startswith("[2,") and (everything or '"StopTransaction"' in text):
                garbled.append(text.split('"')[1])
            return (text,)

        rig.chaos = spoil
        rig.cp.present("TAG", 1)
        rig.run(600)
        if all_of_them:
            # Something between spoils what comes: nothing is given up.
            assert len(rig.central.of("StopTransaction")) > 2 and rig.cp.delivery.given_up == 0
            rig.chaos = None
            rig.run(600)
        else:
            # It cannot answer this one, and does not block what comes behind it.
            assert len(rig.central.of("StopTransaction")) == 2 and rig.cp.delivery.given_up == 1
        stops = rig.central.of("StopTransaction")
        assert rig.journal.empty and stops[0]["reason"] == "Local" and all(stop == stops[0] for stop in stops)


def test_a_lost_connection_is_no_failure():
    rig = Rig(TransactionMessageAttempts="1")
    rig.online()
    started(rig)
    rig.central.answers["StopTransaction"] = SILENT
    rig.cp.present("TAG", 1)
    for _ in range(5):
        rig.run(2)
        rig.disconnect()
        rig.run(2)
        rig.connect()
    del rig.central.answers["StopTransaction"]
    rig.run(2)
    stops = rig.central.of("StopTransaction")
    assert len(stops) >= 5 and all(stop == stops[0] for stop in stops) and rig.journal.empty


def test_authorize_does_not_wait_for_the_queue():
    rig = Rig(connectors=2, TransactionMessageRetryInterval="60")
    rig.online()
    rig.central.answers["StartTransaction"] = (ERROR, "InternalError")
    rig.station.plug(1)
    rig.cp.present("A", 1)
    rig.run(5)
    rig.cp.present("B", 2)
    rig.run(2)
    assert rig.central.of("Authorize")[-1] == {"idTag": "B"}
    assert rig.central.of("StatusNotification")[-1]["connectorId"] == 2


def test_transaction_data():
    rig = Rig(MeterValueSampleInterval="60", StopTxnSampledData="Energy.Active.Import.Register")
    rig.online()
    started(rig)
    rig.run(200)
    rig.cp.present("TAG", 1)
    rig.run(2)
    data = stop_of(rig)["transactionData"]
    contexts = [entry["sampledValue"][0]["context"] for entry in data]
    assert contexts == ["Transaction.Begin"] + ["Sample.Periodic"] * 3 + ["Transaction.End"]
    assert data[0]["sampledValue"][0]["value"] == "1000"
    assert int(data[-1]["sampledValue"][0]["value"]) == stop_of(rig)["meterStop"]


def test_long_transaction_data_keeps_both_ends():
    rig = Rig(
        MeterValueSampleInterval="60",
        StopTxnSampledData="Energy.Active.Import.Register",
        MeterValuesSampledData="",
    )
    rig.online()
    started(rig)
    rig.run(3 * 3600, 10)
    rig.power_cut()
    rig.connect()
    rig.run(5)
    data = stop_of(rig)["transactionData"]
    assert not rig.central.of("MeterValues")
    contexts = [entry["sampledValue"][0]["context"] for entry in data]
    assert contexts[0] == "Transaction.Begin" and contexts[-1] == "Transaction.End" and 20 < len(data) <= 40
    values = [int(entry["sampledValue"][0]["value"]) for entry in data]
    assert values == sorted(values) and values[-1] == stop_of(rig)["meterStop"]


def test_clock_aligned_values_of_all_connectors():
    rig = Rig(connectors=2, ClockAlignedDataInterval="900")
    rig.online()
    started(rig, 2)
    rig.run(1000)
    values = rig.central.of("MeterValues")
    assert [entry["connectorId"] for entry in values] == [1, 2]
    assert "transactionId" not in values[0] and "transactionId" in values[1]
    for entry in values:
        assert parse(entry["meterValue"][0]["timestamp"]) % 900 == 0


def test_tc_070_sampled_values():
    rig = Rig(
        MeterValueSampleInterval="60",
        MeterValuesSampledData="Energy.Active.Import.Register,Power.Active.Import",
    )
    rig.online()
    transaction_id = started(rig)
    rig.run(125)
    values = rig.central.of("MeterValues")
    assert len(values) == 2
    for entry in values:
        assert entry["transactionId"] == transaction_id and entry["connectorId"] == 1
        samples = entry["meterValue"][0]["sampledValue"]
        assert [sample["measurand"] for sample in samples] == [
            "Energy.Active.Import.Register",
            "Power.Active.Import",
        ]
        assert [sample["context"] for sample in samples] == ["Sample.Periodic"] * 2
