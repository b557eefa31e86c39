"""How often settings are written, in virtual time: at once, then once a minute for each, and before a restart."""

from pathlib import Path

import pytest

from evse.core import faults
from evse.services.keeper import Keeper
from evse.settings.settings import SCHEMA, Settings
from evse.settings.store import EMPTY, Store


class Faults:
    def __init__(self) -> None:
        self.reported = []

    def report(self, fault: int, active: bool, at_s: int) -> None:
        self.reported.append((fault, active))


class Station:
    """What a keeper looks at, with a clock that the test sets."""

    def __init__(self) -> None:
        self.uptime_s = 0
        self.uptime_part_ms = 0
        self.open = True
        self.meter_wh = self.armed_wh = self.start_wh = -1
        self.access = self.state = self.mode = 0
        self.charger = self.session = self.contactors = self.regulation = self.capacity = self
        self.house = self.remote = None
        self.faults = Faults()

    def set_access(self, access: int) -> None:
        self.access = access

    def restore_peak(self, peak_w: int, month: int) -> None:
        pass

    def proven_open(self) -> bool:
        return self.open

    def sees_no_car(self) -> bool:
        return True


class Records:
    """A store that counts."""

    def __init__(self) -> None:
        self.saved = []
        self.fails = False

    def load(self) -> tuple:
        return EMPTY, None

    def save(self, value: dict) -> None:
        if self.fails:
            raise OSError(28)
        self.saved.append(value)


class Kept:
    """A keeper over counted records."""

    def __init__(self) -> None:
        self.station = Station()
        self.records = Records()
        self.settings = Settings(self.records)
        self.keeper = Keeper(self.station, self.settings, Records())

    def change(self, at_s: int, **values: int) -> int:
        """Change settings at a time and return how often was written so far."""
        self.settings.change(values)
        return self.at(at_s)

    def at(self, at_s: int) -> int:
        self.station.uptime_s = at_s
        self.keeper.step()
        return len(self.records.saved)


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_the_first_change_is_written_at_once_and_the_next_ones_after_a_minute(kept: Kept) -> None:
    assert kept.change(100, MaxCurrent=16) == 1
    assert kept.change(101, MaxCurrent=17) == kept.change(130, MaxCurrent=18) == kept.at(159) == 1
    assert kept.at(160) == 2 and kept.records.saved[-1] == {"MaxCurrent": 18}
    assert kept.change(161, MaxCurrent=19) == kept.at(219) == 2
    assert kept.at(220) == 3 and kept.at(1000) == 3
    assert kept.change(1000, MaxCurrent=20) == 4


def test_the_start_of_the_station_makes_nothing_wait(kept: Kept) -> None:
    assert kept.change(0, MaxCurrent=16) == 1


def test_a_setting_does_not_wait_for_another(kept: Kept) -> None:
    assert kept.change(10, MaxCurrent=16) == 1
    kept.station.access = 2
    assert kept.at(11) == 2
    # What waits goes with what is written, and begins its minute anew.
    assert kept.change(20, MaxCurrent=17) == 2
    assert kept.change(30, maxTemp=60) == 3 and kept.records.saved[-1]["MaxCurrent"] == 17
    assert kept.change(71, MaxCurrent=18) == kept.at(89) == 3 and kept.at(90) == 4


def test_no_more_than_one_write_a_minute_however_often_it_changes(kept: Kept) -> None:
    for second in range(3600):
        kept.change(second, MaxCurrent=10 + second % 2)
    assert len(kept.records.saved) == 60


def test_a_restart_forces_what_waits_and_makes_nothing_wait_after_it(kept: Kept) -> None:
    kept.change(10, MaxCurrent=16)
    assert kept.change(20, MaxCurrent=17) == 1
    kept.keeper.flush()
    assert kept.records.saved[-1] == {"MaxCurrent": 17}
    kept.keeper.flush()
    assert len(kept.records.saved) == 2
    assert kept.change(21, MaxCurrent=18) == 3


def test_nothing_is_written_under_load_and_a_restart_waits_for_that(kept: Kept) -> None:
    kept.station.open = False
    assert kept.change(10, MaxCurrent=16) == 0
    kept.keeper.flush()
    assert kept.at(200) == 0
    kept.station.open = True
    assert kept.at(201) == 1


def test_a_write_that_failed_is_tried_again(kept: Kept) -> None:
    kept.records.fails = True
    assert kept.change(10, MaxCurrent=16) == 0 and kept.keeper.write_errors == 1
    kept.records.fails = False
    assert kept.at(11) == 1 and not kept.settings.unsaved


def test_the_time_of_the_next_write_is_known(kept: Kept) -> None:
    assert kept.keeper.next_due_ms() == -1
    kept.change(10, MaxCurrent=16)
    assert kept.keeper.next_due_ms() == -1
    kept.change(15, MaxCurrent=17)
    kept.station.uptime_part_ms = 250
    assert kept.keeper.next_due_ms() == 54750
    kept.settings.change({"maxTemp": 60})
    assert kept.keeper.next_due_ms() == 0
    kept.station.open = False
    assert kept.keeper.next_due_ms() == -1


def test_a_record_of_later_firmware_is_shown_as_a_fault(tmp_path: Path) -> None:
    Store(str(tmp_path / "settings"), SCHEMA + 1).save({"MaxCurrent": 20})
    station = Station()
    settings = Settings(Store(str(tmp_path / "settings"), SCHEMA))
    Keeper(station, settings, Records())
    assert station.faults.reported == [(faults.STORAGE, True)] and settings.get("MaxCurrent") == 13
