"""What a transaction begins with that nobody was told of in time, and that the last reading counts at the end."""

from ocpp_rig import NOON, Rig, started, stop_of

from ocpp16.times import parse, text

METER = "Energy.Active.Import.Register"


class Stopping(Rig):
    """What the meter had shown when the transaction ended, and when that was."""

    told_wh = 0
    stopped_s = 0


def stopping(**values):
    """Return a charge point that has just ended a transaction, while 8 Wh more flow until the contactor has opened."""
    rig = Stopping(MeterValueSampleInterval="60", **values)
    rig.online()
    started(rig)
    rig.run(70)
    rig.station.meter_is_new = False
    rig.cp.present("TAG", 1)
    rig.run(1)
    rig.told_wh = rig.station.wh()
    rig.stopped_s = rig.unix_s
    return rig


def flow(rig) -> None:
    """Let the contactor be open, and the meter tell what was drawn until then."""
    rig.station.meter_mwh[1] += 8000
    rig.station.meter_is_new = True


def test_the_stop_waits_for_the_reading_after_the_current_has_stopped():
    rig = stopping(StopTxnSampledData=METER)
    rig.run(4)
    assert rig.cp.connectors[1].transaction is None and rig.cp.status_of(1) == "Finishing"
    assert not rig.central.of("StopTransaction") and not rig.journal.empty
    flow(rig)
    rig.run(1)
    stop = stop_of(rig)
    assert stop["meterStop"] == rig.told_wh + 8 and stop["timestamp"] == text(rig.stopped_s - 1)
    last = stop["transactionData"][-1]["sampledValue"][0]
    assert last["context"] == "Transaction.End" and int(last["value"]) == stop["meterStop"]
    told = [int(v["meterValue"][0]["sampledValue"][0]["value"]) for v in rig.central.of("MeterValues")]
    assert told and max(told) <= stop["meterStop"]


def test_it_does_not_wait_for_long():
    rig = stopping()
    rig.run(10)
    assert not rig.central.of("StopTransaction")
    rig.run(4)
    assert stop_of(rig)["meterStop"] == rig.told_wh
    # What comes later is not told in another way.
    flow(rig)
    rig.run(20)
    assert stop_of(rig)["meterStop"] == rig.told_wh and rig.journal.empty


def test_a_register_that_is_gone_lowers_nothing():
    rig = stopping()
    rig.station.meter_mwh[1] = 0
    rig.station.meter_is_new = True
    rig.run(2)
    assert stop_of(rig)["meterStop"] == rig.told_wh


def test_a_power_cut_meanwhile_leaves_one_stop():
    for reading in (False, True):
        rig = stopping()
        rig.disconnect()
        if reading:
            flow(rig)
            rig.run(1)
        rig.power_cut()
        flow(rig)
        rig.online()
        rig.run(20)
        book = list(rig.central.books.values())[0]
        assert book["stop"]["meterStop"] == rig.told_wh + 8 * reading and rig.journal.empty
        assert parse(book["stop"]["timestamp"]) == rig.stopped_s - 1
        assert len(rig.central.books) == 1


def test_the_next_transaction_ends_the_wait():
    rig = stopping()
    rig.station.meter_mwh[1] += 5000
    started(rig, id_tag="OTHER")
    books = sorted(rig.central.books.values(), key=lambda book: book["start"]["timestamp"])
    assert books[0]["stop"]["meterStop"] == books[1]["start"]["meterStart"] == rig.told_wh + 5


def test_a_restart_of_the_station_waits_for_it():
    rig = stopping()
    assert rig.central.ask("Reset", type="Soft") == {"status": "Accepted"}
    rig.run(5)
    assert not rig.station.resets
    flow(rig)
    rig.run(5)
    assert rig.station.resets and stop_of(rig)["meterStop"] == rig.told_wh + 8


def test_a_charge_that_nobody_was_told_of_begins_when_it_did():
    rig = Rig(StopTxnSampledData=METER)
    rig.online()
    rig.run(500)
    rig.station.begins[1] = (NOON + 100, 700)
    started(rig)
    start = rig.central.of("StartTransaction")[0]
    assert start["timestamp"] == text(NOON + 100) and start["meterStart"] == 700
    rig.run(50)
    rig.cp.present("TAG", 1)
    rig.run(2)
    stop = stop_of(rig)
    assert stop["meterStop"] == rig.station.wh()
    first = stop["transactionData"][0]
    assert first["timestamp"] == start["timestamp"] and first["sampledValue"][0]["value"] == "700"


def test_its_register_may_be_unknown():
    rig = Rig()
    rig.online()
    rig.run(500)
    rig.station.begins[1] = (NOON + 100, None)
    started(rig)
    rig.run(50)
    rig.cp.present("TAG", 1)
    rig.run(2)
    start, stop = rig.central.of("StartTransaction")[0], stop_of(rig)
    # What was drawn since it is known.
    assert start["timestamp"] == text(NOON + 100) and start["meterStart"] == 0
    assert 40 <= stop["meterStop"] <= 60
