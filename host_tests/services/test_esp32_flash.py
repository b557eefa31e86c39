"""Flash on ESP32: the journal survives a power cut at every byte, nothing erases while a contactor is closed."""

import hashlib
import random

import esp32_bench
import pytest
from esp32 import Flash, Partition
from fake_chip import PowerCut, chip
from simulated_time import clock

from evse.hal.esp32 import nvs, ota
from evse.hal.esp32.journal import SECTOR_BYTES, Journal
from evse.hal.esp32.nvs import Nvs
from evse.hal.esp32.upkeep import FirmwareCheck

SECTORS = 4
RECORD_BYTES = 32
PARTITIONS = [
    ("nvs", 1, 2, 0x9000, 0x5000),
    ("otadata", 1, 0, 0xE000, 0x2000),
    ("ota_0", 0, 0x10, 0x10000, 0x20000),
    ("ota_1", 0, 0x11, 0x30000, 0x20000),
    ("journal", 1, 0x40, 0x50000, SECTORS * SECTOR_BYTES),
]


class Gate:
    """Says whether flash may be erased."""

    def __init__(self):
        self.open = True
        self.asked = 0

    def __call__(self):
        self.asked += 1
        return self.open


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)
    chip.flash = Flash(PARTITIONS, 0x60000)


@pytest.fixture
def gate():
    return Gate()


def open_journal(gate, record_bytes=RECORD_BYTES):
    return Journal(Partition("journal"), record_bytes, gate)


def payload(number, size=RECORD_BYTES - 4):
    return number.to_bytes(4, "little") + bytes((number * 7 + index) & 0xFF for index in range(size - 4))


def numbers(journal):
    found = [int.from_bytes(record[:4], "little") for record in journal.records()]
    assert [payload(number, journal.payload_bytes) for number in found] == list(journal.records())
    return found


def prepared(gate, sectors_ahead=1):
    journal = open_journal(gate)
    for _ in range(SECTORS + 1):
        if journal.prepare(sectors_ahead):
            return journal
    raise AssertionError("prepare never ends")


def test_a_new_partition_has_no_room_until_it_is_prepared(gate):
    chip.flash.data[0x50000:0x54000] = random.Random(1).randbytes(0x4000)
    journal = open_journal(gate)
    assert journal.free == 0 and not journal.append(payload(1)) and numbers(journal) == []
    assert chip.flash.erases == []
    journal = prepared(gate)
    assert journal.free == 127 + 127
    assert journal.append(payload(1))
    assert numbers(journal) == [1] == numbers(open_journal(gate))


@pytest.mark.parametrize("record_bytes", [16, 32, 64, 128, 256, 512])
def test_records_survive_a_restart_and_the_ring_goes_round(gate, record_bytes):
    journal = open_journal(gate, record_bytes)
    size = record_bytes - 4
    for number in range(3000):
        journal.prepare()
        if journal.free == 0:
            journal.prepare()
        assert journal.append(payload(number, size))
        if number % 251 == 0:
            journal = open_journal(gate, record_bytes)
    kept = numbers(journal)
    per_sector = SECTOR_BYTES // record_bytes - 1
    assert kept == list(range(kept[0], 3000))
    assert len(kept) >= (SECTORS - 2) * per_sector
    assert numbers(open_journal(gate, record_bytes)) == kept


def test_erase_forgets_every_record_and_asks_first(gate):
    journal = open_journal(gate)
    while not journal.prepare():
        pass
    for number in range(20):
        assert journal.append(payload(number))
    gate.open = False
    with pytest.raises(OSError):
        journal.erase()
    assert numbers(journal) == list(range(20))
    gate.open = True
    journal.erase()
    for again in (journal, open_journal(gate)):
        assert numbers(again) == [] and again.free == 0
    while not journal.prepare():
        pass
    assert journal.append(payload(7)) and numbers(open_journal(gate)) == [7]


