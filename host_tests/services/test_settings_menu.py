"""Settings: what a menu shows of them, in what order, and the little language of conditions."""

from pathlib import Path

import pytest

from evse.settings import conditions, rules, table
from evse.settings.settings import SCHEMA, Settings
from evse.settings.store import Store

ALL = [row for row in table.rows() if row.kind != table.HIDDEN]
# SmartEVSE v3 sheet, section 6; MAINS TMO and INTERVALS are settings there without a menu entry.
MENU = """MODE|CONFIG|LOCK|PWR SHARE|MAINS MET|GRID|SB2 WIFI|MAINS ADR|MAINS HST|CIRCT MET|CIRCT ADR|CIRCT HST|CIRCUIT
EV METER|EV ADDR|EV HST|BYTE ORD|DATA TYPE|FUNCTION|VOL REGI|VOL DIVI|CUR REGI|CUR DIVI|POW REGI|POW DIVI|ENE REGI
ENE DIVI|MAINS|MIN|MAX|START|STOP|IMPORT|CONTACT 2|SWITCH|LED MODE|RCMON|RFID|WIFI|AUTOUPDAT|APP PIN|APP SERVR
MAX TEMP|CAP MODE|CAPACITY|CAP STOP|LCD PIN""".replace("\n", "|").split("|")
CUSTOM = MENU[MENU.index("BYTE ORD") : MENU.index("MAINS")]
FRESH = {"MODE", "CONFIG", "LOCK", "PWR SHARE", "MAINS MET", "EV METER", "MAX", "SWITCH", "LED MODE", "RCMON"} | {
    "RFID", "WIFI", "MAX TEMP", "LCD PIN"
}  # fmt: skip
METERED = {"MAINS ADR", "MAINS", "MIN", "CAP MODE", "CAPACITY"}
SMART = {"CIRCT MET", "CONTACT 2"}


class Stored:
    """Settings of which some have values that cannot be chosen yet."""

    def __init__(self, **values: int) -> None:
        self._values = values

    def get(self, key: str) -> int:
        return self._values[key] if key in self._values else table.get(key).default


def open_settings(folder: Path) -> Settings:
    return Settings(Store(str(folder / "settings"), SCHEMA))


def shown(settings) -> set[str]:
    return {row.label for row in ALL if row.label in MENU and table.visible(row, settings)}


def test_the_menu_has_the_order_of_the_reference() -> None:
    assert [row.label for row in ALL if row.label in MENU] == MENU
    labels = [row.label for row in ALL]
    keys = [row.key for row in table.rows()]
    assert len(set(labels)) == len(labels) and len(set(keys)) == len(keys)


