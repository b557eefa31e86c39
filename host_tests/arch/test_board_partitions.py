"""The partitions of every board: aligned, within its flash, and as its page has them."""

import pytest

from board_data import BOARDS, Partition, config, constants, partitions, tables

FLASH_SIZE = {"SMARTEVSE_V3": 0x400000, "PICO32": 0x800000}
# The partition table itself lies at 0x8000 and takes one sector.
FIRST_FREE = 0x9000


def partition_errors(rows, flash_size) -> list[str]:
    """Return what is wrong with a partition table."""
    errors = []
    end = FIRST_FREE
    for row in sorted(rows, key=lambda row: row.offset):
        step = 0x10000 if row.type == "app" else 0x1000
        if row.offset % step or row.size % 0x1000:
            errors.append(f"{row.name} is not aligned")
        if row.offset < end:
            errors.append(f"{row.name} overlaps what is before it")
        end = row.offset + row.size
    if end > flash_size:
        errors.append(f"the table ends at {end:#x}, behind the flash")
    return errors


@pytest.mark.parametrize("board", BOARDS)
def test_partitions_are_aligned_and_fit(board):
    rows = partitions(board)
    assert not partition_errors(rows, FLASH_SIZE[board])
    megabytes = FLASH_SIZE[board] >> 20
    assert config(board)[f"CONFIG_ESPTOOLPY_FLASHSIZE_{megabytes}MB"] == "y"
    assert len({row.name for row in rows}) == len(rows)
    # OTA needs two equal slots and the sector that says which one starts.
    slots = {row.subtype: row.size for row in rows if row.type == "app"}
    assert set(slots) == {"ota_0", "ota_1"}
    assert slots["ota_0"] == slots["ota_1"]
    by_name = {row.name: row for row in rows}
    assert (by_name["otadata"].subtype, by_name["otadata"].size) == ("ota", 0x2000)
    assert by_name["nvs"].subtype == "nvs"
    data = constants(board)["WIRING"]
    for group in ("storage", "journal"):
        assert data[group] is None or by_name[data[group]["partition"]].type == "data"


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ([Partition("app", "app", "ota_0", 0x11000, 0x1000)], "app is not aligned"),
        ([Partition("nvs", "data", "nvs", 0x8000, 0x1000)], "nvs overlaps"),
        ([Partition("vfs", "data", "fat", 0x10000, 0x20000)], "behind the flash"),
    ],
)
def test_bad_partitions_are_found(rows, complaint):
    assert complaint in partition_errors(rows, 0x20000)[0]


def test_smartevse_partitions_begin_where_the_factory_has_them():
    rows = [(row.type, row.offset, row.size) for row in partitions("SMARTEVSE_V3")]
    assert rows == [
        ("data", 0x9000, 0x5000),
        ("data", 0xE000, 0x2000),
        ("app", 0x10000, 0x180000),
        ("data", 0x190000, 0x30000),
        ("app", 0x1C0000, 0x180000),
        ("data", 0x340000, 0xB0000),
        ("data", 0x3F0000, 0x10000),
    ]


@pytest.mark.parametrize("board", BOARDS)
def test_page_agrees_with_the_partitions(board):
    on_page = [tuple(row[:3]) for row in tables(board) if len(row) > 2 and row[1].startswith("0x")]
    assert [(name, int(offset, 0), int(size, 0)) for name, offset, size in on_page] == [
        (row.name, row.offset, row.size) for row in partitions(board)
    ]