def test_append_never_erases_and_prepare_asks_first(gate):
    journal = prepared(gate, 2)
    erases = len(chip.flash.erases)
    gate.open = False
    appended = 0
    while journal.append(payload(appended)):
        appended += 1
        assert not journal.prepare(2) or journal.free >= 2 * 127
    assert appended == 3 * 127
    assert len(chip.flash.erases) == erases
    assert journal.lost == 1
    gate.open = True
    assert not journal.prepare(2) and journal.prepare(2)
    assert journal.append(payload(appended))
    # The oldest sector had to go for each of the two that were erased.
    assert numbers(journal)[-1] == appended


def test_what_it_costs(gate):
    journal = prepared(gate)
    worst_us = 0
    for number in range(200):
        begin_us = clock.now_us
        journal.append(payload(number))
        worst_us = max(worst_us, clock.now_us - begin_us)
    journal.append(payload(0))
    begin_us = clock.now_us
    journal.prepare(2)
    prepare_us = clock.now_us - begin_us
    print("journal: append %d us, prepare %d us per sector" % (worst_us, prepare_us))
    assert worst_us < 2000 and 80000 <= prepare_us < 90000


def fill(journal, gate, count, confirmed):
    """Use the journal as the station does; note what was confirmed, until done or cut."""
    number = confirmed[-1] + 1 if confirmed else 0
    for _ in range(count):
        if journal.free < 2 * 127:
            journal.prepare(2)
        if journal.append(payload(number)):
            confirmed.append(number)
        number += 1


def check_after_cut(gate, confirmed, ring):
    """Everything confirmed is there (the ring keeps the newest), at most one more, in order, and it goes on."""
    chip.flash.cut_after = None
    journal = open_journal(gate)
    found = numbers(journal)
    wanted = confirmed[-ring:]
    assert found[-len(wanted) :] == wanted or found[-len(wanted) - 1 : -1] == wanted, (
        found[-3:],
        wanted[-3:],
    )
    assert found == sorted(set(found))
    # Going on after the cut keeps what was there.
    for _ in range(SECTORS):
        if journal.prepare(1):
            break
    assert journal.append(payload(100000))
    assert numbers(open_journal(gate))[-1] == 100000
    assert (
        numbers(open_journal(gate))[-len(wanted[-100:]) - 2 :][: len(wanted[-100:])][-1]
        >= wanted[-100:][-1] - 1
    )


def snapshot():
    return bytes(chip.flash.data)


def test_power_cut_at_every_byte_of_appends(gate):
    journal = prepared(gate, 2)
    confirmed = []
    fill(journal, gate, 125, confirmed)
    before = snapshot()
    written = chip.flash.written
    cuts = 0
    # Eight appends, across the border of two sectors.
    for cut in range(8 * RECORD_BYTES + 1):
        chip.flash.data[:] = before
        chip.flash.written = written
        chip.flash.cut_after = written + cut
        known = list(confirmed)
        journal = open_journal(gate)
        try:
            for number in range(125, 133):
                if journal.append(payload(number)):
                    known.append(number)
        except PowerCut:
            cuts += 1
        check_after_cut(gate, known, 250)
    print("journal: power cut at %d bytes of appends, nothing confirmed was lost" % cuts)
    assert cuts == 8 * RECORD_BYTES


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_power_cut_at_every_byte_of_an_erase_and_its_header(gate, seed):
    chip.flash.random.seed(seed)
    journal = prepared(gate, 2)
    confirmed = []
    fill(journal, gate, 700, confirmed)
    while journal.free >= 2 * 127:
        journal.append(payload(confirmed[-1] + 1))
        confirmed.append(confirmed[-1] + 1)
    before = snapshot()
    written = chip.flash.written
    # An erase is one step to the sector: sooner or later in it makes no difference that can be modelled.
    cuts = list(range(0, SECTOR_BYTES, 97)) + list(range(SECTOR_BYTES - 2, SECTOR_BYTES + 17))
    for cut in cuts:
        chip.flash.data[:] = before
        chip.flash.written = written
        chip.flash.cut_after = written + cut
        journal = open_journal(gate)
        try:
            journal.prepare(2)
        except PowerCut:
            pass
        check_after_cut(gate, confirmed, 127)
    print("journal: power cut at %d points of an erase and its header" % len(cuts))


