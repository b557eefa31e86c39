"""Smart charging with 255 profiles of 24 and of 255 periods: times, the longest slice, memory, each with its bound.

`host_tests/bench/ocpp_smart.py` runs it. Exit status 1 when a bound is missed.
"""

import gc
import json
import sys
import time

sys.path.insert(0, "host_tests/core")

from ocpp_smart_bench import DAY_S, Bench, profile

from ocpp16.profile_file import ProfileFile
from ocpp16.profile_store import ProfileStore
from ocpp16.smart import SmartCharging

PROFILES = 255
# A slice of 20 ms on an ESP32, which is about 30 times slower than a PC.
SLICE_US = 667
FEED_BYTES = 256
SET_MS = {24: 15, 255: 60}
COMPOSITE_MS = {24: 50, 255: 150}
INDEX_BYTES = 10240
PEAK_BYTES = 60 * 1024
ROUNDS = 15
REPEATS = 5
IDLE_BYTES = 4096


class Slices:
    """Times pieces of work; a collection of garbage comes between them, as the firmware's loop does it.

    The same work is done several times, begun with `again`: of every piece the shortest time counts, because other
    programs on this computer only make it longer.
    """

    def __init__(self):
        self._us = []
        self._at = 0

    def again(self):
        self._at = 0

    def begin(self):
        gc.collect()
        self._begin_us = time.ticks_us()

    def end(self):
        took_us = time.ticks_diff(time.ticks_us(), self._begin_us)
        if self._at == len(self._us):
            self._us.append(took_us)
        elif took_us < self._us[self._at]:
            self._us[self._at] = took_us
        self._at += 1

    def worst_us(self):
        return max(self._us)

    def total_ms(self):
        return sum(self._us) / 1000


def message(number, level, periods, shift=0):
    """Return a SetChargingProfile as bytes: all levels end at different times of the day, so every one is seen."""
    step_s = 86400 // periods
    found = profile(
        number,
        kind="Recurring",
        recurrencyKind="Daily",
        startSchedule="2026-02-27T00:00:00Z",
        level=level,
        duration=max(1, (256 - level) * 337),
        periods=[(index * step_s, 6 + (index + level + shift) % 27 + 0.7, 3) for index in range(periods)],
    )
    return json.dumps({"connectorId": 1, "csChargingProfiles": found}).encode()


def send(bench, data, slices):
    """Send one request in pieces, as a connection brings it."""
    slices.begin()
    request = bench.smart.begin_set()
    slices.end()
    for at in range(0, len(data), FEED_BYTES):
        slices.begin()
        request.feed(data[at : at + FEED_BYTES])
        slices.end()
    slices.begin()
    request.end()
    slices.end()
    slices.begin()
    answer = bench.smart.set(request, bench.now_s)
    slices.end()
    assert answer == '{"status":"Accepted"}', answer


def fill(periods):
    """Return a charge point with all profiles."""
    bench = Bench("bench%d" % periods)
    bench.lines = []
    for number in range(PROFILES):
        send(bench, message(number + 1, number, periods), Slices())
        bench.lines.clear()
        bench.now_s += 300
    bench.now_s = DAY_S
    bench.settle()
    return bench


