"""Settings: ranges, choices, atomic changes, and what is kept across restarts."""

from pathlib import Path

import pytest

from evse.core.errors import FieldError
from evse.settings import intervals, table
from evse.settings.settings import SCHEMA, Settings
from evse.settings.store import Store
from evse.settings.values import is_valid


def open_settings(folder: Path) -> Settings:
    return Settings(Store(str(folder / "settings"), SCHEMA))


@pytest.mark.parametrize(
    "row", [row for row in table.rows() if row.kind != table.HIDDEN], ids=lambda row: row.key
)
def test_every_row_takes_its_range_and_nothing_else(tmp_path: Path, row: table.Row) -> None:
    settings = open_settings(tmp_path)
    assert is_valid(row, row.default)
    assert len(row.label) <= 9 and row.help_text
    if row.kind == table.CHOICE:
        good, bad = settings.shown(row.key), ["No such", 0, None, True]
    elif row.kind == table.TEXT_KIND:
        good, bad = row.default, ["x" * (row.maximum + 1), 0, None, ["[]"]]
    elif row.fixed:
        good, bad = row.default, [row.default + 1, row.minimum - 1, "many", None]
    else:
        good, bad = (
            row.maximum,
            [
                row.minimum - (2 if row.zero and row.minimum == 1 else 1),
                row.maximum + 1,
                "many",
                "\u00b3",
                None,
                True,
                row.default + 0.5,
            ],
        )
    if row.label not in ("INST MAX", "STAT MIN", "MIN"):
        settings.change({row.label: good})
        settings.change({row.key: good})
        assert settings.shown(row.key) == good
    before = settings.describe()
    for value in bad:
        with pytest.raises(FieldError) as error:
            settings.change({row.label: value})
        assert error.value.field == row.label
    assert settings.describe() == before


def test_a_change_of_several_is_all_or_nothing(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    with pytest.raises(FieldError):
        settings.change({"MAX": 20, "MAX TEMP": 99})
    with pytest.raises(FieldError):
        settings.change({"MAX": 20, "NO SUCH": 1})
    with pytest.raises(FieldError):
        settings.change({"INST MAX": 10, "STAT MIN": 11})
    assert settings.get("MaxCurrent") == 13 and settings.get("InstallerMax") == 32 and not settings.unsaved


def test_a_dry_change_tells_what_is_wrong_and_changes_nothing(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    with pytest.raises(FieldError) as error:
        settings.change({"INST MAX": 10, "STAT MIN": 11}, dry=True)
    assert error.value.field == "STAT MIN"
    settings.change({"MAX": 20}, dry=True)
    assert settings.get("MaxCurrent") == 13 and not settings.unsaved


def test_what_was_saved_comes_back_and_defaults_are_not_stored(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"MAX": 20, "LOCK": "Motor"})
    assert settings.unsaved
    settings.save()
    again = open_settings(tmp_path)
    assert again.get("MaxCurrent") == 20 and again.shown("Lock") == "Motor" and not again.damaged
    assert b"maxTemp" not in (tmp_path / "settings.1").read_bytes()


def test_a_stored_value_out_of_range_goes_back_to_the_default(tmp_path: Path) -> None:
    Store(str(tmp_path / "settings"), SCHEMA).save({"MaxCurrent": 500, "Lock": "x", "maxTemp": 50, "Gone": 1})
    settings = open_settings(tmp_path)
    assert (settings.get("MaxCurrent"), settings.get("Lock"), settings.get("maxTemp")) == (13, 0, 50)


def test_what_later_versions_bring_is_refused_in_words(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    for name, value in (
        ("MAINS MET", "Unused 4"),
        ("AUTOUPDAT", "Enabled"),
    ):
        with pytest.raises(FieldError, match="not available yet"):
            settings.change({name: value})
    with pytest.raises(FieldError, match="not available in this firmware"):
        settings.change({"APP SERVR": "Enabled"})


def test_damaged_files_leave_defaults_and_say_so(tmp_path: Path) -> None:
    for slot in "01":
        (tmp_path / f"settings.{slot}").write_bytes(b"nonsense")
    settings = open_settings(tmp_path)
    assert settings.damaged and settings.get("MaxCurrent") == 13
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings.damaged0", "settings.damaged1"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"MODE": "Smart"}, "MODE"),
        ({"MIN": 14}, "MIN"),
        ({"MAX": 6, "MIN": 7}, "MIN"),
        ({"MAINS MET": "Eastron3P", "EV METER": "Eastron1P", "MAINS ADR": 12}, "EV ADDR"),
        ({"MAINS MET": "Sensorbox", "CIRCT MET": "ABB", "CIRCT ADR": 10}, "CIRCT ADR"),
        (
            {"MAINS MET": "Sensorbox", "EV METER": "ABB", "EV ADDR": 11, "CIRCT MET": "ABB", "CIRCT ADR": 11},
            "EV ADDR",
        ),
        ({"MAINS MET": "Custom", "VOL REGI": 65534, "DATA TYPE": "FLOAT32"}, "VOL REGI"),
        ({"MAX": 20, "NAME": "two\nlines"}, "NAME"),
        ({"MAX": 20, "NAME": ""}, "NAME"),
        ({"CAPACITY": 9}, "CAPACITY"),
        ({"INTERVALS": '[{"start": 1440, "power": 1}]'}, "INTERVALS"),
        ({"INTERVALS": "[1]"}, "INTERVALS"),
        ({"INTERVALS": '{"start": 0, "power": 1}'}, "INTERVALS"),
        ({"INTERVALS": '[{"start": 0, "power": 1}, {"start": 0, "power": 2}]'}, "INTERVALS"),
    ],
)
def test_what_cannot_work_together_is_refused(tmp_path: Path, change: dict, field: str) -> None:
    settings = open_settings(tmp_path)
    before = settings.describe()
    with pytest.raises(FieldError) as error:
        settings.change(change)
    assert error.value.field == field
    assert settings.describe() == before


