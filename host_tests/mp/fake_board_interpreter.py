"""The MicroPython of a FakeBoard: a LittleFS in memory, and lines of hexadecimal source to execute."""

import binascii
import os
import sys

import vfs

BLOCK_BYTES = 4096
# The file system that the stock firmware has on a chip of 4 MB; every file takes a block at least.
BLOCKS = 512


class Flash:
    """A block device for the files of a station."""

    def __init__(self) -> None:
        self._bytes = bytearray(BLOCK_BYTES * BLOCKS)

    def readblocks(self, block, buffer, offset=0):
        begin = block * BLOCK_BYTES + offset
        buffer[:] = self._bytes[begin : begin + len(buffer)]

    def writeblocks(self, block, buffer, offset=0):
        begin = block * BLOCK_BYTES + offset
        self._bytes[begin : begin + len(buffer)] = buffer

    def ioctl(self, operation, argument):
        if operation == 4:
            return BLOCKS
        if operation == 5:
            return BLOCK_BYTES
        return 0


def execute(code, names):
    """Run code as the raw REPL does: output, 0x04, what was raised, 0x04."""
    error = None
    try:
        exec(code, names)
    except BaseException as raised:
        error = raised
    sys.stdout.write("\x04")
    if error:
        sys.print_exception(error)
    sys.stdout.write("\x04")


def start():
    """Run what a reset runs."""
    sys.path[:] = ["", ".frozen", "/lib"]
    # The folder that the bare board keeps its files in.
    sys.argv[1:] = ["/"]
    for name in ("/boot.py", "/main.py"):
        with open(name) as file:
            exec(compile(file.read(), name, "exec"), {"__name__": "__main__"})


def main():
    flash = Flash()
    vfs.VfsLfs2.mkfs(flash)  # pyright: ignore[reportArgumentType]
    vfs.umount("/")
    vfs.mount(vfs.VfsLfs2(flash), "/")  # pyright: ignore[reportArgumentType]
    os.chdir("/")
    names = {"__name__": "__main__"}
    while True:
        line = sys.stdin.readline().strip()
        if not line:
            return
        if line == "start":
            start()
        else:
            execute(binascii.unhexlify(line).decode(), names)


main()
