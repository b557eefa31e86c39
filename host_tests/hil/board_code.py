"""Code of this tree for a board that has our image: constants are in place there, and private names are short."""

import ast
from pathlib import Path

import image
from board_folders import find_board
from image_sources import everything
from inline_constants import inline

# Plain bytecode is the same for every chip.
ANY_MARCH = "xtensawin"


def compile_for_board(files: dict[str, Path], folder: Path) -> None:
    """Compile name -> source into a folder, with the constants of the firmware in place as in the image."""
    known = {**everything(find_board("SIM")), **files}
    texts = {name: path.read_text(encoding="utf-8") for name, path in known.items() if name.endswith(".py")}
    placed = inline(texts)
    for name in files:
        target = folder / name.replace(".py", ".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        # A test is made of assertions.
        image.compile_text(placed[name], name, target, ANY_MARCH, optimize=0)


def looks_inside(path: Path) -> bool:
    """Return True for a test that uses a private name of somebody else, which an image has not got."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr.startswith("_")
        and not node.attr.startswith("__")
        and not (isinstance(node.value, ast.Name) and node.value.id == "self")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )
