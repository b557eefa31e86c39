"""Give names that modules share short forms too, because on a chip every different name takes memory.

A name is one of three things, and each kind has its own short forms that other kinds use again:

- an attribute (of an instance, a class or a module): one short form in the whole tree;
- a global that is only ever imported by name: one that no global and no attribute of a module has;
- an argument that nobody passes by its name: one that is neither of these in its function.

What somebody outside of the tree may know by its name keeps it: what MicroPython, its stubs, the libraries and the
programs beside the image name, modules, exceptions, and every word in a text.
"""

import ast
import builtins
import itertools
import keyword
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from text_edit import Edit, apply

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENDED_WORD = re.compile(rb"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]{2,}(?=\0)")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_KEYWORDS = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}
_LETTERS = string.ascii_lowercase + string.ascii_uppercase


class _Use(NamedTuple):
    """A name that stands at (line from 1, byte column from 0)."""

    line: int
    column: int
    name: str


class _File:
    """What one file uses as attributes, globals and arguments."""

    def __init__(self, tree: ast.Module) -> None:
        self.attributes: list[_Use] = []
        self.globals: list[_Use] = []
        self.arguments: list[_Use] = []
        # Attributes that are given a value here, globals that this file defines or imports.
        self.set_attributes: set[str] = set()
        self.defined = set(_bound(tree.body))
        self.imported: set[str] = set()
        self._block(tree.body, [])

    def _block(self, body: Iterable[ast.AST], scopes: "list[_Names]") -> None:
        for node in body:
            self._visit(node, scopes)

    def _visit(self, node: ast.AST, scopes: "list[_Names]") -> None:
        if isinstance(node, _Scope):
            self._function(node, scopes)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scopes)
        elif isinstance(node, ast.Name):
            self._name(_Use(node.lineno, node.col_offset, node.id), scopes)
        elif isinstance(node, ast.Attribute):
            self._visit(node.value, scopes)
            assert node.end_lineno is not None and node.end_col_offset is not None
            column = node.end_col_offset - len(node.attr.encode())
            self.attributes.append(_Use(node.end_lineno, column, node.attr))
            if isinstance(node.ctx, ast.Store):
                self.set_attributes.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            self._import(node, scopes)
        elif isinstance(node, ast.AnnAssign):
            self._block([part for part in (node.target, node.value) if part], scopes)
        elif not isinstance(node, ast.Import | ast.JoinedStr):
            self._block(ast.iter_child_nodes(node), scopes)

    def _function(self, node: _Scope, scopes: "list[_Names]") -> None:
        self._block([*node.args.defaults, *(part for part in node.args.kw_defaults if part)], scopes)
        if not isinstance(node, ast.Lambda):
            self._block(node.decorator_list, scopes)
            self._name(_definition(node), scopes)
        names = _Names(node)
        for part in _arguments(node):
            if part.arg in names.arguments:
                self.arguments.append(_Use(part.lineno, part.col_offset, part.arg))
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        # The body of a class is no scope of the functions in it.
        self._block(body, [*(scope for scope in scopes if not scope.is_class), names])

    def _class(self, node: ast.ClassDef, scopes: "list[_Names]") -> None:
        self._block([*node.decorator_list, *node.bases], scopes)
        self._name(_definition(node), scopes)
        names = _Names(node)
        self.set_attributes |= names.locals
        self._block(node.body, [*scopes, names])

    def _name(self, use: _Use, scopes: "list[_Names]") -> None:
        for scope in reversed(scopes):
            if use.name in scope.arguments:
                self.arguments.append(use)
                return
            if use.name in scope.locals:
                if scope.is_class:
                    self.attributes.append(use)
                elif use.name in scope.imported:
                    self.globals.append(use)
                return
        if use.name in self.defined:
            self.globals.append(use)

    def _import(self, node: ast.ImportFrom, scopes: "list[_Names]") -> None:
        for alias in node.names:
            self.imported.add(alias.name)
            self.globals.append(_Use(alias.lineno, alias.col_offset, alias.name))
            if alias.asname:
                assert alias.end_lineno is not None and alias.end_col_offset is not None
                column = alias.end_col_offset - len(alias.asname)
                self._name(_Use(alias.end_lineno, column, alias.asname), scopes)


class _Names:
    """The names that a function or a class binds."""

    def __init__(self, node: "_Scope | ast.ClassDef") -> None:
        self.is_class = isinstance(node, ast.ClassDef)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self.locals = set(_bound(body))
        self.imported = {
            alias.name
            for part in _inside(body)
            if isinstance(part, ast.ImportFrom)
            for alias in part.names
            if not alias.asname
        }
        self.arguments = {part.arg for part in _arguments(node)} if isinstance(node, _Scope) else set[str]()


