"""Messages for the back end that come while a contactor is closed, on a board with a raw journal."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from evse.services.ocpp.space import MessageSpace
from ocpp16 import journal_record as j
from ocpp16.journal import Journal
from ocpp16.spare import Spare

NOON = 1700000000
TAG = b"A" * 20 + b"\0" + b"B" * 20 + b"\0" + b"12"
PER_SEGMENT = 8


class PowerCut(BaseException):
    """The power is gone."""


class Raw:
    """Erased space; the power goes at one of the writes."""

    payload_bytes = 60

    def __init__(self, free: int = 126) -> None:
        self.free = free
        self.payloads: list[bytes] = []
        self.cut_in = -1

    def append(self, payload: bytes) -> bool:
        self.cut_in -= 1
        if self.cut_in == 0:
            raise PowerCut
        assert self.free > 0
        self.free -= 1
        self.payloads.append(bytes(payload))
        return True

    def records(self) -> Iterator[bytes]:
        yield from list(self.payloads)


class Station:
    """A journal in files and erased space; `closed` is its contactor."""

    def __init__(self, folder: Path, free: int = 126) -> None:
        self.path = str(folder / "messages")
        self.raw = Raw(free)
        self.closed = False
        self.start()

    def start(self) -> None:
        spare = Spare(self.raw, 0xCA, 0)
        self.space = MessageSpace(self.path, lambda: not self.closed, 4, PER_SEGMENT, spare)
        for _ in self.space.recover():
            pass
        self.journal = Journal(self.space)
        for _ in self.journal.load():
            pass

    def restart(self) -> None:
        self.closed = False
        self.start()

    def begin(self) -> int:
        number = self.journal.new_transaction()
        assert self.journal.append(j.START, 1, number, (NOON, 0), 1000, TAG)
        return number

    def told(self) -> list[tuple[int, int, bytes]]:
        """Return what is to be delivered."""
        found = []
        while (record := self.journal.message()) is not None:
            assert self.journal.is_settled(record)
            found.append((record.kind, record.transaction, bytes(record.text)))
            self.journal.done(77)
        return found

    def rest(self) -> None:
        self.closed = False
        for _ in range(8):
            self.space.step()


def test_a_beginning_outlives_a_power_cut_and_so_does_its_confirmation(tmp_path: Path) -> None:
    station = Station(tmp_path)
    station.closed = True
    assert station.space.ready
    number = station.begin()
    record = station.journal.message()
    assert record and station.journal.is_settled(record) and not list(tmp_path.iterdir())
    station.restart()
    assert list(station.journal.open) == [number] and station.space.held == 2
    station.closed = True
    assert station.told() == [(j.START, number, TAG)]
    station.restart()
    assert station.told() == [] and station.journal.ids[number][0] == 77
    station.rest()
    for _ in range(2):
        station.restart()
        assert station.space.held == 0 and station.told() == [] and station.journal.ids[number][0] == 77


def test_without_room_it_waits_for_the_contactor(tmp_path: Path) -> None:
    station = Station(tmp_path, free=2)
    station.closed = True
    assert not station.space.ready
    station.begin()
    record = station.journal.message()
    assert record and not station.journal.is_settled(record)
    station.rest()
    assert station.journal.is_settled(record)


@pytest.mark.parametrize("cut_in", range(1, 12))
def test_a_cut_at_any_write_of_erased_space(tmp_path: Path, cut_in: int) -> None:
    station = Station(tmp_path)
    station.begin()
    station.told()
    station.closed = True
    station.raw.cut_in = cut_in
    settled: list[int] = []
    confirmed: list[int] = []
    known: list[int] = []
    try:
        for _ in range(3):
            number = station.begin()
            settled.append(number)
            station.told()
            confirmed.append(number)
        station.rest()
        station.raw.cut_in = -1
    except PowerCut:
        pass
    station.raw.cut_in = -1
    for _ in range(2):
        station.restart()
        known = [number for number in station.journal.open if number > 1]
        # The last one may have been written whole, or not at all.
        assert known[: len(settled)] == settled and len(known) <= len(settled) + 1
        assert all(station.journal.ids[number][0] == 77 for number in confirmed)
        station.rest()
    told = station.told()
    assert [entry[1] for entry in told] == [number for number in known if number not in confirmed]


def test_what_was_spared_long_ago_never_comes_back(tmp_path: Path) -> None:
    station = Station(tmp_path)
    for _ in range(12):
        station.closed = True
        number = station.begin()
        station.told()
        station.rest()
        assert station.journal.append(j.STOP, 1, number, (NOON + 9, 0), 1009, b"Local\0\0")
        station.told()
        for _ in range(8):
            station.space.step()
    assert station.journal.at_rest
    station.restart()
    assert station.journal.at_rest and station.told() == []
    # The files are gone, the erased space is not.
    for file in tmp_path.iterdir():
        file.unlink()
    station.restart()
    assert station.journal.at_rest and station.space.held == 0


def test_files_keep_their_numbers(tmp_path: Path) -> None:
    station = Station(tmp_path)
    for place in itertools.count(1):
        assert station.space.append(bytes(60))
        station.space.release(place)
        station.space.step()
        assert len(list(tmp_path.iterdir())) >= 1
        if place == 3 * PER_SEGMENT:
            break
    assert [file.name for file in tmp_path.iterdir()] == ["messages.2"]
