"""What others than an image know by its name: MicroPython, its stubs, libraries, the programs beside it."""

import ast
import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

from name_scopes import all_names, bound

_ENDED_WORD = re.compile(rb"(?<![A-Za-z0-9_])[A-Za-z_][A-Za-z0-9_]{2,}(?=\0)")
_ELF = b"\x7fELF\x02\x01"
_CONSTANTS = b".rodata"


def every_name(paths: Iterable[Path]) -> set[str]:
    """Return all names in Python files and stubs."""
    return {name for tree in _trees(paths) for name in all_names(tree)}


def shared_names(paths: Iterable[Path]) -> set[str]:
    """Return what Python files and stubs define for others, and what they use of others."""
    return {name for tree in _trees(paths) for name in _shared(tree)}


def _trees(paths: Iterable[Path]) -> Iterator[ast.Module]:
    return (ast.parse(path.read_text(encoding="utf-8")) for path in paths)


def _shared(tree: ast.Module) -> Iterator[str]:
    yield from bound(tree.body)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from bound(node.body)
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (part for alias in node.names for part in alias.name.split("."))


def names_in_program(path: Path) -> set[str]:
    """Return every text among the constants of a compiled program that could be a name of some length."""
    return {word.decode() for word in _ENDED_WORD.findall(_constants(path.read_bytes()))}


def _constants(program: bytes) -> bytes:
    """Return the constants of an ELF file of 64 bits, little-endian; of other programs all there is."""
    if not program.startswith(_ELF):
        return program
    (place,) = struct.unpack_from("<Q", program, 0x28)
    size, count, names = struct.unpack_from("<HHH", program, 0x3A)
    sections = [struct.unpack_from("<IIQQQQ", program, place + size * number) for number in range(count)]
    texts = sections[names][4]
    found = [
        program[offset : offset + length]
        for name, _, _, _, offset, length in sections
        if program.startswith(_CONSTANTS, texts + name)
    ]
    return b"".join(found) or program
