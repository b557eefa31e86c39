"""Charging profiles that arrive while a contactor is closed, on a board with a raw journal: a power cut loses none."""

from types import SimpleNamespace

import esp32_bench
import pytest
from esp32 import Flash, Partition
from fake_chip import chip
from ocpp_smart_bench import Bench

from evse.hal.esp32.journal import SECTOR_BYTES, Journal
from evse.hal.esp32.upkeep import _SECTORS_AHEAD
from evse.services.ocpp.profiles import _PROFILES, _make_spare
from evse.services.sessions_record import Record

SECTORS = 16
RECORD_BYTES = 64


class Station(Bench):
    """Smart charging that restarts with the journal of its board, as SMARTEVSE_V3 has it."""

    def __init__(self, name: str) -> None:
        self.loaded: list[str] = []
        super().__init__(name)

    def restart(self) -> None:
        self.charging = getattr(self, "charging", False)
        self.journal = Journal(Partition("journal"), RECORD_BYTES, lambda: not self.charging)
        board = SimpleNamespace(journal=self.journal)
        app = SimpleNamespace(board=board, loader=SimpleNamespace(load=self.loaded.append))
        self.spare = _make_spare(app, _PROFILES, 60)
        super().restart()

    def rest(self) -> None:
        """Open the contactor: files are written, and space is erased."""
        self.charging = False
        self.settle()
        while not self.journal.prepare(_SECTORS_AHEAD):
            pass


@pytest.fixture(autouse=True)
def _chip(monkeypatch: pytest.MonkeyPatch) -> None:
    esp32_bench.begin(monkeypatch)
    chip.flash = Flash([("journal", 1, 0x40, 0x50000, SECTORS * SECTOR_BYTES)], 0x70000)


def numbers(station: Station) -> list[int]:
    return sorted(station.store.head(slot)[4] for slot in station.store.order[: station.store.count])


def test_a_profile_outlives_a_power_cut_during_a_charge_and_nothing_is_erased() -> None:
    station = Station("journal")
    assert station.loaded == ["ocpp16.spare"]
    station.rest()
    assert station.set(number=1, periods=((0, 20),)) == "Accepted"
    station.charging = True
    erases = len(chip.flash.erases)
    long = [(index * 60, 6 + index % 10) for index in range(255)]
    assert station.set(number=2, level=2, periods=long) == "Accepted"
    # Checkpoints of the session lie between.
    assert station.journal.append(Record().pack())
    assert station.set(number=3, level=3, periods=((0, 11),)) == "Accepted"
    station.clear(1)
    assert station.amps() == 11
    station.restart()
    assert numbers(station) == [2, 3] and station.amps() == 11
    assert len(chip.flash.erases) == erases
    # It is in the file as soon as that may be written, and what is done then is not undone by a restart.
    station.rest()
    station.clear(3)
    station.rest()
    station.restart()
    assert numbers(station) == [2] and not station.store.is_dirty()


def test_room_is_left_for_the_session() -> None:
    station = Station("journal_full")
    station.rest()
    station.charging = True
    free = station.journal.free
    assert free >= 2 * 63
    for turn in range(600):
        station.set(number=1, periods=((0, 6 + turn % 20),))
        station.now_s += 5
    assert station.journal.free == 60
    shown = station.amps()
    station.restart()
    # Of the last ones a cut then loses some, and what is left is what counted once.
    assert station.amps() == 6 + (free - 60 - 1) % 20 != shown
    station.rest()
    station.charging = True
    station.set(number=1, periods=((0, 31),))
    station.restart()
    assert station.amps() == 31


def test_flash_that_fails_leaves_the_profile_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    station = Station("journal_fails")
    station.rest()
    station.charging = True

    def fail(_payload: object) -> bool:
        raise OSError(5)

    monkeypatch.setattr(station.journal, "append", fail)
    assert station.set(number=1, periods=((0, 13),)) == "Accepted"
    assert station.amps() == 13 and station.store.write_errors == 1


def test_a_board_without_a_journal_of_that_size_does_without() -> None:
    for journal in (None, SimpleNamespace(payload_bytes=28)):
        assert _make_spare(SimpleNamespace(board=SimpleNamespace(journal=journal)), _PROFILES, 60) is None
