"""The idle picture on LittleFS in RAM, with the power cut at every block write: the old one or the new one is shown."""

import os
import sys

from power_cut import ROOT, PowerCut, at_every_write, formatted, mount, unmount

if "host_tests/core" not in sys.path:
    sys.path.append("host_tests/core")

from images_bench import converted, gif_head, gif_picture, png
from images_jpegs import BASELINE_420

from evse.services.picture import IDLE, IdlePicture

PALETTE = ((0, 0, 0), (255, 0, 0), (0, 255, 0), (9, 9, 9))
OLD = gif_head(2, 1, PALETTE) + gif_picture(0, 0, 2, 1, [1, 2]) + gif_picture(0, 0, 2, 1, [2, 3]) + b"\x3b"
PNG = png(3, 2, 8, 0, b"\0\1\2\3\0\4\5\6")
OLD_FRAMES = converted(OLD)
BLOCKS = 96


def boot(flash):
    """Return the service after its start."""
    service = IdlePicture(ROOT + "/picture", lambda: True, lambda: 1000000, lambda folder: 1000000)
    work(service, flash)
    return service


def work(service, flash):
    while service.step():
        alive(flash)
    service.step()
    alive(flash)


def alive(flash):
    """The service goes on when a write fails; a station without power does not."""
    if flash.dead:
        raise PowerCut


def upload(service, flash, data):
    service.begin(len(data))
    for start in range(0, len(data), 200):
        service.write(data[start : start + 200])
        alive(flash)
    service.finish()
    alive(flash)


def frames(service):
    """Return what is shown."""
    if service.shown is None:
        return []
    found = []
    for index in range(service.shown.count):
        buffer = bytearray(3072)
        service.shown.read_into(index, buffer)
        found.append(bytes(buffer))
    assert not service.shown.failed
    return found


def names():
    return sorted(os.listdir(ROOT))


def check_start(cut, allowed):
    """Start twice; return what is shown."""

    class Alive:
        dead = False

    service = boot(Alive)
    found = frames(service)
    assert found in allowed, (cut, len(found), service.error)
    assert service.state == IDLE and not service.error, (cut, service.error)
    assert names() == (["picture.pix"] if found else []), (cut, names())
    assert frames(boot(Alive)) == found
    return found


def campaign(prepared, new, before):
    """Upload `new` over a flash that shows `before`, the power cut at every write; return the cuts."""
    expected = converted(new)
    done = []
    shown = [0, 0]

    def act(flash):
        service = boot(flash)
        assert frames(service) == before
        upload(service, flash, new)
        done.append("received")
        work(service, flash)
        assert frames(service) == expected

    def check(cut):
        # What was received is shown at last, whatever came in between.
        found = check_start(cut, (expected,) if done else (before, expected))
        shown[found == expected] += 1
        done.clear()

    cuts = at_every_write(prepared, act, check)
    assert shown[0] and shown[1]
    return cuts


def prepared(data=None):
    """Return the data of a flash, with a picture if one is given."""
    flash = formatted(BLOCKS)
    if data:
        service = boot(flash)
        upload(service, flash, data)
        work(service, flash)
        assert frames(service) == converted(data)
    result = bytes(flash.data)
    unmount()
    return result


def test_the_first_picture():
    cuts = campaign(prepared(), PNG, [])
    print("first picture: %d power cuts" % cuts)
    assert cuts > 20


def test_another_picture():
    for new in (PNG, BASELINE_420):
        cuts = campaign(prepared(OLD), new, OLD_FRAMES)
        print("another picture: %d power cuts" % cuts)
        assert cuts > 30


def test_a_second_cut_while_the_first_one_is_mended():
    # Power fails during the conversion, and again while the start goes on with it: it is then given up.
    flash = mount(prepared(OLD))
    service = boot(flash)
    upload(service, flash, PNG)
    for _ in range(3):
        assert service.step()
    data = bytes(flash.data)
    flash.dead = True
    seen = []

    def check(cut):
        class Alive:
            dead = False

        service = boot(Alive)
        found = frames(service)
        assert found in (OLD_FRAMES, converted(PNG)), cut
        assert service.state == IDLE and names() == ["picture.pix"], (cut, names())
        seen.append(found == OLD_FRAMES)

    cuts = at_every_write(data, boot, check)
    print("second cut: %d power cuts" % cuts)
    assert cuts > 10 and True in seen and False in seen


def test_a_removal():
    gone = []

    def act(flash):
        service = boot(flash)
        service.remove()
        alive(flash)
        gone.append(True)

    def check(cut):
        check_start(cut, ([],) if gone else ([], OLD_FRAMES))
        gone.clear()

    cuts = at_every_write(prepared(OLD), act, check)
    print("removal: %d power cuts" % cuts)
    assert cuts >= 1


def test_a_picture_that_is_refused():
    def act(flash):
        service = boot(flash)
        upload(service, flash, PNG[:-3])
        work(service, flash)
        assert service.error and frames(service) == OLD_FRAMES

    def check(cut):
        class Alive:
            dead = False

        service = boot(Alive)
        assert frames(service) == OLD_FRAMES and names() == ["picture.pix"], cut

    cuts = at_every_write(prepared(OLD), act, check)
    print("refused picture: %d power cuts" % cuts)
    assert cuts > 10
