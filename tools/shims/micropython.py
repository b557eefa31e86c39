"""Stand in for MicroPython's `micropython` module under CPython.

There is no `heap_lock` here on purpose: a test that needs it belongs in host_tests/mp.
"""


def const(value):
    """Return `value` unchanged."""
    return value


def native(function):
    """Return `function` unchanged."""
    return function


def viper(function):
    """Return `function` unchanged."""
    return function
