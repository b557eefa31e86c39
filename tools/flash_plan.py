"""What is written to which addresses of the flash, and proof that no kept region is among them."""

import struct
from pathlib import Path
from typing import NamedTuple

from board_folders import BoardFolder
from partitions import (
    ROMFS_NAME,
    SECTOR_BYTES,
    SUBTYPE_NVS,
    SUBTYPE_OTADATA,
    TABLE_BYTES,
    TABLE_OFFSET,
    TYPE_DATA,
    Partition,
    check,
    decode,
    encode,
    find_app,
    find_named,
    read_csv,
)

# Serial number and keys of SmartEVSE hardware, namespace KeyStorage; nothing may ever write here.
NVS_BEGIN, NVS_END = 0x9000, 0xE000

BOOTLOADER_OFFSET = {"esp32": 0x1000, "esp32s2": 0x1000, "esp32s3": 0, "esp32c3": 0, "esp32c6": 0}
CHIP_IDS = {"esp32": 0, "esp32s2": 2, "esp32c3": 5, "esp32s3": 9, "esp32c6": 13}
IMAGE_MAGIC = 0xE9
_CHIP_ID_AT = 12


class PlanError(Exception):
    """Something that must not be written, and why."""


class Segment(NamedTuple):
    """Bytes for one place."""

    name: str
    offset: int
    content: bytes

    @property
    def end(self) -> int:
        return self.offset + len(self.content)

    @property
    def erased(self) -> tuple[int, int]:
        """Return the range that is erased for it: whole sectors."""
        begin = self.offset // SECTOR_BYTES * SECTOR_BYTES
        return begin, -(-self.end // SECTOR_BYTES) * SECTOR_BYTES


def make_plan(board: BoardFolder, firmware: bytes, romfs: bytes) -> list[Segment]:
    """Return what `make flash` writes: bootloader, partition table, firmware, image; the rest is left alone."""
    partitions = read_csv(board.folder / "partitions.csv")
    bootloader, app_content = split_firmware(board.chip, firmware)
    app = find_app(partitions)
    if app is None:
        raise PlanError(f"the partition table of {board.name} has no place for the firmware")
    segments = []
    if bootloader:
        check_flash_size(bootloader, partitions)
        segments.append(Segment("bootloader", BOOTLOADER_OFFSET[board.chip], bootloader))
    segments.append(Segment("partition table", TABLE_OFFSET, encode(partitions)))
    for row in partitions:
        if row.type == TYPE_DATA and row.subtype == SUBTYPE_OTADATA:
            # Blank: the first slot starts, whichever ran before.
            segments.append(Segment("choice of slot", row.offset, b"\xff" * row.size))
    segments.append(_fitted("firmware", app, app_content))
    place = find_named(partitions, ROMFS_NAME)
    if place:
        segments.append(_fitted("image", place, romfs))
    segments.sort(key=lambda segment: segment.offset)
    check_segments(segments, kept_ranges(partitions))
    return segments


def kept_ranges(partitions: list[Partition]) -> list[tuple[int, int]]:
    """Return the ranges that are never written: NVS where the factory has it, and where the table has it."""
    rows = [row for row in partitions if row.type == TYPE_DATA and row.subtype == SUBTYPE_NVS]
    return [(NVS_BEGIN, NVS_END), *((row.offset, row.end) for row in rows)]


def check_segments(segments: list[Segment], kept: list[tuple[int, int]]) -> None:
    """Raise PlanError when segments touch each other or a kept range, whole sectors counted."""
    previous = 0
    for segment in sorted(segments, key=lambda segment: segment.offset):
        begin, end = segment.erased
        if begin < previous:
            raise PlanError(f"{segment.name} at {begin:#x} overlaps what lies before {previous:#x}")
        previous = end
        for kept_begin, kept_end in kept:
            if begin < kept_end and kept_begin < end:
                raise PlanError(
                    f"{segment.name} would erase {begin:#x} to {end:#x}; "
                    f"{kept_begin:#x} to {kept_end:#x} (NVS with KeyStorage) must stay"
                )


def split_firmware(chip: str, firmware: bytes) -> tuple[bytes, bytes]:
    """Return bootloader and application of a firmware file; no bootloader when it is an application only.

    A file for the whole flash has 0xFF where NVS lies: writing it as it is would erase the keys.
    """
    check_chip(chip, firmware, "the firmware")
    table_at = TABLE_OFFSET - BOOTLOADER_OFFSET[chip]
    partitions = decode(firmware[table_at : table_at + TABLE_BYTES])
    if not partitions:
        return b"", firmware
    check(partitions, "the firmware's own partition table")
    app = find_app(partitions)
    if app is None:
        raise PlanError("the firmware's own partition table has no application")
    begin = app.offset - BOOTLOADER_OFFSET[chip]
    content = firmware[begin : begin + app.size]
    check_chip(chip, content, "the application in the firmware")
    return firmware[:table_at].rstrip(b"\xff"), content


def check_chip(chip: str, content: bytes, what: str) -> None:
    """Raise PlanError unless a file is an image for the chip."""
    if len(content) < 24 or content[0] != IMAGE_MAGIC:
        raise PlanError(f"{what} is no ESP32 image: it must begin with byte {IMAGE_MAGIC:#x}")
    found = struct.unpack_from("<H", content, _CHIP_ID_AT)[0]
    if found != CHIP_IDS[chip]:
        names = {number: name for name, number in CHIP_IDS.items()}
        raise PlanError(f"{what} is for {names.get(found, f'chip {found}')}; this board has {chip}")


def check_flash_size(bootloader: bytes, partitions: list[Partition]) -> None:
    """Raise PlanError when the table reaches beyond the flash that the bootloader was built for."""
    size = 1 << (20 + (bootloader[3] >> 4))
    end = max(row.end for row in partitions)
    if end > size:
        raise PlanError(
            f"the partition table ends at {end:#x}; the firmware is for a flash of {size:#x} bytes"
        )


def split_backup(content: bytes) -> list[Segment]:
    """Return what to write to bring a whole flash back, NVS left as it is on the device."""
    segments = [
        Segment("before NVS", 0, content[:NVS_BEGIN]),
        Segment("after NVS", NVS_END, content[NVS_END:]),
    ]
    check_segments(segments, [(NVS_BEGIN, NVS_END)])
    return segments


def _fitted(name: str, place: Partition, content: bytes) -> Segment:
    if len(content) > place.size:
        raise PlanError(f"{name} has {len(content)} bytes; partition {place.name} has {place.size}")
    return Segment(name, place.offset, content)


def write_files(segments: list[Segment], folder: Path) -> list[str]:
    """Write each segment to a file and return the pairs of address and file for esptool."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = []
    for segment in segments:
        path = folder / (segment.name.replace(" ", "_") + ".bin")
        path.write_bytes(segment.content)
        pairs += [f"{segment.offset:#x}", str(path)]
    return pairs
