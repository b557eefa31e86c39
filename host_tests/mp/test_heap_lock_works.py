"""`heap_lock` notices an allocation and lets integer arithmetic pass."""

import micropython


def _allocates(count):
    micropython.heap_lock()
    try:
        return bytearray(count)
    finally:
        micropython.heap_unlock()


def test_an_allocation_under_the_lock_raises():
    try:
        _allocates(64)
    except MemoryError:
        return
    raise AssertionError("bytearray was allocated in spite of the lock")


def test_integer_arithmetic_passes_under_the_lock():
    total = 0
    micropython.heap_lock()
    try:
        for i in range(1000):
            total = (total + i * 7) & 0xFFFF
    finally:
        micropython.heap_unlock()
    assert total == (sum(range(1000)) * 7) & 0xFFFF