def test_power_cuts_anywhere_for_a_long_time(gate):
    """2000 lives of random length: what was confirmed and not overwritten by the ring is always there."""
    chance = random.Random(4)
    confirmed = []
    number = 0
    cuts = 0
    for _ in range(2000):
        chip.flash.written = 0
        chip.flash.cut_after = chance.randint(0, 6000)
        try:
            journal = open_journal(gate)
            found = numbers(journal)
            assert found == sorted(found)
            kept = [entry for entry in confirmed if entry >= found[0]] if found else confirmed
            assert set(kept) <= set(found)
            assert len(found) >= min(len(confirmed), 127)
            confirmed = kept
            while True:
                if journal.free < 127 and chance.random() < 0.5:
                    journal.prepare(1)
                number += 1
                if journal.append(payload(number)):
                    confirmed.append(number)
        except PowerCut:
            cuts += 1
    print("journal: %d lives, %d records" % (cuts, number))
    assert cuts == 2000


def test_a_sector_that_only_looks_erased_is_not_used(gate):
    journal = prepared(gate, 1)
    assert journal.append(payload(1))
    # What an erase that was cut at its very end leaves: all ones, but no header.
    sector = next(index for index in range(SECTORS) if journal._read_generation(index) == 2)
    chip.flash.data[0x50000 + sector * SECTOR_BYTES :][:16] = b""
    begin = 0x50000 + sector * SECTOR_BYTES
    chip.flash.data[begin : begin + 16] = b"\xff" * 16
    journal = open_journal(gate)
    assert journal.free == 126
    assert numbers(journal) == [1]


def test_wrong_sizes_are_refused(gate):
    with pytest.raises(ValueError):
        open_journal(gate, 24)
    with pytest.raises(ValueError):
        Journal(Partition("otadata"), 32, gate)
    with pytest.raises(ValueError):
        prepared(gate).append(b"short")


# Key-value store


def test_nvs_keeps_values_until_flash_may_be_erased(gate):
    store = Nvs("evse", gate)
    gate.open = False
    store.set_int("count", -5)
    store.set_bytes("key", b"\x00\x01")
    assert (store.get_int("count", 0), store.get_bytes("key")) == (-5, b"\x00\x01")
    assert not store.commit() and store.unsaved
    assert chip.nvs["evse"] == {}
    gate.open = True
    assert store.commit() and not store.unsaved
    again = Nvs("evse", gate)
    assert (again.get_int("count", 0), again.get_bytes("key")) == (-5, b"\x00\x01")
    assert (again.get_int("none", 7), again.get_bytes("none")) == (7, None)
    # Another type under the same key is like none.
    assert (again.get_int("key", 7), again.get_bytes("count")) == (7, None)


def test_nvs_never_touches_the_factory_namespace(gate):
    chip.nvs["KeyStorage"] = {"serialnr": 1234}
    for name in nvs.FORBIDDEN:
        with pytest.raises(ValueError):
            Nvs(name, gate)
    assert chip.nvs == {"KeyStorage": {"serialnr": 1234}}


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.set_int("n", 1 << 31),
        lambda store: store.set_int("a key that is too long", 1),
        lambda store: store.set_bytes("b", bytes(509)),
        lambda store: store.set_bytes("", b""),
    ],
)
def test_nvs_refuses_what_does_not_fit(gate, call):
    store = Nvs("evse", gate)
    with pytest.raises(ValueError):
        call(store)
    assert not store.unsaved


# Firmware update


def image(size=3 * 4096 + 100):
    return b"\xe9" + random.Random(5).randbytes(size - 1)


def send(update, data, step=1000):
    view = memoryview(data)
    sent = 0
    while sent < len(data):
        sent += update.write(view[sent : sent + step])


