"""Modules that are in memory only while they are needed."""

import sys

from micropython import const

_KEEP_S = const(60)


class Late:
    """Module `name` of this package; `needs` are those that it alone imports, in the order to load them.

    `load(names)` imports modules by their full names, divided by spaces; it may do something else between two of them.
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
            package = __name__.rpartition(".")[0]
            names = [package + "." + name for name in self._names]
            self._load(" ".join(names))
            self._module = sys.modules[names[-1]]
        return self._module

    def step(self, now_s: int) -> None:
        """Forget the module when it was not used for a while."""
        if self._module is not None and now_s - self._used_s > _KEEP_S:
            self._module = None
            package = sys.modules[__name__.rpartition(".")[0]]
            for name in self._names:
                if sys.modules.pop(package.__name__ + "." + name, None) is not None and hasattr(
                    package, name
                ):
                    delattr(package, name)


def at_once(names: str) -> None:
    """Import modules, with nothing between."""
    for name in names.split():
        __import__(name)
