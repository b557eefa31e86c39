"""The store on LittleFS in RAM, with the power cut at every block write: nothing confirmed is lost."""

import os

from power_cut import ROOT, PowerCut, formatted, mount, unmount

from evse.settings.store import DAMAGED, EMPTY, LOADED, Store

BLOCKS = 64


def save_until_cut(flash, writes):
    """Save values 1, 2, ... until the power fails; return the last confirmed and the one under way."""
    store = Store(ROOT + "/record", 1)
    status, value = store.load()
    number = value["number"] if status == LOADED else 0
    flash.writes_left = writes
    confirmed = number
    try:
        for number in range(confirmed + 1, confirmed + 6):
            store.save({"number": number, "filling": "x" * 300})
            confirmed = number
    except (PowerCut, OSError):
        pass
    return confirmed, number


def test_a_cut_at_every_write_loses_nothing_confirmed():
    cuts = 0
    for writes in range(120):
        flash = formatted(BLOCKS)
        Store(ROOT + "/record", 1).save({"number": 1, "filling": ""})
        confirmed, under_way = save_until_cut(flash, writes)
        cuts += confirmed != under_way
        flash.dead = True
        mount(flash.data)
        status, value = Store(ROOT + "/record", 1).load()
        assert status == LOADED, writes
        assert confirmed <= value["number"] <= under_way, (writes, confirmed, value["number"])
        # And it goes on from there.
        store = Store(ROOT + "/record", 1)
        store.load()
        store.save({"number": 99})
        assert Store(ROOT + "/record", 1).load() == (LOADED, {"number": 99})
    unmount()
    assert cuts > 20, cuts


def test_damaged_records_are_kept_aside_and_one_good_generation_is_enough():
    formatted(BLOCKS)
    assert Store(ROOT + "/record", 1).load() == (EMPTY, None)
    store = Store(ROOT + "/record", 1)
    store.save({"number": 1})
    store.save({"number": 2})
    for name, expected in (("/record.0", 1), ("/record.1", 0)):
        assert expected in (0, 1)
        with open(ROOT + name, "rb") as file:
            data = bytearray(file.read())
        data[-3] ^= 1
        with open(ROOT + name, "wb") as file:
            file.write(data)
        status, value = Store(ROOT + "/record", 1).load()
        if name == "/record.0":
            assert status == LOADED and value["number"] in (1, 2)
        else:
            assert status == DAMAGED and value is None
    assert sorted(os.listdir(ROOT)) == ["record.damaged0", "record.damaged1"]
    unmount()


def test_a_record_of_a_later_version_is_not_read():
    formatted(BLOCKS)
    Store(ROOT + "/record", 2).save({"number": 1})
    assert Store(ROOT + "/record", 1).load() == (DAMAGED, None)
    unmount()
