"""Convert files and tell what it took: `micropython images_rig.py time|memory FILE...`, one JSON line per file.

`time` gives milliseconds and the longest step. `memory` collects garbage before every step, so that what is allocated
is what is in use, and gives the most of it, in bytes.
"""

import binascii
import gc
import json
import sys
import time

import images.gif
import images.jpeg
import images.png  # noqa: F401
from images.convert import convert
from images.errors import ImageError
from images.frames import FRAME_BYTES


class Sums:
    """A sink that keeps the checksum of each frame."""

    def __init__(self):
        self.sums = []

    def write(self, data):
        if len(data) == FRAME_BYTES:
            self.sums.append(binascii.crc32(data))
        return len(data)


def used_bytes():
    gc.collect()
    return gc.mem_alloc()


def measure_time(source, sink):
    """Return the total, the longest step, and the number of steps.

    The steps are the same in each of three runs: the shortest time of each is what it takes when nothing intervenes.
    """
    best = []
    total_ms = None
    for turn in range(3):
        gc.collect()
        source.seek(0)
        start = before = time.ticks_us()
        index = 0
        for _ in convert(source, sink if turn == 0 else Sums()):
            taken = time.ticks_diff(time.ticks_us(), before)
            if turn == 0:
                best.append(taken)
            elif taken < best[index]:
                best[index] = taken
            index += 1
            before = time.ticks_us()
        taken_ms = time.ticks_diff(time.ticks_us(), start) // 1000
        total_ms = taken_ms if total_ms is None else min(total_ms, taken_ms)
    return {"ms": total_ms, "longest_us": max(best), "steps": len(best)}


def measure_memory(source, sink):
    """Return the peak of what the conversion holds."""
    before = used_bytes()
    peak = 0
    for _ in convert(source, sink):
        peak = max(peak, used_bytes() - before)
    return {"peak": peak}


def run(mode, paths):
    measure = measure_time if mode == "time" else measure_memory
    for path in paths:
        sink = Sums()
        error_text = ""
        measured = {}
        with open(path, "rb") as source:
            try:
                measured = measure(source, sink)
            except ImageError as error:
                error_text = str(error)
        print(json.dumps({"file": path, "error": error_text, "sums": sink.sums, "measured": measured}))


if __name__ == "__main__":
    run(sys.argv[1], sys.argv[2:])
