"""The sources of a firmware of our own: a copy of what the manifest of a board freezes, with the version filled in.

The copy has the folders of this tree, so the manifest of a board finds there what it finds here.
"""

import os
import shutil
from pathlib import Path

import image
import image_texts
from board_folders import BoardFolder
from image_sources import PACKAGES
from interpreters import ROOT

FOLDERS = (ROOT / "firmware", ROOT / "lib", PACKAGES)
# Neither what an interpreter left behind nor the stamps of `make setup`.
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def copy(board: BoardFolder, output: Path) -> Path:
    """Make the copy in `output`, replacing what was there, and return the folder of the board in it."""
    if output.exists():
        shutil.rmtree(output)
    for folder in (*FOLDERS, board.folder):
        shutil.copytree(folder, output / folder.relative_to(ROOT), ignore=_LEFT_OUT)
    version = output / image_texts.VERSION_FILE.relative_to(ROOT)
    version.write_text(image_texts.filled_version(image.build_facts(board)))
    # The same time in every build, and another one with another commit: make and ninja look at nothing else.
    if seconds := image.build_seconds():
        os.utime(version, (seconds, seconds))
    return output / board.folder.relative_to(ROOT)
