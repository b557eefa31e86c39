"""Edits of a Python text at places that its syntax tree names, and a quick way through that tree."""

import ast
from collections.abc import Iterable
from typing import NamedTuple


class Edit(NamedTuple):
    """Put `text` where the source stands from (line from 1, byte column from 0) to the end, exclusive."""

    begin: tuple[int, int]
    end: tuple[int, int]
    text: str

    @classmethod
    def of(cls, node: ast.stmt | ast.expr, text: str) -> "Edit":
        """Replace a whole node."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return cls((node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset), text)


def walk(tree: ast.AST) -> list[ast.AST]:
    """Return what `ast.walk` yields; a tree must not change, because it is walked only once."""
    nodes = getattr(tree, "_walked", None)
    if nodes is None:
        nodes = list(ast.walk(tree))
        setattr(tree, "_walked", nodes)  # noqa: B010
    return nodes


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return the text after edits that do not overlap; of two inside each other the outer one counts."""
    source = text.encode()
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    parts: list[bytes] = []
    done = 0
    for edit in sorted(set(edits), key=lambda edit: (edit.begin, [-number for number in edit.end])):
        begin, end = (starts[line - 1] + column for line, column in (edit.begin, edit.end))
        if begin >= done:
            parts += [source[done:begin], edit.text.encode()]
            done = end
    return b"".join([*parts, source[done:]]).decode()
