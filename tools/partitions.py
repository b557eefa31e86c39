"""The partition table of a board: read from partitions.csv, checked, and written as the bootloader reads it."""

import hashlib
import re
import struct
from pathlib import Path
from typing import NamedTuple

TABLE_OFFSET = 0x8000
TABLE_BYTES = 0xC00
SECTOR_BYTES = 0x1000
APP_ALIGNMENT = 0x10000

TYPE_APP, TYPE_DATA = 0, 1
TYPES = {"app": TYPE_APP, "data": TYPE_DATA}
SUBTYPES = {
    TYPE_APP: {"factory": 0x00, "test": 0x20, **{f"ota_{number}": 0x10 + number for number in range(16)}},
    TYPE_DATA: {
        "ota": 0x00,
        "phy": 0x01,
        "nvs": 0x02,
        "coredump": 0x03,
        "nvs_keys": 0x04,
        "efuse": 0x05,
        "undefined": 0x06,
        "esphttpd": 0x80,
        "fat": 0x81,
        "spiffs": 0x82,
        "littlefs": 0x83,
    },
}
FLAGS = {"encrypted": 1, "readonly": 2}
SUBTYPE_OTADATA = SUBTYPES[TYPE_DATA]["ota"]
SUBTYPE_NVS = SUBTYPES[TYPE_DATA]["nvs"]
# MicroPython looks for its ROMFS by this name.
ROMFS_NAME = "romfs"

_ENTRY = "<2sBBII16sI"
_ENTRY_MAGIC = b"\xaa\x50"
_MD5_MAGIC = b"\xeb\xeb" + b"\xff" * 14


class PartitionError(Exception):
    """A partition table that cannot be used, and why."""


class Partition(NamedTuple):
    """One row: offset and size in bytes."""

    name: str
    type: int
    subtype: int
    offset: int
    size: int
    flags: int = 0

    @property
    def end(self) -> int:
        return self.offset + self.size


def read_csv(path: Path) -> list[Partition]:
    """Return the checked rows of a partitions.csv."""
    partitions: list[Partition] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise PartitionError(f"{path} is missing") from None
    for number, line in enumerate(lines, 1):
        text = line.split("#")[0].strip()
        if not text:
            continue
        try:
            end = partitions[-1].end if partitions else TABLE_OFFSET + SECTOR_BYTES
            partitions.append(_row([field.strip() for field in text.split(",")], end))
        except (ValueError, KeyError, IndexError) as error:
            raise PartitionError(f"{path}:{number}: {line.strip()}: {error}") from None
    check(partitions, str(path))
    return partitions


def _row(fields: list[str], previous_end: int) -> Partition:
    kind = TYPES[fields[1]] if fields[1] in TYPES else _number(fields[1])
    known = SUBTYPES.get(kind, {})
    subtype = known[fields[2]] if fields[2] in known else _number(fields[2])
    alignment = APP_ALIGNMENT if kind == TYPE_APP else SECTOR_BYTES
    offset = _number(fields[3]) if fields[3] else -(-previous_end // alignment) * alignment
    flags = 0
    for flag in (fields[5] if len(fields) > 5 else "").split(":"):
        flags |= FLAGS[flag] if flag else 0
    if not 1 <= len(fields[0]) <= 15:
        raise ValueError("a name has 1 to 15 characters")
    return Partition(fields[0], kind, subtype, offset, _number(fields[4]), flags)


def _number(text: str) -> int:
    found = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([KkMm]?)", text)
    if not found:
        raise ValueError(f"{text!r} is not a number")
    return int(found[1], 0) * {"": 1, "k": 1024, "m": 1024 * 1024}[found[2].lower()]


def check(partitions: list[Partition], where: str) -> None:
    """Raise PartitionError for rows that overlap or lie where no partition may lie."""
    end = TABLE_OFFSET + SECTOR_BYTES
    for row in sorted(partitions, key=lambda row: row.offset):
        alignment = APP_ALIGNMENT if row.type == TYPE_APP else SECTOR_BYTES
        if row.offset % alignment or row.size % SECTOR_BYTES or row.size == 0:
            raise PartitionError(f"{where}: {row.name}: offset or size is not a multiple of {alignment:#x}")
        if row.offset < end:
            raise PartitionError(f"{where}: {row.name} at {row.offset:#x} begins before {end:#x}")
        end = row.end


def encode(partitions: list[Partition]) -> bytes:
    """Return the table as the bootloader reads it, with its MD5 row."""
    rows = b"".join(
        struct.pack(
            _ENTRY, _ENTRY_MAGIC, row.type, row.subtype, row.offset, row.size, row.name.encode(), row.flags
        )
        for row in partitions
    )
    table = rows + _MD5_MAGIC + hashlib.md5(rows).digest()
    if len(table) > TABLE_BYTES:
        raise PartitionError("too many partitions")
    return table.ljust(TABLE_BYTES, b"\xff")


def decode(table: bytes) -> list[Partition]:
    """Return the rows of a table as `encode` writes it; empty when there is none."""
    partitions = []
    for at in range(0, min(len(table), TABLE_BYTES), struct.calcsize(_ENTRY)):
        if table[at : at + 2] != _ENTRY_MAGIC:
            break
        _, kind, subtype, offset, size, name, flags = struct.unpack_from(_ENTRY, table, at)
        partitions.append(Partition(name.rstrip(b"\0").decode(), kind, subtype, offset, size, flags))
    return partitions


def find_app(partitions: list[Partition]) -> Partition | None:
    """Return the partition that starts when nothing else was chosen: factory, else the first OTA slot."""
    apps = sorted((row for row in partitions if row.type == TYPE_APP), key=lambda row: row.subtype)
    return apps[0] if apps else None


def find_named(partitions: list[Partition], name: str) -> Partition | None:
    """Return the partition of a name."""
    return next((row for row in partitions if row.name == name), None)