def measure_set(bench, periods):
    """Replace profiles; return the median in ms and the worst slice."""
    times = []
    slices = Slices()
    for turn in range(ROUNDS):
        # Always as many bytes, so that slices are the same.
        level = 100 + turn
        data = message(level + 1, level, periods, 27 * (turn + 1))
        one = Slices()
        send(bench, data, one)
        times.append(one.total_ms())
        slices.again()
        send(bench, message(level + 1, level, periods, 27 * turn + 1), slices)
        bench.now_s += 600
        bench.settle()
    times.sort()
    return times[len(times) // 2], slices.worst_us()


def measure_composite(bench):
    """Return the time in ms of 24 h, the worst slice, and the number of periods."""
    slices = Slices()
    text = []
    for _ in range(REPEATS):
        slices.again()
        text.clear()
        slices.begin()
        pieces = bench.smart.composite(1, 86400, None, bench.now_s)
        slices.end()
        while True:
            slices.begin()
            piece = next(pieces, None)
            slices.end()
            if piece is None:
                break
            if piece:
                text.append(piece)
    answer = json.loads("".join(text))
    return slices.total_ms(), slices.worst_us(), len(answer["chargingSchedule"]["chargingSchedulePeriod"])


def measure_limit(bench):
    """Return the worst slice of working out the limit of now, its time in ms, and of asking again in us."""
    slices = Slices()
    for _ in range(REPEATS):
        slices.again()
        bench.smart.changed()
        offer = None
        while offer is None or not offer.holds(bench.now_s):
            slices.begin()
            offer = bench.smart.limit(bench.now_s)
            slices.end()
        while True:
            slices.begin()
            more = bench.smart.step(bench.now_s)
            slices.end()
            if not more:
                break
    begin_us = time.ticks_us()
    for _ in range(1000):
        bench.smart.limit(bench.now_s)
    again_us = time.ticks_diff(time.ticks_us(), begin_us) / 1000
    return slices.worst_us(), slices.total_ms(), again_us


def start(path):
    """Return what smart charging is after a restart, not loaded yet, and its heap."""
    gc.collect()
    before = gc.mem_alloc()
    smart = SmartCharging(ProfileStore(ProfileFile(path, lambda: True)))
    gc.collect()
    return smart, gc.mem_alloc() - before


def measure_load(bench):
    """Return the time in ms of a restart, its worst slice, the heap without profiles and that of the index."""
    slices = Slices()
    empty = heap = 0
    for _ in range(REPEATS):
        bench.smart = bench.store = bench.file = None
        bench.lines.clear()
        bench.smart, empty = start(bench.path)
        bench.store = bench.smart.store
        gc.collect()
        before = gc.mem_alloc()
        slices.again()
        loading = bench.smart.load()
        while True:
            slices.begin()
            ended = next(loading, 1) == 1
            slices.end()
            if ended:
                break
        loading = None
        gc.collect()
        heap = gc.mem_alloc() - before
    return slices.total_ms(), slices.worst_us(), empty, heap


def measure_peak(bench):
    """Return the most heap that a request of 255 periods takes, with a collection before every look."""
    data = message(1, 0, 255, 99)
    gc.collect()
    before = gc.mem_alloc()
    most = 0
    request = bench.smart.begin_set()
    for at in range(0, len(data), FEED_BYTES):
        request.feed(data[at : at + FEED_BYTES])
        gc.collect()
        most = max(most, gc.mem_alloc() - before)
    request.end()
    # From here on without a collection: what is garbage counts too.
    gc.collect()
    bench.smart.set(request, bench.now_s)
    return max(most, gc.mem_alloc() - before)


def main():
    """Print the figures; return how many bounds are missed."""
    missed = 0

    def say(name, value, bound, unit):
        nonlocal missed
        kept = value <= bound
        missed += not kept
        print("%-58s %10.2f %-5s bound %6d  %s" % (name, value, unit, bound, "kept" if kept else "MISSED"))

    gc.collect()
    for periods in (24, 255):
        bench = fill(periods)
        name = "%d x %d: " % (PROFILES, periods)
        load_ms, load_slice_us, empty, heap = measure_load(bench)
        say(name + "restart", load_ms, 2000, "ms")
        say(name + "restart, worst slice", load_slice_us, SLICE_US, "us")
        say(name + "heap without a profile", empty, IDLE_BYTES, "bytes")
        say(name + "heap of the index", heap, INDEX_BYTES, "bytes")
        set_ms, slice_us = measure_set(bench, periods)
        say(name + "SetChargingProfile, median", set_ms, SET_MS[periods], "ms")
        say(name + "SetChargingProfile, worst slice", slice_us, SLICE_US, "us")
        bench.now_s = DAY_S
        composite_ms, slice_us, count = measure_composite(bench)
        say(name + "composite of 24 h, %d periods" % count, composite_ms, COMPOSITE_MS[periods], "ms")
        say(name + "composite, worst slice", slice_us, SLICE_US, "us")
        # Late in the day most profiles say nothing, and each has to be asked.
        bench.now_s = DAY_S + 86000
        slice_us, limit_ms, again_us = measure_limit(bench)
        say(name + "limit and the next one", limit_ms, COMPOSITE_MS[periods], "ms")
        say(name + "limit, worst slice", slice_us, SLICE_US, "us")
        say(name + "limit asked again", again_us, 20, "us")
        if periods == 255:
            say("SetChargingProfile of 255 periods, peak of heap", measure_peak(bench), PEAK_BYTES, "bytes")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
