"""Run a station on the PC from an image only: micropython run_image.py IMAGE OPTIONS..."""

import sys

import image_modules
import start
import vfs

# Starting again would not help.
_REFUSED = 2
# The path of the image.
_mounted = []


def mount(path: str) -> None:
    """Mount an image as a board does at power-up, and let imports come from there only."""
    with open(path, "rb") as file:
        image = memoryview(file.read())
    text = start.damage(image)
    if text:
        print("image refused: " + text)
        sys.exit(_REFUSED)
    vfs.mount(vfs.VfsRom(image), "/rom")  # pyright: ignore[reportAttributeAccessIssue]
    sys.path[:] = [".frozen", "/rom"]
    _mounted[:] = [path]


def module(name: str):
    """Import a module of the image by the name that it has in the sources."""
    return image_modules.module(_mounted[0], name)


if __name__ == "__main__":
    mount(sys.argv.pop(1))
    import boot  # noqa: F401

    start.run(sys.path[:])
