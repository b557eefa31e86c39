"""The files of the station's page as an image has them: without comments and indentation, packed with gzip."""

import gzip
from pathlib import Path

STRIPPED = (".js", ".css", ".html")


def stripped(path: Path) -> bytes:
    """Return what a browser needs of a file; nothing in it spans lines but what may lose its indentation."""
    if path.suffix not in STRIPPED:
        return path.read_bytes()
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("// ")).encode()


def packed(path: Path) -> bytes:
    """Return the same packed, without a date."""
    return gzip.compress(stripped(path), mtime=0)
