"""What the card readers of the ESP32 HAL share: presence, retries, and which module a wiring brings along."""

import random
import sys

import esp32_bench
import mfrc522 as fake_mfrc522
import pn532 as fake_pn532
import pytest
from fake_chip import chip
from simulated_time import PERIOD, clock
from test_esp32_rfid_spi import WIRING as MFRC522
from test_esp32_rfid_uart import WIRING as PN532
from type_a_cards import Card

from board_data import other_reader
from evse.hal.esp32 import station_board
from evse.hal.esp32.mfrc522 import Mfrc522
from evse.hal.esp32.onewire_rfid import OneWireRfid
from evse.hal.esp32.pn532 import Pn532
from evse.hal.esp32.rfid import Presence, Retry
from evse.log import log

ONEWIRE = {"kind": "onewire", "pin": 16}


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)
    monkeypatch.setattr(log, "echo", False)


class Polls:
    """A presence and its clock."""

    def __init__(self, sights=1, gone_ms=1000):
        self.part = Presence(gone_ms, sights)
        self.now_ms = PERIOD - 3000

    def poll(self, *uids, ms=100):
        self.now_ms = (self.now_ms + ms) % PERIOD
        for uid in uids:
            data = bytearray(b"\x55" + bytes.fromhex(uid))
            self.part.seen(data, 1, len(data) - 1)
        self.part.polled(self.now_ms)
        told = []
        while True:
            uid = self.part.take()
            if uid is None:
                return told
            told.append(uid)


def test_told_once_and_again_after_it_was_away():
    polls = Polls()
    assert polls.poll("AABBCCDD") == ["AABBCCDD"]
    for _ in range(100):
        assert polls.poll("AABBCCDD") == []
    for _ in range(10):
        assert polls.poll() == []
    assert polls.poll("AABBCCDD") == []
    for _ in range(11):
        polls.poll()
    assert polls.poll("AABBCCDD") == ["AABBCCDD"]


def test_nothing_is_gone_while_nobody_polls():
    polls = Polls()
    polls.poll("AABBCCDD")
    assert polls.poll("AABBCCDD", ms=3600000) == []
    polls.poll()
    assert polls.poll("AABBCCDD", ms=900) == []


def test_sights():
    polls = Polls(sights=2)
    assert polls.poll("AABBCCDD") == []
    assert polls.poll() == []
    # Every other poll fails with some readers.
    assert polls.poll("AABBCCDD") == ["AABBCCDD"]
    for _ in range(30):
        assert polls.poll() == [] and polls.poll("AABBCCDD") == []
    # Twice in one poll is once.
    assert Polls(sights=2).poll("AABBCCDD", "AABBCCDD") == []


def test_disturbances_that_are_all_different_are_never_told_and_hide_no_card():
    polls = Polls(sights=2)
    chance = random.Random(1)
    for _ in range(2000):
        wrong = [chance.randbytes(length).hex() for length in (4, 7, 10)]
        assert polls.poll(*wrong) == []
    assert polls.poll("AABBCCDD", chance.randbytes(10).hex()) == []
    assert polls.poll("AABBCCDD", chance.randbytes(4).hex()) == ["AABBCCDD"]


def test_more_cards_than_slots():
    polls = Polls()
    uids = ["%08X" % (0x11111111 * number) for number in range(1, 7)]
    for _ in range(5):
        first = polls.poll(*uids)
        assert set(first) <= set(uids)
    told = polls.poll(*uids)
    # Those beyond the fourth wait for a slot; none is told twice.
    assert told == []


def test_uids_of_different_lengths_are_different_cards():
    polls = Polls()
    assert sorted(polls.poll("AABBCCDD", "AABBCCDD000000")) == ["AABBCCDD", "AABBCCDD000000"]


def test_random_uids_are_one_card():
    polls = Polls(sights=2)
    polls.poll("08000001")
    assert polls.poll("08000002") == ["08000002"]
    for number in range(100):
        assert polls.poll("080001%02X" % number) == []
    # Seven bytes are not random.
    polls.poll("08000000000001", "08000000000002")
    assert len(polls.poll("08000000000001", "08000000000002")) == 2