def test_a_meter_opens_smart_and_a_feed_has_no_address(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"MODE": "Smart", "MAINS MET": "API", "MAINS ADR": 12, "EV METER": "Eastron3P"})
    with pytest.raises(FieldError, match="mains meter"):
        settings.change({"MAINS MET": "Disabled"})


def test_capacity_and_its_mode_follow_each_other(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"CAPACITY": 30})
    assert settings.shown("CapacityMode") == "Fixed"
    settings.change({"CAP MODE": "Disabled"})
    assert settings.get("MaxSumMains") == 0
    settings.change({"CAPACITY": 0})


def test_intervals_come_back_sorted() -> None:
    assert intervals.parse('[{"start": 600, "power": 2}, {"power": 1, "start": 0}]') == ((0, 1), (600, 2))
    assert intervals.parse("") == ()


def test_a_name_may_have_any_letters_and_outlives_a_restart(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"NAME": "Ladesäule Süd ⚡ 充电"})
    settings.save()
    assert open_settings(tmp_path).text("StationName") == "Ladesäule Süd ⚡ 充电"


def test_only_who_may_changes_a_setting(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"MAX": 16}, table.REMOTE)
    for label, by in (("INST MAX", table.REMOTE), ("INST MAX", table.USER), ("RCMON", table.REMOTE)):
        row = table.find(label)
        assert row is not None
        value = 20 if row.kind == table.INT else "Enabled"
        with pytest.raises(FieldError, match="must be changed"):
            settings.change({"MAX": 20, label: value}, by)
        settings.change({label: value}, table.INSTALLER)
    assert settings.get("MaxCurrent") == 16


def test_what_goes_back_to_its_default_is_no_longer_stored(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    settings.change({"MAX": 20, "MAX TEMP": 60})
    settings.save()
    again = open_settings(tmp_path)
    again.change({"MAX": 13})
    again.save()
    assert b"MaxCurrent" not in (tmp_path / "settings.0").read_bytes()
    assert open_settings(tmp_path).get("maxTemp") == 60
    again.change({"MAX TEMP": 60})
    assert not again.unsaved


def test_a_record_that_breaks_a_rule_blocks_no_later_change(tmp_path: Path) -> None:
    Store(str(tmp_path / "settings"), SCHEMA).save(
        {"Mode": 2, "MainsMeter": 0, "MinCurrent": 16, "MaxCurrent": 10}
    )
    settings = open_settings(tmp_path)
    assert settings.mended == ["MIN", "MODE"] and not settings.damaged
    assert (
        settings.shown("MODE") == "Normal" and settings.get("MinCurrent") <= settings.get("MaxCurrent") == 10
    )
    settings.change({"MAX TEMP": 60})
    assert settings.get("maxTemp") == 60
    settings.save()
    again = open_settings(tmp_path)
    assert not again.mended and again.shown("MODE") == "Normal"
