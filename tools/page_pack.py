"""The files of the station's page as an image has them: without comments and indentation, packed with gzip."""

import gzip
import re
from pathlib import Path

STRIPPED = (".js", ".css", ".html")
# A text in a line of a script, or the space around a sign outside of texts, where it means nothing.
SCRIPT = re.compile(r'("(?:[^"\\]|\\.)*")| *([=<>?:,;{}()\[\]|&]) *')
# The space that a rule of a style does without.
LOOSE = re.compile(r"(?<=[{};:,]) | (?=[{}])")


def stripped(path: Path) -> bytes:
    """Return what a browser needs of a file; nothing in it spans lines but what may lose its indentation."""
    if path.suffix not in STRIPPED:
        return path.read_bytes()
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line and not line.startswith("// ")]
    if path.suffix == ".js":
        lines = [_tight(line) for line in lines]
    text = "\n".join(lines)
    return (LOOSE.sub("", text) if path.suffix == ".css" else text).encode()


def _tight(line: str) -> str:
    """Return a line of a script without needless space; one with a pattern, a template or a comment stays."""
    return line if re.search("[/`']", re.sub(SCRIPT, r"\2", line)) else SCRIPT.sub(r"\1\2", line)


def packed(path: Path) -> bytes:
    """Return the same packed, without a date."""
    return gzip.compress(stripped(path), mtime=0)
