"""The fake `esp32`: pulse counters, key-value store and flash partitions, as the port documents them.

Flash behaves as NOR flash does: a write only clears bits, an erase sets all bits of a sector, and both stop the
chip while they last. `chip.flash.cut_after` bytes the supply fails: in a write the byte under way is half written,
in an erase the sector is left as chance will have it.
"""

import random

from fake_chip import PowerCut, chip
from micropython import const
from simulated_time import clock

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

SECTOR_BYTES = 4096
ERASE_US = 80000
WRITE_CALL_US = 150
PAGE_US = 700
PAGE_BYTES = 256
READ_CALL_US = 60

ESP_ERR_NVS_NOT_FOUND = 0x1102
ESP_ERR_NVS_INVALID_LENGTH = 0x110C
ESP_ERR_NVS_TYPE_MISMATCH = 0x1103
ESP_ERR_OTA_VALIDATE_FAILED = 0x1503
ESP_ERR_INVALID_SIZE = 0x104


class Flash:
    """The chip's flash with its partitions: (label, type, subtype, offset, size)."""

    def __init__(self, partitions, size=4 * 1024 * 1024):
        self.partitions = partitions
        self.data = bytearray(b"\xff" * size)
        self.cut_after: int | None = None
        self.written = 0
        self.erases = []
        self.running = "ota_0"
        self.boot = "ota_0"
        self.pending_verify = False
        self.random = random.Random(1)

    def _spend(self, count):
        """Count bytes towards the power cut; return how many still get done."""
        self.written += count
        if self.cut_after is None or self.written <= self.cut_after:
            return count
        return max(0, count - (self.written - self.cut_after))

    def read(self, offset, buffer):
        clock.block(READ_CALL_US)
        buffer[:] = self.data[offset : offset + len(buffer)]

    def write(self, offset, data):
        clock.block(WRITE_CALL_US + PAGE_US * -(-len(data) // PAGE_BYTES))
        done = self._spend(len(data))
        for index in range(done):
            self.data[offset + index] &= data[index]
        if done < len(data):
            # The byte under way has some of its bits.
            self.data[offset + done] &= data[done] | self.random.getrandbits(8)
            raise PowerCut

    def erase(self, offset, size):
        if offset % SECTOR_BYTES or size % SECTOR_BYTES:
            raise OSError(-ESP_ERR_INVALID_SIZE)
        for begin in range(offset, offset + size, SECTOR_BYTES):
            self.erases.append(begin)
            clock.block(ERASE_US)
            if self._spend(SECTOR_BYTES) < SECTOR_BYTES:
                for index in range(begin, begin + SECTOR_BYTES):
                    self.data[index] |= self.random.getrandbits(8) & self.random.getrandbits(8)
                raise PowerCut
            self.data[begin : begin + SECTOR_BYTES] = b"\xff" * SECTOR_BYTES


class Partition:
    """One partition; blocks are sectors."""

    BOOT = 0
    RUNNING = 1
    TYPE_APP = 0
    TYPE_DATA = 1

    def __init__(self, id, block_size=4096):
        if id == self.BOOT:
            id = chip.flash.boot
        elif id == self.RUNNING:
            id = chip.flash.running
        rows = [row for row in chip.flash.partitions if row[0] == id]
        if not rows:
            raise OSError(2)
        self.row = rows[0]

    @staticmethod
    def find(type=TYPE_APP, subtype=0xFF, label=None, block_size=4096):
        return [
            Partition(row[0])
            for row in chip.flash.partitions
            if row[1] == type and subtype in (0xFF, row[2]) and label in (None, row[0])
        ]

    def info(self):
        return (self.row[1], self.row[2], self.row[3], self.row[4], self.row[0], False)

    def _offset(self, block, offset, count):
        begin = block * SECTOR_BYTES + offset
        if begin < 0 or begin + count > self.row[4]:
            raise OSError(-ESP_ERR_INVALID_SIZE)
        return self.row[3] + begin

    def readblocks(self, block_num, buf, offset=0):
        chip.flash.read(self._offset(block_num, offset, len(buf)), buf)

    def writeblocks(self, block_num, buf, offset=None):
        place = self._offset(block_num, offset or 0, len(buf))
        if offset is None:
            chip.flash.erase(place, len(buf))
        chip.flash.write(place, buf)

    def ioctl(self, op, arg=0):
        if op == 4:
            return self.row[4] // SECTOR_BYTES
        if op == 5:
            return SECTOR_BYTES
        if op == 6:
            chip.flash.erase(self._offset(arg, 0, SECTOR_BYTES), SECTOR_BYTES)
            return 0
        return 0 if op in (1, 2, 3) else None

    def get_next_update(self):
        names = [row[0] for row in chip.flash.partitions if row[1] == self.TYPE_APP and row[2] >= 0x10]
        if len(names) < 2:
            raise OSError(2)
        return Partition(names[(names.index(chip.flash.running) + 1) % len(names)])

    def set_boot(self):
        if self.row[1] != self.TYPE_APP or chip.flash.data[self.row[3]] != 0xE9:
            raise OSError(-ESP_ERR_OTA_VALIDATE_FAILED)
        chip.flash.boot = self.row[0]
        chip.flash.pending_verify = True

    @classmethod
    def mark_app_valid_cancel_rollback(cls):
        chip.flash.pending_verify = False


class NVS:
    """One namespace; like the real one it has the value in flash before `commit`."""

    def __init__(self, namespace):
        if not 1 <= len(namespace) <= 15:
            raise OSError(-0x1104)
        self._namespace = namespace
        self._values = chip.nvs.setdefault(namespace, {})

    def _get(self, key, kind):
        if key not in self._values:
            raise OSError(-ESP_ERR_NVS_NOT_FOUND)
        if not isinstance(self._values[key], kind):
            raise OSError(-ESP_ERR_NVS_TYPE_MISMATCH)
        return self._values[key]

    def _set(self, key, value):
        if not 1 <= len(key) <= 15:
            raise OSError(-0x1104)
        clock.block(1000)
        self._values[key] = value

    def get_i32(self, key):
        return self._get(key, int)

    def set_i32(self, key, value):
        self._set(key, value)

    def get_blob(self, key, buffer):
        value = self._get(key, bytes)
        if len(value) > len(buffer):
            raise OSError(-ESP_ERR_NVS_INVALID_LENGTH)
        buffer[: len(value)] = value
        return len(value)

    def set_blob(self, key, value):
        self._set(key, bytes(value))

    def erase_key(self, key):
        if key not in self._values:
            raise OSError(-ESP_ERR_NVS_NOT_FOUND)
        del self._values[key]

    def commit(self):
        pass


class PCNT:
    """One pulse counter: it counts every edge, whenever somebody looks."""

    IGNORE = 0
    INCREMENT = 1
    DECREMENT = 2

    def __init__(self, id, **options):
        if not 0 <= id <= 7:
            raise ValueError("id")
        self._pad: Any = None
        self._falling = self._rising = PCNT.IGNORE
        self._max = 0
        self._count = 0
        self._running = False
        self._looked_us = clock.now()
        self.init(**options)

    def init(self, pin: "Any" = None, falling=0, rising=0, max=0, min=0, filter=0, channel=0):
        if not 0 <= filter <= 1023 or not 0 <= max <= 32767:
            raise ValueError
        self._pad = chip.gpio(pin.number)
        self._falling = falling
        self._rising = rising
        self._max = max
        self._seen = list(self._pad.edge_counts)

    def start(self):
        self._running = True

    def stop(self):
        self._running = False

    def value(self, new=None):
        now_us = clock.now()
        pad = self._pad
        edges = 0
        if self._falling == PCNT.INCREMENT:
            edges += pad.edge_counts[0] - self._seen[0]
            if pad.external is not None:
                edges += pad.external.edges(self._looked_us, now_us, True)
        if self._rising == PCNT.INCREMENT:
            edges += pad.edge_counts[1] - self._seen[1]
            if pad.external is not None:
                edges += pad.external.edges(self._looked_us, now_us, False)
        self._seen[0] = pad.edge_counts[0]
        self._seen[1] = pad.edge_counts[1]
        self._looked_us = now_us
        if self._running:
            self._count += edges
            # At its limit the counter begins at zero again.
            if self._max and self._count >= self._max:
                self._count -= self._max
        value = self._count
        if new == 0:
            self._count = 0
        return value
