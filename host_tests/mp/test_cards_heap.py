"""What 1,000 cards and 1,000 sessions cost in memory and time; the figures are printed."""

import gc
import os
import time

from power_cut import ROOT, formatted, unmount

from evse.services.cards import CardStore
from evse.services.cards_import import CardImport
from evse.services.sessions_files import SessionFiles
from evse.services.sessions_record import Record

CARDS = 1000
SESSIONS = 1100


def number(index):
    return "%08X%06X" % (index * 2654435761 % 0x100000000, index)


def held(function):
    """Return what `function` returns and how many bytes of heap it keeps."""
    gc.collect()
    before = gc.mem_alloc()
    result = function()
    gc.collect()
    return result, gc.mem_alloc() - before


def test_a_thousand_cards():
    formatted(400)
    path = ROOT + "/cards"
    taken = CardImport(CardStore(path, lambda: True))
    begin_us = time.ticks_us()
    for index in range(CARDS):
        taken.feed((number(index) + "\n").encode())
    assert taken.finish() == CARDS
    import_us = time.ticks_diff(time.ticks_us(), begin_us)
    taken = None
    begin_us = time.ticks_us()
    store, heap = held(lambda: CardStore(path, lambda: True))
    load_us = time.ticks_diff(time.ticks_us(), begin_us)
    worst_us = 0
    begin_us = time.ticks_us()
    for index in range(CARDS):
        one_us = time.ticks_us()
        assert store.contains(number(index))
        worst_us = max(worst_us, time.ticks_diff(time.ticks_us(), one_us))
    found_us = time.ticks_diff(time.ticks_us(), begin_us)
    begin_us = time.ticks_us()
    for index in range(CARDS, 2 * CARDS):
        assert not store.contains(number(index))
    missed_us = time.ticks_diff(time.ticks_us(), begin_us)
    begin_us = time.ticks_us()
    assert store.remove(number(7)) == 1
    assert store.add(number(7)) == 0
    change_us = time.ticks_diff(time.ticks_us(), begin_us)
    print(
        "cards: 1000 in %d bytes of file and %d bytes of heap; load %d us; lookup %d us on average, %d us at worst, "
        "%d us for an unknown one; import %d us; remove and add %d us"
        % (
            os.stat(path)[6],
            heap,
            load_us,
            found_us // CARDS,
            worst_us,
            missed_us // CARDS,
            import_us,
            change_us,
        )
    )
    assert heap < 6000
    unmount()


def test_a_thousand_sessions():
    formatted(400)
    files, heap = held(lambda: SessionFiles(ROOT + "/sessions"))
    worst_us = 0
    begin_us = time.ticks_us()
    for index in range(SESSIONS):
        record = Record()
        record.number = index + 1
        record.card = number(index)
        one_us = time.ticks_us()
        files.append(record.pack())
        worst_us = max(worst_us, time.ticks_diff(time.ticks_us(), one_us))
    append_us = time.ticks_diff(time.ticks_us(), begin_us)
    begin_us = time.ticks_us()
    again = SessionFiles(ROOT + "/sessions")
    load_us = time.ticks_diff(time.ticks_us(), begin_us)
    assert again.newest == SESSIONS
    begin_us = time.ticks_us()
    kept = len([record.number for record in again.records()])
    read_us = time.ticks_diff(time.ticks_us(), begin_us)
    last, last_bytes = held(lambda: again.last(20))
    assert len(last) == 20 and last[0].number == SESSIONS
    print(
        "sessions: %d kept, %d bytes of heap; append %d us on average, %d us at worst; start %d us; "
        "reading all %d us; the last 20 take %d bytes"
        % (kept, heap, append_us // SESSIONS, worst_us, load_us, read_us, last_bytes)
    )
    assert kept >= 1000 and heap < 3000
    unmount()
