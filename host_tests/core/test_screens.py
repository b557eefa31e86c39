"""Frames are the same on every interpreter, nothing is cut off, and only what changed is sent."""

import screens_bench
import screens_golden

from evse.core import faults, limits, ticks
from evse.core.text_rows import rows
from evse.services.display import canvas, font_big, font_regular, font_tiny, palette, reasons, texts
from evse.services.display.lcd128 import Lcd128
from evse.services.display.model import PAGES
from evse.services.display.panel import Panel
from evse.services.display.qr import LONGEST, Qr
from evse.services.display.rgb32 import Rgb32
from evse.services.display.screens import Screens
from evse.settings import table


class Recorder:
    """A display that notes what it is sent."""

    def __init__(self, width=32, height=32, size=3072):
        self.width = width
        self.height = height
        self.frame = bytearray(size)
        self.parts = []

    def show(self, buffer):
        self.show_part(buffer, 0)

    def show_part(self, buffer, start):
        self.frame[start : start + len(buffer)] = buffer
        self.parts.append((start, len(buffer)))


class Clock:
    now = ticks.PERIOD - 1000

    def ticks_ms(self):
        return self.now

    def unix_s(self):
        return 0


def test_every_frame_is_the_golden_one():
    found = screens_bench.checksums()
    drawn = [name + " " + found[name] for name in sorted(found)]
    golden = screens_golden.FRAMES.strip().split("\n")
    assert [line for line in drawn if line not in golden] == []
    assert len(drawn) == len(golden)


def test_every_page_is_drawn_on_both_displays():
    for large in (False, True):
        drawn = {screen[1] for screen in screens_bench.screens(large)}
        assert drawn == set(PAGES.split())


def test_every_limit_and_stopping_fault_has_a_row():
    for slot, _ in rows(limits.SLOTS):
        assert "\n" + slot + " " in reasons.LIMITS, slot
    for code, _, severity, _ in rows(faults.TABLE):
        assert severity < faults.STOP or reasons.is_known(code), code


def keys(table):
    return [line.split()[0] for line in table.strip().split("\n")]


def test_numbers_of_faults_are_unique():
    numbers = [reasons.fault(code)[2] for code in keys(reasons.FAULTS)]
    assert len(set(numbers)) == len(numbers)


def test_no_reason_is_cut_off():
    for slot in keys(reasons.LIMITS):
        _, word, line = reasons.limit(slot)
        assert canvas.text_width(font_tiny, word) <= 32, word
        assert canvas.text_width(font_regular, line) <= 112, line
    for code in keys(reasons.FAULTS):
        _, word, _, lines = reasons.fault(code)
        assert canvas.text_width(font_tiny, word) <= 32, word
        for line in lines[:2]:
            assert canvas.text_width(font_big, line) <= 128, line
        for line in lines[2:]:
            assert canvas.text_width(font_regular, line) <= 128, line
    for page in keys(reasons.MESSAGES):
        _, upper, lower, hint = reasons.row(reasons.MESSAGES, page)
        assert canvas.text_width(font_big, upper) <= 128
        assert canvas.text_width(font_big, lower) <= 128
        assert canvas.text_width(font_regular, hint) <= 128


def test_letters_that_a_font_lacks_have_a_stand_in():
    assert canvas.text_width(font_tiny, "abc") == canvas.text_width(font_tiny, "ABC")
    assert canvas.text_width(font_tiny, "€") == canvas.text_width(font_tiny, "?")
    assert canvas.text_width(font_regular, "") == 0


def test_a_text_beyond_the_edges_is_cut():
    for is_mono in (False, True):
        sheet = canvas.Canvas(32, 32, is_mono)
        sheet.text(font_regular, -7, -3, "Station with a long name", 1)
        sheet.text(font_regular, 28, 29, "W", 1)
        assert any(sheet.buffer)


def test_a_text_that_is_too_wide_runs_from_its_beginning_to_its_end():
    text = "WiiiiiiiiiiiiW"
    width = canvas.text_width(font_regular, text)
    assert width > 32
    frames = []
    for t in range(0, 3000 + 40 * (width - 32) + 1, 20):
        sheet = canvas.Canvas(32, 32, False)
        sheet.running(font_regular, 0, text, t, 1)
        frames.append(bytes(sheet.buffer))
    # It rests where it begins and where it ends, and then begins anew.
    begin, end = canvas.Canvas(32, 32, False), canvas.Canvas(32, 32, False)
    begin.text(font_regular, 0, 0, text, 1)
    end.ending(font_regular, 32, 0, text, 1)
    assert frames[:75] == [bytes(begin.buffer)] * 75
    assert frames[-76:-1] == [bytes(end.buffer)] * 75
    assert frames[-1] == bytes(begin.buffer)
    assert len(set(frames)) == width - 32 + 1
    short = canvas.Canvas(32, 32, False)
    short.running(font_regular, 0, "MAX", 5000, 1)
    centred = canvas.Canvas(32, 32, False)
    centred.centred(font_regular, 0, "MAX", 1)
    assert short.buffer == centred.buffer


def test_every_item_of_the_menu_fits_the_large_display():
    # Between the arrows on both sides.
    room = 128 - 2 * (canvas.text_width(font_big, "<") + font_big.GAP)
    for row in table.rows():
        assert canvas.has(font_big, row.label), row.label
        assert canvas.text_width(font_big, row.label) <= room, row.label
        for choice in row.choices:
            assert canvas.has(font_big, choice) or canvas.has(font_regular, choice), choice
            font = font_big if canvas.has(font_big, choice) else font_regular
            assert min(canvas.text_width(font, choice), canvas.text_width(font_regular, choice)) <= room, (
                choice
            )


