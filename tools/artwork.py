#!/usr/bin/env python3
"""Turn the drawings in tools/artwork into the font and icon modules of the displays.

A drawing is rows of characters. A font file has bands: a line `= A B C` and the rows of these glyphs side by side.
The icon file has one icon at a time, a letter for each color.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from interpreters import ROOT

ARTWORK = ROOT / "tools/artwork"
OUTPUT = ROOT / "firmware/evse/services/display"
FONTS = {
    "tiny": "rows of 5",
    "narrow": "digits, rows of 7",
    "bold": "digits, rows of 10",
    "regular": "rows of 8",
}
# Capitals at twice the size of the regular font, for messages that are read from afar.
BIG_CHARACTERS = "khABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ0123456789.,:-+/'!?<>()%@° "
ICON_COLORS = ".wrgbyoldcGBRmks"
BYTES_PER_LINE = 24

Drawing = list[str]


def bands(path: Path) -> Iterator[tuple[list[str], list[str]]]:
    """Yield the names of every band of a drawing file and its rows."""
    for block in path.read_text(encoding="utf-8").strip().split("\n\n"):
        head, *rows = block.split("\n")
        yield head.removeprefix("= ").split(), rows


def font_drawings(name: str) -> dict[str, Drawing]:
    """Return glyph -> rows of one font."""
    glyphs: dict[str, Drawing] = {}
    for names, rows in bands(ARTWORK / f"{name}.txt"):
        columns = list(zip(*(row.split() for row in rows), strict=True))
        for glyph, drawing in zip(names, columns, strict=True):
            if len({len(row) for row in drawing}) != 1:
                raise ValueError(f"{name}.txt: rows of {glyph} differ in length")
            glyphs[" " if glyph == "space" else glyph] = list(drawing)
    return glyphs


def doubled(drawing: Drawing) -> Drawing:
    """Return a drawing at twice its size, with stairs made into slopes."""

    def at(x: int, y: int) -> bool:
        return 0 <= y < len(drawing) and 0 <= x < len(drawing[0]) and drawing[y][x] == "#"

    rows = []
    for y in range(len(drawing)):
        pair = ["", ""]
        for x in range(len(drawing[0])):
            for half, dy in enumerate((-1, 1)):
                for dx in (-1, 1):
                    # Two strokes that meet corner to corner; a right angle stays one.
                    stair = at(x + dx, y) and at(x, y + dy) and not at(x + dx, y + dy)
                    stair = stair and not at(x - dx, y) and not at(x, y - dy)
                    pair[half] += "#" if at(x, y) or stair else "."
        rows += pair
    return rows


def columns_of(drawing: Drawing) -> bytes:
    """Return a glyph as columns, the top row in bit 0, eight rows after eight rows."""
    found = bytearray()
    for top in range(0, len(drawing), 8):
        for x in range(len(drawing[0])):
            found.append(sum(1 << bit for bit, row in enumerate(drawing[top : top + 8]) if row[x] == "#"))
    return bytes(found)


def font_module(name: str, about: str, glyphs: dict[str, Drawing]) -> str:
    """Return the source of a font module."""
    offsets, data = [0], b""
    for drawing in glyphs.values():
        data += columns_of(drawing)
        offsets.append(len(data))
    rows = len(next(iter(glyphs.values())))
    packed = b"".join(offset.to_bytes(2, "little") for offset in offsets)
    return "\n".join(
        [
            f'"""Font `{name}` ({about}), made from drawings by tools/artwork.py."""',
            "",
            "from micropython import const",
            "",
            f"ROWS = const({rows})",
            f"PAGES = const({(rows + 7) // 8})",
            "# Space between two glyphs.",
            f"GAP = const({2 if name == 'big' else 1})",
            *characters("".join(glyphs)),
            "# Where every glyph begins and the last one ends, two bytes each.",
            *literal("OFFSETS", packed),
            "# Columns of every glyph, the top row in bit 0.",
            *literal("DATA", data),
            "",
        ]
    )


def quoted(text: str) -> str:
    """Return a text as ruff formats it."""
    if '"' in text and "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def characters(text: str) -> list[str]:
    """Return the lines of the text of all glyphs."""
    if len(text) <= 60:
        return [f"CHARACTERS = {quoted(text)}"]
    parts = [text[start : start + 60] for start in range(0, len(text), 60)]
    return ["CHARACTERS = (", *(f"    {quoted(part)}" for part in parts), ")"]


def literal(name: str, data: bytes) -> list[str]:
    """Return the lines of a bytes constant."""
    parts = [data[start : start + BYTES_PER_LINE] for start in range(0, len(data), BYTES_PER_LINE)]
    texts = ["".join(f"\\x{value:02x}" for value in part) for part in parts]
    if len(texts) == 1:
        return [f'{name} = b"{texts[0]}"']
    return [f"{name} = (", *(f'    b"{text}"' for text in texts), ")"]


def icon_module() -> str:
    """Return the source of the icon module."""
    names, index, data = [], bytearray(), bytearray()
    for (name,), rows in bands(ARTWORK / "icons.txt"):
        width = len(rows[0])
        if width % 2 or {len(row) for row in rows} != {width}:
            raise ValueError(f"icons.txt: {name} has rows of different or odd length")
        index += bytes((width, len(rows))) + len(data).to_bytes(2, "little")
        colors = [ICON_COLORS.index(letter) for row in rows for letter in row]
        data += bytes(high << 4 | low for high, low in zip(colors[::2], colors[1::2], strict=True))
        names.append(name)
    return "\n".join(
        [
            '"""Icons of the displays, made from drawings by tools/artwork.py."""',
            "",
            "from micropython import const",
            "",
            *(f"{name} = const({number})" for number, name in enumerate(names)),
            "",
            "# Width, height and place in DATA (two bytes) of every icon.",
            *literal("INDEX", bytes(index)),
            "# Two pixels in a byte, each a color of `palette`; 0 is clear.",
            *literal("DATA", bytes(data)),
            "",
        ]
    )


def modules() -> dict[Path, str]:
    """Return file -> text of everything that is made."""
    made = {}
    for name, about in FONTS.items():
        made[OUTPUT / f"font_{name}.py"] = font_module(name, about, font_drawings(name))
    regular = font_drawings("regular")
    big = {character: doubled(regular[character]) for character in BIG_CHARACTERS}
    made[OUTPUT / "font_big.py"] = font_module("big", "rows of 16, capitals", big)
    made[OUTPUT / "icons.py"] = icon_module()
    return made


def main() -> int:
    """Write the modules, or only tell which are not what the drawings say."""
    parser = argparse.ArgumentParser(description="Make the font and icon modules from the drawings.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when one is stale")
    options = parser.parse_args()
    stale = [path for path, text in modules().items() if not path.exists() or path.read_text() != text]
    for path in stale:
        print(f"{path.relative_to(ROOT)} is stale" if options.check else path.relative_to(ROOT))
        if not options.check:
            path.write_text(modules()[path], encoding="utf-8")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
