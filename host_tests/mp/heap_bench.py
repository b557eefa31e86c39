"""What a piece of code takes from the heap."""

import gc


def allocated(function):
    """Return how many bytes a call of `function` takes from the heap, garbage included."""
    gc.collect()
    gc.disable()
    try:
        before = gc.mem_alloc()
        function()
        return gc.mem_alloc() - before
    finally:
        gc.enable()
