"""Append-only records in a raw flash partition: what must be kept while a contactor is closed.

An erase stops the chip for about 80 ms, a write into erased space for about 1 ms. So `append` only ever writes,
and `prepare` erases ahead of it, when `may_erase` says that no contactor is closed.

Each sector begins with a header that is written after its erase is complete: magic, record size, generation
and a checksum. A sector without one is not trusted to be erased, whatever it reads as. Generations count up from
sector to sector around the partition. A record is its payload and a CRC-32 that starts from the generation, so
what an interrupted erase leaves behind is never taken for a record of today. A cut during `append` leaves at most
one slot that is neither erased nor valid; it is skipped from then on.
"""

import binascii
import struct

from micropython import const

SECTOR_BYTES = const(4096)

_MAGIC = b"mEVj"
_HEADER = "<4sHHII"
_HEADER_BYTES = const(16)
_CRC_BYTES = const(4)
_GENERATION_MAX = const(0x3FFFFFFF)
_TRIES = const(3)

_IOCTL_COUNT = const(4)
_IOCTL_ERASE = const(6)


class Journal:
    """Records of one size over a partition: an object with readblocks, writeblocks and ioctl."""

    def __init__(self, partition, record_bytes: int, may_erase) -> None:
        """Recover the position; ValueError for a size that is no power of two of 16 .. 512, or < 3 sectors."""
        if record_bytes not in (16, 32, 64, 128, 256, 512):
            raise ValueError("record_bytes")
        self._partition = partition
        self._record_bytes = record_bytes
        self._may_erase = may_erase
        self._sectors = partition.ioctl(_IOCTL_COUNT, 0)
        if self._sectors < 3:
            raise ValueError("journal needs 3 sectors")
        self._slots = SECTOR_BYTES // record_bytes
        self._record = bytearray(record_bytes)
        self._check = bytearray(record_bytes)
        self._body = memoryview(self._record)[: record_bytes - _CRC_BYTES]
        self._check_body = memoryview(self._check)[: record_bytes - _CRC_BYTES]
        self._erased = b"\xff" * record_bytes
        self._header = bytearray(_HEADER_BYTES)
        self._sector = -1
        self._generation = 0
        self._slot = self._slots
        self._ahead = 0
        self.lost = 0
        self._recover()

    @property
    def payload_bytes(self) -> int:
        """The size of a payload."""
        return self._record_bytes - _CRC_BYTES

    @property
    def free(self) -> int:
        """How many records `append` can take without an erase."""
        return self._slots - self._slot + self._ahead * (self._slots - 1)

    def append(self, payload) -> bool:
        """Write one record; True once it can be read back. False when there is no erased space.

        ValueError when the payload is not `payload_bytes` long.
        """
        if len(payload) != len(self._body):
            raise ValueError("payload")
        self._body[:] = payload
        for _ in range(_TRIES):
            if self._slot >= self._slots and not self._next_sector():
                break
            struct.pack_into("<I", self._record, len(self._body), self._crc(self._body, self._generation))
            offset = self._slot * self._record_bytes
            self._slot += 1
            self._partition.writeblocks(self._sector, self._record, offset)
            self._partition.readblocks(self._sector, self._check, offset)
            if self._check == self._record:
                return True
        self.lost += 1
        return False

    def prepare(self, sectors_ahead: int = 1) -> bool:
        """Erase at most one sector; True once `sectors_ahead` are erased ahead, False to be called again.

        The oldest records go with the sector that is erased; those of all but `sectors_ahead` + 2 sectors stay.
        Takes about 80 ms when it erases.
        """
        sectors_ahead = min(sectors_ahead, self._sectors - 2)
        if self._sector >= 0 and self._ahead >= sectors_ahead:
            return True
        if not self._may_erase():
            return False
        generation = self._generation + self._ahead + 1
        target = (self._sector + self._ahead + 1) % self._sectors
        self._partition.ioctl(_IOCTL_ERASE, target)
        self._write_header(target, generation)
        self._ahead += 1
        if self._sector < 0:
            self._next_sector()
        return self._ahead >= sectors_ahead

    def erase(self) -> None:
        """Forget every record; takes about 80 ms per sector. OSError while flash must not be erased."""
        if not self._may_erase():
            raise OSError(16)
        for sector in range(self._sectors):
            self._partition.ioctl(_IOCTL_ERASE, sector)
        self._sector = -1
        self._generation = 0
        self._slot = self._slots
        self._ahead = 0

    def records(self):
        """Yield every valid payload as bytes, oldest first."""
        if self._sector < 0:
            return
        for back in range(self._sectors - 1, -1, -1):
            sector = (self._sector - back) % self._sectors
            generation = self._generation - back
            if self._read_generation(sector) != generation:
                continue
            for slot in range(1, self._slots):
                if self._is_valid(sector, slot, generation):
                    yield bytes(self._check_body)

    def _is_valid(self, sector: int, slot: int, generation: int) -> bool:
        self._partition.readblocks(sector, self._check, slot * self._record_bytes)
        crc = struct.unpack_from("<I", self._check, len(self._body))[0]
        return crc == self._crc(self._check_body, generation)

    def _crc(self, body, generation: int) -> int:
        return binascii.crc32(body, generation)

    def _next_sector(self) -> bool:
        if self._ahead == 0:
            return False
        self._ahead -= 1
        self._sector = (self._sector + 1) % self._sectors
        self._generation += 1
        self._slot = 1
        return True

    def _write_header(self, sector: int, generation: int) -> None:
        struct.pack_into(_HEADER, self._header, 0, _MAGIC, self._record_bytes, 0, generation, 0)
        crc = binascii.crc32(memoryview(self._header)[: _HEADER_BYTES - _CRC_BYTES])
        struct.pack_into("<I", self._header, _HEADER_BYTES - _CRC_BYTES, crc)
        self._partition.writeblocks(sector, self._header, 0)

    def _read_generation(self, sector: int) -> int:
        """Return the generation in a sector's header, or -1 when it has no valid one."""
        self._partition.readblocks(sector, self._header, 0)
        magic, record_bytes, _, generation, crc = struct.unpack(_HEADER, self._header)
        if magic != _MAGIC or record_bytes != self._record_bytes or generation > _GENERATION_MAX:
            return -1
        if crc != binascii.crc32(memoryview(self._header)[: _HEADER_BYTES - _CRC_BYTES]):
            return -1
        return generation

    def _recover(self) -> None:
        """Find the sector and slot where the next record goes."""
        generations = [self._read_generation(sector) for sector in range(self._sectors)]
        newest = max(generations)
        if newest < 0:
            return
        sector = generations.index(newest)
        ahead = 0
        used = self._used_slots(sector)
        while used == 1:
            before = (sector - 1) % self._sectors
            if ahead == self._sectors - 2 or generations[before] != generations[sector] - 1:
                break
            sector = before
            ahead += 1
            used = self._used_slots(sector)
        self._sector = sector
        self._generation = generations[sector]
        self._slot = used
        self._ahead = ahead

    def _used_slots(self, sector: int) -> int:
        """Return the number of the first slot after which a sector is erased to its end; the header counts."""
        slot = self._slots
        while slot > 1:
            self._partition.readblocks(sector, self._check, (slot - 1) * self._record_bytes)
            if self._check != self._erased:
                break
            slot -= 1
        return slot
