"""The boards of this tree: their folders, and what their chips need."""

import json
import re
from pathlib import Path
from typing import NamedTuple

from interpreters import ROOT

BOARDS = ROOT / "boards"

# Native code of the Xtensa chips uses register windows.
MARCH = {
    "esp32": "xtensawin",
    "esp32s2": "xtensawin",
    "esp32s3": "xtensawin",
    "esp32c3": "rv32imc",
    "esp32c6": "rv32imc",
}
MARCH_PC = "x64"


class BoardError(Exception):
    """A board that cannot be used, and why."""


class BoardFolder(NamedTuple):
    """One board: `chip` is MicroPython's name of it, or empty for a board that runs on the PC."""

    name: str
    folder: Path
    chip: str

    @property
    def march(self) -> str:
        """Return the architecture of native code, as mpy-cross names it."""
        return MARCH[self.chip] if self.chip else MARCH_PC


def known_boards() -> list[str]:
    """Return the names of all boards."""
    return sorted(path.parent.name for path in BOARDS.glob("*/board.py"))


def find_board(name: str) -> BoardFolder:
    """Return a board by its name; BoardError names the known ones."""
    # A name is not a path: nothing outside the folder of boards may be reached.
    if not re.fullmatch(r"\w+", name) or not (BOARDS / name / "board.py").is_file():
        known = ", ".join(known_boards())
        raise BoardError(
            f"unknown board {name!r}; known boards: {known}" if name else f"no board given: BOARD={known}"
        )
    return read_board(BOARDS / name)


def find_chip_board(name: str) -> BoardFolder:
    """Return a board that has a chip; BoardError says why there is none."""
    boards = ", ".join(known for known in known_boards() if read_board(BOARDS / known).chip)
    if not name:
        raise BoardError(f"no board given: BOARD={boards}")
    board = find_board(name)
    if not board.chip:
        raise BoardError(f"board {name} runs on the PC and has no flash; boards with a chip: {boards}")
    return board


def read_board(folder: Path) -> BoardFolder:
    """Return the board in a folder."""
    description = folder / "board.json"
    chip = json.loads(description.read_text(encoding="utf-8"))["mcu"] if description.is_file() else ""
    if chip and chip not in MARCH:
        raise BoardError(f"{description}: unknown chip {chip}; known chips: {', '.join(sorted(MARCH))}")
    return BoardFolder(folder.name, folder, chip)
