"""Records of earlier and later firmware: moved on by the table of migrations, or kept aside."""

from pathlib import Path

import pytest

from evse.settings import migrations, settings
from evse.settings.settings import Settings
from evse.settings.store import DAMAGED, LOADED, Store

# An invented history: in schema 1 the current was in mA under another name and the lock was told by its wire.
STEPS = (
    (
        ("MaxMilliamps", "Highest", lambda ma: ma // 1000),
        ("Actuator", "Lock", {"wire": 1, "motor": 2}.get),
        ("Colour", "", None),
    ),
    (
        ("Highest", "MaxCurrent", None),
        ("StationMin", "InstallerMax", None),
        ("InstallerMax", "StationMin", None),
    ),
)


def write(folder: Path, record: dict, schema: int) -> Store:
    store = Store(str(folder / "settings"), schema)
    store.load()
    store.save(record)
    return Store(str(folder / "settings"), 3)


def open_settings(store: Store, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(migrations, "STEPS", STEPS)
    monkeypatch.setattr(settings, "SCHEMA", 3)
    return Settings(store)


def test_the_schema_is_one_more_than_the_steps() -> None:
    assert settings.SCHEMA == migrations.FIRST_SCHEMA + len(migrations.STEPS)


def test_an_old_record_is_moved_on_and_written_in_the_present_schema(tmp_path: Path, monkeypatch) -> None:
    old = {
        "MaxMilliamps": 20000,
        "Actuator": "motor",
        "Colour": 3,
        "StationMin": 40,
        "InstallerMax": 8,
        "maxTemp": 60,
    }
    store = write(tmp_path, old, 1)
    now = open_settings(store, monkeypatch)
    expected = {"MaxCurrent": 20, "Lock": 2, "InstallerMax": 40, "StationMin": 8, "maxTemp": 60}
    assert {key: now.get(key) for key in expected} == expected and not now.damaged
    now.save()
    again = Store(str(tmp_path / "settings"), 3)
    assert again.load() == (LOADED, expected) and again.loaded_schema == 3


def test_a_record_of_the_middle_goes_the_rest_of_the_way(tmp_path: Path, monkeypatch) -> None:
    now = open_settings(write(tmp_path, {"Highest": 25, "MaxMilliamps": 7}, 2), monkeypatch)
    assert now.get("MaxCurrent") == 25


@pytest.mark.parametrize("value", ["much", None, {}, 999999, -1])
def test_a_value_that_cannot_be_moved_on_is_the_default(tmp_path: Path, monkeypatch, value) -> None:
    now = open_settings(write(tmp_path, {"MaxMilliamps": value, "Actuator": "glue"}, 1), monkeypatch)
    assert now.get("MaxCurrent") == 13 and now.get("Lock") == 0


def test_a_record_of_later_firmware_is_kept_aside_and_defaults_count(tmp_path: Path) -> None:
    write(tmp_path, {"MaxCurrent": 20}, 4)
    now = Settings(Store(str(tmp_path / "settings"), 3))
    assert now.damaged and now.get("MaxCurrent") == 13
    assert [path.name for path in tmp_path.iterdir()] == ["settings.later1"]
    now.change({"MAX": 16})
    now.save()
    now = Settings(Store(str(tmp_path / "settings"), 3))
    assert not now.damaged and now.get("MaxCurrent") == 16
    assert (tmp_path / "settings.later1").exists()


def test_beside_a_record_of_later_firmware_the_earlier_one_counts_and_it_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"MaxCurrent": 16}, 3)
    write(tmp_path, {"MaxCurrent": 20}, 4)
    now = Settings(Store(str(tmp_path / "settings"), 3))
    assert now.damaged and now.get("MaxCurrent") == 16
    for ampere in (17, 18):
        now.change({"MAX": ampere})
        now.save()
    assert (tmp_path / "settings.later0").exists()


def test_two_records_that_cannot_be_used_are_both_kept(tmp_path: Path) -> None:
    write(tmp_path, {"MaxCurrent": 20}, 4)
    (tmp_path / "settings.0").write_bytes(b"nonsense")
    assert Store(str(tmp_path / "settings"), 3).load() == (DAMAGED, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["settings.damaged0", "settings.later1"]


def test_a_stored_combination_that_cannot_work_is_mended_and_told(tmp_path: Path) -> None:
    now = Settings(write(tmp_path, {"MinCurrent": 16, "MaxCurrent": 10}, 3))
    assert now.mended == ["MIN"] and now.get("MinCurrent") == 6 and now.get("MaxCurrent") == 10
    now.change({"MAX TEMP": 60})
