"""Where the names of a Python file stand, by what they are in it: attributes, globals, arguments."""

import ast
from collections.abc import Iterable, Iterator
from typing import NamedTuple

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_KEYWORDS = {ast.FunctionDef: "def ", ast.AsyncFunctionDef: "async def ", ast.ClassDef: "class "}


class Use(NamedTuple):
    """A name that stands at (line from 1, byte column from 0)."""

    line: int
    column: int
    name: str


class Names:
    """What one file uses as attributes, globals and arguments.

    `globals` are those of the file itself, `borrowed` what a function has imported, `imports` what import statements
    name.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.attributes: list[Use] = []
        self.globals: list[Use] = []
        self.borrowed: list[Use] = []
        self.imports: list[Use] = []
        self.arguments: list[Use] = []
        # Attributes that are given a value here, globals that this file defines or imports.
        self.set_attributes: set[str] = set()
        self.defined = set(bound(tree.body))
        self.imported: set[str] = set()
        self._block(tree.body, [])

    def _block(self, body: Iterable[ast.AST], scopes: "list[_Bindings]") -> None:
        for node in body:
            self._visit(node, scopes)

    def _visit(self, node: ast.AST, scopes: "list[_Bindings]") -> None:
        if isinstance(node, Function):
            self._function(node, scopes)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scopes)
        elif isinstance(node, ast.Name):
            self._name(Use(node.lineno, node.col_offset, node.id), scopes)
        elif isinstance(node, ast.Attribute):
            self._visit(node.value, scopes)
            assert node.end_lineno is not None and node.end_col_offset is not None
            column = node.end_col_offset - len(node.attr.encode())
            self.attributes.append(Use(node.end_lineno, column, node.attr))
            if isinstance(node.ctx, ast.Store):
                self.set_attributes.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            self._import(node, scopes)
        elif isinstance(node, ast.AnnAssign):
            self._block([part for part in (node.target, node.value) if part], scopes)
        elif not isinstance(node, ast.Import | ast.JoinedStr):
            self._block(ast.iter_child_nodes(node), scopes)

    def _function(self, node: Function, scopes: "list[_Bindings]") -> None:
        self._block([*node.args.defaults, *(part for part in node.args.kw_defaults if part)], scopes)
        if not isinstance(node, ast.Lambda):
            self._block(node.decorator_list, scopes)
            self._name(_definition(node), scopes)
        names = _Bindings(node)
        for part in _arguments(node):
            if part.arg in names.arguments:
                self.arguments.append(Use(part.lineno, part.col_offset, part.arg))
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        # The body of a class is no scope of the functions in it.
        self._block(body, [*(scope for scope in scopes if not scope.is_class), names])

    def _class(self, node: ast.ClassDef, scopes: "list[_Bindings]") -> None:
        self._block([*node.decorator_list, *node.bases], scopes)
        self._name(_definition(node), scopes)
        names = _Bindings(node)
        self.set_attributes |= names.locals
        self._block(node.body, [*scopes, names])

    def _name(self, use: Use, scopes: "list[_Bindings]") -> None:
        for scope in reversed(scopes):
            if use.name in scope.arguments:
                self.arguments.append(use)
                return
            if use.name in scope.locals:
                if scope.is_class:
                    self.attributes.append(use)
                elif use.name in scope.imported:
                    self.borrowed.append(use)
                return
        if use.name in self.defined:
            self.globals.append(use)

    def _import(self, node: ast.ImportFrom, scopes: "list[_Bindings]") -> None:
        for alias in node.names:
            self.imported.add(alias.name)
            self.imports.append(Use(alias.lineno, alias.col_offset, alias.name))
            if alias.asname:
                assert alias.end_lineno is not None and alias.end_col_offset is not None
                column = alias.end_col_offset - len(alias.asname)
                self._name(Use(alias.end_lineno, column, alias.asname), scopes)


class _Bindings:
    """The names that a function or a class binds."""

    def __init__(self, node: "Function | ast.ClassDef") -> None:
        self.is_class = isinstance(node, ast.ClassDef)
        body = [node.body] if isinstance(node, ast.Lambda) else node.body
        self.locals = set(bound(body))
        self.imported = {
            alias.name
            for part in inside(body)
            if isinstance(part, ast.ImportFrom)
            for alias in part.names
            if not alias.asname
        }
        self.arguments = {part.arg for part in _arguments(node)} if isinstance(node, Function) else set[str]()


def _definition(node: _Definition) -> Use:
    return Use(node.lineno, node.col_offset + len(_KEYWORDS[type(node)]), node.name)


def _arguments(node: Function) -> list[ast.arg]:
    given = node.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return [*found, *(part for part in (given.vararg, given.kwarg) if part)]


def inside(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield all nodes of a block but those of functions and classes in it."""
    for node in body:
        yield node
        if not isinstance(node, Function | ast.ClassDef):
            yield from inside(ast.iter_child_nodes(node))


def bound(body: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the names that a block binds."""
    for node in inside(body):
        if isinstance(node, _Definition) or (isinstance(node, ast.ExceptHandler) and node.name):
            yield node.name or ""
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            yield node.id
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.partition(".")[0]


def own_names(node: "Function | ast.ClassDef") -> set[str]:
    """Return the names that a function or a class binds, its arguments among them."""
    bindings = _Bindings(node)
    return bindings.locals | bindings.arguments


def imported_names(tree: ast.Module) -> dict[str, str]:
    """Return local name -> the name that it has where it comes from."""
    return {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def without_classes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all that is in a node but what is in a class there: that has another `self`."""
    for part in ast.iter_child_nodes(node):
        yield part
        if not isinstance(part, ast.ClassDef):
            yield from without_classes(part)


def all_names(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a tree has, whatever it is of."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value