def test_brightness_dims_and_hides_nothing():
    view = screens_bench.view_of(screens_bench.CHARGING)
    full = bytes(screens_bench.drawn(Rgb32(255), "power", 0, view))
    dim = bytes(screens_bench.drawn(Rgb32(10), "power", 0, view))
    dark = bytes(screens_bench.drawn(Rgb32(0), "power", 0, view))
    assert max(dim) <= 10 and not any(dark)
    assert [value > 0 for value in full] == [value > 0 for value in dim]


def test_a_picture_is_shown_as_it_is_and_dimmed():
    stripes = screens_bench.Stripes()
    wanted = bytearray(3072)
    stripes.read_into(1, wanted)
    view = screens_bench.view_of({"picture": stripes})
    assert screens_bench.drawn(Rgb32(), "idle", 100, view) == wanted
    assert screens_bench.drawn(Rgb32(), "idle", 300, view) == wanted
    dim = screens_bench.drawn(Rgb32(51), "idle", 100, view)
    assert [(value * 51 + 254) // 255 for value in wanted] == list(dim)


def test_a_black_picture_keeps_one_pixel_alive():
    view = screens_bench.view_of({"picture": screens_bench.Black()})
    first = bytes(screens_bench.drawn(Rgb32(), "idle", 0, view))
    then = bytes(screens_bench.drawn(Rgb32(), "idle", 1000, view))
    assert first != then and sum([value > 0 for value in first]) == 1


def test_red_pixel_stands_for_no_current():
    view = screens_bench.view_of(
        screens_bench.CHARGING, {"offered_ma": 0, "current_ma": (0, 0, 0), "phases": 1}
    )
    frame = screens_bench.drawn(Rgb32(), "power", 0, view)
    red = bytes(palette.RGB[3 * palette.RED : 3 * palette.RED + 3])
    found = [place for place in range(1024) if bytes(frame[3 * place : 3 * place + 3]) == red]
    assert [place % 32 for place in found] == [0, 0, 0]


def test_a_pixel_is_an_ampere():
    view = screens_bench.view_of(
        screens_bench.CHARGING, {"offered_ma": 20000, "current_ma": (12400, 9600, 0)}
    )
    frame = screens_bench.drawn(Rgb32(), "power", 0, view)
    for phase, drawn_a in ((0, 12), (1, 10), (2, 0)):
        start = (20 + 4 * phase) * 96
        row = [bytes(frame[start + 3 * x : start + 3 * x + 3]) for x in range(32)]
        assert row[:drawn_a] == [palette.RGB[9:12]] * drawn_a
        assert row[drawn_a:20] == [palette.RGB[12:15]] * (20 - drawn_a)
        assert row[20:] == [b"\0\0\0"] * 12


def test_only_changed_parts_are_sent():
    display = Recorder(128, 64, 1024)
    panel = Panel(display, Lcd128())
    view = screens_bench.view_of()
    for _ in panel.refresh("idle", view, 0):
        pass
    assert display.parts == [(128 * part, 128) for part in range(8)]
    display.parts = []
    for _ in panel.refresh("idle", view, 100):
        pass
    assert display.parts == []
    view.temp_c = 24
    for _ in panel.refresh("idle", view, 200):
        pass
    assert display.parts == [(7 * 128, 128)]
    assert bytes(display.frame) == bytes(screens_bench.drawn(Lcd128(), "idle", 200, view))
    panel.resend()
    display.parts = []
    for _ in panel.refresh("idle", view, 300):
        pass
    assert len(display.parts) == 8


def test_screens_follow_the_view_on_every_display():
    small, large = Recorder(), Recorder(128, 64, 1024)
    odd = Recorder(64, 64, 512)
    page = {}
    clock = Clock()

    def fill(view):
        for field in page:
            setattr(view, field, page[field])

    screens = Screens((small, large, odd), clock, fill)
    for _ in screens.step():
        pass
    assert screens.model.page == "idle" and any(small.frame) and any(large.frame)
    assert not any(odd.frame)
    page["fault"] = "no_diode"
    clock.now = ticks.add(clock.now, 2000)
    for _ in screens.step():
        pass
    assert screens.model.page == "error"
    view = screens_bench.view_of({"fault": "no_diode"})
    assert small.frame == screens_bench.drawn(Rgb32(), "error", 0, view)


def test_a_code_holds_what_it_says():
    for length in (1, LONGEST):
        code = Qr()
        for _ in code.encode("x" * length):
            pass
        assert code.size == (21 if length == 1 else 29)
    try:
        for _ in Qr().encode("x" * (LONGEST + 1)):
            pass
    except ValueError:
        return
    raise AssertionError("too long a text was taken")


def test_quantities():
    assert [texts.kwh(value) for value in (0, 5, 99999, 123456, 12345678)] == [
        "0.00",
        "0.00",
        "99.99",
        "123.4",
        "12345",
    ]
    assert [texts.kw(value) for value in (-5, 0, 949, 950, 22080)] == ["0.0", "0.0", "0.9", "1.0", "22.1"]
    assert [texts.amps(value) for value in (-40, -1150, 15960)] == ["0.0", "-1.2", "16.0"]
    assert texts.duration(45296) == "12:34:56" and texts.countdown(583) == "9:43"
    assert texts.clock(1695395923) == "15:18" and texts.date(1695395923) == "22.09.23"
    assert texts.date(1709164800) == "29.02.24" and texts.date(1735603200) == "31.12.24"
    assert texts.date(0) == "01.01.70"
