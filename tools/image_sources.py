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
# What MicroPython runs by itself, and the board that main.py asks for.
STARTED = ("boot.py", "main.py", "board.py")
# What only a board with a part of this `kind` in its wiring needs; what only these files import goes with them.
PARTS = {
    "onewire": ("evse/hal/esp32/onewire_rfid.py",),
    "pn532": ("evse/hal/esp32/pn532.py",),
    "mfrc522": ("evse/hal/esp32/mfrc522.py",),
    "rows": ("evse/hal/esp32/panel_rows.py", "evse/services/display/rgb32.py", "evse/services/picture.py"),
    "st7567": ("evse/hal/esp32/lcd_st7567.py", "evse/services/display/lcd128.py"),
}
# Files that the station or a board serves as they are.
DATA_FOLDERS = ("page",)


def sources(board: BoardFolder) -> dict[str, Path]:
    """Return name in the image -> source file: what starts the board, and all that it can come to import."""
    available = {name: path for name, path in everything(board).items() if name not in _unfitted(board)}
    found: dict[str, Path] = {}
    waiting = [name for name in STARTED if name in available]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = available[name]
            modules = _imported_modules(name, available[name])
            waiting += [file for module in modules for file in _module_files(module) if file in available]
    found.update({name: path for name, path in available.items() if not name.endswith(".py")})
    return dict(sorted(found.items()))


def _unfitted(board: BoardFolder) -> set[str]:
    """Return the files for parts that a board has not got; on the PC a board has everything."""
    if not board.chip:
        return set()
    text = (board.folder / "board.py").read_text(encoding="utf-8")
    pairs = [
        pair for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Dict) for pair in _pairs(node)
    ]
    fitted = {value for key, value in pairs if key == "kind"}
    return {file for kind, files in PARTS.items() if kind not in fitted for file in files}


def _pairs(node: ast.Dict) -> Iterator[tuple[object, object]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
            yield key.value, value.value


def everything(board: BoardFolder) -> dict[str, Path]:
    """Return everything that may go into the image; of two files of one name the board's counts."""
    available = _python_files(PACKAGES, PACKAGES)
    for folder in (ROOT / "lib", ROOT / "firmware"):
        available.update(_python_files(folder, folder))
    for name in DATA_FOLDERS:
        for folder in (ROOT / "firmware").rglob(name):
            available.update(_data_files(folder, ROOT / "firmware"))
    available.update(_board_files(board))
    if not board.chip:
        available = {name: path for name, path in available.items() if not name.startswith(CHIP_ONLY)}
    return available


def _python_files(folder: Path, base: Path) -> dict[str, Path]:
    return {path.relative_to(base).as_posix(): path for path in folder.rglob("*.py")}


def _data_files(folder: Path, base: Path) -> dict[str, Path]:
    return {path.relative_to(base).as_posix(): path for path in folder.rglob("*") if path.is_file()}


def _board_files(board: BoardFolder) -> dict[str, Path]:
    """Return board.py, the packages beside it, and the data that it serves."""
    found = {"board.py": board.folder / "board.py"}
    for entry in board.folder.iterdir():
        if (entry / "__init__.py").is_file():
            found.update(_python_files(entry, board.folder))
        elif entry.is_dir() and entry.name in DATA_FOLDERS:
            found.update(_data_files(entry, board.folder))
    return {name: path for name, path in found.items() if path.name not in NOT_IMPORTED}


def _imported_modules(name: str, path: Path) -> Iterator[str]:
    """Yield every module that a file of the image may import, and the packages around it."""
    place = name.split("/")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = place[: -node.level] if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            modules = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        for module in modules:
            parts = module.split(".")
            yield from (".".join(parts[:count]) for count in range(1, len(parts) + 1))


def _module_files(module: str) -> tuple[str, str]:
    """Return the names that a module may have in the image."""
    name = module.replace(".", "/")
    return name + "/__init__.py", name + ".py"
