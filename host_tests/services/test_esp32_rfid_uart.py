"""The PN532 at its UART: cards, faults on the wire, a reader that goes and comes back."""

import random

import esp32_bench
import pytest
from fake_chip import chip
from pn532 import ACK, Pn532, answer_frame
from rfid_rig import UIDS, AnyReader, ReaderRig, disturbed_polls, most_ms_until_read
from type_a_cards import Card

from evse.hal.esp32 import pn532, pn532_frames
from evse.log import log

WIRING = {"kind": "pn532", "uart": 0, "tx_pin": 11, "rx_pin": 12, "baud": 115200}


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)
    monkeypatch.setattr(log, "echo", False)


class Rig(ReaderRig):
    """A reader on the wire."""

    def connect(self):
        self.device = Pn532()
        chip.wires[0] = self.device
        self.reader = pn532.Pn532(WIRING)


class TestAnyReader(AnyReader):
    """What it has in common with other readers."""

    make_rig = Rig


def test_how_long_a_card_must_be_held():
    worst_ms = most_ms_until_read(Rig, "DEADBEEF", random.Random(4))
    print("PN532: a card is read %d ms after it came, at a call every 100 ms" % worst_ms)
    assert worst_ms <= 700


def test_a_short_absence_does_not_count():
    rig = Rig()
    card = Card("DEADBEEF")
    rig.put(card)
    assert rig.run(2) == ["DEADBEEF"]
    for _ in range(20):
        rig.put()
        assert rig.run(0.5) == []
        rig.put(card)
        assert rig.run(1.0) == []


def test_two_cards_at_once_are_both_read_and_one_may_leave():
    rig = Rig()
    first, second = Card(UIDS[0]), Card(UIDS[1])
    rig.put(first, second)
    assert sorted(rig.run(10)) == sorted(UIDS[:2])
    rig.put(second)
    assert rig.run(5) == []
    rig.put(first, second)
    assert rig.run(5) == [UIDS[0]]
    rig.put()
    rig.run(3)
    rig.put(second)
    rig.run(2)
    rig.put(Card(UIDS[2]))
    assert rig.run(2) == [UIDS[2]]


@pytest.mark.parametrize("uid", UIDS)
def test_cards_that_speak_layer_4_are_found_again_and_again(uid):
    rig = Rig()
    card = Card(uid, sak=0x20)
    rig.put(card)
    assert rig.run(30) == [uid]
    assert card.selected > 50


def test_a_random_uid_is_told_once():
    rig = Rig()
    card = Card("08000000", is_random=True)
    rig.put(card)
    found = rig.run(30)
    assert len(found) == 1 and found[0].startswith("08")
    assert card.uid.hex().upper() != found[0]


def test_start_up_commands():
    rig = Rig()
    rig.run(1)
    assert rig.device.commands[:4] == [
        bytes.fromhex(text) for text in ("d414011401", "d41204", "d43205ff0102", "d44a0200")
    ]
    assert rig.device.commands[3:7] == [bytes.fromhex(t) for t in ("d44a0200", "d4320100")] * 2


def test_every_call_is_short():
    rig = Rig()
    rig.put(Card(UIDS[2]), Card(UIDS[1]))
    rig.run(20)
    rig.device.power(False)
    rig.run(60)
    print("PN532: longest call %d us of simulated waits" % rig.worst_us)
    assert rig.worst_us < 200


