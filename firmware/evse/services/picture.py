"""The idle picture: an uploaded JPEG, PNG or GIF becomes frames in flash, which the 32x32 display shows.

Files, all beside each other: `.part` is being received, `.file` has been received and waits for its conversion,
`.last` is that after a restart, `.new` is being written, `.pix` is shown. Each step is a rename, so after a power cut
there is the old picture or the new one. Flash is written while no contactor is closed only: an upload that meets a
charging car is refused, a conversion waits for the end of the charge and gives its memory back meanwhile.
"""

import os

from micropython import const

from evse import aio
from evse.log import log
from evse.services import picture_files as pf
from evse.services.picture_files import PictureError
from evse.services.picture_images import conversion, forget, free_heap, loaded

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from evse.services.picture_upload import Upload

# 20 s, 600 kB of flash.
FRAMES_MAX = const(200)

# What is going on.
IDLE = const(0)
STARTING = const(1)
RECEIVING = const(2)
CONVERTING = const(3)
STATES = ("idle", "starting", "receiving", "converting")

_FRAME_BYTES = const(3072)
# Flash that stays free for settings, cards and sessions.
_ROOM_BYTES = const(49152)
_PERIOD_MS = const(100)


class IdlePicture:
    """`shown` is None or what the view wants as its picture; `error` tells why the last upload was not taken.

    `may_write()` says that no contactor is closed. `on_change(is_shown)` is called when an upload is shown for the
    first time, and when the picture is removed. No file is touched before the first step. With `is_empty` it is known
    that there is no picture, and no work that was interrupted.
    """

    def __init__(
        self,
        path: str,
        may_write: "Callable[[], bool]",
        free_heap=free_heap,
        free_flash=pf.free_flash,
        is_empty: bool = False,
    ) -> None:
        self._path = path
        self._may_write = may_write
        self._free_heap = free_heap
        self._free_flash = free_flash
        self.on_change: "Callable[[bool], None]" = lambda is_shown: None
        self.shown: "pf.Frames | None" = None
        self.state = IDLE if is_empty else STARTING
        self.error = ""
        # Of the file that is converted: bytes in all, and bytes that were read (an animation is read twice).
        self.size = 0
        self.taken = 0
        self._job: "Generator[bool, None, None] | None" = None if is_empty else self._start()
        self._upload: "Upload | None" = None
        # What is open for writing; closing it writes.
        self._out: Any = None

    def begin(self, length: int) -> None:
        """Prepare for a file of `length` bytes, -1 when nobody knows; PictureError."""
        if self.state != IDLE:
            raise PictureError(pf.BUSY, "Another picture is still being worked on.")
        self._check_writable()
        from evse.services.picture_upload import Upload

        self._upload = Upload(self._path + ".part", length, self._room(), self._may_write)
        self.state = RECEIVING
        self.error = ""

    def write(self, chunk: "bytes | bytearray | memoryview") -> None:
        """Take the next bytes of the file; PictureError ends the upload."""
        upload = self._current_upload()
        try:
            upload.write(chunk)
        except PictureError as error:
            self.error = error.text
            self.abort()
            raise

    def finish(self) -> None:
        """End the upload: what was received is kept and will be converted; PictureError."""
        upload = self._current_upload()
        try:
            upload.finish(self._path + ".file")
        except PictureError as error:
            self.error = error.text
            self.abort()
            raise
        self._upload = None
        self.state = CONVERTING
        self.size = self.taken = 0
        self._job = self._convert(self._path + ".file")

    def abort(self) -> None:
        """Forget an upload that was begun and not finished."""
        if self._upload:
            # Closing and removing have to wait for the contactor.
            self._out = self._upload.file
            self._upload = None
            self._job = self._clean()

    def remove(self) -> None:
        """Go back to the built-in design; PictureError."""
        if self.state != IDLE:
            raise PictureError(pf.BUSY, "A picture is still being worked on.")
        self._check_writable()
        self._hide()
        self.error = ""
        if pf.exists(self._path + ".pix"):
            try:
                os.remove(self._path + ".pix")
            except OSError:
                raise pf.write_failed()
        self.on_change(False)

    def status(self) -> dict:
        """Return what a page shows: what goes on, how far it is, what was wrong."""
        return {
            "state": STATES[self.state],
            "frames": self.shown.count if self.shown else 0,
            "taken": self.taken if self.state == CONVERTING else 0,
            "size": self.size if self.state == CONVERTING else 0,
            "error": self.error,
        }

    def is_needed(self) -> bool:
        """Return False when there is no picture, nothing to do and nothing to tell."""
        return self.state != IDLE or self._job is not None or self.shown is not None or self.error != ""

    def step(self) -> bool:
        """Do a slice of what there is to do; return True when the next one may follow at once."""
        if self.shown and self.shown.failed:
            log.write("picture: cannot be read")
            self._hide()
        if self._job is None:
            return False
        try:
            return next(self._job)
        except StopIteration:
            self._job = None
            self.state = IDLE
        except (OSError, MemoryError) as error:
            self._note("failed: %s" % error)
            self._job = self._clean()
        return False

    async def run(self) -> None:
        """Repeat `step`."""
        while True:
            await aio.sleep_ms(0 if self.step() else _PERIOD_MS)

    def _current_upload(self) -> "Upload":
        if self._upload is None:
            raise PictureError(pf.BUSY, "The upload was ended.")
        return self._upload

    def _check_writable(self) -> None:
        if not self._may_write():
            raise pf.charging()

    def _until_writable(self) -> "Generator[bool, None, None]":
        """Wait until flash may be written; it may until the next yield."""
        while not self._may_write():
            yield False

    def _start(self) -> "Generator[bool, None, None]":
        """Show the picture that is stored, and go on with what a restart interrupted."""
        had = loaded()
        yield from self._show_stored()
        forget(had)
        file = self._path + ".file"
        last = self._path + ".last"
        if pf.exists(last):
            # Two restarts while it was converted: it is not tried for ever. Without the other file it was done.
            if pf.exists(self._path + ".new"):
                self._note("given up, the station restarted over it")
        elif pf.exists(file):
            yield from self._until_writable()
            os.rename(file, last)
            self.state = CONVERTING
            yield from self._convert(last)
        yield from self._clean()

    def _show_stored(self) -> "Generator[bool, None, None]":
        path = self._path + ".pix"
        try:
            size = os.stat(path)[6]
            file = open(path, "rb")
        except OSError:
            return
        count = yield from pf.check(file, size)
        if count:
            self.shown = pf.Frames(file, count)
            return
        file.close()
        self._note("the stored picture was damaged")
        yield from self._until_writable()
        os.remove(path)

    def _clean(self) -> "Generator[bool, None, None]":
        """Close and remove everything but the picture that is shown."""
        yield from self._until_writable()
        self._close_out()
        for suffix in (".part", ".new", ".file", ".last"):
            path = self._path + suffix
            if pf.exists(path):
                yield from self._until_writable()
                try:
                    os.remove(path)
                except OSError as error:
                    log.write("picture: %s" % error)
                yield True

    def _convert(self, original: str) -> "Generator[bool, None, None]":
        """Convert a file and show it; one that cannot be converted leaves the old picture."""
        sink = None
        try:
            while sink is None:
                yield from self._until_writable()
                # Of an attempt that a charge ended.
                self._close_out()
                yield True
                yield from self._until_writable()
                sink = yield from self._attempt(original)
        except ValueError as error:
            self._note(str(error))
            yield from self._clean()
            return
        yield from self._until_writable()
        sink.finish()
        self._close_out()
        yield True
        yield from self._until_writable()
        # The file system may use the place of a file again that something is renamed over.
        self._hide()
        os.rename(self._path + ".new", self._path + ".pix")
        self.shown = pf.Frames(open(self._path + ".pix", "rb"), sink.size // _FRAME_BYTES)
        self.on_change(True)
        yield True
        yield from self._until_writable()
        os.remove(original)

    def _attempt(self, original: str) -> "Generator[bool, None, pf.FrameSink | None]":
        """Write frames; return their sink, or None when the contactor has closed. ValueError tells what is wrong."""
        frames_max = min(FRAMES_MAX, self._room() // _FRAME_BYTES - 1)
        if frames_max < 1:
            raise ValueError("There is no room for the picture.")
        self.taken = 0
        self.size = os.stat(original)[6]
        self._out = open(self._path + ".new", "wb")
        sink = pf.FrameSink(self._out)
        with open(original, "rb") as source:
            steps = conversion(source, sink, frames_max, self._free_heap)
            try:
                while True:
                    yield True
                    if not self._may_write():
                        return None
                    try:
                        self.taken = next(steps)
                    except StopIteration:
                        return sink
            finally:
                steps.close()

    def _close_out(self) -> None:
        if self._out is not None:
            out = self._out
            self._out = None
            out.close()

    def _hide(self) -> None:
        """Show the built-in design."""
        if self.shown:
            self.shown.close()
            self.shown = None

    def _note(self, text: str) -> None:
        self.error = text
        log.write("picture: " + text)

    def _room(self) -> int:
        """Return the bytes of flash that a picture may still take."""
        try:
            return self._free_flash(self._path.rpartition("/")[0] or "/") - _ROOM_BYTES
        except OSError:
            return 0
