"""Find modules of an image, or of a tree, by the names that they have in the sources."""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def joined(place: str) -> dict:
    """Return module -> the one that it has become (part of), as the list beside an image or a tree says."""
    found = {}
    try:
        with open(place.rpartition("/")[0] + "/lines.txt") as file:
            for line in file:
                target, _, name = line.split()
                found[name[:-3].replace("/", ".")] = target
    except OSError:
        # A tree of separate modules.
        pass
    return found


def module(place: str, name: str) -> "Any":
    """Import what a module has become; the list is read every time, because it would take memory."""
    name = joined(place).get(name, name)
    __import__(name)
    return sys.modules[name]