def test_update_writes_the_other_partition_and_boots_it(gate):
    data = image()
    update = ota.Update(len(data), gate)
    send(update, data)
    assert chip.flash.boot == "ota_0"
    update.finish(hashlib.sha256(data).digest())
    assert chip.flash.boot == "ota_1" and chip.flash.pending_verify
    assert bytes(chip.flash.data[0x30000 : 0x30000 + len(data)]) == data
    assert all(0x30000 <= begin < 0x50000 for begin in chip.flash.erases)


def test_an_update_without_a_digest_relies_on_the_image(gate):
    data = image()
    update = ota.Update(len(data), gate)
    send(update, data)
    update.finish(None)
    assert chip.flash.boot == "ota_1"


@pytest.mark.parametrize("fault", ["bit", "short", "digest", "magic"])
def test_a_bad_update_is_not_booted(gate, fault):
    data = image()
    digest = hashlib.sha256(data).digest()
    if fault == "digest":
        digest = bytes(32)
    if fault == "magic":
        data = b"\x00" + data[1:]
        digest = hashlib.sha256(data).digest()
    update = ota.Update(len(data), gate)
    with pytest.raises(ota.UpdateError):
        send(update, data[:-1] if fault == "short" else data)
        if fault == "bit":
            raise_if_same(update, data)
        update.finish(digest)
    assert chip.flash.boot == "ota_0"


def raise_if_same(update, data):
    """Send once more with one bit of flash that does not take its value."""
    again = ota.Update(len(data), update._may_erase)
    original = chip.flash.write

    def stuck(offset, block):
        original(offset, block)
        chip.flash.data[offset + 77] ^= 1

    chip.flash.write = stuck
    send(again, data)
    again.finish(hashlib.sha256(data).digest())


def test_update_waits_while_a_contactor_is_closed(gate):
    data = image()
    update = ota.Update(len(data), gate)
    gate.open = False
    assert update.write(memoryview(data)) == 0 and not update.may_write
    assert chip.flash.erases == []


@pytest.mark.parametrize("size", [0, 100, 0x20001])
def test_update_of_impossible_size(gate, size):
    with pytest.raises(ota.UpdateError):
        ota.Update(size, gate)


def test_update_without_a_second_partition(gate):
    chip.flash.partitions = [row for row in PARTITIONS if row[0] != "ota_1"]
    with pytest.raises(ota.UpdateError):
        ota.Update(8192, gate)


def test_a_cut_during_an_update_leaves_the_running_firmware(gate):
    data = image()
    running = bytes(chip.flash.data[0x10000:0x30000])
    for cut in range(0, 40000, 1111):
        chip.flash.written = 0
        chip.flash.cut_after = cut
        try:
            update = ota.Update(len(data), gate)
            send(update, data)
        except PowerCut:
            pass
        assert chip.flash.boot == "ota_0"
        assert bytes(chip.flash.data[0x10000:0x30000]) == running


class Supervised:
    reason = ""


class Ticks:
    def ticks_ms(self):
        return clock.now_us // 1000 % (1 << 30)


def test_new_firmware_is_confirmed_after_three_healthy_minutes(gate):
    chip.flash.pending_verify = True
    supervisor = Supervised()
    check = FirmwareCheck(supervisor, Ticks(), gate)
    second = 0
    for second in range(300):
        clock.advance(1000000)
        supervisor.reason = "failed" if second == 100 else ""
        gate.open = second > 285
        if check.step():
            break
    assert second == 286
    assert not chip.flash.pending_verify


def test_firmware_that_cannot_roll_back_needs_no_confirmation(gate, monkeypatch):
    def refuse():
        raise OSError(-261)

    monkeypatch.setattr(Partition, "mark_app_valid_cancel_rollback", staticmethod(refuse))
    health = ota.HealthGate(1000)
    assert not health.step(True, 0, True)
    assert health.step(True, 1000, True)
