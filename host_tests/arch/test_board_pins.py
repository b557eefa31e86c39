"""The pins of every board: its list, its wiring and its page agree, and the chip has them."""

import re

import pytest

from board_data import BOARDS, CASES, constants, folder, other_reader, tables, wired_pins, wiring

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
# Of those, the ones that the page's other card reader uses: no level on them changes how the chip starts from flash.
OPTION_STRAPS = {3, 46}
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
    r"|LED_\w+|LCD_\w+|BUZZER|DOOR_POWER|RFID_(SCK|MOSI|CS)"
)


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


def page_pins(board, column) -> dict[str, int]:
    """Return the pins of a page without those of its option."""
    option = wired_pins(other_reader()) if board == "PICO32" else {}
    pins = all_page_pins(board, column)
    return {name: gpio for name, gpio in pins.items() if name not in option}


def all_page_pins(board, column) -> dict[str, int]:
    rows = [row for row in tables(board) if re.fullmatch(r"`[A-Z0-9_]+`", row[0]) and row[column] != "-"]
    pins = {row[0].strip("`"): int(row[column]) for row in rows}
    assert len(pins) == len(rows), "a name has two rows"
    return pins


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


def test_the_other_card_reader_fits_the_chip_too():
    data = {**wiring("PICO32", None), **other_reader()}
    pins = wired_pins(data)
    mine = wired_pins(other_reader())
    assert set(mine) == {"RFID_SCK", "RFID_MOSI", "RFID_MISO", "RFID_CS"}
    page = all_page_pins("PICO32", 1)
    assert {name: page[name] for name in mine} == mine
    assert not sharing_errors("PICO32", pins)
    used = set(pins.values())
    assert used <= EXISTING["esp32s3"] - FLASH_PINS["PICO32", None] - USB_PINS["esp32s3"]
    assert used & STRAPS["esp32s3"] == OPTION_STRAPS
    # What is set before anything else is not the reader's.
    data = constants("PICO32")
    assert not set(mine.values()) & {*data["OUTPUTS_LOW"], *data["OUTPUTS_HIGH"]}
    # Its rows say which way the signal goes.
    rows = {row[0].strip("`"): row[2] for row in tables("PICO32") if len(row) == 5}
    for name in mine:
        assert rows[name] == ("out" if OUTPUTS.fullmatch(name) else "in"), name


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
