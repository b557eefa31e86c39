"""The idle picture from upload to display: what is taken and refused, and that the old picture stays."""

import os
import sys

from images_bench import chunk, converted, gif_control, gif_head, gif_picture, png
from images_jpegs import BASELINE_420, PROGRESSIVE

from evse.services import picture as p
from evse.services import picture_files as pf
from evse.services.display.rgb32 import Rgb32
from evse.services.display.view import View
from evse.services.picture_images import loaded

PALETTE = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (9, 9, 9))
PNG = png(3, 2, 8, 0, b"\0\1\2\3\0\4\5\6")
GIF = (
    gif_head(2, 1, PALETTE)
    + gif_control(1)
    + gif_picture(0, 0, 2, 1, [1, 2])
    + gif_control(1)
    + gif_picture(0, 0, 2, 1, [2, 1])
    + gif_control(1)
    + gif_picture(0, 0, 2, 1, [3, 3])
    + b"\x3b"
)
FORMATS = (PNG, GIF, BASELINE_420, PROGRESSIVE)
SUFFIXES = (".part", ".file", ".last", ".new", ".pix")
PATH = "/tmp/evse-picture-%s-%d" % (sys.implementation.name, id(sys))
FREE = 10000000


class Flash:
    """What a service asks about its surroundings."""

    def __init__(self):
        self.writable = True
        self.heap = FREE
        self.free = FREE

    def may_write(self):
        return self.writable

    def free_heap(self):
        return self.heap

    def free_flash(self, folder):
        assert folder == "/tmp"
        return self.free


def restarted(flash=None):
    """Return the service as after a restart, its start done."""
    flash = flash or Flash()
    service = p.IdlePicture(PATH, flash.may_write, flash.free_heap, flash.free_flash)
    work(service)
    return service


def fresh(flash=None):
    """Return the service on empty storage."""
    for suffix in SUFFIXES:
        try:
            os.remove(PATH + suffix)
        except OSError:
            pass
    return restarted(flash)


def work(service, steps=100000):
    """Step until nothing is left to do, or waits."""
    while service.step():
        steps -= 1
        assert steps
    # It has ended, or nothing changes any more.
    service.step()


def send(service, data, piece=1000, length=None):
    """Upload and convert a file; the text of the refusal or of the failed conversion, or ""."""
    try:
        service.begin(len(data) if length is None else length)
        for start in range(0, len(data), piece):
            service.write(memoryview(data)[start : start + piece])
        service.finish()
    except pf.PictureError as error:
        assert error.field == "picture"
        work(service)
        return error.text
    work(service)
    return service.error


def frames_of(service):
    """Return the frames that are shown."""
    if service.shown is None:
        return []
    frames = []
    for index in range(service.shown.count):
        buffer = bytearray(3072)
        service.shown.read_into(index, buffer)
        frames.append(bytes(buffer))
    assert not service.shown.failed
    return frames


def files():
    return [suffix for suffix in SUFFIXES if pf.exists(PATH + suffix)]


def refused(call):
    """Return the refusal of a call."""
    try:
        call()
    except pf.PictureError as error:
        return error
    raise AssertionError("it was not refused")


def padded(size):
    """Return a PNG of exactly `size` bytes."""
    data = png(3, 2, 8, 0, b"\0\1\2\3\0\4\5\6", chunk(b"tEXt", bytes(size - len(PNG) - 12)))
    assert len(data) == size
    return data


def test_every_format_in_pieces_of_any_size():
    frames = []
    for data in FORMATS:
        frames = converted(data)
        for piece in (1, 3, 7, 8, 9, 100, 511, 5000):
            service = fresh()
            assert send(service, data, piece) == ""
            assert frames_of(service) == frames and service.state == p.IDLE
            assert files() == [".pix"]
        # Nobody said how long it is.
        service = fresh()
        assert send(service, data, 64, -1) == "" and frames_of(service) == frames
    assert frames_of(restarted()) == frames


