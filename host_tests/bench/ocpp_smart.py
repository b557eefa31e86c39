#!/usr/bin/env python3
"""Smart charging with 255 profiles under MicroPython: times, longest slices and memory, each with its bound.

Exit status 1 when a bound is missed.
"""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

from interpreters import MICROPYTHON, ROOT, micropython_environment

HEAP = "heapsize=4M"


def main() -> int:
    """Run the measurements and print them."""
    command = [str(MICROPYTHON), "-X", HEAP, "host_tests/mp/ocpp_smart_figures.py"]
    return subprocess.run(command, cwd=ROOT, env=micropython_environment(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
