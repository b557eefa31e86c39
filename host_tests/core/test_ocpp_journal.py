"""The journal of transaction messages: order, room, what survives (DESIGN section 7)."""

from ocpp_rig import Rig
from ocpp_world import Space

from ocpp16 import journal_record as j
from ocpp16.journal import Journal


def loaded(space) -> Journal:
    journal = Journal(space)
    for _ in journal.load():
        pass
    return journal


def current(journal) -> j.Record:
    """Return the oldest message, which must be there."""
    record = journal.message()
    assert record is not None
    return record


def begin(journal, number, meter_wh=0, when=(1000000000, 0), text=b"TAG\0\0"):
    assert journal.append(j.START, 1, number, when, meter_wh, text)


def end(journal, number, meter_wh=0, when=(1000000100, 0)):
    assert journal.append(j.STOP, 1, number, when, meter_wh, b"Local\0\0")


def test_messages_come_in_order_and_survive():
    space = Space()
    journal = loaded(space)
    number = journal.new_transaction()
    begin(journal, number, 5)
    assert journal.append(j.VALUES, 1, number, (1000000060, 0), 7, b"v" * 67)
    journal.append(j.DATA, 1, number, (1000000060, 0), 7, b"d" * 48)
    end(journal, number, 9)
    for _ in range(2):
        record = current(journal)
        assert record.kind == j.START and record.meter_wh == 5 and record.text == b"TAG\0\0"
        assert journal.message() is record
        journal = loaded(space)
    journal.message()
    journal.done(77, 0, -1, b"PARENT")
    assert journal.ids == {1: [77, 0]}
    journal = loaded(space)
    assert journal.ids == {1: [77, 0]} and not journal.open
    record = current(journal)
    assert record.kind == j.VALUES and record.text == b"v" * 67 and record.meter_wh == 7
    journal.done()
    record = current(journal)
    assert record.kind == j.STOP and [r.text for r in journal.of_transaction(1, record.place)] == [
        b"v" * 67,
        b"d" * 48,
    ]
    journal.done()
    assert journal.message() is None and journal.empty and not journal.ids
    journal = loaded(space)
    assert journal.message() is None and journal.empty and not journal.open
    assert space.released >= space.end - 1


def test_negative_transaction_ids_and_long_texts():
    space = Space()
    journal = loaded(space)
    begin(journal, journal.new_transaction(), text=b"I" * 20 + b"\0" + b"P" * 20 + b"\0" + b"-2147483648")
    assert current(journal).text.endswith(b"-2147483648")
    journal.done(-5)
    assert loaded(space).ids == {1: [-5, 0]}
    assert not journal.append(j.VALUES, 1, 1, (5, 0), 0, b"x" * 401)


def test_open_transactions_keep_their_records():
    space = Space(64)
    journal = loaded(space)
    begin(journal, journal.new_transaction())
    journal.message()
    journal.done(1)
    for _ in range(20):
        journal.append(j.VALUES, 1, 1, (1000000000, 0), 0, b"x" * 67)
        journal.message()
        journal.done()
    assert space.released == 0 and journal.room < 20
    end(journal, 1)
    journal.message()
    journal.done()
    assert journal.room > 50


def test_damaged_records_are_skipped():
    space = Space()
    journal = loaded(space)
    begin(journal, journal.new_transaction())
    for _ in range(3):
        journal.append(j.VALUES, 1, 1, (1000000000, 0), 0, b"x" * 67)
    end(journal, 1)
    # The second part of a value; the first one of another.
    space.slots[2] = None
    space.slots[3] = None
    journal = loaded(space)
    kinds = []
    while journal.message() is not None:
        kinds.append(current(journal).kind)
        journal.done()
    assert kinds == [j.START, j.VALUES, j.STOP]


def test_no_room_is_told():
    space = Space(3)
    journal = loaded(space)
    begin(journal, 1)
    assert not journal.append(j.VALUES, 1, 1, (5, 0), 0, b"x" * 100)
    assert journal.append(j.STOP, 1, 1, (5, 0), 0, b"Local\0\0")
    space.fails = True
    assert not journal.append(j.START, 1, 2, (5, 0), 0, b"A\0\0")


def test_500_transactions_offline():
    rig = Rig(AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="60")
    rig.station.plug()
    begin_wh = rig.station.wh()
    for number in range(500):
        rig.cp.present("TAG%d" % number, 1)
        rig.run(2)
        assert rig.station.permitted[1], number
        rig.run(120, 60)
        rig.cp.present("TAG%d" % number, 1)
        rig.run(1)
        if number == 250:
            rig.power_cut()
    assert rig.journal.room > 100
    rig.power_cut()
    rig.connect()
    rig.run(30)
    books = sorted(rig.central.books)
    assert len(books) == 500
    total_wh = 0
    for index in range(500):
        book = rig.central.books[books[index]]
        assert book["start"]["idTag"] == "TAG%d" % index and book["stop"]["transactionId"] == books[index]
        total_wh += book["stop"]["meterStop"] - book["start"]["meterStart"]
    assert total_wh == rig.station.wh() - begin_wh
    # Samples were dropped, but some of late transactions are there as well.
    assert sum([len(book["values"]) for book in rig.central.books.values()]) > 300
    rig.run(100)
    assert rig.journal.room > 4000


def test_full_space_refuses_new_transactions_but_ends_those_that_run():
    rig = Rig(capacity=64, AllowOfflineTxForUnknownId="true", MeterValueSampleInterval="60")
    rig.station.plug()
    count = 0
    while count < 100:
        rig.cp.present("TAG", 1)
        rig.run(2)
        if not rig.station.permitted[1]:
            break
        count += 1
        rig.run(600, 20)
        rig.cp.present("TAG", 1)
        rig.run(1)
        assert not rig.station.permitted[1]
    assert 5 < count < 100 and rig.station.shown[-1] == (1, "TAG", "ConcurrentTx")
    rig.connect()
    rig.run(5)
    assert len(rig.central.books) == count
    for book in rig.central.books.values():
        assert book["stop"] is not None
    rig.cp.present("TAG", 1)
    rig.run(3)
    assert rig.station.permitted[1]


def test_while_charging_nothing_is_erased_and_values_still_go_out():
    rig = Rig(capacity=200, MeterValueSampleInterval="60")
    rig.online()
    rig.space.may_erase = False
    rig.station.plug()
    rig.cp.present("TAG", 1)
    rig.run(60 * 200, 20)
    # More values than there is room for.
    assert len(rig.central.of("MeterValues")) >= 198 and rig.space.first == 0 and rig.space.room > 20
    rig.cp.present("TAG", 1)
    rig.run(2)
    rig.space.may_erase = True
    rig.run(60)
    assert rig.journal.empty and not rig.errors
