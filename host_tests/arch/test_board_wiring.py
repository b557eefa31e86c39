"""The wiring of every board: data of one shape, and sensing windows and cables that fit its network."""

import ast

import pytest

from board_data import BOARDS, CASES, constants, folder, other_reader, tables, wiring
from evse.core import pilot, proximity
from evse.core.profile import Profile
from interpreters import ROOT


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


READERS = {
    "onewire": {"pin": int},
    "pn532": {"uart": int, "tx_pin": int, "rx_pin": int, "baud": int},
    "mfrc522": {"spi": int, "sck_pin": int, "mosi_pin": int, "miso_pin": int, "cs_pin": int, "baud": int},
}


@pytest.mark.parametrize("case", [*CASES, "other"])
def test_card_readers_have_the_fields_of_their_kind(case):
    fields = dict(other_reader()["rfid"] if case == "other" else wiring(*case)["rfid"])
    kind = fields.pop("kind")
    assert {key: type(value) for key, value in fields.items()} == READERS[kind]


@pytest.mark.parametrize(("kind", "module"), [("pn532", "pn532"), ("mfrc522", "mfrc522_chip")])
def test_card_readers_read_the_fields_of_their_kind(kind, module):
    source = (ROOT / "firmware/evse/hal/esp32" / (module + ".py")).read_text()
    read = {
        node.slice.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and ast.unparse(node.value) == "wiring"
    }
    assert read == set(READERS[kind])


def test_every_kind_of_card_reader_is_on_some_page():
    kinds = {wiring(*case)["rfid"]["kind"] for case in CASES} | {other_reader()["rfid"]["kind"]}
    assert kinds == set(READERS)


def test_the_other_card_reader_is_as_fast_as_its_chip_and_cable_allow():
    fields = other_reader()["rfid"]
    # MFRC522 data sheet, section 8.1.2: 10 Mbit/s; ESP32-S3: SPI 1 and 2 are free.
    assert fields["baud"] <= 10000000 and fields["spi"] in (1, 2)


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
