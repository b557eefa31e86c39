"""Start the station from its image, unless the image is damaged; this is /main.py of a deployed board.

It runs before anything of the image does, so it uses nothing but what MicroPython has built in.
"""

import hashlib
import sys

from micropython import const

_HEADER = b"\xd2\xcd\x31"
_MAGIC = b"mEVSEsum"
_HASH_BYTES = const(32)
_CHUNK_BYTES = const(4096)


def damage(image) -> str:
    """Return what is wrong with an image (a memoryview that may go on behind it), or nothing."""
    if bytes(image[:3]) != _HEADER:
        return "there is no image"
    size, index = 0, 3
    while index < len(image):
        size = size << 7 | image[index] & 0x7F
        index += 1
        if image[index - 1] < 0x80:
            break
    size += index
    trailer = size + len(_MAGIC)
    if trailer + _HASH_BYTES > len(image) or bytes(image[size:trailer]) != _MAGIC:
        return "the image has no checksum"
    digest = hashlib.sha256()
    for start in range(0, size, _CHUNK_BYTES):
        digest.update(image[start : min(start + _CHUNK_BYTES, size)])
    if digest.digest() != bytes(image[trailer : trailer + _HASH_BYTES]):
        return "the checksum of the image is wrong"
    return ""


def _partition():
    """Return the ROMFS partition, or None where the firmware has none."""
    try:
        from vfs import rom_ioctl
    except ImportError:
        return None
    partition = rom_ioctl(2, 0)
    return None if isinstance(partition, int) else memoryview(partition)


def run(path: list) -> None:
    """Run the station from `path` only; other files must not shadow it."""
    sys.path[:] = path
    try:
        # This file is __main__; what is imported here comes from the image.
        import main
    except KeyboardInterrupt:
        # Somebody at the console, while no contactor can be closed yet.
        print("start interrupted")
        return
    main.main()


def start() -> None:
    """Choose between the ROMFS and the tree in /lib, as tools/device/safe.py did."""
    partition = _partition()
    if partition is None or bytes(partition[:3]) != _HEADER:
        run([".frozen", "/lib"])
        return
    text = damage(partition)
    if text:
        print("image refused: " + text + "; deploy it again")
        return
    run([".frozen", "/rom"])


if __name__ == "__main__":
    start()
