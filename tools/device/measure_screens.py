"""Measure the displays: measure_screens.py IMAGE FOLDER_OF_SCREENS_BENCH; prints JSON.

The heap of code and buffers with the code in the ROMFS, and for each display the longest slice and the most
garbage of a frame over all screens.
"""

import gc
import json
import sys
import time

import run_image

# The shortest of several counts: the PC does other things too.
_TIMES = 7


class Sink:
    """A display that takes everything."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height

    def show(self, buffer) -> None:
        pass

    def show_part(self, buffer, start: int) -> None:
        pass


def heap(function):
    """Return what a function returned, and by how many bytes the heap grew."""
    gc.collect()
    before = gc.mem_alloc()
    kept = function()
    gc.collect()
    return kept, gc.mem_alloc() - before


def longest_us(panel, page: str, view, elapsed_ms: int) -> int:
    """Return the longest slice of one frame; what an earlier frame left behind is gone."""
    for _ in panel.refresh("idle", view, 0):
        pass
    gc.collect()
    slices = panel.refresh(page, view, elapsed_ms)
    longest = 0
    while True:
        began_us = time.ticks_us()
        over = next(slices, slices) is slices
        longest = max(longest, time.ticks_diff(time.ticks_us(), began_us))
        if over:
            return longest


def garbage_bytes(panel, page: str, view, elapsed_ms: int) -> int:
    """Return how much a frame allocates."""
    gc.collect()
    before = gc.mem_alloc()
    for _ in panel.refresh(page, view, elapsed_ms):
        pass
    return gc.mem_alloc() - before


def measure(width: int, height: int) -> dict:
    """Return the figures of one display."""
    import screens_bench

    panels = run_image.module("evse.services.display.panel")

    def make():
        display = Sink(width, height)
        renderer = panels.make_renderer(display)
        assert renderer
        return panels.Panel(display, renderer)

    panel, heap_bytes = heap(make)
    slices = []
    garbage = []
    for name, page, elapsed_ms, view in screens_bench.screens(width == 128):
        # A picture is read from a file on a board, here it is drawn.
        if not view.picture:
            slices.append((min([longest_us(panel, page, view, elapsed_ms) for _ in range(_TIMES)]), name))
            garbage.append((garbage_bytes(panel, page, view, elapsed_ms), name))
    return {"heap_bytes": heap_bytes, "slice_us": max(slices), "garbage_bytes": max(garbage)}


def main(place: str, bench: str) -> None:
    """Measure and print."""
    run_image.mount(place)
    # Others pay for what all services share.
    for name in ("aio", "core.faults", "core.limits", "core.states"):
        __import__("evse." + name)

    figures = {}
    # In this order: what both renderers use counts for the first.
    for part in ("screens", "rgb32", "lcd128", "qr"):
        name = "evse.services.display." + part
        figures["code of " + part] = heap(lambda name=name: __import__(name))[1]
    sys.path.append(bench)
    figures["rgb32"] = measure(32, 32)
    figures["lcd128"] = measure(128, 64)
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
