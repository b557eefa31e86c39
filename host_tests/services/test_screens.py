"""The gallery, the drawings behind fonts and icons, QR codes that a reader reads, and what the displays cost."""

import json
import subprocess

import pytest
import screens_bench
import zxingcpp
from PIL import Image

import artwork
import image
import shots
import size
from board_folders import read_board
from evse.services.display.lcd128 import Lcd128
from evse.services.display.rgb32 import Rgb32
from evse.services.display.view import View
from image_sources import everything
from inline_constants import inline
from interpreters import MICROPYTHON, ROOT

# A slice may take 20 ms on an ESP32, which is about 30 times slower; the PC may be busy.
SLICE_LIMIT_US = 1200
# 64 bits; about half of it on the chip.
CODE_LIMIT_BYTES = 40_000
RGB_LIMIT_BYTES = 10_000
LCD_LIMIT_BYTES = 3_000
LINK = "https://example.org/charge?station=0123456789ABCDEFGH"


@pytest.mark.parametrize("path", artwork.modules(), ids=lambda path: path.stem)
def test_fonts_and_icons_are_those_of_the_drawings(path):
    assert path.read_text(encoding="utf-8") == artwork.modules()[path], "run tools/artwork.py"


def test_gallery_is_up_to_date():
    names, wanted = [], set()
    for display, name, page, picture in shots.shots():
        path = shots.PICTURES / f"{display}_{name}.png"
        assert shots.same_pixels(path, picture), f"{path.name} is stale: run tools/shots.py"
        names.append((display, name, page))
        wanted.add(path)
    assert set(shots.PICTURES.glob("*.png")) == wanted
    assert shots.GALLERY.read_text(encoding="utf-8") == shots.gallery(names)
    assert shots.GOLDEN.read_text(encoding="utf-8") == shots.golden()


def drawn(renderer: Rgb32 | Lcd128, link: str) -> Image.Image:
    """Return what a camera sees of a QR code."""
    view = View()
    view.link = link
    for _ in renderer.frame("qr", view, 0):
        pass
    if isinstance(renderer, Rgb32):
        return Image.frombytes("RGB", (32, 32), bytes(renderer.buffer)).resize((320, 320), 0)
    return shots.lcd_picture(bytes(renderer.buffer)).convert("RGB")


@pytest.mark.parametrize("length", [1, 14, 15, 17, 18, 26, 27, 32, 33, 42, 43, 53])
@pytest.mark.parametrize("renderer", [Rgb32, Lcd128])
def test_a_reader_reads_the_code(renderer, length):
    link = LINK[:length]
    assert [found.text for found in zxingcpp.read_barcodes(drawn(renderer(), link))] == [link]


def test_the_code_is_read_at_low_brightness():
    image = drawn(Rgb32(40), LINK)
    assert [found.text for found in zxingcpp.read_barcodes(image)] == [LINK]


def test_a_link_with_other_letters_is_read():
    link = "https://example.org/Größe-7"
    assert [found.text for found in zxingcpp.read_barcodes(drawn(Rgb32(), link))] == [link]


def test_slices_and_memory_are_within_their_budgets(tmp_path):
    # The image has its constants in place, so what runs with it must have them too.
    name = "screens_bench.py"
    sources = {**everything(read_board(size.DEVICE / "BARE")), name: ROOT / "host_tests/core" / name}
    texts = {file: path.read_text() for file, path in sources.items() if file.endswith(".py")}
    (tmp_path / name).write_text(inline(texts)[name])
    bench = tmp_path
    command = [str(MICROPYTHON), "-X", "heapsize=4M", str(size.DEVICE / "measure_screens.py")]
    # What runs with it knows its names, too.
    built = image.build(read_board(size.DEVICE / "BARE"), tmp_path / "image", complete=True)
    command += [str(built.romfs), str(bench)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    figures = json.loads(result.stdout.splitlines()[-1])
    print(result.stdout)
    assert sum(value for name, value in figures.items() if name.startswith("code")) <= CODE_LIMIT_BYTES
    for display, limit in (("rgb32", RGB_LIMIT_BYTES), ("lcd128", LCD_LIMIT_BYTES)):
        assert figures[display]["heap_bytes"] <= limit
        assert figures[display]["slice_us"][0] <= SLICE_LIMIT_US, figures[display]


def test_every_page_is_in_the_gallery():
    from evse.services.display.model import PAGES

    for large in (False, True):
        assert {screen[1] for screen in screens_bench.screens(large)} == set(PAGES.split())
