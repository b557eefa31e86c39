"""Take `__module__` and `__qualname__`, which nobody asks for, out of the classes that MicroPython puts them into."""

import ast
from collections.abc import Iterator

from text_edit import Edit, walk

_NAMES = ("__module__", "__qualname__")
_DELETE = "del " + ", ".join(_NAMES)
_Simple = ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.Pass | ast.Delete


def lean(text: str) -> list[Edit]:
    """Return what empties the classes of a file before anything else comes into them; all lines stay where they are.

    A class that begins with a function has no line to spare and stays as it is, and so do all of a file that uses
    these names.
    """
    tree = ast.parse(text)
    if any(name in text for name in _NAMES):
        return []
    return [edit for node in walk(tree) if isinstance(node, ast.ClassDef) for edit in _edit(node.body[0])]


def _edit(first: ast.stmt) -> Iterator[Edit]:
    if not isinstance(first, _Simple) or first.end_lineno is None:
        return
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        yield Edit.of(first, _DELETE + "\n" * (first.end_lineno - first.lineno))
    else:
        begin = (first.lineno, first.col_offset)
        yield Edit(begin, begin, _DELETE + "; ")