def test_a_fresh_station_hides_what_needs_a_meter_and_a_meter_opens_it(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    assert shown(settings) == FRESH
    settings.change({"MAINS MET": "Eastron3P"})
    assert shown(settings) == FRESH | METERED
    settings.change({"MAINS MET": "API"})
    assert shown(settings) == FRESH | METERED - {"MAINS ADR"}
    settings.change({"MAINS MET": "Sensorbox"})
    assert shown(settings) == FRESH | METERED - {"MAINS ADR"} | {"GRID", "SB2 WIFI"}
    settings.change({"MODE": "Smart"})
    assert shown(settings) >= SMART and "START" not in shown(settings)
    settings.change({"MODE": "Solar"})
    assert shown(settings) >= SMART | {"START", "STOP", "IMPORT"}


@pytest.mark.parametrize(
    ("values", "there", "hidden"),
    [
        ({"Config": 1}, (), ("LOCK",)),
        ({"EVMeter": 4}, ("EV ADDR",), ("EV HST", "BYTE ORD")),
        ({"EVMeter": 9}, (), ("EV ADDR",)),
        ({"EVMeter": 13}, ("EV HST",), ("EV ADDR",)),
        ({"EVMeter": 19}, CUSTOM, ()),
        ({"MainsMeter": 19}, CUSTOM, ()),
        ({"MainsMeter": 19, "LoadBl": 2}, (), CUSTOM),
        ({"MainsMeter": 13}, ("MAINS HST", "MAINS"), ("MAINS ADR",)),
        ({"MainsMeter": 4, "Mode": 1, "CircuitMeter": 4}, ("CIRCT ADR", "CIRCUIT"), ("CIRCT HST",)),
        ({"MainsMeter": 4, "Mode": 1, "CircuitMeter": 9}, ("CIRCUIT",), ("CIRCT ADR",)),
        ({"MainsMeter": 4, "Mode": 1}, (), ("CIRCUIT",)),
        ({"MainsMeter": 4, "Mode": 1, "LoadBl": 1}, ("CIRCUIT",), ()),
        ({"MainsMeter": 4, "LoadBl": 1}, (), ("CIRCUIT",)),
        (
            {"MainsMeter": 4, "Mode": 2, "LoadBl": 2},
            ("CONTACT 2", "MAX"),
            ("MAINS MET", "MAINS ADR", "CIRCT MET", "MAINS", "MIN", "START", "STOP", "IMPORT", "CAP MODE", "CAPACITY"),
        ),
        ({"MainsMeter": 4, "CapacityMode": 1}, ("CAPACITY", "CAP STOP"), ("INTERVALS",)),
        ({"MainsMeter": 4, "CapacityMode": 2}, ("INTERVALS", "CAP STOP"), ("CAPACITY",)),
        ({"WIFImode": 1}, ("AUTOUPDAT",), ("APP PIN", "APP SERVR")),
        ({"Lock": 1}, ("FIX LOCK",), ()),
        ({"Lock": 1, "Config": 1}, (), ("FIX LOCK",)),
    ],
)  # fmt: skip
def test_menu_entries_depend_on_settings(values: dict, there: tuple, hidden: tuple) -> None:
    now_shown = {row.label for row in ALL if table.visible(row, Stored(**values))}
    assert now_shown.issuperset(there) and now_shown.isdisjoint(hidden)


def test_what_is_hidden_can_be_set_all_the_same(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    assert not settings.visible("MAINS")
    settings.change({"MAINS": 40, "START": 6})
    assert settings.get("MaxMains") == 40


@pytest.mark.parametrize(
    "text",
    [table.condition(row) for row in table.rows()]
    + [line.split("|")[1] for line in rules.TEXT.split("\n") if line],
)
def test_every_condition_speaks_of_settings_and_of_values_that_they_have(text: str) -> None:
    for term in text.replace("/", "&").split("&") if text not in ("", "never") else ():
        key, _, operand = conditions.split(term)
        row = table.get(key)
        for part in operand.split(","):
            if part.isdigit():
                assert row.minimum <= int(part) <= row.maximum
            else:
                assert table.get(part).kind == table.INT


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("never", False),
        ("a=1", True),
        ("a=0,1,2", True),
        ("a!=0,1", False),
        ("a!=0,2", True),
        ("a<b", True),
        ("a<=1&b>=5", True),
        ("a>1/b>4", True),
        ("a=1&b=1/a=2", False),
    ],
)
def test_conditions(text: str, expected: bool) -> None:
    assert conditions.holds(text, {"a": 1, "b": 5}.__getitem__) is expected


def test_a_condition_without_a_sign_is_an_error() -> None:
    with pytest.raises(ValueError, match="no condition: a"):
        conditions.holds("a", {"a": 1}.__getitem__)


def test_a_toggle_switch_and_a_card_reader_exclude_each_other() -> None:
    def refused(**values: int) -> str:
        try:
            rules.check(Stored(**values).get)
        except rules.FieldError as error:
            return error.field
        return ""

    assert refused(RFIDReader=1, Switch=2) == refused(RFIDReader=6, Switch=4) == "SWITCH"
    assert refused(RFIDReader=1, Switch=1) == refused(RFIDReader=1, Switch=5) == refused(Switch=2) == ""
    assert refused(LoadBl=2, Switch=5) == "SWITCH" and refused(LoadBl=2, EnableC2=4) == "CONTACT 2"
    assert refused(Mode=1) == "MODE" and refused(Mode=1, LoadBl=2) == ""
    assert refused(CableLock=1) == "FIX LOCK" and refused(CableLock=1, Lock=2) == ""


def test_a_form_gets_all_it_needs(tmp_path: Path) -> None:
    described = {row["key"]: row for row in open_settings(tmp_path).describe()}
    assert described["MaxMains"]["visible"] is False and described["MaxCurrent"]["visible"] is True
    assert described["InstallerMax"]["who"] == "i" and described["MaxCurrent"]["who"] == "uri"
    assert described["Hostname"]["effect"] == "restart" and described["MaxCurrent"]["effect"] == "at once"
    assert described["Brightness"]["step"] == 15 and described["MaxCurrent"]["step"] == 1
    assert described["Auth"]["choices"] == ["None", "RFID", "Backend"]
