"""Tell what a board runs and has room for, as JSON; tools/deploy.py runs it there."""

import json
import os
import sys

import vfs


def probe() -> dict:
    """Return the facts that decide how an image gets onto this board."""
    partition = vfs.rom_ioctl(2, 0) if hasattr(vfs, "rom_ioctl") else -1
    root = [entry[0] for entry in os.ilistdir("/")]
    fs = os.statvfs("/")
    return {
        "machine": sys.implementation._machine,
        "mpy": sys.implementation._mpy,
        "version": sys.version,
        "romfs": 0 if isinstance(partition, int) else len(memoryview(partition)),
        "free": fs[0] * fs[3],
        "root": root,
        "lib": [entry[0] for entry in os.ilistdir("/lib")] if "lib" in root else [],
    }


if __name__ == "__main__":
    print(json.dumps(probe()))
