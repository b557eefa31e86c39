"""Move the modules of packages to the root of an image under short names, because on a chip packages take memory.

A package is a module with a dictionary of its modules, and every import keeps the module's name, those of the packages
around it, and the path of the file. So `from evse.core.lock import Lock` becomes `from ab import Lock`, packages
without code vanish, and a text that lists modules lists them by their new names. These are names that MicroPython has
built in for something else, or short ones, those first that the texts use anyway.

What stands at the root keeps its name. So do modules that somebody names in a text which is no list, and `fixed` ones.
Lines stay where they are.
"""

import ast
import itertools
import keyword
import re
import string
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from module_lists import listed
from text_edit import Edit, apply, walk

# A compiled module that was moved, of this image or an older one.
MOVED = re.compile(r"[a-z][a-z0-9]?\.mpy")
_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ENTRY = re.compile(r"(\S+)(\s*)")


class Flat(NamedTuple):
    """The texts, {file name: text}, and new file name -> the one before of those that were moved."""

    texts: dict[str, str]
    before: dict[str, str]


class FlatError(Exception):
    """A file that cannot be moved, and why."""


def flatten(
    texts: Mapping[str, str],
    fixed: Iterable[str] = (),
    taken: Container[str] = (),
    built_in: Iterable[str] = (),
) -> Flat:
    """Return the tree with its modules at the root; no new name is `taken`, those that are `built_in` come first."""
    return _Flattener(texts, fixed, taken, built_in).flat()


