"""What is told must stay true after a power cut: messages that are not written yet wait, readings keep their order."""

from ocpp_rig import SILENT, Rig, started, stop_of
from ocpp_world import Space

from ocpp16 import journal_record as j
from ocpp16.journal_search import beginning_of
from ocpp16.times import parse

REJECTED = {"status": "Rejected"}


class HeldSpace(Space):
    """While `holds`, what is appended is in memory only: a power cut takes it."""

    holds = False

    def __init__(self, capacity: int = 4096) -> None:
        Space.__init__(self, capacity)
        self.held = 0

    @property
    def kept(self) -> int:
        return self.end - self.held

    @property
    def ready(self) -> bool:
        return not self.holds

    def append(self, payload) -> bool:
        self.held = self.held + 1 if self.holds else 0
        return Space.append(self, payload)

    def write(self) -> None:
        self.holds = False
        self.held = 0

    def cut(self) -> None:
        self.slots = self.slots[: len(self.slots) - self.held]
        self.write()


def held(**values):
    """Return a charge point and its space, which can hold records back."""
    rig = Rig(**values)
    space = rig.space = HeldSpace()
    rig.boot()
    return rig, space


def test_an_end_is_told_when_it_is_written():
    rig, space = held()
    rig.online()
    started(rig)
    space.holds = True
    rig.cp.present("TAG", 1)
    rig.run(5)
    assert not rig.station.permitted[1] and not rig.central.of("StopTransaction")
    space.write()
    rig.run(2)
    assert stop_of(rig)["reason"] == "Local"


def test_an_end_that_a_power_cut_takes_was_not_told():
    rig, space = held()
    rig.online()
    started(rig)
    space.holds = True
    rig.cp.present("TAG", 1)
    rig.run(5)
    space.cut()
    rig.power_cut()
    rig.connect()
    rig.run(5)
    assert stop_of(rig)["reason"] == "PowerLoss" and rig.journal.empty


def test_a_start_before_the_clock_is_told_when_its_time_is_written():
    rig, space = held(rtc=False, AllowOfflineTxForUnknownId="true")
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(20)
    assert rig.station.permitted[1]
    space.holds = True
    rig.connect()
    rig.run(10)
    assert rig.cp.boot.accepted and not rig.central.of("StartTransaction")
    space.write()
    rig.run(2)
    start = rig.central.of("StartTransaction")[0]
    assert 28 <= rig.unix_s - parse(start["timestamp"]) <= 33


def test_a_beginning_waits_a_little_for_the_contactors():
    rig, space = held()
    rig.online()
    space.holds = True
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(5)
    assert rig.cp.connectors[1].transaction is None and not rig.station.permitted[1]
    space.write()
    rig.run(2)
    assert len(rig.central.of("StartTransaction")) == 1
    # Not for ever; then it is told once it is written.
    rig, space = held()
    rig.online()
    space.holds = True
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(15)
    assert rig.station.permitted[1] and not rig.central.of("StartTransaction")
    space.write()
    rig.run(2)
    assert len(rig.central.of("StartTransaction")) == 1


def test_a_reading_that_was_not_answered_stays_before_later_ones():
    rig = Rig(capacity=64, MeterValueSampleInterval="10", MessageTimeout="15")
    rig.online()
    for _ in range(17):
        rig.space.append(bytes(60))
    transaction_id = started(rig)
    rig.central.log = []
    rig.central.answers["MeterValues"] = SILENT
    rig.run(12)
    assert len(rig.central.of("MeterValues")) == 1
    rig.run(20)
    del rig.central.answers["MeterValues"]
    rig.run(60)
    rig.central.ask("RemoteStopTransaction", transactionId=transaction_id)
    rig.run(60)
    values = [int(p["meterValue"][0]["sampledValue"][0]["value"]) for p in rig.central.of("MeterValues")]
    assert values == sorted(values) and len(set(values)) >= 3, values
    actions = rig.central.actions()
    assert "MeterValues" not in actions[actions.index("StopTransaction") :]


def test_a_triggered_reading_needs_the_time():
    rig = Rig(rtc=False)
    rig.central.answers["BootNotification"] = {
        "status": "Pending",
        "currentTime": rig.time_text(),
        "interval": 600,
    }
    rig.connect()
    rig.run(3)
    assert rig.central.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=1) == REJECTED
    rig.run(2)
    assert not rig.central.of("MeterValues")


def test_a_triggered_reading_is_of_no_transaction_that_may_be_over():
    rig = Rig()
    rig.online()
    transaction_id = started(rig)
    rig.station.resume_reason = None
    rig.power_cut()
    rig.connect()
    rig.run(3)
    for known in (False, True):
        rig.central.log = []
        rig.central.ask("TriggerMessage", requestedMessage="MeterValues", connectorId=1)
        rig.run(2)
        assert rig.central.of("MeterValues")[0].get("transactionId") == (transaction_id if known else None)
        rig.station.resume_reason = ""
        rig.run(2)


def test_an_estimated_time_is_not_before_one_that_was_known_before():
    space = Space()

    def write(kind, number, time, boot):
        for payload in j.pack(kind, 1, 1, number, time, 0, boot, b""):
            space.append(payload)

    write(j.START, 1, 1769860000, 0)
    write(j.VALUES, 2, 1769860900, 0)
    # A boot that never knew the time, and the end of the transaction, found later with its last known time.
    write(j.VALUES, 3, 30, 5)
    write(j.STOP, 4, 1769860900, 0)
    begin_s, known = beginning_of(space, j.Record(2, space.read(2)), 1769870000)
    assert not known and 1769860900 <= begin_s <= 1769870000


def test_a_later_status_never_looks_older():
    rig = Rig(connectors=1)
    rig.online()
    rig.station.plug()
    rig.run(1)
    first = parse(rig.central.of("StatusNotification")[-1]["timestamp"])
    # The second of the clock ends in the middle of one of ours.
    rig.unix_s -= 1
    rig.central.ask("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
    rig.run(1)
    assert parse(rig.central.of("StatusNotification")[-1]["timestamp"]) == first
