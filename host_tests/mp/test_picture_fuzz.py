"""10,000 damaged pictures through the whole service: each is shown or refused, and then the old picture stays."""

import gc
import json
import os
import sys

if "host_tests/core" not in sys.path:
    sys.path.append("host_tests/core")

from images_bench import gif_control, gif_head, gif_picture, png
from images_fuzz import Random, fix_checksums, mutate
from images_jpegs import BASELINE_420, PROGRESSIVE, RESTARTS

from evse.log import log
from evse.services import picture as p
from evse.services.picture_files import PictureError, exists

PER_FILE = 2000
SEED = 20261122
# Every so many files the memory is measured at each step.
MEASURED = 20
PATH = "/tmp/evse-picture-fuzz-%d" % id(gc)
# The decoders are in the memory already; 64-bit.
MOST_BYTES = 45000
HELD_BYTES = 2000
PALETTE = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (9, 9, 9))
FILES = (
    png(9, 7, 8, 2, (b"\1" + bytes(range(27))) * 3 + (b"\4" + bytes(27)) * 4),
    gif_head(8, 4, PALETTE)
    + gif_control(2)
    + gif_picture(0, 0, 8, 4, [1, 2, 3, 1] * 8)
    + gif_control(3, 1)
    + gif_picture(2, 1, 4, 3, [1, 2, 3] * 4)
    + b"\x3b",
    BASELINE_420,
    PROGRESSIVE,
    RESTARTS,
)


def used_bytes():
    gc.collect()
    return gc.mem_alloc()


def stored():
    """Return the file that is shown."""
    try:
        with open(PATH + ".pix", "rb") as file:
            return file.read()
    except OSError:
        return b""


def upload(service, data, random):
    """Send a file in pieces; return whether it was taken."""
    try:
        service.begin(len(data) if random.below(2) else -1)
        start = 0
        while start < len(data):
            count = 1 + random.below(300)
            service.write(data[start : start + count])
            start += count
        service.finish()
        return True
    except PictureError:
        return False


def convert(service, measured):
    """Step to the end; return the most memory in use between two steps, if it is measured."""
    most = before = used_bytes() if measured else 0
    steps = 0
    while service.state != p.IDLE:
        service.step()
        steps += 1
        assert steps < 20000
        if measured:
            most = max(most, used_bytes())
    return most - before


def test_damaged_pictures():
    log.write = lambda text: None
    service = p.IdlePicture(PATH, lambda: True, lambda: 1000000, lambda folder: 1000000)
    convert(service, False)
    outcome = {"shown": 0, "refused while received": 0, "refused": 0, "peak": 0}
    before = 0
    for original in FILES:
        for index in range(PER_FILE):
            random = Random(SEED + index)
            data = mutate(original, random)
            if index % 4:
                fix_checksums(data)
            old = stored()
            try:
                taken = upload(service, data, random)
                peak = convert(service, index % MEASURED == 0)
            except Exception:
                print("seed", SEED + index, original[:4])
                raise
            outcome["peak"] = max(outcome["peak"], peak)
            if not taken:
                outcome["refused while received"] += 1
            elif service.error:
                outcome["refused"] += 1
            else:
                outcome["shown"] += 1
                assert service.shown is not None and len(stored()) == 12 + 3072 * service.shown.count
            if not taken or service.error:
                assert service.error and stored() == old
            for suffix in (".part", ".file", ".last", ".new"):
                assert not exists(PATH + suffix)
        data = old = None
        before = before or used_bytes()
    held = used_bytes() - before
    # What the last one wrote is what a start finds.
    again = p.IdlePicture(PATH, lambda: True, lambda: 1000000, lambda folder: 1000000)
    convert(again, False)
    assert again.shown is not None and not again.error
    os.remove(PATH + ".pix")
    print(PER_FILE * len(FILES), "damaged pictures:", json.dumps(outcome), "held", held)
    assert outcome["shown"] and outcome["refused"] and outcome["refused while received"]
    assert outcome["peak"] < MOST_BYTES and held < HELD_BYTES, (outcome, held)
