"""The command line of the programs that write a document from the firmware's tables."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path


def run(
    arguments: list[str], path: Path, document: Callable[[], str], description: str | None, program: str
) -> int:
    """Write what `document()` returns to `path`, or with --check only compare; return the exit status.

    `description` begins with the line that --help shows; `program` is what to run when the document is stale.
    """
    parser = argparse.ArgumentParser(description=(description or "").strip().splitlines()[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing, only say whether it is up to date"
    )
    options = parser.parse_args(arguments)
    text = document()
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return 0
    if options.check:
        print(f"{path} is stale: run {program}", file=sys.stderr)
        return 1
    path.write_text(text, encoding="utf-8")
    return 0
