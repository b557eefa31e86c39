"""Measure the start of a station from its image: measure_start.py IMAGE DATA_DIR; prints JSON.

The unit is the time of an empty loop in the same run, so that the figure does not depend on the machine.
"""

import json
import sys
import time

import run_image

LOOPS = 1500000


def loop_us() -> int:
    """Return how long the empty loop takes."""
    begin = time.ticks_us()
    for _ in range(LOOPS):
        pass
    return time.ticks_diff(time.ticks_us(), begin)


def start_us() -> int:
    """Return the time from the first line of the firmware until a pilot is driven."""
    begin = time.ticks_us()
    # In the order of a board that starts; what boot.py imports counts too.
    # By name: the type checker knows another board by this one.
    board = __import__("board")
    import boot  # noqa: F401

    hardware = board.BareBoard(sys.argv[2])
    carry_out = hardware.apply
    taken = []

    def apply(outputs) -> None:
        carry_out(outputs)
        if outputs.pilot_connected:
            taken.append(time.ticks_diff(time.ticks_us(), begin))
            sys.exit(0)

    hardware.apply = apply
    board.make = lambda: hardware
    import main

    try:
        main.main()
    except SystemExit:
        pass
    return taken[0] if taken else -1


def measure() -> None:
    """Measure the loop before and after the start, and take the shorter one."""
    run_image.mount(sys.argv[1])
    before_us = loop_us()
    us = start_us()
    print(json.dumps({"start_us": us, "loop_us": min(before_us, loop_us())}))


if __name__ == "__main__":
    measure()
