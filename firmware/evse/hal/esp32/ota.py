"""Firmware update into the other application partition, with rollback.

Each block of 4 kB is erased and written in one call, which stops the chip for about 100 ms, so nothing is
written while a contactor is closed. The digest is taken of what the flash reads back. The bootloader starts the
new firmware once; unless `HealthGate` declares it good, the next reset goes back to the old one.
"""

import hashlib

from esp32 import Partition
from micropython import const

from evse.core import ticks

BLOCK_BYTES = const(4096)

# The first byte of every application image.
_IMAGE_MAGIC = const(0xE9)
_SIZE_FIELD = const(3)


class UpdateError(ValueError):
    """The update cannot go on; the running firmware is untouched."""


class Update:
    """One update: construct, `write` until all is there, `finish`."""

    def __init__(self, image_bytes: int, may_erase) -> None:
        """Choose the partition for an image of `image_bytes`; UpdateError when there is none or it is too small."""
        try:
            self._target = Partition(Partition.RUNNING).get_next_update()  # pyright: ignore[reportArgumentType]
        except OSError as error:
            raise UpdateError("no partition for updates: %s" % error)
        if not BLOCK_BYTES <= image_bytes <= self._target.info()[_SIZE_FIELD]:
            raise UpdateError("image does not fit: %d bytes" % image_bytes)
        self._may_erase = may_erase
        self._left = image_bytes
        self._block = 0
        self._buffer = bytearray(BLOCK_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._digest = hashlib.sha256()

    @property
    def may_write(self) -> bool:
        """False while a contactor is closed; the sender must wait."""
        return self._may_erase()

    def write(self, data: memoryview) -> int:
        """Take the beginning of `data` and return how many bytes, at most one block; 0 while not `may_write`."""
        if not self._may_erase():
            return 0
        count = min(len(data), BLOCK_BYTES - self._filled, self._left)
        self._view[self._filled : self._filled + count] = data[:count]
        self._filled += count
        self._left -= count
        if self._filled == BLOCK_BYTES or self._left == 0:
            self._write_block()
        return count

    def finish(self, sha256: "bytes | None") -> None:
        """Make the new firmware the one to start; UpdateError when it is incomplete or not the one expected.

        Without a `sha256` only the image's own checksum is compared.
        """
        if self._left:
            raise UpdateError("image is incomplete: %d bytes are missing" % self._left)
        if sha256 is not None and self._digest.digest() != sha256:
            raise UpdateError("checksum is wrong")
        try:
            # Checks the image's own checksum too.
            self._target.set_boot()
        except OSError as error:
            raise UpdateError("image was refused: %s" % error)

    def _write_block(self) -> None:
        count = self._filled
        if self._block == 0 and self._buffer[0] != _IMAGE_MAGIC:
            raise UpdateError("this is no application image")
        for index in range(count, BLOCK_BYTES):
            self._buffer[index] = 0xFF
        try:
            self._target.writeblocks(self._block, self._buffer)
            self._target.readblocks(self._block, self._buffer)
        except OSError as error:
            raise UpdateError("flash: %s" % error)
        self._digest.update(self._view[:count])
        self._block += 1
        self._filled = 0


class HealthGate:
    """Declare new firmware good after it has been healthy for a while without a break."""

    def __init__(self, healthy_ms: int) -> None:
        self._healthy_ms = healthy_ms
        self._since_ms = -1
        self.passed = False

    def step(self, healthy: bool, now_ms: int, may_erase: bool) -> bool:
        """Call at least once a minute; True once the firmware is confirmed, which writes flash."""
        if self.passed:
            return True
        if not healthy:
            self._since_ms = -1
        elif self._since_ms < 0:
            self._since_ms = now_ms
        elif ticks.diff(now_ms, self._since_ms) >= self._healthy_ms and may_erase:
            try:
                Partition.mark_app_valid_cancel_rollback()
            except OSError:
                # This firmware cannot roll back, so there is nothing to confirm.
                pass
            self.passed = True
        return self.passed
