"""Which sources belong into the image of a board, and under which names they are imported there."""

import ast
from collections.abc import Iterator
from pathlib import Path

from board_folders import BoardFolder
from interpreters import ROOT

PACKAGES = ROOT / "build/mplib"
# Drivers of the chip have no business on the PC, and their native code would not compile for it.
CHIP_ONLY = "evse/hal/esp32/"
# Programs of the build system and of the PC.
NOT_IMPORTED = ("manifest.py",)
# Files that a board serves as they are.
DATA_FOLDERS = ("page",)


def sources(board: BoardFolder) -> dict[str, Path]:
    """Return name in the image -> source file."""
    found: dict[str, Path] = {}
    for folder in (ROOT / "firmware", ROOT / "lib"):
        found.update(_python_files(folder, folder))
    found.update(_board_files(board))
    if not board.chip:
        found = {name: path for name, path in found.items() if not name.startswith(CHIP_ONLY)}
    found.update(_package_files([path for name, path in found.items() if name.endswith(".py")]))
    return dict(sorted(found.items()))


def _python_files(folder: Path, base: Path) -> dict[str, Path]:
    return {path.relative_to(base).as_posix(): path for path in folder.rglob("*.py")}


def _board_files(board: BoardFolder) -> dict[str, Path]:
    """Return board.py, the packages beside it, and the data that it serves."""
    found = {"board.py": board.folder / "board.py"}
    for entry in board.folder.iterdir():
        if (entry / "__init__.py").is_file():
            found.update(_python_files(entry, board.folder))
        elif entry.is_dir() and entry.name in DATA_FOLDERS:
            files = (path for path in entry.rglob("*") if path.is_file())
            found.update({path.relative_to(board.folder).as_posix(): path for path in files})
    return {name: path for name, path in found.items() if path.name not in NOT_IMPORTED}


def _package_files(importers: list[Path]) -> dict[str, Path]:
    """Return those modules of installed packages that are imported, also by each other."""
    found: dict[str, Path] = {}
    waiting = list(importers)
    while waiting:
        for module in _imported_modules(waiting.pop()):
            path = _module_file(module)
            if path and path not in found.values():
                found[path.relative_to(PACKAGES).as_posix()] = path
                waiting.append(path)
    return found


def _imported_modules(path: Path) -> Iterator[str]:
    """Yield every module that a file may import, and the packages around it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _module_file(module: str) -> Path | None:
    place = PACKAGES / module.replace(".", "/")
    for path in (place / "__init__.py", place.with_name(place.name + ".py")):
        if path.is_file():
            return path
    return None
