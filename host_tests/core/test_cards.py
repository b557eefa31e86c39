"""The list of cards in a file: numbers, limits, removal, import, damage."""

import os
import sys

from evse.core.errors import FieldError
from evse.services import cards as c
from evse.services import cards_table as ct
from evse.services.cards import CardStore
from evse.services.cards_import import CardImport

CARD_4 = "DEADBEEF"
CARD_6 = "0123456789AB"
CARD_7 = "04A1B2C3D4E5F6"
CARD_10 = "00112233445566778899"


class Gate:
    def __init__(self) -> None:
        self.open = True

    def __call__(self) -> bool:
        return self.open


def new_path() -> str:
    """Return a path where nothing is; interpreters run beside each other."""
    path = "/tmp/evse-cards-%s-%d" % (sys.implementation.name, id(sys))
    for suffix in ("", ".new", ".damaged"):
        try:
            os.remove(path + suffix)
        except OSError:
            pass
    return path


def new_store(capacity: int = 1000) -> tuple:
    path = new_path()
    gate = Gate()
    return CardStore(path, gate, capacity), gate, path


def number(index: int) -> str:
    return "%08X" % (index * 2654435761 % 0x100000000)


def test_numbers_of_four_lengths_and_nothing_else():
    for text in (CARD_4, CARD_6, CARD_7, CARD_10):
        uid = ct.uid_bytes(text.lower())
        assert uid is not None and ct.uid_text(uid) == text
    for text in ("", "DEADBE", "DEADBEEF1", "DEADBEEF01", "DEADBEEG", "DEAD EEF", "+1234567", "00" * 11):
        assert ct.uid_bytes(text) is None, text
    assert ct.uid_bytes(CARD_4 + "000000") == ct.uid_bytes(CARD_4) == ct.uid_bytes(CARD_4 + "0000")
    assert ct.uid_bytes(CARD_4 + "000000" * 2) is not None


def test_what_is_stored_is_there_after_a_restart():
    store, gate, path = new_store()
    for text in (CARD_4, CARD_6, CARD_7, CARD_10):
        assert not store.contains(text)
        assert store.add(text) == c.STORED and store.contains(text.lower())
        assert store.add(text) == c.DUPLICATE
    assert store.remove(CARD_6) == c.DELETED and store.remove(CARD_6) == c.UNKNOWN
    assert store.add("12") == c.INVALID and store.remove("12") == c.INVALID
    for again in (store, CardStore(path, gate)):
        assert list(again.uids()) == [CARD_4, CARD_7, CARD_10]
        assert again.count == 3 and not again.contains(CARD_6)
    assert CardStore(path, gate).clear() == c.DELETED
    assert list(CardStore(path, gate).uids()) == []


def test_the_list_is_full_at_its_capacity():
    store, _, _ = new_store(4)
    for index in range(4):
        assert store.add(number(index)) == c.STORED
    assert store.add(number(9)) == c.FULL and store.add(number(3)) == c.DUPLICATE
    assert store.remove(number(0)) == c.DELETED
    assert store.add(number(9)) == c.STORED


def test_nothing_is_written_while_a_contactor_is_closed():
    store, gate, path = new_store()
    store.add(CARD_4)
    gate.open = False
    assert store.add(CARD_6) == c.BUSY and store.remove(CARD_4) == c.BUSY and store.clear() == c.BUSY
    assert store.contains(CARD_4) and not store.contains(CARD_6)
    try:
        CardImport(store)
    except OSError:
        pass
    else:
        raise AssertionError("an import began")
    assert list(CardStore(path, gate).uids()) == [CARD_4]


def test_many_changes_do_not_let_the_file_grow():
    store, gate, path = new_store(20)
    for index in range(20):
        store.add(number(index))
    for index in range(600):
        assert store.remove(number(index)) == c.DELETED
        assert store.add(number(index + 20)) == c.STORED
        assert os.stat(path)[6] <= (1 + 20 + 2 * 128 + 2) * ct.RECORD_BYTES
        if index % 3 == 0:
            store.step()
    expected = sorted([number(index) for index in range(600, 620)])
    assert sorted(store.uids()) == expected
    assert sorted(CardStore(path, gate).uids()) == expected


