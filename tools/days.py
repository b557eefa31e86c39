#!/usr/bin/env python3
"""Write the shipped days as CSV files, for a look at them or as a start for your own.

Each follows from its row in tools/replay_lib/shipped_days.py: appliances, sky and a seed, the same everywhere.
"""

import argparse
import sys
from pathlib import Path

from interpreters import ROOT
from replay_lib.make_day import make_day
from replay_lib.read_day import write_day
from replay_lib.shipped_days import DAYS


def main() -> int:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").strip(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"days to write (all): {', '.join(DAYS)}")
    parser.add_argument(
        "--into", type=Path, default=ROOT / "build/days", metavar="DIR", help="folder (build/days)"
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in DAYS]
    if unknown:
        print(f"error: no day {unknown[0]}; there are {', '.join(DAYS)}", file=sys.stderr)
        return 2
    try:
        options.into.mkdir(parents=True, exist_ok=True)
        for name in options.names or DAYS:
            path = options.into / f"{name}.csv"
            write_day(make_day(name), path)
            print(path)
    except OSError as error:
        print(f"error: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
