"""The simulated board: puts the simulated station and its workbench together, as the command line says."""

import asyncio
import sys

from simworld.sim_board import SimBoard


def outputs_safe() -> None:
    """Do nothing: a simulated board starts with open contactors and no pilot."""


def make() -> SimBoard:
    """Return the board that the command line describes, with power."""
    # Virtual time needs none of this.
    from bench.real_time import EXIT_USAGE, Bench, Options

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
