#!/usr/bin/env python3
"""Draw every screen of both displays as the people at the station see it, and the gallery docs/screens.md."""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageDraw

from interpreters import ROOT

sys.path[:0] = [str(ROOT / folder) for folder in ("firmware", "lib", "tools/shims", "host_tests/core")]

PICTURES = ROOT / "docs/screens"
GALLERY = ROOT / "docs/screens.md"
# Checksums of the frames, which every interpreter must draw alike.
GOLDEN = ROOT / "host_tests/core/screens_golden.py"
LED_PITCH = 8
LED_DIAMETER = 6
LED_OFF = (20, 20, 22)
PANEL = (8, 8, 9)
LCD_SCALE = 3
LCD_MARGIN = 9
LCD_LIGHT = (198, 214, 120)
LCD_DARK = (34, 42, 20)
COLUMNS = {"rgb": 5, "lcd": 2}
HEADING = """# Screens

What the station shows on the 32x32 colour display and on the 128x64 display, drawn by `tools/shots.py` with the
renderers of the firmware and values made up for it. Under each picture: its name and the page (`display.page`).
`.venv/bin/python tools/shots.py` makes them anew.
"""
TITLES = {"rgb": "## 32x32 colour display", "lcd": "## 128x64 display"}


def led_picture(buffer: bytes) -> Image.Image:
    """Return a panel of round LEDs, lit by RGB888 pixels."""
    size = 32 * LED_PITCH
    # Drawn at four times the size, for round edges.
    image = Image.new("RGB", (size * 4, size * 4), PANEL)
    pen = ImageDraw.Draw(image)
    edge = (LED_PITCH - LED_DIAMETER) * 2
    for place in range(1024):
        color = tuple(buffer[3 * place : 3 * place + 3])
        left, top = place % 32 * LED_PITCH * 4 + edge, place // 32 * LED_PITCH * 4 + edge
        box = (left, top, left + LED_DIAMETER * 4, top + LED_DIAMETER * 4)
        pen.ellipse(box, fill=color if any(color) else LED_OFF)
    return image.resize((size, size), Image.Resampling.BOX).quantize(64)


def lcd_picture(buffer: bytes) -> Image.Image:
    """Return a display of dark dots on a lit ground."""
    image = Image.new("RGB", (128 * LCD_SCALE + 2 * LCD_MARGIN, 64 * LCD_SCALE + 2 * LCD_MARGIN), LCD_LIGHT)
    pen = ImageDraw.Draw(image)
    for y in range(64):
        for x in range(128):
            if buffer[y // 8 * 128 + x] >> y % 8 & 1:
                left, top = LCD_MARGIN + x * LCD_SCALE, LCD_MARGIN + y * LCD_SCALE
                pen.rectangle((left, top, left + LCD_SCALE - 1, top + LCD_SCALE - 1), fill=LCD_DARK)
    return image.quantize(2)


def shots() -> Iterator[tuple[str, str, str, Image.Image]]:
    """Yield display, name, page and picture of every screen."""
    import screens_bench

    from evse.services.display.lcd128 import Lcd128
    from evse.services.display.rgb32 import Rgb32

    for display, renderer, picture in (("rgb", Rgb32(), led_picture), ("lcd", Lcd128(), lcd_picture)):
        for name, page, elapsed_ms, view in screens_bench.screens(display == "lcd"):
            for _ in renderer.frame(page, view, elapsed_ms):
                pass
            yield display, name, page, picture(bytes(renderer.buffer))


def golden() -> str:
    """Return the module with the checksums of all frames."""
    import screens_bench

    lines = [f"{name} {checksum}" for name, checksum in sorted(screens_bench.checksums().items())]
    head = '"""Checksums of the frames of every screen, made by tools/shots.py."""'
    return "\n".join([head, "", "# Display, screen, CRC-32.", 'FRAMES = """', *lines, '"""', ""])


def gallery(names: list[tuple[str, str, str]]) -> str:
    """Return the text of the gallery of (display, name, page)."""
    parts = [HEADING]
    for display, title in TITLES.items():
        rows = [(name, page) for shown, name, page in names if shown == display]
        columns = COLUMNS[display]
        lines = [title, "", "|" + " |" * columns, "|" + "---|" * columns]
        for start in range(0, len(rows), columns):
            cells = [
                f"![{name}](screens/{display}_{name}.png)<br>{name}"
                for name, _ in rows[start : start + columns]
            ]
            for index, (name, page) in enumerate(rows[start : start + columns]):
                if name != page:
                    cells[index] += f" (`{page}`)"
            cells += [""] * (columns - len(cells))
            lines.append("| " + " | ".join(cells) + " |")
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def png(image: Image.Image) -> bytes:
    """Return a picture as the bytes of a PNG."""
    stream = io.BytesIO()
    image.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def same_pixels(path: Path, image: Image.Image) -> bool:
    """Tell whether a file shows the same picture; its compression may differ."""
    if not path.exists():
        return False
    with Image.open(path) as found:
        return found.size == image.size and found.convert("RGB").tobytes() == image.convert("RGB").tobytes()


def main() -> int:
    """Write what is stale, or only tell."""
    parser = argparse.ArgumentParser(description="Draw every screen of both displays, and their gallery.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 when one is stale")
    options = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    stale, names, wanted = [], [], set()
    for display, name, page, image in shots():
        names.append((display, name, page))
        path = PICTURES / f"{display}_{name}.png"
        wanted.add(path)
        if not same_pixels(path, image):
            stale.append(path)
            if not options.check:
                path.write_bytes(png(image))
    for path in sorted(set(PICTURES.glob("*.png")) - wanted):
        stale.append(path)
        if not options.check:
            path.unlink()
    for path, text in ((GALLERY, gallery(names)), (GOLDEN, golden())):
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not options.check:
                path.write_text(text, encoding="utf-8")
    for path in stale:
        print(path.relative_to(ROOT), "is stale" if options.check else "written")
    return 1 if options.check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
