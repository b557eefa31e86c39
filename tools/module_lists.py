"""Texts that list modules, such as those that are loaded one after the other."""

from collections.abc import Container


def listed(text: str, modules: Container[str]) -> list[str]:
    """Return the modules in a text of several that names nothing else; not all of them are in every image."""
    words = text.split()
    known = [word in modules or word.rpartition(".")[0] in modules for word in words]
    return words if len(words) > 1 and all(known) and any(word in modules for word in words) else []
