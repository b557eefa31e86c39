"""Imports modules while the station runs, with control steps in between.

On an ESP32 one module takes up to 10 ms, and a control step may be 50 ms late while a contactor is closed. So whoever
needs several modules names them one by one, those first that the others import.
"""

import sys


def at_once(names: str) -> None:
    """Load nothing ahead: for who has no control step to keep up."""


class Loader:
    """`between` is called after every module."""

    def __init__(self, between) -> None:
        self._between = between

    def load(self, names: str) -> None:
        """Import modules, their names divided by spaces."""
        for name in names.split():
            if name not in sys.modules:
                __import__(name)
                self._between()
