"""Cards on LittleFS in RAM, the power cut at every block write: nothing confirmed is lost or invented."""

from power_cut import ROOT, PowerCut, at_every_write, formatted, unmount

from evse.services import cards as c
from evse.services.cards import CardStore
from evse.services.cards_import import CardImport

PATH = ROOT + "/cards"
BLOCKS = 96


def number(index):
    return "%08X" % (index * 2654435761 % 0x100000000)


def open_store(capacity=1000):
    return CardStore(PATH, lambda: True, capacity)


def listed():
    store = open_store()
    assert store.damaged == 0
    found = list(store.uids())
    for uid in found:
        assert store.contains(uid)
    return found


class Follower:
    """What was confirmed, and what is under way."""

    def __init__(self, before):
        self.before = list(before)
        self.confirmed = []
        self.under_way = []

    def reset(self):
        self.confirmed = list(self.before)
        self.under_way = list(self.before)

    def check(self, cut):
        found = listed()
        assert found == self.confirmed or found == self.under_way, (cut, len(found))
        # And it goes on from there.
        store = open_store()
        assert store.add("CAFEBABE") == c.STORED
        assert listed() == found + ["CAFEBABE"]


def change_until_cut(follower, flash, changes):
    follower.reset()
    store = open_store()
    for add, uid in changes:
        after = list(follower.confirmed)
        if add:
            after.append(uid)
        else:
            after.remove(uid)
        follower.under_way = after
        result = store.add(uid) if add else store.remove(uid)
        if result == c.FAILED:
            raise PowerCut
        assert result == (c.STORED if add else c.DELETED)
        follower.confirmed = after


def test_learning_and_deleting():
    flash = formatted(BLOCKS)
    changes = [(True, number(index)) for index in range(1, 45)]
    changes += [(False, number(index)) for index in range(1, 20)]
    follower = Follower([])
    cuts = at_every_write(
        flash.data, lambda flash: change_until_cut(follower, flash, changes), follower.check
    )
    print("cards, learning and deleting: %d power cuts" % cuts)
    assert cuts > 100


def test_a_rewrite_of_a_worn_file():
    flash = formatted(BLOCKS)
    store = open_store()
    for index in range(150):
        store.add(number(index))
    for index in range(64):
        store.remove(number(index))
    follower = Follower([number(index) for index in range(64, 150)])
    data = bytes(flash.data)

    def rewrite(_flash):
        follower.reset()
        store = open_store()
        for _ in range(30):
            store.step()

    cuts = at_every_write(data, rewrite, follower.check)
    print("cards, rewrite: %d power cuts" % cuts)
    assert cuts > 5


def test_an_import_and_a_clear():
    flash = formatted(BLOCKS)
    store = open_store()
    for index in range(30):
        store.add(number(index))
    data = bytes(flash.data)
    follower = Follower([number(index) for index in range(30)])
    imported = [number(index) for index in range(100, 200)]
    text = "\n".join(imported).encode()

    def replace(_flash):
        follower.reset()
        follower.under_way = imported
        taken = CardImport(open_store())
        for at in range(0, len(text), 256):
            taken.feed(text[at : at + 256])
        assert taken.finish() == 100
        follower.confirmed = imported

    cuts = at_every_write(data, replace, follower.check)

    def clear(_flash):
        follower.reset()
        follower.under_way = []
        if open_store().clear() == c.DELETED:
            follower.confirmed = []

    cuts += at_every_write(data, clear, follower.check)
    print("cards, import and clear: %d power cuts" % cuts)
    assert cuts > 10
    unmount()
