"""The MFRC522 at its SPI: anticollision against cards that answer bit by bit, faults, a reader that comes back."""

import itertools
import random

import esp32_bench
import mfrc522 as fake
import pytest
from fake_chip import chip
from rfid_rig import UIDS, AnyReader, ReaderRig, disturbed_polls, most_ms_until_read
from simulated_time import clock
from type_a_cards import HALT, Card, crc_a

from evse.hal.esp32 import mfrc522, rfid_select
from evse.log import log

WIRING = {
    "kind": "mfrc522",
    "spi": 1,
    "sck_pin": 11,
    "mosi_pin": 3,
    "miso_pin": 12,
    "cs_pin": 0,
    "baud": 1000000,
}
# What Python costs on an ESP32 beside the bus, per call of the SPI.
PYTHON_US = 35


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)
    monkeypatch.setattr(log, "echo", False)
    monkeypatch.setattr("machine_spi._CALL_US", 25 + PYTHON_US)


class Rig(ReaderRig):
    """A reader at the SPI."""

    def connect(self):
        self.device = fake.Mfrc522(WIRING["cs_pin"])
        chip.wires["spi", 1] = self.device
        self.reader = mfrc522.Mfrc522(WIRING)


class TestAnyReader(AnyReader):
    """What it has in common with other readers."""

    make_rig = Rig


def test_a_card_is_halted_when_it_has_been_read():
    rig = Rig()
    card = Card(UIDS[0])
    rig.put(card)
    rig.run(1)
    rig.reader._wake = lambda now_ms: None
    rig.run(1)
    assert card.state == HALT


