"""The decoders as a guest: loaded for one picture, and their memory given back."""

import gc
import sys

from micropython import const

from evse.services import loader

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

_FILE_BYTES_MAX = const(204800)
# Heap that a conversion leaves to everybody else.
_SPARE_BYTES = const(4096)
_DECODERS = {"gif": "images.gif", "png": "images.png", "jpeg": "images.jpeg"}
_MODULES = (
    "images images.box images.convert images.errors images.exif images.fit images.frames images.gif "
    "images.gif_grid images.gif_scan images.inflate images.jpeg images.jpeg_bits images.jpeg_component "
    "images.jpeg_header images.jpeg_idct images.jpeg_progressive images.jpeg_scan images.lzw images.png "
    "images.png_chunks images.png_filter images.reader"
)
_UNKNOWN_BYTES = const(0x3FFFFFFF)


def free_heap() -> int:
    """Return how many bytes of the heap can be taken; without limit where nobody counts them."""
    gc.collect()
    count = getattr(gc, "mem_free", None)
    return count() if count else _UNKNOWN_BYTES


def loaded() -> bool:
    """Tell whether somebody uses the decoders already."""
    return "images.convert" in sys.modules


def forget(had: bool) -> None:
    """Give the memory of the decoders back, 5 to 7 kB, unless they were `loaded` before."""
    if had:
        return
    for name in _MODULES.split():
        loader.forget(name)


def conversion(
    source: "Any", sink: "Any", frames_max: int, free_heap: "Callable[[], int]"
) -> "Generator[int, None, None]":
    """Convert like `images.convert.convert`, with what the heap can give; ValueError tells what is wrong."""
    had = loaded()
    steps = None
    try:
        from images.convert import convert, recognise

        # Loaded before the heap is measured.
        kind = recognise(source.read(8))
        source.seek(0)
        if kind:
            __import__(_DECODERS[kind])
        steps = convert(source, sink, frames_max, _FILE_BYTES_MAX, free_heap() - _SPARE_BYTES)
        yield from steps
    except MemoryError:
        raise ValueError("There is not enough free memory for this picture at the moment.")
    finally:
        if steps:
            steps.close()
        forget(had)
