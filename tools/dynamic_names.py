"""Which names of attributes a program takes from texts, so that they must stay what they are."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping

from name_scopes import all_names
from text_edit import walk

ACCESS = ("getattr", "setattr", "hasattr", "delattr")
# Who asks for attributes by names that it has at run time, and the files whose texts hold those names.
# The names of modules stay anyway; those of a speed are of termios.
_SOURCES = {
    "evse/services/web/answering.py": ("evse/services/web/routes.py",),
    "evse/services/display/reasons.py": ("evse/services/display/reasons.py",),
    "evse/services/sessions_open.py": ("evse/services/sessions_open.py",),
    "evse/services/loader.py": (),
    "ocpp16/extras.py": (),
    "ocpp16/late.py": (),
    "simworld/serial_device.py": (),
}
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def named(tree: ast.AST) -> Iterator[str]:
    """Yield the names that a file gives as texts to `getattr` and its like, "" for one given in another way."""
    for node in walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ACCESS:
            name = node.args[1] if len(node.args) > 1 else None
            yield name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else ""


def words_of_texts(texts: Mapping[str, str], foreign: Collection[str] = ()) -> set[str]:
    """Return the words that may become names of attributes while a program, {file name: text}, runs.

    Of `foreign` files nobody knows what they ask for: all their words may, and what begins or ends with a part that
    they put together with another.
    Raises ValueError for a file that takes names from somewhere nobody has told.
    """
    found = set[str]()
    for file, text in texts.items():
        if "" not in named(ast.parse(text, file)):
            continue
        if file not in _SOURCES and file not in foreign:
            raise ValueError(
                f"{file} asks for attributes by names at run time: tools/dynamic_names.py must know which"
            )
        if file in foreign:
            found.update(_put_together(ast.parse(text, file)))
        for source in _SOURCES.get(file, (file,)):
            if source in texts:
                found.update(_words(ast.parse(texts[source], source)))
    return found


def _words(tree: ast.AST) -> Iterator[str]:
    for node in walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def _put_together(tree: ast.AST) -> Iterator[str]:
    parts = {
        part.value
        for node in walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ACCESS
        for part in ast.walk(node.args[1])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    for name in all_names(tree):
        if any(name.startswith(part) or name.endswith(part) for part in parts):
            yield name
