"""What is written to the flash of a board, where, and never to NVS; with a recorded esptool that has a flash."""

import os
import stat
import subprocess

import pytest
from fake_programs import Recorder

import flash
import flash_plan
import image
import nvs_backup
import partitions
from board_folders import find_board, known_boards, read_board
from flash_plan import NVS_BEGIN, NVS_END, PlanError, Segment
from interpreters import ROOT

pytestmark = pytest.mark.usefixtures("own_images")

CHIP_BOARDS = [name for name in known_boards() if find_board(name).chip]
V3 = "SMARTEVSE_V3"
MAC = "24:6f:28:aa:bb:cc"
FLASH_BYTES = 0x400000
# What the flash of a board has where nothing of ours is written.
OLD = 0x5A
OLD_FLASH = bytes([OLD]) * FLASH_BYTES
KEYS = bytes(range(256)) * ((NVS_END - NVS_BEGIN) // 256)


def chip_image(chip: str, size: int, flash_mib: int) -> bytes:
    """Return something with the header of an ESP32 image."""
    header = bytearray(24)
    header[0] = flash_plan.IMAGE_MAGIC
    header[3] = flash_mib.bit_length() - 1 << 4
    header[12] = flash_plan.CHIP_IDS[chip]
    return bytes(header) + b"\xc3" * (size - 24)


def stock_firmware(chip: str, app_bytes: int = 0x180000, flash_mib: int = 8) -> bytes:
    """Return a file for the whole flash as MicroPython's downloads are: 0xFF where NVS lies."""
    begin = flash_plan.BOOTLOADER_OFFSET[chip]
    table = partitions.encode(
        [
            partitions.Partition("nvs", 1, 2, 0x9000, 0x6000),
            partitions.Partition("phy_init", 1, 1, 0xF000, 0x1000),
            partitions.Partition("factory", 0, 0, 0x10000, 0x1F0000),
        ]
    )
    content = chip_image(chip, 0x6000, flash_mib).ljust(partitions.TABLE_OFFSET - begin, b"\xff") + table
    return content.ljust(0x10000 - begin, b"\xff") + chip_image(chip, app_bytes, flash_mib)


@pytest.mark.parametrize("name", CHIP_BOARDS)
def test_no_segment_touches_nvs(name) -> None:
    board = find_board(name)
    rows = partitions.read_csv(board.folder / "partitions.csv")
    segments = flash_plan.make_plan(board, stock_firmware(board.chip), b"image" * 1000)
    for segment in segments:
        begin, end = segment.erased
        assert end <= NVS_BEGIN or begin >= NVS_END, segment.name
    places = {segment.name: segment.offset for segment in segments}
    assert places["bootloader"] == (0x1000 if board.chip == "esp32" else 0)
    assert places["partition table"] == 0x8000
    assert places["choice of slot"] == 0xE000
    app = partitions.find_app(rows)
    assert app and places["firmware"] == app.offset == 0x10000
    romfs = partitions.find_named(rows, "romfs")
    assert places.get("image") == (romfs.offset if romfs else None)
    untouched = {row.name for row in rows} - {"otadata", app.name, "romfs"}
    for row in rows:
        if row.name in untouched:
            assert all(
                segment.erased[1] <= row.offset or segment.erased[0] >= row.end for segment in segments
            )


@pytest.mark.parametrize(
    ("offset", "size"),
    [(0x8000, 0x1001), (0x8FFF, 2), (0x9000, 1), (0xDFFF, 1), (0x0, 0x400000), (0xB000, 0x1000)],
)
def test_whatever_would_erase_a_sector_of_nvs_is_refused(offset, size) -> None:
    with pytest.raises(PlanError, match="KeyStorage"):
        flash_plan.check_segments([Segment("x", offset, b"x" * size)], [(NVS_BEGIN, NVS_END)])


def test_what_lies_next_to_nvs_is_allowed() -> None:
    segments = [Segment("before", 0x8000, b"x" * 0x1000), Segment("after", 0xE000, b"x")]
    flash_plan.check_segments(segments, [(NVS_BEGIN, NVS_END)])


def test_a_table_that_puts_something_else_where_the_keys_are_is_refused(tmp_path) -> None:
    folder = tmp_path / "X"
    folder.mkdir()
    (folder / "board.json").write_text('{"mcu": "esp32"}')
    (folder / "partitions.csv").write_text("otadata,data,ota,0x9000,0x2000\nota_0,app,ota_0,0x10000,2M\n")
    with pytest.raises(PlanError, match="KeyStorage"):
        flash_plan.make_plan(read_board(folder), stock_firmware("esp32"), b"")


@pytest.mark.parametrize(
    ("firmware", "message"),
    [
        (b"", "no ESP32 image"),
        (b"\x7fELF" + bytes(100), "no ESP32 image"),
        (stock_firmware("esp32s3"), "is for esp32s3; this board has esp32"),
        (stock_firmware("esp32", app_bytes=0x1B0001), "partition ota_0 has"),
        (stock_firmware("esp32", flash_mib=2), "the firmware is for a flash of 0x200000"),
    ],
)
def test_a_firmware_that_does_not_fit_is_refused(firmware, message) -> None:
    with pytest.raises(PlanError, match=message):
        flash_plan.make_plan(find_board(V3), firmware, b"")


def test_an_application_alone_keeps_the_bootloader() -> None:
    segments = flash_plan.make_plan(find_board(V3), chip_image("esp32", 0x1000, 4), b"")
    names = [segment.name for segment in segments]
    assert names == ["partition table", "choice of slot", "firmware", "image"]


class Bench:
    """A recorded esptool with a flash, a firmware file and a folder for backups."""

    def __init__(self, folder, name: str = V3) -> None:
        self.board = find_board(name)
        memory = bytearray(OLD_FLASH)
        memory[NVS_BEGIN:NVS_END] = KEYS
        self.esptool = Recorder(folder, "esptool", {"read-mac": f"MAC:                {MAC}"}, bytes(memory))
        self.backups = folder / "backup"
        self.firmware = folder / "firmware.bin"
        self.firmware.write_bytes(stock_firmware(self.board.chip))
        self._port = str(folder)

    def run(self, command: str, *words: object) -> int:
        arguments = [
            command,
            "--board",
            self.board.name,
            "--port",
            self._port,
            "--backups",
            str(self.backups),
        ]
        return flash.main([*arguments, "--esptool", self.esptool.program, *map(str, words)])

    def flash(self, *words: object) -> int:
        return self.run("flash", "--firmware", self.firmware, *words)

    def content(self) -> bytes:
        return self.esptool.flash.read_bytes()

    def verbs(self) -> list[str]:
        return [call[6] for call in self.esptool.calls()]


def test_there_is_no_flash_without_a_backup_of_this_board(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    assert bench.flash() == 2
    assert "first: make backup BOARD=SMARTEVSE_V3" in capfd.readouterr().err
    assert bench.verbs() == ["read-mac"]
    # Neither another board's backup nor half of one counts.
    bench.backups.mkdir()
    (bench.backups / "000000000000-nvs-1.bin").write_bytes(KEYS)
    (bench.backups / "246f28aabbcc-nvs-1.bin").write_bytes(KEYS[:-1])
    assert bench.flash() == 2
    assert "write-flash" not in bench.verbs()


def test_backup_then_flash_leaves_the_keys_as_they_were(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    assert bench.run("backup") == 0
    saved = bench.backups / "246f28aabbcc-nvs-1.bin"
    assert saved.read_bytes() == KEYS
    assert stat.S_IMODE(os.stat(saved).st_mode) == 0o600
    assert bench.flash() == 0
    content = bench.content()
    assert content[NVS_BEGIN:NVS_END] == KEYS
    rows = partitions.read_csv(bench.board.folder / "partitions.csv")
    assert partitions.decode(content[0x8000:0x8C00]) == rows
    assert content[0xE000:0x10000] == b"\xff" * 0x2000
    assert content[0x10000:0x190000] == chip_image("esp32", 0x180000, 8)
    romfs = (image.OUTPUT / "SMARTEVSE_V3/image.romfs").read_bytes()
    assert content[0x340000 : 0x340000 + len(romfs)] == romfs
    assert content[0x190000:0x1C0000] == OLD_FLASH[0x190000:0x1C0000]
    assert bench.verbs() == ["read-mac", "read-flash", "read-mac", "write-flash"]
    assert "--erase-all" not in str(bench.esptool.calls())
    output = capfd.readouterr().out
    assert "0x00009000 to 0x0000e000  NVS: not written" in output
    assert output.index("This writes to the esp32") < output.index(" write-flash ")
    assert "image" in output


def test_the_image_goes_to_the_romfs_partition_where_there_is_one(tmp_path) -> None:
    bench = Bench(tmp_path, "PICO32")
    bench.esptool.flash.write_bytes(bytes([OLD]) * (2 * FLASH_BYTES))
    assert bench.flash("--force") == 0
    place = partitions.find_named(partitions.read_csv(bench.board.folder / "partitions.csv"), "romfs")
    assert place
    romfs = (image.OUTPUT / "PICO32/image.romfs").read_bytes()
    assert bench.content()[place.offset : place.offset + len(romfs)] == romfs


def test_force_flashes_without_a_backup(tmp_path) -> None:
    bench = Bench(tmp_path)
    assert bench.flash("--force") == 0
    assert bench.content()[NVS_BEGIN:NVS_END] == KEYS


def test_a_second_backup_does_not_overwrite_the_first(tmp_path) -> None:
    bench = Bench(tmp_path)
    assert bench.run("backup", "--whole") == 0
    bench.esptool.flash.write_bytes(bytes(FLASH_BYTES))
    assert bench.run("backup") == 0
    assert (bench.backups / "246f28aabbcc-nvs-1.bin").read_bytes() == KEYS
    assert (bench.backups / "246f28aabbcc-nvs-2.bin").read_bytes() == bytes(len(KEYS))
    assert len((bench.backups / "246f28aabbcc-flash-1.bin").read_bytes()) == FLASH_BYTES


def test_restore_brings_all_but_nvs_back(tmp_path) -> None:
    bench = Bench(tmp_path)
    assert bench.run("backup", "--whole") == 0
    assert bench.flash() == 0
    newer_keys = KEYS[::-1]
    content = bytearray(bench.content())
    content[NVS_BEGIN:NVS_END] = newer_keys
    bench.esptool.flash.write_bytes(content)
    assert bench.run("restore", "--backup", bench.backups / "246f28aabbcc-flash-1.bin") == 0
    content = bench.content()
    assert content[NVS_BEGIN:NVS_END] == newer_keys
    assert content[:NVS_BEGIN] + content[NVS_END:] == OLD_FLASH[:NVS_BEGIN] + OLD_FLASH[NVS_END:]


def test_another_boards_backup_is_not_restored(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    assert bench.run("backup", "--whole") == 0
    other = (bench.backups / "246f28aabbcc-flash-1.bin").rename(bench.backups / "000000000000-flash-1.bin")
    assert bench.run("restore", "--backup", other) == 2
    assert "is not named for this board, 246f28aabbcc" in capfd.readouterr().err
    assert "write-flash" not in bench.verbs()
    assert bench.run("restore", "--backup", other, "--force") == 0


def test_dry_runs_run_nothing(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    assert bench.flash("--dry-run") == 0
    assert bench.run("backup", "--dry-run") == 0
    assert bench.verbs() == []
    assert not bench.backups.exists()
    assert "$ esptool --chip esp32" in capfd.readouterr().out


def test_a_short_read_is_no_backup(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    bench.esptool.flash.write_bytes(bytes(NVS_BEGIN + 100))
    assert bench.run("backup") == 2
    assert "has 100 bytes" in capfd.readouterr().err
    assert not list(bench.backups.glob("*.bin"))


def test_flash_wants_a_firmware(tmp_path, capfd) -> None:
    bench = Bench(tmp_path)
    assert bench.run("flash") == 2
    assert "FIRMWARE=file.bin" in capfd.readouterr().err
    assert bench.run("flash", "--firmware", tmp_path / "none.bin") == 2
    assert bench.verbs() == []


def test_firmware_says_what_is_missing(monkeypatch, capfd, tmp_path) -> None:
    monkeypatch.delenv("IDF_PATH", raising=False)
    monkeypatch.delenv("MICROPYTHON_DIR", raising=False)
    assert flash.main(["firmware", "--board", V3]) == 2
    assert "IDF_PATH, MICROPYTHON_DIR" in capfd.readouterr().err
    monkeypatch.setenv("IDF_PATH", "/esp/idf")
    monkeypatch.setenv("MICROPYTHON_DIR", str(tmp_path))
    assert flash.main(["firmware", "--board", V3, "--dry-run"]) == 2
    assert "has no ports/esp32" in capfd.readouterr().err
    port = tmp_path / "ports/esp32"
    port.mkdir(parents=True)
    (port / "Makefile").touch()
    assert flash.main(["firmware", "--board", V3, "--dry-run"]) == 0
    assert f"/boards/{V3} BUILD=" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("command", "words"),
    [("write-flash", []), ("read-flash", ["--help"]), ("read-mac", ["--help"])],
)
def test_the_pinned_esptool_has_the_commands_that_are_used(command, words) -> None:
    words = words or ["--help"]
    program = [
        str(ROOT / ".venv/bin/esptool"),
        "--chip",
        "esp32",
        "--port",
        "/dev/null",
        "--baud",
        nvs_backup.BAUD,
    ]
    result = subprocess.run([*program, command, *words], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"esptool [OPTIONS] {command}" in result.stdout or f"esptool {command}" in result.stdout
