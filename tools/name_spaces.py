"""Which names must differ: those of a class with all that inherit from it, of a module, of a function."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from name_scopes import Function, Names, bound, imported_names, inside, without_classes
from text_edit import walk

_ITSELF = ("self", "cls")
# Classes that have no names of their own which ours could hide.
_PLAIN_BASES = ("", "object", "Exception", "ValueError", "OSError", "RuntimeError")

# A space is known by what it is of.
Space = tuple[str, str, int]
Spaces = dict[str, set[Space]]


class ClassSpaces:
    """The classes of a tree, in families of those that inherit from each other.

    `of` is name -> families that have it, `family` that of the class at (file, line); `foreign` ones have a base that
    is not in the tree.
    """

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        nodes = [
            (file, node)
            for file, tree in trees.items()
            for node in walk(tree)
            if isinstance(node, ast.ClassDef)
        ]
        self._family = list(range(len(nodes)))
        places: dict[str, list[int]] = {}
        for number, (_, node) in enumerate(nodes):
            places.setdefault(node.name, []).append(number)
        imported = {file: imported_names(tree) for file, tree in trees.items()}
        strange: list[int] = []
        for number, (file, node) in enumerate(nodes):
            for base in node.bases:
                name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "?")
                # Of several with one name, any may be meant.
                found = places.get(imported[file].get(name, name), [])
                for other in found:
                    self._family[self._root(number)] = self._root(other)
                if not found and name not in _PLAIN_BASES:
                    strange.append(number)
        self.foreign = {self._space(number) for number in strange}
        self.family = {(file, node.lineno): self._space(number) for number, (file, node) in enumerate(nodes)}
        self.of: Spaces = {}
        for number, (_, node) in enumerate(nodes):
            for name in names_of_class(node):
                self.of.setdefault(name, set()).add(self._space(number))

    def _root(self, number: int) -> int:
        while self._family[number] != number:
            number = self._family[number]
        return number

    def _space(self, number: int) -> Space:
        return ("class", "", self._root(number))


def names_of_class(node: ast.ClassDef) -> Iterator[str]:
    """Yield what an instance or the class has, and what its body uses of the module while it is made."""
    for part in without_classes(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id in _ITSELF:
            yield part.attr
    yield from bound(node.body)
    for part in inside(node.body):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, Function):
            outer: list[ast.AST] = [*part.args.defaults, *(value for value in part.args.kw_defaults if value)]
            if not isinstance(part, ast.Lambda):
                outer += part.decorator_list
            yield from (name.id for value in outer for name in ast.walk(value) if isinstance(name, ast.Name))


def module_spaces(files: Mapping[str, Names]) -> Spaces:
    """Return name -> the modules that have it, or have a function that imports it."""
    spaces: Spaces = {}
    for file, names in files.items():
        for name in names.defined | names.imported:
            spaces.setdefault(name, set()).add(("module", file, 0))
    return spaces


def argument_spaces(trees: Mapping[str, ast.Module]) -> Spaces:
    """Return name of an argument -> the functions that have it or stand in one that has it."""
    spaces: Spaces = {}
    for file, tree in trees.items():
        for number, names in enumerate(_nested_arguments(tree, frozenset())):
            for name in names:
                spaces.setdefault(name, set()).add(("function", file, number))
    return spaces


def _nested_arguments(node: ast.AST, outer: frozenset[str]) -> Iterator[frozenset[str]]:
    for part in ast.iter_child_nodes(node):
        if isinstance(part, Function):
            given = part.args
            own = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
            names = outer | {argument.arg for argument in own if argument}
            yield names
            yield from _nested_arguments(part, names)
        else:
            yield from _nested_arguments(part, outer)


def share(
    names: Iterable[str], spaces: Spaces, shorts: Sequence[str], hidden: Mapping[Space, set[str]]
) -> dict[str, str]:
    """Return name -> short form, the first of `shorts` that no other name of its spaces has, nor `hidden` of them.

    A name without a space differs from every other.
    """
    names = list(names)
    short_of: dict[str, str] = {}
    alone = [name for name in names if not spaces.get(name)]
    short_of.update(zip(alone, shorts, strict=False))
    shorts = shorts[len(alone) :]
    used: dict[Space, set[str]] = {space: set(found) for space, found in hidden.items()}
    # Who stands in many spaces finds least.
    for name in sorted(names, key=lambda name: -len(spaces.get(name, ()))):
        own = spaces.get(name)
        if not own:
            continue
        taken = set[str]().union(*(used.get(space, ()) for space in own))
        short = next((short for short in shorts if short not in taken), None)
        if short is None:
            continue
        short_of[name] = short
        for space in own:
            used.setdefault(space, set()).add(short)
    return short_of
