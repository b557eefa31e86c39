"""Modules that are in memory only while they are needed."""

import sys

from micropython import const

_KEEP_S = const(60)


class Late:
    """Module `name`; `needs` are those that it alone imports, in the order to load them, all by their full names.

    `load(names)` imports modules, divided by spaces; it may do something else between two of them.
    """

    def __init__(self, load, name: str, needs: tuple = ()) -> None:
        self._load = load
        self._names = needs + (name,)
        self._module = None
        self._used_s = 0

    def use(self, now_s: int):
        """Return the module; it stays for a minute."""
        self._used_s = now_s
        if self._module is None:
            self._load(" ".join(self._names))
            self._module = sys.modules[self._names[-1]]
        return self._module

    def step(self, now_s: int) -> None:
        """Forget the module when it was not used for a while."""
        if self._module is not None and now_s - self._used_s > _KEEP_S:
            self._module = None
            for name in self._names:
                forget(name)


def forget(name: str) -> None:
    """Take a module out of memory, as far as nobody holds anything of it."""
    package, _, last = name.rpartition(".")
    if sys.modules.pop(name, None) is not None and hasattr(sys.modules.get(package), last):
        delattr(sys.modules[package], last)


def at_once(names: str) -> None:
    """Import modules, with nothing between."""
    for name in names.split():
        __import__(name)