def test_no_reader_is_said_once_and_tried_less_and_less_often():
    rig = Rig()
    rig.device.is_open = True
    before = log.sequence
    sent = []
    rig.device.sent = lambda value, begin_us, end_us: sent.append(begin_us)
    rig.run(600)
    assert rig.reader.health == "no answer"
    assert [text for _, _, text in log.since(before)] == ["card reader PN532: no answer"]
    starts = [late for late, early in zip(sent[1:], sent) if late - early > 500000]
    pauses = [(late - early) // 1000000 for late, early in zip(starts[1:], starts)]
    assert pauses[:4] == [2, 4, 8, 16] and set(pauses[4:]) == {30}


def test_a_reader_that_comes_late_is_found():
    rig = Rig()
    rig.device.power(False)
    rig.run(100)
    assert rig.reader.health == "no answer"
    rig.device.power(True)
    rig.put(Card("DEADBEEF"))
    assert rig.run(35) == ["DEADBEEF"]
    assert rig.reader.health == ""


def test_an_unnoticed_restart_with_factory_settings_is_healed():
    rig = Rig()
    rig.run(2)
    rig.device.auto_rats = True
    rig.device.retries = 0xFF
    rig.put(Card(UIDS[1], sak=0x20), Card(UIDS[0], sak=0x20))
    assert sorted(rig.run(20)) == sorted(UIDS[:2])
    assert not rig.device.auto_rats and rig.device.retries == 2


def test_one_card_with_ats_is_read():
    rig = Rig()
    rig.run(2)
    rig.device.auto_rats = True
    rig.put(Card(UIDS[1], sak=0x20))
    assert rig.run(5) == [UIDS[1]]
    assert rig.device.auto_rats


def test_a_damaged_answer_is_asked_for_again():
    rig = Rig()
    rig.run(2)
    rig.put(Card("DEADBEEF"))
    original = rig.device.say
    damaged = []

    def say(data, delay_us=0):
        if data[5:7] == b"\xd5\x4b" and len(data) > 12 and len(damaged) < 2:
            damaged.append(data)
            data = data[:-4] + bytes((data[-4] ^ 0x10,)) + data[-3:]
        original(data, delay_us)

    rig.device.say = say
    assert rig.run(3) == ["DEADBEEF"]
    assert len(damaged) == 2
    # The same answer came again: no card was looked for twice.
    commands = [body[1] for body in rig.device.commands[3:]]
    assert commands == ([0x4A, 0x32] * len(commands))[: len(commands)]


def test_an_error_frame_leads_to_a_new_start():
    rig = Rig()
    rig.run(2)
    original = rig.device._command
    rig.device._command = lambda body: original(b"\x00" + body[1:])
    rig.run(2)
    assert rig.reader.health == "refuses commands"
    rig.device._command = original
    rig.put(Card("DEADBEEF"))
    assert rig.run(10) == ["DEADBEEF"]


def test_answers_of_other_kinds_are_refused():
    """Well-formed frames with contents that no manual has: no card, no exception."""
    chance = random.Random(9)
    rig = Rig()
    for _ in range(3000):
        body = bytearray(chance.randrange(256) for _ in range(chance.randrange(1, 60)))
        if chance.random() < 0.8:
            body[:2] = b"\xd5\x4b"[: len(body)]
        if chance.random() < 0.5 and len(body) > 7:
            body[2] = chance.choice((0, 1, 2, 3, 255))
            body[7] = chance.choice((0, 3, 4, 7, 10, 11, 255))
        rig.device.say(ACK + answer_frame(bytes(body)))
        assert rig.run(0.1) == []


@pytest.mark.parametrize(
    ("flip", "lose", "babble"),
    [(0.002, 0, 0), (0.02, 0, 0), (0, 0.002, 0), (0, 0.02, 0), (0, 0, 0.01), (0, 0, 0.1), (0.01, 0.01, 0.05)],
)
def test_10000_polls_with_faults(flip, lose, babble):
    rig = Rig()
    noise = random.Random(2)

    def disturb(on):
        rig.device.flip, rig.device.lose, rig.device.babble = (flip, lose, babble) if on else (0, 0, 0)
        if on and noise.random() < 0.1:
            rig.device.say(bytes(noise.randrange(256) for _ in range(noise.randrange(200))))

    def cards(chance):
        return chance.sample([Card(uid, sak=chance.choice((8, 0x20))) for uid in UIDS], chance.randrange(3))

    told = disturbed_polls(rig, disturb, cards, random.Random(1))
    text = "PN532: 10000 polls with flip %s, lose %s, babble %s: %d cards, none wrong"
    print(text % (flip, lose, babble, told))
    assert rig.worst_us < 1000


def test_frames():
    assert pn532_frames.frame(b"\xd4\x02") == bytes.fromhex("0000ff02fed4022a00")
    receiver = pn532_frames.Receiver()

    def events(text):
        return [event for event in map(receiver.feed, bytes.fromhex(text)) if event]

    good = "0000ff03fdd54b00e000"
    assert events("0000ff00ff00" + good) == [pn532_frames.ACK, pn532_frames.FRAME]
    assert bytes(receiver.data[: receiver.length]) == b"\xd5\x4b\x00"
    assert events(good[:-4] + "e100") == [pn532_frames.BAD]
    # Garbage before it, even such that looks like a beginning.
    for garbage in ("", "ff", "00", "0000", "00ff", "0000ff", "00ff05", "00ff00", "5500ff0303", "0000ff4141"):
        receiver.reset()
        assert events(garbage + good)[-1:] == [pn532_frames.FRAME], garbage
