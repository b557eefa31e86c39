"""Give names that modules share short forms too, because on a chip every different name takes memory.

A name is one of three things:

- an attribute (of an instance, a class or a module): one short form in the whole tree, because nobody knows of what
  class an object is; two names that no class and no module has both may have the same;
- a global that is only ever imported by name: one that no other name of these modules has;
- an argument that nobody passes by its name: one that no global has, nor another argument of its function.

Names that MicroPython has built in cost nothing, so they come first.

What somebody outside of the tree may know by its name keeps it: what MicroPython, its stubs, the libraries and the
programs beside the image name, modules, exceptions, and what is asked for by a text (see tools/dynamic_names.py).
"""

import ast
import builtins
import itertools
import keyword
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from dynamic_names import named
from name_scopes import Names, Use, all_names
from name_spaces import ClassSpaces, argument_spaces, module_spaces, share
from text_edit import Edit, apply

_LETTERS = string.ascii_lowercase + string.ascii_uppercase


class PublicNames:
    """Knows the whole tree, {file name: text}, and rewrites its files one by one.

    `outside` keep their names. The first short forms are those `built_in` names that nothing of the tree uses. `shorts`
    are short forms that classes and modules may give their private names, if they have not got them already.
    """

    def __init__(
        self, texts: Mapping[str, str], outside: Iterable[str], built_in: Iterable[str] = ()
    ) -> None:
        trees = {name: ast.parse(text, name) for name, text in texts.items()}
        self._files = {name: Names(tree) for name, tree in trees.items()}
        files = self._files.values()
        asked = set[str]().union(*(_kept(tree) for tree in trees.values()))
        kept = asked.union(outside, _module_words(texts), _exceptions(trees.values()))
        own = {name for file in files for name in file.set_attributes | file.defined | file.imported}
        own = {name for name in own - kept if not name.startswith("_")}
        used = asked.union(*(all_names(tree) for tree in trees.values()))
        free = [name for name in built_in if name not in used]
        free += [short for short in _shorts() if short not in used | kept]

        classes = ClassSpaces(trees)
        spaces = module_spaces(self._files)
        for name, places in classes.of.items():
            spaces[name] = places | spaces.get(name, set())
        # What nobody declares but somebody sets may be of any class.
        for name in {name for file in files for name in file.set_attributes} - classes.of.keys():
            spaces.pop(name, None)
        shared = [
            name for name in _ranked([*file.attributes, *_globals(file)] for file in files) if name in own
        ]
        short = share(shared, spaces, free, {space: set(built_in) for space in classes.foreign})
        attributes = {use.name for file in files for use in file.attributes}
        unshared = {short[name] for name in shared if name in short and name not in spaces}
        self.shorts = [name for name in free if name not in unshared]
        self._attributes = {name: value for name, value in short.items() if name in attributes}
        self._globals = short
        taken = {short[name] for file in files for name in file.defined | file.imported if name in short}
        arguments = [
            name
            for name in _ranked(file.arguments for file in files)
            if name not in kept and not name.startswith("_")
        ]
        untaken = [name for name in free if name not in taken]
        self._arguments = share(arguments, argument_spaces(trees), untaken, {})

    def shorten(self, name: str, text: str) -> str:
        """Return the text of one file with its shared names shortened."""
        return apply(text, self.edits(name))

    def edits(self, name: str) -> list[Edit]:
        """Return what makes the shared names of one file short."""
        file = self._files[name]
        kinds = (
            (file.attributes, self._attributes),
            (_globals(file), self._globals),
            (file.arguments, self._arguments),
        )
        return [edit for uses, short in kinds for edit in _edits(uses, short)]

    def forms(self) -> dict[str, set[str]]:
        """Return name -> its short forms."""
        found: dict[str, set[str]] = {}
        for names in (self._globals, self._arguments):
            for name, short in names.items():
                found.setdefault(name, set()).add(short)
        return found


def _globals(file: Names) -> list[Use]:
    return [*file.globals, *file.borrowed, *file.imports]


def _edits(uses: Iterable[Use], short: Mapping[str, str]) -> Iterator[Edit]:
    for use in uses:
        if use.name in short:
            end = use.column + len(use.name.encode())
            yield Edit((use.line, use.column), (use.line, end), short[use.name])


def _ranked(uses: Iterable[Iterable[Use]]) -> list[str]:
    """Return the names, the most used first."""
    counts = Counter(use.name for part in uses for use in part)
    return sorted(counts, key=lambda name: (-counts[name], name))


def _shorts() -> Iterator[str]:
    for first in _LETTERS:
        yield first
    for first, second in itertools.product(_LETTERS, _LETTERS + string.digits):
        if not keyword.iskeyword(first + second):
            yield first + second


def _module_words(names: Iterable[str]) -> Iterator[str]:
    """Yield all parts of the names of modules."""
    for name in names:
        yield from name.removesuffix(".py").split("/")


def _kept(tree: ast.Module) -> Iterator[str]:
    """Yield what is known by its name: texts for `getattr`, arguments passed by name, what crosses functions."""
    yield from named(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.JoinedStr):
            # Where its parts stand, the syntax tree does not say for sure.
            yield from all_names(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from (*alias.name.split("."), alias.asname or "")


def _exceptions(trees: Iterable[ast.Module]) -> set[str]:
    """Return the classes of errors: logs name them."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {name for name, value in vars(builtins).items() if isinstance(value, type)}
    while True:
        more = {
            node.name
            for node in classes
            for base in node.bases
            if (base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")) in found
        }
        if more <= found:
            return found
        found |= more