def test_how_long_a_card_must_be_held():
    for uid in UIDS:
        worst_ms = most_ms_until_read(Rig, uid, random.Random(4))
        print("MFRC522: a card of %d bytes is read %d ms after it came" % (len(uid) // 2, worst_ms))
        assert worst_ms <= 500


def test_how_long_a_call_holds_the_loop():
    rig = Rig()
    rig.run(2)
    rig.worst_us = 0
    rig.run(10)
    idle_us = rig.worst_us
    rig.put(Card(UIDS[2]), Card(UIDS[1]))
    rig.run(20)
    print("MFRC522: longest call %d us without a card, %d us with two" % (idle_us, rig.worst_us))
    assert idle_us < 1500 and rig.worst_us < 5000


@pytest.mark.parametrize(
    "uids",
    [
        *itertools.combinations(UIDS, 2),
        ("DEADBEEE", "DEADBEEF"),
        ("DEADBEEF", "DEADBE6F"),
        ("5EADBEEF", "DEADBEEF"),
        ("04A1B2C3D4E5F6", "04A1B2C3D4E5F7"),
        ("04A1B2C3D4E5F6", "04A1B2C3D4E576"),
        ("04A1B2C3D4E5F6", "84A1B2C3D4E5F6"),
        ("04112233445566778899", "04112233445566778898"),
        ("04112233445566778899", "04112233445567"),
    ],
)
def test_two_cards_at_once_are_both_read(uids):
    """Collisions in the first and last bit of bytes and levels."""
    rig = Rig()
    rig.put(*map(Card, uids))
    assert sorted(rig.run(20)) == sorted(uids)
    rig.put()
    rig.run(2)
    rig.put(Card(uids[1]))
    assert rig.run(2) == [uids[1]]


def test_random_pairs_and_triples():
    chance = random.Random(3)
    for _ in range(60):
        uids = set()
        while len(uids) < chance.choice((2, 3)):
            first = chance.choice([0x04, 0x10, 0x88 ^ 1, 0xFF, 0x00])
            length = chance.choice((4, 7, 10))
            uids.add(
                bytes([first] + [chance.choice((0, 1, 0x80, 0xFF)) for _ in range(length - 1)]).hex().upper()
            )
        rig = Rig()
        rig.put(*map(Card, uids))
        found = rig.run(6)
        assert len(found) == len(set(found)) and set(found) <= uids
        if len(uids) == 2:
            assert set(found) == uids


def test_three_cards_are_all_read_once():
    """The second collision of a level lies in a later byte than the first: its place counts from the byte received."""
    uids = {"AA000000", "AA010000", "AA010800"}
    rig = Rig()
    rig.put(*map(Card, uids))
    found = rig.run(20)
    assert len(found) == 3 and set(found) == uids


@pytest.mark.parametrize("level", [0, 1])
def test_no_reader_is_said_once(level):
    rig = Rig()
    rig.device.dead_level = level
    before = log.sequence
    rig.run(600)
    assert rig.reader.health == "no answer"
    assert [text for _, _, text in log.since(before)] == ["card reader MFRC522: no answer"]
    # Once per 30 s.
    assert rig.device.transfers < 400
    rig.device.dead_level = None
    rig.put(Card("DEADBEEF"))
    assert rig.run(35) == ["DEADBEEF"]
    assert rig.reader.health == ""


def test_a_chip_that_stops_in_an_exchange_is_started_again():
    rig = Rig()
    rig.run(1)
    for event in rig.device._events:
        clock.cancel(event)
    rig.put(Card("DEADBEEF"))
    assert rig.run(3) == ["DEADBEEF"]


@pytest.mark.parametrize("flip", [0.001, 0.01, 0.1, 0.5])
def test_10000_polls_with_faults_on_the_bus(flip):
    _faults(flip, 0.0, "SPI")


@pytest.mark.parametrize("flip", [0.05, 0.3, 1.0])
def test_10000_polls_with_faults_in_the_air(flip):
    _faults(0.0, flip, "air")


def _faults(flip, air_flip, where):
    rig = Rig()

    def disturb(on):
        rig.device.flip, rig.device.air_flip = (flip, air_flip) if on else (0, 0)

    def cards(chance):
        return chance.sample([Card(uid) for uid in UIDS], chance.randrange(3))

    told = disturbed_polls(rig, disturb, cards, random.Random(1))
    print("MFRC522: 10000 polls with %s faults %s: %d cards, none wrong" % (where, flip or air_flip, told))
    assert rig.worst_us < 6000


@pytest.mark.parametrize("level", [0, 1])
def test_a_reader_that_dies_is_said_soon(level):
    rig = Rig()
    rig.run(2)
    assert rig.reader.health == ""
    rig.device.dead_level = level
    rig.run(2)
    assert rig.reader.health == "no answer"


def test_after_many_disturbed_polls_the_chip_is_started_again():
    rig = Rig()
    rig.put(Card("DEADBEEF"))
    rig.device.air_flip = 1.0
    before = rig.device.resets
    rig.run(30)
    assert 2 <= rig.device.resets - before <= 6
    rig.device.air_flip = 0.0
    rig.put(Card(UIDS[1]))
    assert rig.run(2) == [UIDS[1]]


def test_a_damaged_answer_is_not_taken():
    rig = Rig()
    chip_part = rig.reader._chip
    answer = bytearray(5)
    clock.advance(1000)
    for error, count in ((0x00, 0), (0x01, -1), (0x02, -1), (0x10, -1), (0x08, 0)):
        rig.device.registers[fake.ERROR] = error
        assert chip_part.take(answer) == count
    assert chip_part.collision() >= 0


def begun(way=0):
    selection = rfid_select.Selection()
    selection.begin(way)
    return selection


def answer_bits(selection, text, collision=-1):
    data = bytes.fromhex(text)
    selection.answer[: len(data)] = data
    return selection.take(len(data), collision)


def with_crc(text):
    return text + crc_a(bytes.fromhex(text)).hex()


def test_selection_of_one_card():
    selection = begun()
    assert bytes(selection.request[: selection.count]) == b"\x93\x20"
    assert answer_bits(selection, "DEADBEEF22") == rfid_select.GO_ON
    assert bytes(selection.request[: selection.count]).hex() == with_crc("9370deadbeef22")
    assert answer_bits(selection, with_crc("08")) == rfid_select.DONE
    assert selection.uid[: selection.length].hex() == "deadbeef"


@pytest.mark.parametrize(
    ("level", "sak"),
    [
        # Wrong exclusive or; wrong or no CRC; more to come without a cascade tag; a cascade tag and no more.
        ("DEADBEEF23", None),
        ("DEADBEEF22", "080000"),
        ("DEADBEEF22", "08"),
        ("DEADBEEF22", with_crc("04")),
        ("8804112299", None),
        ("88041122BF", with_crc("08")),
    ],
)
def test_selection_refuses(level, sak):
    selection = begun()
    result = answer_bits(selection, level)
    if sak is not None:
        assert result == rfid_select.GO_ON
        result = answer_bits(selection, sak)
    assert result == rfid_select.FAILED


def test_selection_goes_the_way_it_is_told_and_forgets_what_is_behind_a_collision():
    for way, chosen in ((0, 0x0E), (1, 0x1E)):
        selection = begun(way)
        # Collision in the fifth bit; what the reader gives behind it does not count.
        assert answer_bits(selection, "FEADBEEF22", 5) == rfid_select.GO_ON
        assert bytes(selection.request[: selection.count]) == bytes((0x93, 0x25, chosen))
        assert selection.framing == 0x55
    # No place, a place that is known already, a cascade level behind the last one.
    assert answer_bits(begun(), "FEADBEEF22", 0x20) == rfid_select.FAILED
    assert answer_bits(selection, "FEADBEEF22", 5) == rfid_select.FAILED
    selection = begun()
    for _ in range(2):
        assert answer_bits(selection, "88041122BF") == rfid_select.GO_ON
        assert answer_bits(selection, with_crc("04")) == rfid_select.GO_ON
    assert answer_bits(selection, "88041122BF") == rfid_select.GO_ON
    assert answer_bits(selection, with_crc("04")) == rfid_select.FAILED


def test_crc():
    # ISO/IEC 14443-3 annex B: 00 00 gives A0 1E, 12 34 gives 26 CF.
    for data, crc in ((b"\x00\x00", 0x1EA0), (b"\x12\x34", 0xCF26)):
        assert rfid_select.crc_a(bytearray(data), 0, 2) == crc
    assert crc_a(b"\x12\x34") == b"\x26\xcf"
    chance = random.Random(2)
    for _ in range(200):
        data = bytearray(chance.randrange(256) for _ in range(chance.randrange(1, 12)))
        assert rfid_select.crc_a(data, 0, len(data)).to_bytes(2, "little") == crc_a(data)
    assert rfid_select.HLTA[2:] == crc_a(rfid_select.HLTA[:2])
