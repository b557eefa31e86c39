"""LittleFS in RAM, with a flash that loses its power at a chosen write."""

import gc

import vfs

BLOCK = 512
ROOT = "/cut"


class PowerCut(Exception):
    pass


class Flash:
    """A block device that dies at a chosen write; from then on it takes everything and does nothing."""

    def __init__(self, blocks):
        self.blocks = blocks
        self.data = bytearray(BLOCK * blocks)
        self.writes_left = -1
        self.writes = 0
        self.dead = False

    def readblocks(self, number, buffer, offset=0):
        if self.dead:
            return 0
        start = number * BLOCK + offset
        buffer[:] = self.data[start : start + len(buffer)]

    def writeblocks(self, number, buffer, offset=None):
        if self.dead:
            return 0
        self._spend()
        if offset is None:
            self.ioctl(6, number)
            offset = 0
        start = number * BLOCK + offset
        self.data[start : start + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 4:
            return self.blocks
        if operation == 5:
            return BLOCK
        if operation == 6:
            if self.dead:
                return 0
            self._spend()
            start = argument * BLOCK
            self.data[start : start + BLOCK] = b"\xff" * BLOCK
        return 0

    def _spend(self):
        if self.writes_left == 0:
            self.dead = True
            raise PowerCut
        self.writes_left -= 1
        self.writes += 1


def unmount():
    try:
        vfs.umount(ROOT)
    except OSError:
        pass


def mount(data):
    """Mount what a flash holds as after power-up; what was open before stays with the old device."""
    unmount()
    gc.collect()
    flash = Flash(len(data) // BLOCK)
    flash.data[:] = data
    vfs.mount(vfs.VfsLfs2(flash), ROOT)  # pyright: ignore[reportArgumentType]
    return flash


def formatted(blocks):
    """Return a mounted, empty flash."""
    flash = Flash(blocks)
    vfs.VfsLfs2.mkfs(flash)  # pyright: ignore[reportArgumentType]
    return mount(flash.data)


def at_every_write(prepared, work, check):
    """Do `work(flash)` on copies of `prepared` flash data, the power cut at write 0, 1, ...; then `check(data)`.

    `work` runs to its end without a cut in the last round. Return the number of cuts.
    """
    cuts = 0
    while True:
        flash = mount(prepared)
        flash.writes_left = cuts
        try:
            work(flash)
        except (PowerCut, OSError):
            pass
        done = not flash.dead
        flash.dead = True
        mount(flash.data)
        check(cuts)
        if done:
            unmount()
            return cuts
        cuts += 1
