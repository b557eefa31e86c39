"""Finished sessions in a ring of files, and what is read from them."""

import os
import struct
import sys

from access_bench import CARD_A, NOON_S

from evse.services import sessions_export as export
from evse.services import sessions_record as sr
from evse.services.sessions_files import RECORD_BYTES, SessionFiles

SEGMENTS = 4
PER_SEGMENT = 10


def new_path() -> str:
    path = "/tmp/evse-sessions-%s-%d" % (sys.implementation.name, id(sys))
    for segment in range(SEGMENTS):
        try:
            os.remove(path + "/" + str(segment))
        except OSError:
            pass
    return path


def session(number: int) -> sr.Record:
    record = sr.Record()
    record.number = number
    record.reason = sr.CARD
    record.card = CARD_A
    record.start_s = NOON_S + number * 1000
    record.end_s = NOON_S + number * 1000 + 500
    record.energy_wh = number
    return record


def numbers(records) -> list:
    return [record.number for record in records]


def test_a_record_holds_what_it_is_given():
    record = session(1)
    record.number = 4000000000
    record.start_wh = 0
    record.end_wh = 4294967294
    record.highest_ma = 80000
    payload = record.pack()
    assert len(payload) == sr.PAYLOAD_BYTES
    again = sr.unpack(payload)
    assert again and again.__dict__ == record.__dict__
    again = sr.unpack(sr.Record().pack())
    assert again and (again.card, again.start_wh, again.end_wh) == ("", -1, -1)
    assert sr.unpack(bytes(60)) is None
    record.price_kwh = record.price_hour = 9999999
    record.currency = "CHF"
    record.account = sr.digest_of("anna")
    again = sr.unpack(record.pack())
    assert again and again.__dict__ == record.__dict__


def test_a_record_of_earlier_firmware_has_no_price():
    # Written by the layout that had nothing behind the card.
    old = struct.pack(
        "<BBBBIIIIIIII10s14s",
        sr.END,
        sr.CARD,
        4,
        0,
        7,
        NOON_S,
        NOON_S + 60,
        5,
        9,
        4,
        16000,
        60,
        b"\xde\xad\xbe\xef",
        b"",
    )
    record = sr.unpack(old)
    assert record and (record.number, record.card, record.energy_wh, record.duration_s) == (
        7,
        "DEADBEEF",
        4,
        60,
    )
    assert (record.price_kwh, record.price_hour, record.currency, record.account, record.cost()) == (
        0,
        0,
        "",
        0,
        0,
    )
    assert record.pack() == old


def test_the_ring_keeps_the_newest_and_goes_on_after_a_restart():
    path = new_path()
    files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
    assert list(files.records()) == [] and files.last(5) == [] and files.newest == 0
    for number in range(1, 101):
        files.append(session(number).pack())
        kept = numbers(files.records())
        assert kept == list(range(kept[0], number + 1))
        assert len(kept) >= min(number, (SEGMENTS - 1) * PER_SEGMENT)
        assert numbers(files.last(15)) == list(range(number, max(0, number - 15), -1))
        if number % 7 == 0:
            files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
            assert files.newest == number
    new_path()


def test_damaged_records_are_left_out_and_the_others_read():
    path = new_path()
    files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
    for number in range(1, 26):
        files.append(session(number).pack())
    with open(path + "/2", "rb") as file:
        good = file.read()
    assert len(good) == 5 * RECORD_BYTES
    for at in range(0, len(good), 7):
        damaged = bytearray(good)
        damaged[at] ^= 0x10
        with open(path + "/2", "wb") as file:
            file.write(damaged)
        files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
        lost = 21 + at // RECORD_BYTES
        assert numbers(files.records()) == [number for number in range(1, 26) if number != lost]
    for size in range(0, len(good), 13):
        with open(path + "/2", "wb") as file:
            file.write(good[:size])
        files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
        whole = 20 + size // RECORD_BYTES
        assert numbers(files.records()) == list(range(1, whole + 1))
        files.append(session(99).pack())
        again = SessionFiles(path, SEGMENTS, PER_SEGMENT)
        assert numbers(again.records()) == list(range(1, whole + 1)) + [99] and again.newest == 99
    new_path()


def test_a_directory_that_is_missing_is_an_error_that_changes_nothing():
    files = SessionFiles("/tmp/evse-no-such-folder/sessions")
    try:
        files.append(session(1).pack())
    except OSError:
        pass
    else:
        raise AssertionError("written nowhere")
    assert files.newest == 0 and list(files.records()) == []


def test_sessions_by_time_and_as_csv():
    path = new_path()
    files = SessionFiles(path, SEGMENTS, PER_SEGMENT)
    for number in range(1, 6):
        files.append(session(number).pack())
    ends = [session(number).end_s for number in range(6)]
    assert numbers(export.between(files, ends[2], ends[4])) == [2, 3]
    lines = list(export.csv(files.records(), lambda record: "anna" if record.number == 2 else ""))
    assert len(lines) == 6 and lines[0].startswith("number,card,") and lines[0].endswith("\r\n")
    fields = lines[3].strip().split(",")
    assert fields[:2] == ["3", CARD_A] and fields[9] == "3" and fields[11:] == ["card", "", "", "", "", ""]
    assert len(fields) == len(export.COLUMNS.split(",")) and lines[2].split(",")[12] == "anna"
    unknown = sr.Record()
    assert list(export.csv([unknown], lambda record: ""))[1] == "0,,,,,,0,,,0,0,open,,,,,\r\n"
    priced = session(6)
    priced.energy_wh, priced.duration_s, priced.price_kwh, priced.price_hour = 10500, 5400, 250, 1200
    priced.currency = "CHF"
    assert list(export.csv([priced], lambda record: "anna"))[1].endswith(",card,anna,250,1200,4425,CHF\r\n")
    # Half of the smallest unit counts as one, of the energy and of the time by themselves.
    priced.energy_wh, priced.duration_s, priced.price_kwh, priced.price_hour = 2, 1799, 250, 1
    assert priced.cost() == 1
    priced.energy_wh, priced.duration_s = 1, 1800
    assert priced.cost() == 1
    # As much as fits: 16777215 kWh for 16777.215 each, without a float.
    priced.energy_wh, priced.price_kwh, priced.price_hour = 4000000000, 9999999, 0
    assert priced.cost() == 39999996000000
    new_path()


def test_times_of_the_calendar():
    for unix_s, text in (
        (0, ""),
        (1, "1970-01-01T00:00:01Z"),
        (951782400, "2000-02-29T00:00:00Z"),
        (1709164799, "2024-02-28T23:59:59Z"),
        (1709251200, "2024-03-01T00:00:00Z"),
        (1735689599, "2024-12-31T23:59:59Z"),
        (4102444800, "2100-01-01T00:00:00Z"),
    ):
        assert export.utc(unix_s) == text
