"""Watching the buttons allocates nothing while none is pressed; an open menu takes little."""

import gc
import sys

import micropython

ROUNDS = 200
# 64-bit; about half of that on the chip.
MOST_BYTES = 2500


def rig():
    """Return a station with three buttons."""
    if "host_tests/core" not in sys.path:
        sys.path.insert(0, "host_tests/core")
    from menu_bench import Rig  # pyright: ignore[reportMissingImports]

    return Rig()


def check_idle(task, board):
    """Look at buttons that nobody presses with the heap locked."""
    board.mask = 0
    now = 1000
    micropython.heap_lock()
    try:
        for _ in range(ROUNDS):
            task.step(now)
            task.next_due_ms(now)
            now += 20
    finally:
        micropython.heap_unlock()


def test_before_anybody_pressed_a_button():
    station = rig()
    station.hold(0, 100)
    check_idle(station.task, station.board)


def test_after_the_menu_was_used():
    station = rig().open().exit()
    assert station.shown is None
    check_idle(station.task, station.board)


def test_while_the_menu_is_open_and_nobody_touches_it():
    station = rig().open().go("RFID")
    check_idle(station.task, station.board)
    assert station.menu.label == "RFID"


def test_an_open_menu_is_small():
    # Once without: what it loads stays.
    rig().open().exit()
    station = rig()
    gc.collect()
    before = gc.mem_alloc()
    station.open()
    gc.collect()
    taken = gc.mem_alloc() - before
    print("an open menu takes", taken, "bytes")
    assert taken < MOST_BYTES, taken