class PublicNames:
    """Knows the whole tree, {file name: text}, and rewrites its files one by one; `outside` keep their names."""

    def __init__(self, texts: Mapping[str, str], outside: Iterable[str]) -> None:
        trees = {name: ast.parse(text, name) for name, text in texts.items()}
        self._files = {name: _File(tree) for name, tree in trees.items()}
        files = self._files.values()
        kept = {*outside, *_module_words(texts), *_exceptions(trees.values())}
        for tree in trees.values():
            kept.update(_kept(tree))
        own = {name for file in files for name in file.set_attributes | file.defined | file.imported}
        own = {name for name in own - kept if not name.startswith("_")}
        every = kept.union(*(_all_names(tree) for tree in trees.values()))
        free = [short for short in _shorts() if short not in every]

        attributes = [name for name in _ranked(file.attributes for file in files) if name in own]
        self._attributes = _assign(attributes, free)
        # A global that is an attribute somewhere may be that of a module.
        self._globals = {name: self._attributes[name] for name in attributes}
        plain = [name for name in _ranked(file.globals for file in files) if name in own - set(attributes)]
        modules = {name for file in files for name in file.defined}
        of_modules = {self._attributes[name] for name in attributes if name in modules}
        self._globals.update(_assign(plain, [short for short in free if short not in of_modules]))
        taken = of_modules | {self._globals[name] for name in plain}
        arguments = [
            name
            for name in _ranked(file.arguments for file in files)
            if name not in kept and not name.startswith("_")
        ]
        self._arguments = _assign(arguments, [short for short in free if short not in taken])

    def shorten(self, name: str, text: str) -> str:
        """Return the text of one file with its shared names shortened."""
        file = self._files[name]
        kinds = (
            (file.attributes, self._attributes),
            (file.globals, self._globals),
            (file.arguments, self._arguments),
        )
        return apply(text, [edit for uses, short in kinds for edit in _edits(uses, short)])


def _edits(uses: Iterable[_Use], short: Mapping[str, str]) -> Iterator[Edit]:
    for use in uses:
        if use.name in short:
            end = use.column + len(use.name.encode())
            yield Edit((use.line, use.column), (use.line, end), short[use.name])


def _assign(names: Iterable[str], shorts: Iterable[str]) -> dict[str, str]:
    return dict(zip(names, shorts, strict=False))


def _ranked(uses: Iterable[Iterable[_Use]]) -> list[str]:
    """Return the names, the most used first."""
    counts = Counter(use.name for part in uses for use in part)
    return sorted(counts, key=lambda name: (-counts[name], name))


def _shorts() -> Iterator[str]:
    for first in _LETTERS:
        yield first
    for first, second in itertools.product(_LETTERS, _LETTERS + string.digits):
        if not keyword.iskeyword(first + second):
            yield first + second


def _definition(node: _Definition) -> _Use:
    return _Use(node.lineno, node.col_offset + len(_KEYWORDS[type(node)]), node.name)


def _arguments(node: _Scope) -> list[ast.arg]:
    given = node.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [*found, *(part for part in (given.vararg, given.kwarg) if part)]


def _inside(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes of a block but those of functions and classes in it."""
    for node in body:
        yield node
        if not isinstance(node, _Scope | ast.ClassDef):
            yield from _inside(ast.iter_child_nodes(node))


def _bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that a block binds."""
    for node in _inside(body):
        if isinstance(node, _Definition) or (isinstance(node, ast.ExceptHandler) and node.name):
            yield node.name or ""
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]


def _module_words(names: Iterable[str]) -> Iterator[str]:
    """Yield all parts of the names of modules."""
    for name in names:
        yield from name.removesuffix(".py").split("/")


def _kept(tree: ast.Module) -> Iterator[str]:
    """Yield what may be known by its name: words of texts, arguments passed by name, what crosses functions."""
    silent = {id(text) for text in _docstrings(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield from _WORD.findall(node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            yield from _WORD.findall(node.value.decode("latin-1"))
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.JoinedStr):
            # Where its parts stand, the syntax tree does not say for sure.
            yield from _all_names(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from (*alias.name.split("."), alias.asname or "")


def _docstrings(tree: ast.Module) -> Iterator[ast.AST]:
    """Yield the texts that stand alone, and the annotations: neither is in a compiled file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            yield node.value
        annotation = getattr(node, "annotation", None) or getattr(node, "returns", None)
        if annotation:
            yield from ast.walk(annotation)


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


def _all_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value


def names_of(paths: Iterable[Path]) -> set[str]:
    """Return every name in Python files and stubs."""
    return {name for path in paths for name in _all_names(ast.parse(path.read_text(encoding="utf-8")))}


def names_in_program(path: Path) -> set[str]:
    """Return every text in a compiled program that could be a name of some length."""
    return {word.decode() for word in _ENDED_WORD.findall(path.read_bytes())}
