"""What a module takes that is forgotten comes back to the heap, again and again."""

import gc

from evse.services import loader
from evse.services.loader import Loader

# More than that stays of no module: names are kept once, on the way there.
_LEFT_BYTES = 64
_LEAST_BYTES = 500


def heap():
    gc.collect()
    gc.collect()
    return gc.mem_alloc()


def settle(late):
    late.rest()
    late.rest()
    return heap()


def test_the_heap_falls_when_a_module_goes():
    late = Loader(lambda: None)
    taken = 0
    for name in loader.TRANSIENT.split():
        # The first time brings names, and modules that stay.
        late.load(name)
        settle(late)
        late.load(name)
        before = settle(late)
        late.load(name)
        with_it = heap()
        after = settle(late)
        assert with_it - before > _LEAST_BYTES, (name, before, with_it)
        assert after - before <= _LEFT_BYTES, (name, before, after)
        taken += with_it - before
    print("transient modules take %d bytes, one after the other" % taken)
