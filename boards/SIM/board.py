"""The simulated board: puts the simulated station and its workbench together, as the command line says."""

import asyncio
import gc
import sys

from simworld.sim_board import SimBoard

_IMPORT_BYTES = 32768


def outputs_safe() -> None:
    """Do nothing: a simulated board starts with open contactors and no pilot."""


def make() -> SimBoard:
    """Return the board that the command line describes, with power."""
    # Here the code is compiled into the heap; collected only when that is full, it would be in pieces by then.
    # CPython has no such threshold.
    threshold = getattr(gc, "threshold", lambda size: None)
    threshold(_IMPORT_BYTES)
    # Virtual time needs none of this.
    from bench.real_time import EXIT_USAGE, Bench, Options

    threshold(-1)
    try:
        bench = Bench(Options(sys.argv[1:]))
    except ValueError as error:
        print("error: %s" % error)
        sys.exit(EXIT_USAGE)
    hardware = bench.board
    if not hardware.world.values["power"]:
        asyncio.run(bench.wait_for_power())
        hardware.reset("power is back")
    return hardware
