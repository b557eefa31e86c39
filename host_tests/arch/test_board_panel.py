"""The program of the panel that PICO32 drives: rows, colours, wiring."""

import importlib.util
import struct
from binascii import crc32

import pytest

from board_data import constants
from interpreters import ROOT


class FakeDisplay:
    """The calls of the panel's library that the panel program makes."""

    def __init__(self):
        self.pixels = {}
        self._pen = (0, 0, 0)

    def create_pen(self, red, green, blue):
        return red, green, blue

    def set_pen(self, pen):
        self._pen = pen

    def pixel(self, x, y):
        self.pixels[x, y] = self._pen


@pytest.fixture
def panel():
    spec = importlib.util.spec_from_file_location("pico32_panel", ROOT / "docs/boards/PICO32_panel.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def panel_row(row, colours) -> bytes:
    body = bytes([row]) + colours
    return b"\x55\xaa" + body + struct.pack("<I", crc32(body))


def test_panel_takes_whole_rows_only(panel):
    colours = bytes(range(96))
    good = panel_row(5, colours)
    damaged = bytearray(panel_row(6, colours))
    damaged[40] ^= 1
    last = panel_row(0x80 | 31, b"\x55\xaa" * 48)
    stream = b"ESP-ROM:esp32s3\r\n\x55" + good + damaged + panel_row(32, colours) + last
    for piece in (1, 7, 103, len(stream)):
        receiver = panel.Receiver()
        rows = []
        for start in range(0, len(stream), piece):
            rows += receiver.feed(stream[start : start + piece])
        assert rows == [(5, False, colours), (31, True, b"\x55\xaa" * 48)], piece


def test_panel_draws_a_row(panel):
    display = FakeDisplay()
    panel.draw(display, 3, bytes(range(96)))
    assert display.pixels == {(x, 3): (3 * x, 3 * x + 1, 3 * x + 2) for x in range(32)}


def test_panel_is_wired_as_its_program_expects(panel):
    wired = constants("PICO32")["WIRING"]["panel"]
    assert (wired["baud"], wired["width"], wired["height"]) == (panel.BAUD, panel.WIDTH, panel.HEIGHT)
    # A row leaves within one control step, so the transmit buffer never fills.
    assert panel.LENGTH * 10 * 1000 / wired["baud"] < 10