def test_what_is_refused_leaves_the_old_picture():
    service = fresh()
    assert send(service, GIF) == ""
    old = converted(GIF)
    bad = (
        (b"BM" + bytes(100), -1, "neither a JPEG"),
        (b"This is a text that is called picture.gif.", -1, "neither a JPEG"),
        (b"GIF", 3, "neither a JPEG"),
        (b"", 0, "neither a JPEG"),
        (b"", -1, "neither a JPEG"),
        (PNG[:-5], len(PNG), "not complete"),
        (PNG, len(PNG) - 1, "longer than was said"),
        (PNG, 204801, "larger than 204800"),
        (padded(204801), -1, "larger than 204800"),
        (PNG[:-1], -1, "ends before"),
        (BASELINE_420[:200], -1, "ends before"),
        (GIF[:-1], -1, "ends before"),
        (PNG[:-20] + bytes([PNG[-20] ^ 1]) + PNG[-19:], -1, "checksum"),
    )
    for data, length, text in bad:
        found = send(service, data, 50, length)
        assert text in found, (data[:10], length, found)
        assert service.state == p.IDLE and files() == [".pix"]
        assert frames_of(service) == old
    assert frames_of(restarted()) == old
    # And then a good one is taken.
    assert send(service, PNG) == "" and frames_of(service) == converted(PNG)


def test_the_kind_of_a_refusal():
    for length, free, kind in (
        (204801, FREE, pf.TOO_LARGE),
        (1000, 49152 + 999, pf.NO_ROOM),
        (-1, 200000, pf.NO_ROOM),
    ):
        flash = Flash()
        flash.free = free
        service = fresh(flash)
        assert refused(lambda service=service, length=length: service.begin(length)).kind == kind
        assert files() == [] and service.state == p.IDLE


def test_the_largest_file_that_is_taken():
    service = fresh()
    for length in (204800, -1):
        assert send(service, padded(204800), 1460, length) == ""
        assert frames_of(service) == converted(PNG)