def test_retry():
    retry = Retry("X")
    now_ms = PERIOD - 1000
    assert retry.is_due(now_ms) and retry.health == "not tried yet"
    for delay_s in (1, 2, 4, 8, 16, 30, 30):
        retry.failed("no answer", now_ms % PERIOD)
        assert not retry.is_due((now_ms + delay_s * 1000 - 1) % PERIOD)
        now_ms += delay_s * 1000
        assert retry.is_due(now_ms % PERIOD)
    retry.works()
    assert retry.health == ""
    retry.failed("no answer", now_ms % PERIOD)
    assert retry.is_due((now_ms + 1000) % PERIOD)


@pytest.mark.parametrize(
    ("wiring", "kind"), [(PN532, Pn532), (MFRC522, Mfrc522), (ONEWIRE, OneWireRfid), (None, type(None))]
)
def test_the_wiring_names_the_reader(wiring, kind):
    assert type(station_board._rfid(wiring, None, None)) is kind


def test_an_unknown_reader_is_refused():
    with pytest.raises(ValueError, match="rc632"):
        station_board._rfid({"kind": "rc632"}, None, None)


@pytest.mark.parametrize(
    ("wiring", "module", "others"),
    [
        (PN532, "pn532", ("mfrc522", "mfrc522_chip", "rfid_select", "onewire_rfid")),
        (MFRC522, "mfrc522", ("pn532", "pn532_frames", "onewire_rfid")),
        (ONEWIRE, "onewire_rfid", ("pn532", "pn532_frames", "mfrc522", "mfrc522_chip", "rfid_select")),
        (
            None,
            None,
            ("pn532", "pn532_frames", "mfrc522", "mfrc522_chip", "rfid_select", "onewire_rfid", "rfid"),
        ),
    ],
)
def test_only_the_reader_that_the_wiring_names_is_imported(monkeypatch, wiring, module, others):
    room = "evse.hal.esp32."
    for name in ("pn532", "pn532_frames", "mfrc522", "mfrc522_chip", "rfid_select", "onewire_rfid", "rfid"):
        monkeypatch.delitem(sys.modules, room + name)
    station_board._rfid(wiring, None, None)
    assert module is None or room + module in sys.modules
    assert not [name for name in others if room + name in sys.modules]


def test_a_pause_of_a_week_does_not_stop_the_reader_at_the_switch_input():
    body = bytes((4, 1, 2, 3, 4, 5, 6))
    reader = station_board._rfid(ONEWIRE, None, None)
    assert isinstance(reader, OneWireRfid)
    answers = [body + bytes((reader._wire.crc8(body),))]
    chip.wires[16] = lambda: answers[0]
    assert reader.read_uid() == body.hex().upper()
    answers[0] = b"\xff" * 8
    for _ in range(3):
        clock.advance(1000000)
        reader.read_uid()
    clock.now_us += 7 * 86400 * 1000000
    answers[0] = body + bytes((reader._wire.crc8(body),))
    assert reader.read_uid() == body.hex().upper()


def test_the_readers_of_pico32_read_a_card_as_they_are_wired():
    wirings = (esp32_bench.load_board("PICO32").WIRING["rfid"], other_reader()["rfid"])
    for wiring, device, wire in (
        (wirings[0], fake_pn532.Pn532(), wirings[0]["uart"]),
        (wirings[1], fake_mfrc522.Mfrc522(wirings[1]["cs_pin"]), ("spi", wirings[1]["spi"])),
    ):
        chip.wires[wire] = device
        reader = station_board._rfid(wiring, None, None)
        assert reader is not None
        device.field.put(Card("04A1B2C3D4E5F6"))
        found = []
        for _ in range(30):
            clock.advance(100000)
            found.append(reader.read_uid())
        assert [uid for uid in found if uid] == ["04A1B2C3D4E5F6"], wiring["kind"]
