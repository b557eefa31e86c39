"""Factory reset of a whole station with its files: all of them go, at a moment when no contactor is closed."""

from pathlib import Path
from typing import Any

import pytest

from bench.scenario import Scenario
from evse.app import App
from evse.core.errors import FieldError
from evse.services import factory_reset
from evse.services.cards import CardStore
from evse.services.sessions_files import SessionFiles
from evse.settings.settings import SCHEMA
from evse.settings.store import EMPTY, LOADED, Store

CARD = "04A1B2C3D4E5F6"
USED = {
    "settings": {"MAX": 20, "LOCK": "Motor", "RFID": "Learn"},
    "steps": [
        {"at_ms": 1000, "request": ["rfid", CARD]},
        {"at_ms": 5000, "settings": {"RFID": "EnableAll"}},
        {"at_ms": 6000, "request": ["rfid", CARD]},
        {"at_ms": 7000, "set": {"car.pilot": "B", "car.auto": True}},
        {"at_ms": 7000, "expect": {"c1.closed": True}, "within_ms": 6000, "for_ms": 5000},
        {"at_ms": 20000, "set": {"car.pilot": "A"}},
        {"at_ms": 24000, "request": ["rfid", CARD]},
        {"at_ms": 25000, "set": {"car.pilot": "B", "car.auto": True}},
        {"at_ms": 25000, "expect": {"c1.closed": True}, "within_ms": 6000, "for_ms": 5000},
        {"at_ms": 40000, "expect": {"c1.closed": True}},
    ],
    "until_ms": 40000,
}


class FileScenario(Scenario):
    """A scenario whose station keeps everything in files, as on a board."""

    def _store(self, name: str, schema: int) -> Any:
        return Store(self.board.storage.root + "/" + name, schema)

    def _wipe(self) -> None:
        factory_reset.wipe(self.board.storage.root)

    @property
    def root(self) -> Path:
        return Path(self.board.storage.root)

    def names(self) -> set[str]:
        return {path.name.split(".")[0] for path in self.root.iterdir()}

    def marker(self) -> int:
        return self._store(factory_reset.MARKER, factory_reset.SCHEMA).load()[0]


@pytest.fixture
def used():
    """Return a station that was used and is charging."""
    scenario = FileScenario(USED)
    while not scenario.finished():
        scenario.advance()
    assert not scenario.failures
    yield scenario
    scenario.close()


def keep_running(scenario: FileScenario, duration_ms: int) -> None:
    scenario.until_ms = scenario.now_ms + duration_ms
    while not scenario.finished():
        scenario.advance()


def test_every_file_of_the_station_belongs_to_it(used: FileScenario) -> None:
    assert {"settings", "session", "session_open", "sessions", "access", "cards"} <= used.names()
    # The board's raw journal is a file only here; it is erased, not removed.
    assert used.names() - {"journal"} <= set(factory_reset._NAMES.split())
    assert SessionFiles(str(used.root / "sessions")).newest == 1


def test_everything_goes_after_the_contactor_has_opened(used: FileScenario) -> None:
    foreign = used.root / "main.py"
    foreign.write_text("not the station's")
    nested = used.root / "ocpp" / "certificates"
    nested.mkdir(parents=True)
    (nested / "c0").write_bytes(b"a root")
    (used.root / "ocpp" / "keys.0").write_bytes(b"keys")
    before = used.app
    used.app.request(["factory_reset", "erase"])
    opened = False
    while used.app is before:
        opened = not used.board.world.c1.closed
        if not opened:
            assert used.marker() == EMPTY
            status, settings = used._store("settings", SCHEMA).load()
            assert status == LOADED and settings["MaxCurrent"] == 20
        used.until_ms = used.now_ms + 10
        used.advance()
    assert opened
    assert not (used.root / "ocpp").exists()
    assert foreign.exists() and used.marker() == EMPTY
    assert used.app.settings.get("MaxCurrent") == 13 and used.app.settings.shown("RFID") == "Disabled"
    assert CardStore(str(used.root / "cards"), lambda: True).count == 0
    assert SessionFiles(str(used.root / "sessions")).newest == 0
    keep_running(used, 5000)
    assert used.app.settings.get("MaxCurrent") == 13


def test_restart_without_it_keeps_everything(used: FileScenario) -> None:
    before = used.app
    used.app.request(["restart"])
    keep_running(used, 10000)
    assert used.app is not before
    assert used.app.settings.get("MaxCurrent") == 20
    assert CardStore(str(used.root / "cards"), lambda: True).contains(CARD)


@pytest.mark.parametrize(
    "words", [["factory_reset"], ["factory_reset", "yes"], ["factory_reset", "erase", "all"]]
)
def test_without_its_confirmation_nothing_happens(used: FileScenario, words: list[str]) -> None:
    before = used.app
    with pytest.raises(FieldError, match='the word "erase"'):
        used.app.request(words)
    keep_running(used, 10000)
    assert used.app is before and used.outputs["c1.closed"]


def test_power_cut_before_the_contactor_opened_erases_nothing(used: FileScenario) -> None:
    used.app.request(["factory_reset", "erase"])
    keep_running(used, 500)
    assert used.board.world.c1.closed
    again = App(used.board, used._store, wipe=used._wipe)
    assert again.settings.get("MaxCurrent") == 20


def test_full_storage_restarts_and_erases_nothing(
    used: FileScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(value: dict) -> None:
        raise OSError(28)

    monkeypatch.setattr(used.app._marker, "save", full)
    before = used.app
    used.app.request(["factory_reset", "erase"])
    keep_running(used, 15000)
    assert used.app is not before and used.app.settings.get("MaxCurrent") == 20


def test_removal_that_fails_goes_on_with_the_next_start(used: FileScenario) -> None:
    def broken() -> None:
        raise OSError(5)

    used._store(factory_reset.MARKER, factory_reset.SCHEMA).save({"erase": 1})
    App(used.board, used._store, wipe=broken)
    assert used.marker() == LOADED
    again = App(used.board, used._store)
    assert used.marker() == EMPTY and again.settings.get("MaxCurrent") == 13