def test_an_animation_has_ten_frames_a_second_and_is_repeated():
    # Its own delays are 1 s.
    service = fresh()
    assert send(service, GIF) == ""
    frames = converted(GIF)
    view = View()
    view.picture = service.shown  # pyright: ignore[reportAttributeAccessIssue]
    renderer = Rgb32()
    for elapsed_ms in range(0, 3000, 50):
        for _ in renderer.frame("idle", view, elapsed_ms):
            pass
        assert bytes(renderer.buffer) == frames[elapsed_ms // 100 % 3]


def test_one_picture_after_the_other():
    service = fresh()
    assert send(service, PNG) == ""
    service.begin(-1)
    for call in (lambda: service.begin(-1), service.remove):
        assert refused(call).kind == pf.BUSY
    service.write(GIF)
    service.finish()
    assert service.status()["state"] == "converting"
    assert refused(lambda: service.begin(-1)).kind == pf.BUSY
    assert frames_of(service) == converted(PNG)
    work(service)
    assert frames_of(service) == converted(GIF)
    # After the end nothing can be written any more.
    for call in (lambda: service.write(b"more"), service.finish):
        assert refused(call).kind == pf.BUSY
    # A client that went away.
    service.begin(100)
    service.write(PNG[:20])
    service.abort()
    work(service)
    assert files() == [".pix"] and service.state == p.IDLE and frames_of(service) == converted(GIF)


def test_nothing_is_written_while_the_contactor_is_closed():
    flash = Flash()
    service = fresh(flash)
    assert send(service, PNG) == ""
    old = converted(PNG)
    flash.writable = False
    for call in (lambda: service.begin(100), service.remove):
        error = refused(call)
        assert error.kind == pf.BUSY and "charging" in error.text
    assert frames_of(service) == old and files() == [".pix"]
    # It closes during the upload: what was begun can only be cleared up later.
    for end in (lambda: service.write(GIF[20:]), service.finish):
        flash.writable = True
        service.begin(-1)
        service.write(GIF[:20])
        flash.writable = False
        assert refused(end).kind == pf.BUSY
        for _ in range(20):
            assert not service.step()
        assert files() == [".part", ".pix"]
        flash.writable = True
        work(service)
        assert files() == [".pix"] and service.state == p.IDLE


def test_a_conversion_waits_for_the_end_of_the_charge():
    # The contactor closes after any number of steps and opens again later.
    flash = Flash()
    steps = 0
    waited = 0
    while True:
        service = fresh(flash)
        assert send(service, PNG) == ""
        service.begin(-1)
        service.write(GIF)
        service.finish()
        taken = 0
        while taken < steps and service.step():
            taken += 1
        flash.writable = False
        before = sizes()
        for _ in range(5):
            service.step()
        assert sizes() == before
        waited += service.state == p.CONVERTING
        flash.writable = True
        work(service)
        assert frames_of(service) == converted(GIF) and files() == [".pix"]
        if taken < steps:
            break
        steps += 1
    assert steps > 10 and waited > 10


def sizes():
    return [(suffix, os.stat(PATH + suffix)[6]) for suffix in files()]


def test_restarts():
    service = fresh()
    assert service.shown is None and service.status()["frames"] == 0
    assert send(service, GIF) == ""
    # Between the upload and its conversion.
    service.begin(-1)
    service.write(PNG)
    service.finish()
    service = restarted()
    assert frames_of(service) == converted(PNG) and files() == [".pix"]
    # Whatever stopped the station may do it again: a second time it is not tried.
    write(".last", GIF)
    write(".new", GIF)
    service = restarted()
    assert frames_of(service) == converted(PNG) and files() == [".pix"] and "given up" in service.error
    # Rests of an upload and of a conversion.
    write(".part", GIF)
    write(".new", GIF)
    service = restarted()
    assert frames_of(service) == converted(PNG) and files() == [".pix"]
    # What was received is no picture after all.
    write(".file", b"nonsense")
    service = restarted()
    assert frames_of(service) == converted(PNG) and files() == [".pix"] and "neither" in service.error
    # A start while charging shows the picture and touches nothing.
    write(".file", GIF)
    flash = Flash()
    flash.writable = False
    service = restarted(flash)
    assert frames_of(service) == converted(PNG) and files() == [".file", ".pix"]
    flash.writable = True
    work(service)
    assert frames_of(service) == converted(GIF) and files() == [".pix"]


def write(suffix, data):
    with open(PATH + suffix, "wb") as file:
        file.write(data)


def test_a_damaged_picture_is_not_shown():
    service = fresh()
    assert send(service, GIF) == ""
    with open(PATH + ".pix", "rb") as file:
        good = file.read()
    assert len(good) == 8 + 3 * 3072 + 4
    for place in (0, 5, 8, 3000, 5000, len(good) - 5, len(good) - 1):
        write(".pix", good[:place] + bytes([good[place] ^ 4]) + good[place + 1 :])
        service = restarted()
        assert service.shown is None and service.error and files() == [], place
    for size in (0, 3, 4, 8, 12, 3083, len(good) - 3072, len(good) - 1):
        write(".pix", good[:size])
        assert restarted().shown is None and files() == [], size
    write(".pix", good + b"\0")
    assert restarted().shown is None
    write(".pix", good)
    assert frames_of(restarted()) == converted(GIF)


def test_remove():
    service = fresh()
    heard = []
    service.on_change = heard.append
    assert send(service, PNG) == ""
    service.remove()
    assert service.shown is None and files() == [] and heard == [True, False]
    service.remove()
    assert restarted().shown is None


def test_room_for_an_animation():
    flash = Flash()
    service = fresh(flash)
    flash.free = 49152 + 2 * 3072
    assert "no room" in send(service, GIF, 1000, -1)
    assert "more than 1 pictures" in send(service, GIF)
    assert "no room" in send(service, padded(49152 + 2 * 3072))
    flash.free = 49152 + 4 * 3072
    assert send(service, GIF) == "" and len(frames_of(service)) == 3
    flash.free = 0
    assert "no room" in send(service, PNG)
    flash.free = FREE
    many = gif_head(1, 1, PALETTE) + gif_picture(0, 0, 1, 1, [1]) * 201 + b"\x3b"
    assert "more than 200 pictures" in send(service, many)
    assert len(frames_of(service)) == 3


def test_what_needs_more_memory_than_there_is():
    flash = Flash()
    service = fresh(flash)
    flash.heap = 24000
    large = png(100, 100, 8, 2, (b"\0" + bytes(300)) * 100)
    found = send(service, large)
    assert "kB of memory" in found and "Save it as a JPEG" in found
    assert "kB of memory" in send(service, GIF)
    assert service.shown is None and files() == []
    # The common pictures of cameras, and small ones.
    assert send(service, BASELINE_420) == "" and send(service, PNG) == ""
    flash.heap = 32000
    assert send(service, GIF) == ""
    flash.heap = 54000
    assert send(service, large) == ""


def test_a_file_that_cannot_be_read_any_more():
    service = fresh()
    assert send(service, PNG) == ""
    shown = service.shown
    assert shown
    buffer = bytearray(b"x" * 3072)
    shown.read_into(5, buffer)
    assert shown.failed and not any(buffer)
    service.step()
    assert service.shown is None
    # Whoever still has it gets black frames.
    shown.read_into(0, buffer)
    assert not any(buffer)
    assert frames_of(restarted()) == converted(PNG)


def test_the_decoders_leave_the_memory():
    # Other tests of this process may use them.
    kept = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] == "images"}
    for name in kept:
        del sys.modules[name]
    service = fresh()
    for data in FORMATS:
        assert send(service, data) == ""
        assert not loaded()
    sys.modules.update(kept)
