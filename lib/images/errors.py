"""What is said about a picture that cannot be shown."""

from micropython import const

SIDE_MAX = const(8192)
PIXELS_MAX = const(33554432)


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


def check_size(width: int, height: int) -> None:
    """Refuse a picture without pixels or with more of them than can be converted in reasonable time."""
    if width <= 0 or height <= 0:
        raise damaged("the picture has no pixels")
    if width > SIDE_MAX or height > SIDE_MAX or width * height > PIXELS_MAX:
        raise ImageError(
            "The picture has %d x %d pixels; at most %d per side and %d million in all are taken."
            % (width, height, SIDE_MAX, PIXELS_MAX // 1000000)
        )
