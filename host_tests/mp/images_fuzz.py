"""Damage picture files and convert them: `micropython images_fuzz.py SEED COUNT FILE...`, one line of JSON at the end.

Anything but success or ImageError ends the run with the seed of the file that did it.
"""

import gc
import json
import sys

import images.gif
import images.jpeg
import images.png  # noqa: F401
from images.convert import convert
from images.errors import ImageError
from images.frames import FRAME_BYTES, HEADER_BYTES

GARBAGE_STEPS = 8
FRAMES_MAX = 50


class Random:
    """Numbers of a linear congruential generator (Numerical Recipes), the upper bits of 32."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1664525 + 1013904223) & 0xFFFFFFFF
        return (self.state >> 8) % limit


class File:
    """A file in memory."""

    def __init__(self, data):
        self.data = memoryview(data)
        self.place = 0

    def readinto(self, buffer):
        count = min(len(buffer), len(self.data) - self.place)
        buffer[:count] = self.data[self.place : self.place + count]
        self.place += count
        return count

    def seek(self, place):
        self.place = place
        return place


class Count:
    """A sink that counts the bytes."""

    def __init__(self):
        self.bytes = 0

    def write(self, data):
        self.bytes += len(data)
        return len(data)


def mutate(original, random):
    """Return a copy with 1 to 6 changes."""
    data = bytearray(original)
    for _ in range(1 + random.below(6)):
        kind = random.below(8)
        place = random.below(len(data))
        if kind == 0:
            data[place] ^= 1 << random.below(8)
        elif kind == 1:
            data[place] = random.below(256)
        elif kind == 2:
            data[place] = (0, 0xFF, 0x7F, 0x80, 1)[random.below(5)]
        elif kind == 3:
            # Heads are where the interesting fields are.
            data[random.below(min(80, len(data)))] = random.below(256)
        elif kind == 4:
            data = data[:place] + data[place + 1 + random.below(8) :]
        elif kind == 5:
            data = (
                data[:place] + bytes([random.below(256) for _ in range(1 + random.below(8))]) + data[place:]
            )
        elif kind == 6:
            start = random.below(len(data))
            data = data[:place] + data[start : start + random.below(64)] + data[place:]
        elif random.below(4) == 0:
            data = data[: place + 1]
        if not data:
            data = bytearray(b"\0")
    return data


def fix_checksums(data):
    """Make the checksums of a PNG right again, so that the damage is not found by them alone."""
    import binascii

    place = 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        end = place + 8 + length
        if end + 4 > len(data):
            return
        data[end : end + 4] = binascii.crc32(data[place + 4 : end]).to_bytes(4, "big")
        place = end + 4


def used_bytes():
    gc.collect()
    return gc.mem_alloc()


def try_one(data, outcome):
    """Convert a damaged file."""
    sink = Count()
    before = used_bytes()
    steps = 0
    try:
        for _ in convert(File(data), sink, FRAMES_MAX):
            steps += 1
            if steps % GARBAGE_STEPS == 3:
                outcome["peak"] = max(outcome["peak"], used_bytes() - before)
    except ImageError as error:
        outcome["refused"] += 1
        if "memory" in str(error) and "baseline" not in str(error):
            outcome["out of memory"] += 1
    else:
        outcome["converted"] += 1
        frames_bytes = sink.bytes - HEADER_BYTES
        assert frames_bytes > 0 and frames_bytes % FRAME_BYTES == 0
    outcome["steps"] = max(outcome["steps"], steps)


def run(seed, count, paths):
    outcome = {"files": 0, "converted": 0, "refused": 0, "out of memory": 0, "peak": 0, "steps": 0, "held": 0}
    start = used_bytes()
    for path in paths:
        with open(path, "rb") as file:
            original = file.read()
        for index in range(count):
            random = Random(seed + index)
            data = mutate(original, random)
            if data[:4] == b"\x89PNG" and index % 4:
                fix_checksums(data)
            try:
                try_one(data, outcome)
            except Exception:
                print("seed", seed + index, path)
                raise
            outcome["files"] += 1
    original = data = None
    # What a conversion holds after its end; a few strings that were imported or interned are expected.
    outcome["held"] = used_bytes() - start
    print(json.dumps(outcome))


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