def module_name(file: str) -> str:
    """Return the name by which a file is imported."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


class _Text(NamedTuple):
    """A text in a file, and whether it lists modules."""

    node: ast.Constant
    text: str
    is_list: bool


class _Flattener:
    def __init__(
        self, texts: Mapping[str, str], fixed: Iterable[str], taken: Container[str], built_in: Iterable[str]
    ) -> None:
        self._texts = texts
        self._trees = {file: ast.parse(text, file) for file, text in texts.items()}
        self._files = {module_name(file): file for file in texts}
        self._packages = {name for name, file in self._files.items() if file.endswith("__init__.py")}
        stays = self._with_packages({*fixed, *self._named()} & set(self._files))
        empty = {name for name in self._packages if _is_empty(self._trees[self._files[name]])}
        # The module that each has become; a package that has vanished is none.
        self._new = {name: name for name in self._files if "." not in name or name in stays}
        self._gone = empty - stays
        for name in self._gone:
            self._new[name] = ""
        moved = [name for name in self._by_uses() if name not in self._new]
        roots = {name.partition(".")[0] for name in self._files}
        shorts = [
            name
            for name in dict.fromkeys([*filter(str.islower, built_in), *_shorts(self._trees.values())])
            if name not in taken and name not in roots
        ]
        self._new.update(zip(moved, shorts, strict=False))
        if len(self._new) < len(self._files):
            raise FlatError("there are more modules than short names")

    def flat(self) -> Flat:
        new_texts: dict[str, str] = {}
        before: dict[str, str] = {}
        for name, file in sorted(self._files.items()):
            new = self._new[name]
            if not new:
                continue
            new_file = file if new == name and not self._is_lone(name) else new + ".py"
            new_texts[new_file] = apply(self._texts[file], self._edits(file, new_file))
            if new_file != file:
                before[new_file] = file
        return Flat(new_texts, before)

    def _is_lone(self, name: str) -> bool:
        """Tell whether nothing is left in a package at the root but its own code."""
        inside = [new for old, new in self._new.items() if old.startswith(name + ".")]
        return name in self._packages and not any(new.startswith(name + ".") for new in inside)

    def _with_packages(self, names: Iterable[str]) -> set[str]:
        parts = [name.split(".") for name in names]
        return {".".join(part[:count]) for part in parts for count in range(1, len(part) + 1)}

    def _named(self) -> Iterator[str]:
        """Yield the modules that are named in texts which are no lists; a package stands for all in it."""
        for tree in self._trees.values():
            for text in self._lists_and_others(tree):
                if text.is_list:
                    continue
                for word in _DOTTED.findall(text.text):
                    name = word.rstrip(".")
                    # A point behind a single word ends a sentence.
                    if name in self._files and ("." in name or text.text == word != name):
                        yield from (
                            other for other in self._files if other == name or other.startswith(name + ".")
                        )

    def _lists_and_others(self, tree: ast.Module) -> Iterator[_Text]:
        """Yield the texts of a file that are no comments."""
        silent = {id(node.value) for node in walk(tree) if isinstance(node, ast.Expr)}
        # Where the parts of a formatted text stand, nobody knows for sure.
        formatted = {
            id(part) for node in walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
        }
        for node in walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in silent:
                if isinstance(node.value, str):
                    is_list = id(node) not in formatted and self._is_list(node.value)
                    yield _Text(node, node.value, is_list)
                elif isinstance(node.value, bytes):
                    yield _Text(node, node.value.decode("latin-1"), False)

    def _is_list(self, text: str) -> bool:
        """Tell whether a text names modules and nothing else; one alone counts if it is in a package."""
        if text.strip() in self._files and text.strip() not in self._packages:
            return "." in text
        return bool(listed(text, self._files))

    def _by_uses(self) -> list[str]:
        """Return the modules, those first that most others import."""
        counts: Counter[str] = Counter()
        for file, tree in self._trees.items():
            for node in walk(tree):
                if isinstance(node, ast.Import):
                    counts.update(alias.name for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    base = _base(file, node)
                    counts.update({base, *(f"{base}.{alias.name}" for alias in node.names)})
        return sorted(self._files, key=lambda name: (-counts[name], name))

    def _edits(self, file: str, new_file: str) -> Iterator[Edit]:
        tree = self._trees[file]
        for node in walk(tree):
            if isinstance(node, ast.Import):
                yield from self._import(file, node)
            elif isinstance(node, ast.ImportFrom):
                yield from self._import_from(file, node)
            elif isinstance(node, ast.Name) and new_file != file:
                yield from _itself(node, file)
        for node, text, is_list in self._lists_and_others(tree):
            new = _ENTRY.sub(self._entry, text) if is_list else text
            if new != text:
                yield Edit.of(node, repr(new) + "\\\n" * _more_lines(node))

    def _entry(self, match: re.Match[str]) -> str:
        new = self._new.get(match[1], match[1])
        return new + match[2] if new else ""

    def _import(self, file: str, node: ast.Import) -> Iterator[Edit]:
        changed = [alias for alias in node.names if self._new.get(alias.name, alias.name) != alias.name]
        for alias in changed:
            if not alias.asname:
                raise FlatError(f"{file}:{node.lineno}: say `import {alias.name} as` something")
        if changed:
            parts = [self._module_import(alias.name, alias.asname or "") for alias in node.names]
            yield Edit.of(node, "; ".join(parts) + "\n" * _more_lines(node))

    def _import_from(self, file: str, node: ast.ImportFrom) -> Iterator[Edit]:
        base = _base(file, node)
        parts: list[str] = []
        names: list[str] = []
        for alias in node.names:
            if f"{base}.{alias.name}" in self._files:
                parts.append(self._module_import(f"{base}.{alias.name}", alias.asname or alias.name))
            else:
                names.append(alias.name + (f" as {alias.asname}" if alias.asname else ""))
        if not parts and not node.level and self._new.get(base, base) == base:
            return
        if names:
            new = self._new.get(base, base)
            if not new:
                raise FlatError(f"{file}:{node.lineno}: {base} has no {', '.join(names)}")
            parts.append(f"from {new} import {', '.join(names)}")
        yield Edit.of(node, "; ".join(parts) + "\n" * _more_lines(node))

    def _module_import(self, name: str, local: str) -> str:
        new = self._new.get(name, name)
        if not new:
            raise FlatError(f"somebody imports {name}, which has no code, as a whole")
        return f"import {new}" if local in ("", new) else f"import {new} as {local}"


def _itself(node: ast.Name, file: str) -> Iterator[Edit]:
    """Yield what a file that was moved knows of its place."""
    if node.id == "__file__":
        # Where it was, because what it reads beside it is still there.
        yield Edit.of(node, f'(__file__.rpartition("/")[0] + "/{file}")')
    elif node.id in ("__name__", "__path__"):
        raise FlatError(f"{file}:{node.lineno}: {node.id} is another one in an image")


def _base(file: str, node: ast.ImportFrom) -> str:
    """Return the module that a statement imports from."""
    package = file.split("/")[: -node.level] if node.level else []
    return ".".join([*package, *([node.module] if node.module else [])])


def _is_empty(tree: ast.Module) -> bool:
    """Tell whether a file does nothing."""
    return all(
        isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in tree.body
    )


def _more_lines(node: ast.stmt | ast.expr) -> int:
    assert node.end_lineno
    return node.end_lineno - node.lineno


def _shorts(trees: Iterable[ast.Module]) -> list[str]:
    """Return names of one or two letters, those first that most files use anyway; case does not divide them."""
    uses: Counter[str] = Counter()
    for tree in trees:
        uses.update({word for node in walk(tree) for word in _names(node)})
    letters, more = string.ascii_lowercase, string.ascii_lowercase + string.digits
    pairs = ("".join(pair) for pair in itertools.product(letters, more))
    free = [name for name in [*letters, *pairs] if not keyword.iskeyword(name)]
    return sorted(free, key=lambda name: (-uses[name], len(name), name))


def _names(node: ast.AST) -> Iterator[str]:
    for field in ("id", "attr", "arg", "name", "asname"):
        value = getattr(node, field, None)
        if isinstance(value, str):
            yield value
