"""What the simulated board keeps at once, as the flash partition of a real one does."""

from pathlib import Path

from evse.services.factory_reset import wipe
from simworld.files import Journal

NEVER = 0


def record(number: int) -> bytes:
    return number.to_bytes(4, "little") * 15


def numbers(journal: Journal) -> list[int]:
    found = [int.from_bytes(payload[:4], "little") for payload in journal.records()]
    assert [record(number) for number in found] == list(journal.records())
    return found


def test_records_outlive_a_power_cut_at_any_byte(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(str(path), lambda: True)
    assert numbers(journal) == []
    assert all(journal.append(record(number)) for number in range(3))
    whole = path.read_bytes()
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        again = Journal(str(path), lambda: True)
        left = size // journal.payload_bytes
        assert numbers(again) == list(range(left))
        assert again.append(record(9)) and numbers(again) == [*range(left), 9]
        assert numbers(Journal(str(path), lambda: True)) == [*range(left), 9]


def test_the_oldest_make_room_only_while_that_may_be(tmp_path: Path) -> None:
    closed = True
    journal = Journal(str(tmp_path / "journal"), lambda: not closed)
    count = journal.free
    for number in range(count):
        assert journal.append(record(number))
        journal.step(NEVER)
    assert journal.free == 0 and not journal.append(record(count))
    assert numbers(journal) == list(range(count))
    closed = False
    journal.step(NEVER)
    kept = numbers(journal)
    # More than a profile of 255 periods, and five hours of checkpoints.
    assert journal.free >= 63 + 60 and kept == list(range(count - len(kept), count)) and len(kept) > 60
    assert numbers(Journal(str(tmp_path / "journal"), lambda: True)) == kept


def test_a_factory_reset_forgets_them(tmp_path: Path) -> None:
    journal = Journal(str(tmp_path / "journal"), lambda: True)
    for _ in range(2):
        wipe(str(tmp_path), journal)
        assert numbers(journal) == [] and not (tmp_path / "journal").exists()
        journal.append(record(1))
