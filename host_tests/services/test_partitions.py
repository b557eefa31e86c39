"""Partition tables: read, checked, and encoded as the bootloader reads them."""

import hashlib

import pytest

import partitions as p
from board_folders import BOARDS
from flash_plan import NVS_BEGIN, NVS_END

TABLES = sorted(BOARDS.glob("*/partitions.csv"))


def table(tmp_path, *rows: str) -> list[p.Partition]:
    path = tmp_path / "partitions.csv"
    path.write_text("# name, type, subtype, offset, size\n" + "\n".join(rows) + "\n")
    return p.read_csv(path)


def test_empty_offsets_follow_the_row_before_in_steps_of_their_type(tmp_path) -> None:
    rows = table(
        tmp_path,
        "nvs, data, nvs, , 0x5000",
        "otadata,data,ota,,8K",
        "app,app,ota_0,,1M,",
        "x,data,0x8f,,128k,readonly",
    )
    assert [(row.offset, row.size) for row in rows] == [
        (0x9000, 0x5000), (0xE000, 0x2000), (0x10000, 0x100000), (0x110000, 0x20000),
    ]  # fmt: skip
    assert [(row.type, row.subtype, row.flags) for row in rows] == [
        (1, 2, 0),
        (1, 0, 0),
        (0, 0x10, 0),
        (1, 0x8F, 2),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("app, app, ota_0, 0x18000, 1M", "not a multiple"),
        ("x, data, nvs, 0x9000, 0x5001", "not a multiple"),
        ("x, data, nvs, 0x8000, 0x1000", "begins before 0x9000"),
        ("x, data, nvs, 0x9000, 0x1000\ny, data, fat, 0x9000, 0x1000", "begins before 0xa000"),
        ("x, data, nvs, 0x9000, big", "'big' is not a number"),
        ("x, data", "partitions.csv:2"),
        ("x, data, nvs, 0x9000, 0x1000, secret", "secret"),
        ("a_name_that_is_too_long, data, nvs, 0x9000, 0x1000", "1 to 15"),
    ],
)
def test_a_bad_row_is_refused(tmp_path, row, message) -> None:
    with pytest.raises(p.PartitionError, match=message):
        table(tmp_path, row)


def test_the_encoded_table_has_the_layout_of_the_bootloader(tmp_path) -> None:
    rows = table(tmp_path, "nvs,data,nvs,0x9000,0x5000", "ota_0,app,ota_0,0x10000,0x1B0000")
    binary = p.encode(rows)
    first = bytes.fromhex("aa50 01 02 00900000 00500000 6e7673 00000000000000000000000000 00000000")
    assert binary[:32] == first
    assert binary[64:80] == b"\xeb\xeb" + b"\xff" * 14
    assert binary[80:96] == hashlib.md5(binary[:64]).digest()
    assert len(binary) == 0xC00
    assert set(binary[96:]) == {0xFF}
    assert p.decode(binary) == rows


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.parent.name)
def test_every_board_keeps_nvs_where_the_factory_has_it(path) -> None:
    rows = p.read_csv(path)
    nvs = p.find_named(rows, "nvs")
    assert nvs and (nvs.type, nvs.subtype, nvs.offset, nvs.end) == (1, p.SUBTYPE_NVS, NVS_BEGIN, NVS_END)
    assert p.find_app(rows)
    assert p.decode(p.encode(rows)) == rows


def test_there_are_boards_with_a_table() -> None:
    assert len(TABLES) >= 2
