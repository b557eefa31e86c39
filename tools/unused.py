"""Leave out what nothing in an image uses, because on a chip every definition takes memory once it is loaded.

A function takes 32 to 48 bytes, a class some hundreds, its entry in a dictionary up to 20, its name 11. Starting from
what modules do when they are loaded, everything that is named there is used, with all that is named in it, and so on.
What is left is taken out of the texts: methods and other attributes of classes, functions, classes and plain values of
modules, and what modules import from others. Lines stay where they are.

Types are unknown, so an attribute of a class stays when anything has an attribute of this name that is not one of a
module, or when a text that is no docstring has it as a word (`getattr`). So do special names, what a class may override
of somebody outside of the tree, what MicroPython asks objects for, and what `outside` names. A global stays when its
module names it or others import it; that of a module that is named in a text or handed on, when anything has such an
attribute or such a word. `foreign` files belong to a library: nobody asks it for names but by what is in `getattr`, and
what has `held` classes imports something of their package.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from image_parts import File, Import, Part
from pure_code import is_pure
from text_edit import Edit, apply

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# What is put in when a text is formatted.
_FILLED = re.compile(r"%\w|\{\w*\}")
_Function = ast.FunctionDef | ast.AsyncFunctionDef
# What MicroPython and its asyncio ask objects for that are no instances of their own classes.
_ASKED = set(
    "read readinto readline readexactly write awrite drain flush close aclose wait_closed get_extra_info ioctl send "
    "throw keys setblocking seek tell readblocks writeblocks mount umount open stat statvfs ilistdir chdir getcwd "
    "mkdir rmdir remove rename".split()
)
# Calls that take a name as a value.
_BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}
# Who does this may use any name of its module.
_ANY_NAME = {"eval", "exec", "globals", "locals", "vars", "dir"}


class Kept(NamedTuple):
    """The texts, {file name: text}, and what is gone from them: (file name, line from 1, name)."""

    texts: dict[str, str]
    removed: list[tuple[str, int, str]]


def without_unused(
    texts: Mapping[str, str], outside: Iterable[str], foreign: Iterable[str] = (), held: Iterable[str] = ()
) -> Kept:
    """Return {file name: text} without what nobody uses.

    `outside` are names that others use who are not in the tree, of all but the `foreign` files; `held` are classes of
    these, `package.module.Class`, whose instances only files have that import something of the package.
    """
    foreign = {*foreign}
    files = [File(name, text, name in foreign) for name, text in texts.items()]
    return _Tree(files, {*outside}, {*held}).kept()


class _Tree:
    def __init__(self, files: list[File], outside: set[str], held: set[str]) -> None:
        self._files = {file.module: file for file in files}
        self._outside = outside
        self._held = held
        self._classes: dict[str, list[tuple[File, ast.ClassDef]]] = {}
        # What is used as an attribute, and what is a word of a text.
        self._attributes: set[str] = set()
        self._words: set[str] = set()
        # The texts of `getattr`, and what names begin or end with that are put together for it.
        self._asked: set[str] = set()
        self._begins: set[str] = set()
        self._ends: set[str] = set()
        pure = {file.module for file in files if is_pure(file.tree.body)}
        for file in files:
            file.find(self._files, pure)
            for node in ast.walk(file.tree):
                if isinstance(node, ast.ClassDef):
                    self._classes.setdefault(node.name, []).append((file, node))

    def kept(self) -> Kept:
        files = self._files.values()
        for file in files:
            self._use_all(file, file.tree.body)
        waiting = [part for file in files for part in file.parts]
        found = waiting
        while found:
            found = [part for part in waiting if self._is_used(part)]
            for part in found:
                part.used = True
                self._use_part(part)
            waiting = [part for part in waiting if not part.used]
        gone = [part for part in waiting if part.owner is None or part.owner.used]
        texts = {
            file.name: apply(file.text, _edits(file, [part for part in gone if part.file is file]))
            for file in files
        }
        return Kept(texts, sorted((part.file.name, part.node.lineno, part.full_name) for part in gone))

    def _is_used(self, part: Part) -> bool:
        file, name = part.file, part.name
        if part.owner is not None:
            return part.owner.used and self._is_used_of(part.owner, name)
        if name in file.used or (name in self._outside and not file.is_foreign):
            return True
        return self._is_an_object(file) and (name in self._attributes or self._is_said(file, name))

    def _is_used_of(self, owner: Part, name: str) -> bool:
        """Tell whether an attribute of a class is used."""
        file = owner.file
        inherited = self._inherited(file, owner.node)
        if inherited is None or name in inherited or name in owner.names or self._is_said(file, name):
            return True
        if f"{file.module}.{owner.name}" in self._held:
            holders = (other for other in self._files.values() if file.package in other.packages)
            return any(name in other.attributes for other in holders)
        return name in self._attributes or name in _ASKED or (name in self._outside and not file.is_foreign)

    def _is_an_object(self, file: File) -> bool:
        """Tell whether somebody may have a module as an object."""
        last = file.module.rpartition(".")[2]
        return file.is_handed_on or (not file.is_foreign and (last in self._words or last in self._outside))

    def _is_said(self, file: File, name: str) -> bool:
        return (
            name in (file.texts if file.is_foreign else self._words)
            or name in self._asked
            or any(name.startswith(begin) for begin in self._begins)
            or any(name.endswith(end) for end in self._ends)
        )

    def _inherited(
        self, file: File, node: ast.AST, seen: frozenset[ast.AST] = frozenset()
    ) -> set[str] | None:
        """Return what a class has from classes outside of the tree; None when nobody can know."""
        assert isinstance(node, ast.ClassDef)
        found: set[str] = set()
        for base in node.bases:
            name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            first = base.value if isinstance(base, ast.Attribute) else base
            modules = file.modules.get(first.id, set()) if isinstance(first, ast.Name) else set()
            known = vars(builtins).get(name)
            if name in self._classes and modules <= set(self._files):
                parents = [item for item in self._classes[name] if item[1] not in seen]
                more = [self._inherited(*item, seen | {node}) for item in parents]
            else:
                more = [set(dir(known)) if isinstance(known, type) and not modules else None]
            for names in more:
                if names is None:
                    return None
                found |= names
        return None if node.keywords else found

    def _use_part(self, part: Part) -> None:
        file, node = part.file, part.node
        if part.alias is not None:
            self._use_imported(file, node, part.alias)
        elif isinstance(node, ast.ClassDef):
            self._use_all(file, [*node.bases, *node.body], part)
        else:
            # What makes an attribute of a class finds the others there by their names.
            self._use_all(file, _made_of(node), part.owner)
            self._use_all(file, ast.iter_child_nodes(node))

    def _use_imported(self, file: File, node: ast.stmt, alias: ast.alias) -> None:
        source = self._files.get(file.base(node) if isinstance(node, ast.ImportFrom) else alias.name)
        if source is None:
            return
        if isinstance(node, ast.ImportFrom):
            source.used.update([part.name for part in source.parts] if alias.name == "*" else [alias.name])
        elif "." in alias.name and not alias.asname:
            source.is_handed_on = True

    def _use_all(self, file: File, nodes: Iterable[ast.AST], owner: Part | None = None) -> None:
        """Use all names in some nodes, but for those of parts in them."""
        waiting = list(nodes)
        while waiting:
            node = waiting.pop()
            parts = file.parts_of.get(id(node), [])
            if id(node) in file.silent:
                continue
            if isinstance(node, Import):
                named = [part.alias for part in parts]
                for alias in node.names:
                    if alias not in named:
                        self._use_imported(file, node, alias)
            elif not parts:
                if not self._is_of_module(file, node):
                    waiting.extend(ast.iter_child_nodes(node))
                self._use(file, node, owner)

    def _is_of_module(self, file: File, node: ast.AST) -> bool:
        """Use `name` in `module.name`, and return True, when this is what a node is."""
        if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
            return False
        modules = file.modules.get(node.value.id, set())
        if modules:
            file.used.add(node.value.id)
        for module in modules & set(self._files):
            self._files[module].used.add(node.attr)
        return bool(modules)

    def _use(self, file: File, node: ast.AST, owner: Part | None) -> None:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Store):
            self._use_name(file, node.id, owner)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            self._use_name(file, node.target.id, owner)
        elif isinstance(node, ast.Attribute) and not self._is_of_module(file, node):
            file.attributes.add(node.attr)
            self._attributes.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg:
            self._attributes.add(node.arg)
        elif isinstance(node, ast.Global):
            file.used.update(node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            self._use_text(file, node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _BY_NAME:
            self._use_pieces(node.args[1:2])

    def _use_name(self, file: File, name: str, owner: Part | None) -> None:
        file.used.add(name)
        for module in file.modules.get(name, set()) & set(self._files):
            self._files[module].is_handed_on = True
        if owner is not None:
            owner.names.add(name)
        if name in _ANY_NAME:
            file.used.update(part.name for part in file.parts)

    def _use_text(self, file: File, value: str | bytes) -> None:
        text = value if isinstance(value, str) else value.decode("latin-1")
        self._words.update(_WORD.findall(text))
        if text.isidentifier():
            file.texts.add(text)

    def _use_pieces(self, names: list[ast.expr]) -> None:
        for name in names:
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                self._asked.add(name.value)
                continue
            for piece in ast.walk(name):
                if isinstance(piece, ast.Constant) and isinstance(piece.value, str):
                    parts = _FILLED.split(piece.value)
                    self._begins |= {parts[0]} - {""}
                    self._ends |= {parts[-1]} - {""}


def _made_of(node: ast.stmt) -> list[ast.expr]:
    """Return what is worked out when a function or a value is defined."""
    if isinstance(node, _Function):
        defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part)]
        return [*node.decorator_list, *defaults]
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    return [value] if value else []


def _edits(file: File, gone: list[Part]) -> Iterator[Edit]:
    for node in {id(part.node): part.node for part in gone}.values():
        assert node.end_lineno is not None and node.end_col_offset is not None
        first = node.lineno
        text = "pass"
        if isinstance(node, _Function) and node.decorator_list:
            first = node.decorator_list[0].lineno
        elif isinstance(node, Import):
            lost = [part.alias for part in gone if part.node is node]
            text = _import(node, [alias for alias in node.names if alias not in lost])
        end = (node.end_lineno, node.end_col_offset)
        yield Edit((first, node.col_offset), end, text + "\n" * (node.end_lineno - first))


def _import(node: Import, aliases: list[ast.alias]) -> str:
    names = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in aliases)
    if not names:
        return "pass"
    if isinstance(node, ast.Import):
        return f"import {names}"
    return f"from {'.' * node.level}{node.module or ''} import {names}"
