"""Put the integer constants of modules where they are used, because every name in a module takes memory on a chip.

`LIMIT = const(3)` costs an entry in the module's dictionary and a name; MicroPython folds it inside its own module
only. Here `module.LIMIT` and an imported `LIMIT` become `3`, and the definition becomes `_LIMIT`, which the compiler
drops. It knows `const` without an import, and what is for type checkers only goes too. Lines stay where they are.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping

from text_edit import Edit, apply, walk

# What every module would keep otherwise.
_TYPE_CHECKING = "TYPE_CHECKING"
_CONST = "const"

# Module -> its constants.
_Constants = dict[str, dict[str, int]]


def inline(texts: Mapping[str, str]) -> dict[str, str]:
    """Return {file name: text} with the constants of all files put in place."""
    trees = {name: ast.parse(text, name) for name, text in texts.items()}
    constants = {_module(name): _constants(tree) for name, tree in trees.items()}
    handed_on = {module for name, tree in trees.items() for module in _handed_on(name, tree, constants)}
    return {
        name: apply(texts[name], _edits(name, tree, constants, _module(name) in handed_on))
        for name, tree in trees.items()
    }


def _module(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _constants(tree: ast.Module) -> dict[str, int]:
    """Return the public integer constants that a module defines once and never binds again."""
    found: dict[str, int] = {}
    for node in tree.body:
        target = _constant_target(node)
        if target:
            value = _value(node.value.args[0], found)  # pyright: ignore[reportAttributeAccessIssue]
            if value is not None:
                found[target.id] = value
    bound = _bound(tree)
    return {
        name: value for name, value in found.items() if bound.count(name) == 1 and not name.startswith("_")
    }


def _constant_target(node: ast.stmt) -> ast.Name | None:
    """Return the name in `NAME = const(...)`."""
    if (
        not isinstance(node, ast.Assign)
        or len(node.targets) != 1
        or not isinstance(node.targets[0], ast.Name)
    ):
        return None
    call = node.value
    named = isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "const"
    return node.targets[0] if named else None


def _value(node: ast.expr, known: Mapping[str, int]) -> int | None:
    """Return an integer literal, negative ones and known names included."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, known)
        return None if value is None else -value
    return known.get(node.id) if isinstance(node, ast.Name) else None


def _handed_on(name: str, tree: ast.Module, constants: _Constants) -> Iterator[str]:
    """Yield the modules that a file uses otherwise than by `module.NAME`: their constants must stay."""
    modules, _ = _imports(name, tree, constants, [])
    attributes = [node.value for node in walk(tree) if isinstance(node, ast.Attribute)]
    plain = {id(value) for value in attributes if isinstance(value, ast.Name)}
    for node in _names(tree, ast.Load):
        if node.id in modules and id(node) not in plain:
            yield modules[node.id]
    for node in walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if "." in alias.name and not alias.asname)


def _edits(name: str, tree: ast.Module, constants: _Constants, keeps_names: bool) -> Iterator[Edit]:
    own = constants[_module(name)]
    modules, imported = _imports(name, tree, constants, _bound(tree))
    loads = Counter(node.id for node in _names(tree, ast.Load))
    targets = [target.id for target in map(_constant_target, tree.body) if target]
    is_checked = _TYPE_CHECKING in targets
    for node in tree.body:
        target = _constant_target(node)
        if target and (target.id == _TYPE_CHECKING or (target.id in own and not keeps_names)):
            yield Edit.of(target, "_" + target.id)
    for node in walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            value = constants.get(modules.get(node.value.id, ""), {}).get(node.attr)
            if value is not None:
                loads[node.value.id] -= 1
                yield Edit.of(node, _literal(value))
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            value = own.get(node.id, imported.get(node.id))
            if node.id == _TYPE_CHECKING and is_checked:
                yield Edit.of(node, "_" + node.id)
            elif value is not None:
                yield Edit.of(node, _literal(value))
    unused = {local for local in modules if local in loads and loads[local] == 0}
    for node in walk(tree):
        if isinstance(node, ast.ImportFrom):
            known = {_CONST} if node.module == "micropython" else set()
            yield from _without(node, unused | set(imported) | known)


def _literal(value: int) -> str:
    return str(value) if value >= 0 else f"({value})"


def _names(tree: ast.Module, context: type[ast.expr_context]) -> Iterator[ast.Name]:
    return (node for node in walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, context))


def _bound(tree: ast.Module) -> list[str]:
    """Return every name that is assigned or a parameter, as often as it is."""
    arguments = [node.arg for node in walk(tree) if isinstance(node, ast.arg)]
    return [node.id for node in _names(tree, ast.Store)] + arguments


def _imports(
    name: str, tree: ast.Module, constants: _Constants, bound: list[str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Return local name -> module, and local name -> value of the constants that are imported by name."""
    modules: dict[str, str] = {}
    imported: dict[str, int] = {}
    for node in walk(tree):
        if isinstance(node, ast.Import):
            # Of `import a.b` the name is `a`.
            modules.update(
                {alias.asname or alias.name: alias.name for alias in node.names if alias.name in constants}
            )
        elif isinstance(node, ast.ImportFrom):
            package = name.split("/")[: -node.level] if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            for alias in node.names:
                local = alias.asname or alias.name
                if local in bound:
                    continue
                if f"{module}.{alias.name}" in constants:
                    modules[local] = f"{module}.{alias.name}"
                elif alias.name in constants.get(module, {}):
                    imported[local] = constants[module][alias.name]
    return {local: module for local, module in modules.items() if local not in bound}, imported


def _without(node: ast.ImportFrom, gone: set[str]) -> Iterator[Edit]:
    """Import only what is still used."""
    left = [alias for alias in node.names if (alias.asname or alias.name) not in gone]
    if len(left) == len(node.names):
        return
    names = ", ".join(alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in left)
    # What stood on several lines goes on the first one; the others stay, empty.
    assert node.end_lineno
    lines = "\n" * (node.end_lineno - node.lineno)
    yield Edit.of(
        node, f"from {'.' * node.level}{node.module or ''} import {names}{lines}" if left else "pass" + lines
    )