def test_a_rewrite_in_pieces_waits_for_open_contactors():
    store, gate, path = new_store()
    for index in range(200):
        store.add(number(index))
    for index in range(70):
        store.remove(number(index))
    before = os.stat(path)[6]
    store.step()
    gate.open = False
    for _ in range(50):
        store.step()
    assert os.stat(path)[6] == before
    gate.open = True
    for _ in range(20):
        store.step()
    assert os.stat(path)[6] == (1 + 130) * ct.RECORD_BYTES
    for again in (store, CardStore(path, gate)):
        assert again.count == 130
        for index in range(200):
            assert again.contains(number(index)) == (index >= 70)


def test_an_import_replaces_everything_or_nothing():
    store, gate, path = new_store(5)
    store.add(CARD_4)
    text = ("%s\r\n\n%s\n%s\n%s000000" % (CARD_6, CARD_7, CARD_6.lower(), number(7))).encode()
    for size in (1, 7, 1000):
        taken = CardImport(store)
        assert store.add(CARD_10) == c.BUSY
        for at in range(0, len(text), size):
            taken.feed(text[at : at + size])
        assert taken.finish() == 3 and taken.duplicates == 1
        assert list(CardStore(path, gate).uids()) == list(store.uids()) == [CARD_6, CARD_7, number(7)]
    many = "\n".join([number(index) for index in range(6)]).encode()
    for bad, field in (
        (b"\nXYZ\n", "line 2"),
        (b"1" * 100, "line 1"),
        (b"\xff\xfe\n", "line 1"),
        (many + b"\n", "line 6"),
    ):
        taken = CardImport(store)
        try:
            taken.feed(bad)
        except FieldError as error:
            assert error.field == field
            taken.abort()
        else:
            raise AssertionError(field)
        assert store.count == 3 and list(CardStore(path, gate).uids()) == [CARD_6, CARD_7, number(7)]
    taken = CardImport(store)
    gate.open = False
    try:
        taken.feed(b"\n")
    except OSError:
        taken.abort()
    else:
        raise AssertionError("written while closed")
    gate.open = True
    assert store.add(CARD_10) == c.STORED
    assert os.listdir("/tmp").count(path[5:] + ".new") == 0


def test_one_damaged_byte_costs_one_record():
    store, gate, path = new_store()
    uids = [CARD_4, CARD_6, CARD_7, CARD_10, number(1)]
    for text in uids:
        store.add(text)
    with open(path, "rb") as file:
        good = file.read()
    for at in range(ct.RECORD_BYTES, len(good)):
        damaged = bytearray(good)
        damaged[at] ^= 0x21
        with open(path, "wb") as file:
            file.write(damaged)
        again = CardStore(path, gate)
        lost = at // ct.RECORD_BYTES - 1
        assert again.damaged == 1
        assert list(again.uids()) == uids[:lost] + uids[lost + 1 :], at
        assert not again.contains(uids[lost])
    for size in range(ct.RECORD_BYTES, len(good)):
        with open(path, "wb") as file:
            file.write(good[:size])
        again = CardStore(path, gate)
        whole = size // ct.RECORD_BYTES - 1
        assert list(again.uids()) == uids[:whole]
        # And it goes on from there.
        assert again.add("CAFEBABE") == c.STORED
        assert list(CardStore(path, gate).uids()) == uids[:whole] + ["CAFEBABE"]


def test_a_file_of_something_else_is_kept_aside():
    _, gate, path = new_store()
    with open(path, "wb") as file:
        file.write(b"x" * 100)
    store = CardStore(path, gate)
    assert store.damaged == 1 and store.count == 0
    assert os.stat(path + ".damaged")[6] == 100
    assert store.add(CARD_4) == c.STORED and list(CardStore(path, gate).uids()) == [CARD_4]
    new_path()


def test_a_directory_that_is_missing_is_told():
    store = CardStore("/tmp/evse-no-such-folder/cards", Gate())
    assert store.add(CARD_4) == c.FAILED and store.clear() == c.FAILED
    assert not store.contains(CARD_4)
