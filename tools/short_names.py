"""Give private names short forms that classes share, because on a chip every different name takes memory.

A name that is loaded from an .mpy file takes 7 bytes of heap in tables that double when they are full. What a class
or a module keeps to itself (`_name`) may be called anything, and the first private name of every class the same.
Lines stay where they are, so a traceback still names file and line.
"""

import ast
import itertools
import string
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from name_scopes import all_names, imported_names, without_classes
from name_spaces import names_of_class
from text_edit import Edit, apply, walk

_ITSELF = ("self", "cls")
# Classes whose private names cannot clash with ours.
_PLAIN_BASES = ("object", "Exception", "ValueError", "OSError")


# File and name.
_Class = tuple[str, str]


class _Place(NamedTuple):
    """Where a name stands: line from 1, byte column from 0."""

    line: int
    column: int
    name: str

    def edit(self, short: Mapping[str, str]) -> Iterator[Edit]:
        if self.name in short:
            end = self.column + len(self.name.encode())
            yield Edit((self.line, self.column), (self.line, end), short[self.name])


class Shortener:
    """Knows the whole tree, {file name: text}, and rewrites its files one by one.

    `shorts` come first; they must differ from what other names of the same place become, {name: short forms}.
    """

    def __init__(
        self,
        texts: Mapping[str, str],
        shorts: Iterable[str] = (),
        others: Mapping[str, set[str]] | None = None,
    ) -> None:
        self._others = others or {}
        self._trees = {name: ast.parse(text, name) for name, text in texts.items()}
        self._kept = {name for tree in self._trees.values() for name in _seen_outside(tree)}
        self._shorts = tuple(shorts)
        self._families = _families(self._trees)
        self._module_names = {name: self._of_module(tree) for name, tree in self._trees.items()}
        taken = self._taken()
        self._class_names = {
            family: self._short(_ranked(uses), taken[family]) for family, uses in self._uses().items()
        }

    def shorten(self, name: str, text: str) -> str:
        """Return the text of one file with its private names shortened."""
        return apply(text, self.edits(name))

    def edits(self, name: str) -> list[Edit]:
        """Return what makes the private names of one file short."""
        tree = self._trees[name]
        edits = [edit for place in _name_places(tree) for edit in place.edit(self._module_names[name])]
        for node in _classes(tree):
            short = self._class_names.get(self._families.get((name, node.name)), {})
            edits += [edit for place in _own_places(node) for edit in place.edit(short)]
        return edits

    def _uses(self) -> dict["_Class | None", list[str]]:
        """Return every use of a private name by the classes of a family, family by family."""
        uses: dict[_Class | None, list[str]] = {}
        for name, tree in self._trees.items():
            for node in _classes(tree):
                family = self._families.get((name, node.name))
                if family:
                    uses.setdefault(family, []).extend(place.name for place in _own_places(node))
        return uses

    def _taken(self) -> dict["_Class | None", set[str]]:
        """Return what the classes of a family have and use, family by family."""
        taken: dict[_Class | None, set[str]] = {}
        for name, tree in self._trees.items():
            for node in _classes(tree):
                found = taken.setdefault(self._families.get((name, node.name)), set())
                names = {*names_of_class(node)}
                found |= self._become(names) | {self._module_names[name].get(other, other) for other in names}
        return taken

    def _become(self, names: set[str]) -> set[str]:
        """Return the names with what they become."""
        return names.union(*(self._others.get(name, ()) for name in names))

    def _of_module(self, tree: ast.Module) -> dict[str, str]:
        """Return the short forms of what a module keeps to itself."""
        own = {name for name in _defined(tree.body) if _is_private(name)}
        uses = [place.name for place in _name_places(tree) if place.name in own]
        return self._short(_ranked(uses), self._become({*all_names(tree)}), _constants(tree.body))

    def _short(
        self, names: Iterable[str], taken: set[str], constants: Collection[str] = ()
    ) -> dict[str, str]:
        """Return name -> short name, the same short names in the same order every time."""
        own = [name for name in names if name not in self._kept]
        hidden = (short for short in _short_names() if short not in taken and short not in self._kept)
        free = (short for short in self._shorts if short not in taken and short not in self._kept)
        short = dict(zip((name for name in own if name not in constants), free, strict=False))
        short.update(zip((name for name in own if name not in short), hidden, strict=False))
        return short


