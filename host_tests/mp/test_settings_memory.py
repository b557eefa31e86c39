"""The settings under MicroPython: what they take of the heap, and that every row can be read and checked there."""

import gc

from evse.core.errors import FieldError
from evse.settings import table, texts
from evse.settings.settings import Settings

MOST_BYTES = 3000  # 64-bit; about half of that on the chip


class NoStore:
    def load(self):
        return 0, None

    def save(self, value):
        self.saved = value


def test_settings_are_small_and_what_cannot_be_changed_yet_takes_nothing():
    Settings(NoStore())
    gc.collect()
    before = gc.mem_alloc()
    settings = Settings(NoStore())
    gc.collect()
    taken = gc.mem_alloc() - before
    print("settings take", taken, "bytes")
    assert settings.get("RFIDReader") == 0 and settings.text("OcppUrl") == ""
    assert taken < MOST_BYTES, taken


def test_every_row_is_described_and_found():
    settings = Settings(NoStore())
    described = settings.describe()
    assert len(described) > 60
    for row in described:
        found = table.find(row["label"])
        assert found is not None and found.key == row["key"]


def test_changes_are_checked_as_on_the_host():
    store = NoStore()
    settings = Settings(store)
    settings.change({"NAME": "Säule ⚡", "MAX": "20", "MAINS MET": "API", "MODE": "Smart"})
    settings.save()
    assert store.saved == {"StationName": "Säule ⚡", "MaxCurrent": 20, "MainsMeter": 9, "Mode": 1}
    for change in (
        {"NAME": "Ä" * 33},
        {"MAX": 81},
        {"MAINS MET": "Disabled"},
        {"TIMEZONE": "CET-1CEST"},
        {"MAX": "²"},
    ):
        try:
            settings.change(change)
        except FieldError:
            continue
        raise AssertionError(change)


def test_time_zones_and_addresses():
    texts.check_timezone("<+0330>-3:30")
    texts.check_timezone("CET-1CEST,M3.5.0,M10.5.0/3")
    texts.check_url("wss://[::1]:443/ocpp")
    for check, text in ((texts.check_timezone, "CET-1CEST"), (texts.check_url, "http://x")):
        try:
            check(text)
        except ValueError:
            continue
        raise AssertionError(text)
