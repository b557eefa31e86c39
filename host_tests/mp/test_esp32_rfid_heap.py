"""Card readers of the ESP32 HAL allocate when they tell a card and at no other time, also while it lies there."""

import sys
import time

import micropython

from evse.hal.esp32 import now

ROUNDS = 300
PN532 = {"kind": "pn532", "uart": 0, "tx_pin": 11, "rx_pin": 12, "baud": 115200}
MFRC522 = {
    "kind": "mfrc522",
    "spi": 1,
    "sck_pin": 11,
    "mosi_pin": 3,
    "miso_pin": 12,
    "cs_pin": 0,
    "baud": 1000000,
}
ACK = b"\x00\x00\xff\x00\xff\x00"


def fake_chip():
    """Prepare the fake chip, in real time and without a history, which would take memory."""
    if "host_tests/fakes" not in sys.path:
        sys.path.insert(0, "host_tests/fakes")
    import simulated_time  # pyright: ignore[reportMissingImports]
    from fake_chip import chip  # pyright: ignore[reportMissingImports]

    simulated_time.clock.real = time.ticks_us
    chip.log = False
    chip.power_up()
    from evse.log import log

    log.echo = False


def locked(reader):
    """Ask the reader again and again with the heap locked."""
    worked = 0
    micropython.heap_lock()
    try:
        for _ in range(ROUNDS):
            if reader.read_uid() is not None:
                worked += 1
    finally:
        micropython.heap_unlock()
    assert worked == 0


def until_told(reader):
    for _ in range(100):
        uid = reader.read_uid()
        if uid is not None:
            return uid
    raise AssertionError("no card told, health " + reader.health)


def answers_of_pn532(body):
    """Return an acknowledgement and the frame around `body`."""
    return ACK + b"\x00\x00\xff" + bytes([len(body), -len(body) & 255]) + body + bytes([-sum(body) & 255, 0])


class StubUart:
    """A PN532 that answers each command at once; `cards` is its answer to InListPassiveTarget, None is no reader."""

    def __init__(self, cards):
        self.cards = cards
        self.empty = answers_of_pn532(b"\xd5\x4b\x00")
        self.others = {
            command: answers_of_pn532(bytes([0xD5, command + 1])) for command in (0x14, 0x12, 0x32)
        }
        self.answer = b""
        self.lists = 0

    def write(self, data):
        if len(data) < 8 or self.cards is None:
            return
        command = data[6]
        if command == 0x4A:
            self.lists += 1
            self.answer = self.cards
        elif command in self.others:
            self.answer = self.others[command]

    def any(self):
        return len(self.answer)

    def readinto(self, buffer):
        count = len(self.answer)
        for index in range(count):
            buffer[index] = self.answer[index]
        self.answer = b""
        return count


def pn532(cards):
    fake_chip()
    from evse.hal.esp32.pn532 import Pn532

    reader = Pn532(PN532)
    uart = StubUart(cards)
    setattr(reader, "_uart", uart)  # noqa: B010
    return reader, uart


CARD = answers_of_pn532(b"\xd5\x4b\x01\x01\x00\x44\x00\x07\x04\xa1\xb2\xc3\xd4\xe5\xf6")


def test_pn532_without_a_card():
    reader, uart = pn532(None)
    uart.cards = uart.empty
    for _ in range(10):
        assert reader.read_uid() is None
    assert reader.health == ""
    before = uart.lists
    locked(reader)
    assert uart.lists - before >= ROUNDS // 2 - 1


def test_pn532_with_a_card_that_stays():
    reader, _ = pn532(CARD)
    assert until_told(reader) == "04A1B2C3D4E5F6"
    locked(reader)


def test_pn532_that_answers_with_damaged_frames():
    reader, uart = pn532(CARD)
    until_told(reader)
    damaged = uart.empty[len(ACK) : -2] + b"\x01\x00"
    uart.cards = bytes([7 * index & 255 for index in range(20)]) + damaged * 3
    for _ in range(20):
        reader.read_uid()
    assert reader.health == "damaged answers"
    # Once more, and this time it is no news.
    reader._running = True
    reader._send(3, now.ms())
    before = uart.lists
    locked(reader)
    assert uart.lists - before == 2 and not reader._running


def test_pn532_that_is_not_there():
    reader, _ = pn532(None)
    reader._retry.failed("no answer", now.ms())
    locked(reader)


class StubSpi:
    """An MFRC522 whose exchanges end at once; with `uid` (four bytes) a card answers."""

    def __init__(self, uid, sak):
        self.uid = uid
        self.sak = sak
        self.answer = b""
        self.wakes = 0

    def write_readinto(self, out, into):
        register = out[0] >> 1 & 0x3F
        if not out[0] & 0x80:
            if register == 0x09:
                self.take(out)
            return
        if register == 0x09:
            for index in range(len(out) - 1):
                into[1 + index] = self.answer[index]
        elif register == 0x0A:
            into[1] = len(self.answer)
        elif register == 0x04:
            into[1] = 0x60 if self.uid else 0x41
        elif register == 0x14:
            into[1] = 0x83
        else:
            into[1] = 0x92 if register == 0x37 else 0

    def take(self, out):
        if out[1] == 0x52:
            self.wakes += 1
        elif out[2] == 0x20:
            self.answer = self.uid
        elif out[2] == 0x70:
            self.answer = self.sak


def mfrc522(uid):
    fake_chip()
    from evse.hal.esp32.mfrc522 import Mfrc522
    from evse.hal.esp32.rfid_select import crc_a

    crc = crc_a(bytearray(b"\x08"), 0, 1)
    reader = Mfrc522(MFRC522)
    spi = StubSpi(uid, bytes([8, crc & 0xFF, crc >> 8]))
    setattr(reader._chip, "_spi", spi)  # noqa: B010
    return reader, spi


def test_mfrc522_without_a_card():
    reader, spi = mfrc522(b"")
    for _ in range(5):
        assert reader.read_uid() is None
    assert reader.health == ""
    before = spi.wakes
    locked(reader)
    assert spi.wakes - before == ROUNDS


def test_mfrc522_with_a_card_that_stays():
    reader, _ = mfrc522(bytes([0xDE, 0xAD, 0xBE, 0xEF, 0xDE ^ 0xAD ^ 0xBE ^ 0xEF]))
    assert until_told(reader) == "DEADBEEF"
    locked(reader)


def test_a_card_is_what_allocates():
    """The counterexample: telling makes a string."""
    reader, _ = mfrc522(bytes([0xDE, 0xAD, 0xBE, 0xEF, 0xDE ^ 0xAD ^ 0xBE ^ 0xEF]))
    reader.read_uid()
    try:
        locked(reader)
    except MemoryError:
        return
    raise AssertionError("telling a card took no memory")
