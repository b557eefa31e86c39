"""Which statements of a Python file do nothing but give names to values."""

import ast
from collections.abc import Iterable

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
# Calls at the top of a module that only make a value.
_MAKERS = {
    *("bool", "bytearray", "bytes", "const", "dict", "float", "frozenset", "int", "list", "memoryview"),
    *("namedtuple", "object", "property", "range", "re.compile", "set", "str", "tuple"),
}
_PLAIN_DECORATORS = {
    *("classmethod", "property", "staticmethod"),
    *("micropython.native", "micropython.viper", "micropython.asm_thumb", "micropython.asm_xtensawin"),
}


def defined(node: ast.stmt) -> str:
    """Return the name that a definition or an assignment gives; empty when there is none or more than one."""
    if isinstance(node, _Definition):
        return node.name
    target = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    return target.id if isinstance(target, ast.Name) else ""


def is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def makes_only(node: ast.stmt) -> bool:
    """Tell whether a statement does nothing but give a name to something."""
    if isinstance(node, _Function):
        defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part)]
        return all(map(_is_plain, node.decorator_list)) and all(map(_is_value, defaults))
    if isinstance(node, ast.ClassDef):
        return (
            not node.decorator_list
            and not node.keywords
            and all(map(_is_value, node.bases))
            and is_pure(node.body)
        )
    return isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _is_value(node.value)


def _is_plain(decorator: ast.expr) -> bool:
    text = ast.unparse(decorator)
    return text in _PLAIN_DECORATORS or text.endswith((".setter", ".getter", ".deleter"))


def _is_value(node: ast.expr) -> bool:
    """Tell whether an expression only makes a value."""
    if isinstance(node, ast.Constant | ast.Name | ast.Lambda):
        return True
    if isinstance(node, ast.Attribute):
        return _is_value(node.value)
    if isinstance(node, ast.Call):
        text_method = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Constant)
        if not text_method and ast.unparse(node.func) not in _MAKERS:
            return False
        return all(map(_is_value, node.args)) and all(_is_value(word.value) for word in node.keywords)
    if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict | ast.BinOp | ast.UnaryOp | ast.Starred):
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        return all(map(_is_value, parts))
    return False


def is_pure(body: Iterable[ast.stmt]) -> bool:
    """Tell whether a block does nothing but give names."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Pass):
            continue
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.AnnAssign) and node.value is None:
            continue
        if isinstance(node, ast.Try) or (isinstance(node, ast.If) and _is_value(node.test)):
            blocks = [node.body, node.orelse, *(part.body for part in getattr(node, "handlers", []))]
            if all(map(is_pure, blocks)):
                continue
            return False
        if not makes_only(node) or not (defined(node) or isinstance(node, ast.Assign)):
            return False
    return True
