"""The store on LittleFS in RAM, with the power cut at every block write: nothing confirmed is lost."""

import os

import vfs

from evse.settings.store import DAMAGED, EMPTY, LOADED, Store

BLOCK = 512
BLOCKS = 64
ROOT = "/cut"


class PowerCut(Exception):
    pass


class Flash:
    """A block device that dies at a chosen write; from then on it takes everything and does nothing."""

    def __init__(self):
        self.data = bytearray(BLOCK * BLOCKS)
        self.writes_left = -1
        self.dead = False

    def readblocks(self, number, buffer, offset=0):
        if self.dead:
            return 0
        start = number * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, number, buffer, offset=None):
        if self.dead:
            return 0
        self._spend()
        if offset is None:
            self.ioctl(6, number)
            offset = 0
        start = number * BLOCK + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK
        if operation == 6:
            if self.dead:
                return 0
            self._spend()
            start = argument * BLOCK
            self.data[start : start + BLOCK] = b"\xff" * BLOCK
        return 0

    def _spend(self):
        if self.writes_left == 0:
            self.dead = True
            raise PowerCut
        self.writes_left -= 1


def remount(flash):
    """Mount what the flash holds as after power-up; what was open before stays with the old device."""
    try:
        vfs.umount(ROOT)
    except OSError:
        pass
    again = Flash()
    again.data[:] = flash.data
    flash.dead = True
    vfs.mount(vfs.VfsLfs2(again), ROOT)  # pyright: ignore[reportArgumentType]
    return again


def save_until_cut(flash, writes):
    """Save values 1, 2, ... until the power fails; return the last confirmed and the one under way."""
    store = Store(ROOT + "/record", 1)
    status, value = store.load()
    number = value["number"] if status == LOADED else 0
    flash.writes_left = writes
    confirmed = number
    try:
        for number in range(confirmed + 1, confirmed + 6):
            store.save({"number": number, "filling": "x" * 300})
            confirmed = number
    except (PowerCut, OSError):
        pass
    return confirmed, number


def test_a_cut_at_every_write_loses_nothing_confirmed():
    cuts = 0
    for writes in range(120):
        flash = Flash()
        vfs.VfsLfs2.mkfs(flash)  # pyright: ignore[reportArgumentType]
        flash = remount(flash)
        Store(ROOT + "/record", 1).save({"number": 1, "filling": ""})
        confirmed, under_way = save_until_cut(flash, writes)
        cuts += confirmed != under_way
        remount(flash)
        status, value = Store(ROOT + "/record", 1).load()
        assert status == LOADED, writes
        assert confirmed <= value["number"] <= under_way, (writes, confirmed, value["number"])
        # And it goes on from there.
        store = Store(ROOT + "/record", 1)
        store.load()
        store.save({"number": 99})
        assert Store(ROOT + "/record", 1).load() == (LOADED, {"number": 99})
    vfs.umount(ROOT)
    assert cuts > 20, cuts


def test_damaged_records_are_kept_aside_and_one_good_generation_is_enough():
    flash = Flash()
    vfs.VfsLfs2.mkfs(flash)  # pyright: ignore[reportArgumentType]
    remount(flash)
    assert Store(ROOT + "/record", 1).load() == (EMPTY, None)
    store = Store(ROOT + "/record", 1)
    store.save({"number": 1})
    store.save({"number": 2})
    for name, expected in (("/record.0", 1), ("/record.1", 0)):
        assert expected in (0, 1)
        with open(ROOT + name, "rb") as file:
            data = bytearray(file.read())
        data[-3] ^= 1
        with open(ROOT + name, "wb") as file:
            file.write(data)
        status, value = Store(ROOT + "/record", 1).load()
        if name == "/record.0":
            assert status == LOADED and value["number"] in (1, 2)
        else:
            assert status == DAMAGED and value is None
    assert sorted(os.listdir(ROOT)) == ["record.damaged0", "record.damaged1"]
    vfs.umount(ROOT)


def test_a_record_of_a_later_version_is_not_read():
    flash = Flash()
    vfs.VfsLfs2.mkfs(flash)  # pyright: ignore[reportArgumentType]
    remount(flash)
    Store(ROOT + "/record", 2).save({"number": 1})
    assert Store(ROOT + "/record", 1).load() == (DAMAGED, None)
    vfs.umount(ROOT)