def _is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name != "_"


def _ranked(uses: Iterable[str]) -> list[str]:
    """Return the names, the most used first, so that all classes share the same few."""
    counts = Counter(uses)
    return sorted(counts, key=lambda name: (-counts[name], name))


def _short_names() -> Iterator[str]:
    for length in itertools.count(1):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield "_" + "".join(letters)


def _classes(tree: ast.AST) -> Iterator[ast.ClassDef]:
    return (node for node in walk(tree) if isinstance(node, ast.ClassDef))


def _families(trees: Mapping[str, ast.Module]) -> dict[_Class, _Class]:
    """Return class -> the one that its family is known by: classes that inherit from each other share their names.

    A class that inherits from one that is not in the tree belongs to none.
    """
    nodes = [((file, node.name), node) for file, tree in trees.items() for node in _classes(tree)]
    family = {key: key for key, _ in nodes}
    imported = {file: imported_names(tree) for file, tree in trees.items()}
    strange = {key for key, count in Counter(key for key, _ in nodes).items() if count > 1}

    def root(key: _Class) -> _Class:
        while family[key] != key:
            key = family[key]
        return key

    for key, node in nodes:
        for base in node.bases:
            name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            base_name = imported[key[0]].get(name, name)
            # Of which of several it is, nothing is said: then they are one family.
            same_file = (key[0], base_name)
            bases = [same_file] if same_file in family and same_file != key else []
            bases = bases or [other for other in family if other[1] == base_name and other != key]
            for other in bases:
                family[root(key)] = root(other)
            if not bases and base_name not in _PLAIN_BASES:
                strange.add(key)
    lost = {root(key) for key in strange}
    return {key: root(key) for key in family if root(key) not in lost}


def _own_places(node: ast.ClassDef) -> Iterator[_Place]:
    """Yield where a class uses a private name of its own."""
    for part in without_classes(node):
        if isinstance(part, ast.Attribute) and _is_private(part.attr) and _is_itself(part.value):
            assert part.end_lineno and part.end_col_offset
            yield _Place(part.end_lineno, part.end_col_offset - len(part.attr.encode()), part.attr)
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and _is_private(part.name):
            yield _definition_place(part)
        elif isinstance(part, ast.Assign | ast.AnnAssign):
            targets = part.targets if isinstance(part, ast.Assign) else [part.target]
            for target in targets:
                if isinstance(target, ast.Name) and _is_private(target.id):
                    yield _Place(target.lineno, target.col_offset, target.id)


def _is_itself(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in _ITSELF


def _definition_place(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> _Place:
    words = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}
    return _Place(node.lineno, node.col_offset + len(words[type(node)]), node.name)


def _name_places(tree: ast.Module) -> Iterator[_Place]:
    """Yield where a module names something of its own."""
    for node in walk(tree):
        if isinstance(node, ast.Name):
            yield _Place(node.lineno, node.col_offset, node.id)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield _definition_place(node)


def _defined(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def _constants(body: list[ast.stmt]) -> set[str]:
    """Return the names that the compiler knows the values of, and drops as long as they begin with `_`."""
    return {
        target.id
        for node in body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "const"
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _seen_outside(tree: ast.Module) -> Iterator[str]:
    """Yield the private names that somebody reaches from outside, or by a string, or in a way that is not followed."""
    for node in walk(tree):
        if isinstance(node, ast.Attribute) and _is_private(node.attr) and not _is_itself(node.value):
            yield node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.name for alias in node.names if _is_private(alias.name))
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.keyword | ast.arg) and node.arg and _is_private(node.arg):
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value
