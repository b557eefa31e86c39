"""What is said about a picture that cannot be shown."""

from micropython import const

SIDE_MAX = const(8192)
PIXELS_MAX = const(33554432)
# What every conversion holds: frame, piece of the file, generators.
_BASE_BYTES = const(4608)


class ImageError(ValueError):
    """The picture cannot be converted; the text is for whoever chose the file."""


def ends_early() -> ImageError:
    """Return the error of a file that was cut off."""
    return ImageError("The file ends before the picture is complete.")


def damaged(what: str) -> ImageError:
    """Return the error of a file that breaks its format; `what` names the part."""
    return ImageError("The file is damaged: " + what + ".")


def unsupported(what: str) -> ImageError:
    """Return the error of a valid file that is not taken; `what` is a subject and verb in the plural."""
    return ImageError(what + " are not supported.")


def fits(need_bytes: int, memory_max: int) -> bool:
    """Tell whether a decoder may take `need_bytes` where the whole conversion may hold `memory_max`."""
    return need_bytes + _BASE_BYTES <= memory_max


def check_memory(need_bytes: int, memory_max: int, advice: str) -> None:
    """Refuse a picture whose decoder takes more than there is; `advice` is a sentence."""
    if not fits(need_bytes, memory_max):
        raise ImageError(
            "The picture takes %d kB of memory to convert and %d kB are free. %s"
            % ((need_bytes + _BASE_BYTES + 1023) // 1024, max(0, memory_max) // 1024, advice)
        )


def check_size(width: int, height: int) -> None:
    """Refuse a picture without pixels or with more of them than can be converted in reasonable time."""
    if width <= 0 or height <= 0:
        raise damaged("the picture has no pixels")
    if width > SIDE_MAX or height > SIDE_MAX or width * height > PIXELS_MAX:
        raise ImageError(
            "The picture has %d x %d pixels; at most %d per side and %d million in all are taken."
            % (width, height, SIDE_MAX, PIXELS_MAX // 1000000)
        )
