"""From an uploaded file to frames: recognise, decode, write."""

from micropython import const

from .errors import ImageError
from .frames import FRAME_BYTES, HEADER
from .reader import Reader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from typing import Protocol

    from .reader import Source

    class Sink(Protocol):
        """An open binary file, or anything that takes what it would be given."""

        def write(self, __data: "bytes | bytearray") -> "int | None": ...


FILE_BYTES_MAX = const(204800)
FRAMES_MAX = const(200)
# For those who need not save memory.
_MEMORY_MAX = const(0x3FFFFFFF)


def recognise(first_bytes: "bytes | bytearray | memoryview") -> str:
    """Return "gif", "png" or "jpeg" by the first 8 bytes of a file, or an empty text."""
    start = bytes(first_bytes[:8])
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if start == b"\x89PNG\r\n\x1a\n":
        return "png"
    if start[:3] == b"\xff\xd8\xff":
        return "jpeg"
    return ""


def convert(
    source: "Source",
    sink: "Sink",
    frames_max: int = FRAMES_MAX,
    file_bytes_max: int = FILE_BYTES_MAX,
    memory_max: int = _MEMORY_MAX,
) -> "Generator[int, None, None]":
    """Convert the picture in `source` to the file format of `images.frames` in `sink`, step by step.

    A step takes about 0.5 ms on a PC and 15 ms on an ESP32, besides what `readinto` and `write` take; several may be
    taken in a row. Each gives the number of bytes read so far; an animation is read twice. Memory is held between the
    first step and the last, or until the generator is closed or dropped; what would need more than `memory_max` bytes
    of it (on a 32-bit chip) is refused before they are allocated. Raises ImageError with a text for the user;
    whatever is in the sink is then of no use. Errors of the sink pass through.
    """
    reader = Reader(source, file_bytes_max)
    try:
        reader.fill()
        frame = bytearray(FRAME_BYTES)
        count = 0
        for complete in _decoder(reader, frame, frames_max, memory_max):
            if complete:
                if not count:
                    sink.write(HEADER)
                sink.write(frame)
                count += 1
            yield reader.taken
    except MemoryError:
        raise ImageError("There is not enough free memory for this picture at the moment.")


def _decoder(reader: Reader, frame: bytearray, frames_max: int, memory_max: int) -> "Iterator[bool]":
    """Return the steps of the decoder for the file; those of the others stay out of memory."""
    kind = recognise(reader.buffer)
    if kind == "gif":
        from .gif import frames
    elif kind == "png":
        from .png import frames
    elif kind == "jpeg":
        from .jpeg import frames
    else:
        raise ImageError("The file is neither a JPEG, nor a PNG, nor a GIF picture.")
    return frames(reader, frame, frames_max, memory_max)
