"""What becomes of the Python sources of an image before they are compiled, so that they take little memory."""

import ast
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from dynamic_names import words_of_texts
from flat_modules import Flat, flatten
from free_names import NAMES
from image_sources import PACKAGES
from inline_constants import inline
from interpreters import ROOT
from lean_classes import lean
from link_modules import Group, Linked, Linker, Starts
from outside_names import every_name, names_in_program, shared_names
from public_names import PublicNames
from short_names import Shortener
from text_edit import apply
from unused import Kept, without_unused

VERSION_FILE = ROOT / "firmware/evse/version.py"
VERSION_NAME = "evse/version.py"
# What the chip and MicroPython have built in.
TYPINGS = ROOT / "build/typings"
# Modules with short names of other ports of MicroPython.
_BUILT_IN = ("js",)
# Programs that run beside an image and use it.
BESIDE = sorted((ROOT / "tools/device").glob("*.py"))

# Classes of packages whose instances only those have that import something of them.
HELD = ("microdot.microdot.Microdot",)

# What is loaded while outputs are controlled holds a control step up, module by module.
_DISPLAY = "evse.services.display"
GROUPS = (
    Group("start", ("board", "boot", "main", "evse.app"), whole=True),
    Group(
        "display",
        tuple(f"{_DISPLAY}.{name}" for name in ("sources", "screens", "rgb32", "lcd128")),
        whole=True,
    ),
    Group("house", ("evse.core.house",)),
    Group("cards", ("evse.services.access", "evse.services.cards")),
    Group("link", ("evse.services.net.task",)),
    Group("web", ("evse.services.web.server",)),
    Group("broker", ("evse.services.mqtt.service",)),
    # What rests, what looks after profiles meanwhile, and what connects come and go by themselves.
    Group("rest", ("evse.services.ocpp.service", "ocpp16.rest", "ocpp16.times")),
    Group("connect", ("evse.services.ocpp.connect", "websocket_client.handshake", "websocket_client.url")),
    Group("desk", ("evse.services.ocpp.desk",)),
    Group("point", ("evse.services.ocpp.point",)),
)
# What controls the outputs and what lets people charge are measured by themselves, so without the rest of the station.
ALONE = ("evse.app", "evse.services.control", "evse.services.lateness", "evse.services.gate")
_LOADER = "evse/services/loader.py"
# A fault in the others must not reach them: they make the outputs safe and let a station be mended.
APART = ("boot", "main", "evse.services.recovery")

Lines = dict[str, Starts]


def prepare(files: dict[str, Path], facts: dict[str, str], keep_names: bool) -> tuple[dict[str, str], Lines]:
    """Return {file name: text} of the Python files among `files`, and where the parts of joined and moved ones begin.

    With `keep_names` modules and what they share stay as they are, so that tests find what they know.
    """
    texts = inline(
        {name: source_text(name, source, facts) for name, source in files.items() if name.endswith(".py")}
    )
    if keep_names:
        private = Shortener(texts)
        return {name: private.shorten(name, text) for name, text in texts.items()}, {}
    foreign = foreign_names(files)
    joined = linked(used(texts, foreign).texts)
    texts = shortened(joined.texts, files, words_of_texts(texts, foreign))
    texts = {name: apply(text, lean(text)) for name, text in texts.items()}
    flat = flattened(texts, built_in_names(files))
    return flat.texts, _moved_lines(joined.lines, flat.before)


def shortened(texts: dict[str, str], files: dict[str, Path], asked: Iterable[str] = ()) -> dict[str, str]:
    """Return the texts with short names; what is `asked` for by a text keeps its name."""
    public = PublicNames(texts, outside_names().union(asked), built_in_names(files))
    private = Shortener(texts, public.shorts, public.forms())
    return {name: apply(text, private.edits(name) + public.edits(name)) for name, text in texts.items()}


def foreign_names(files: dict[str, Path]) -> set[str]:
    """Return the Python files that are of packages."""
    return {name for name, path in files.items() if name.endswith(".py") and path.is_relative_to(PACKAGES)}


def used(texts: dict[str, str], foreign: set[str]) -> Kept:
    """Return the files of an image without what nothing in it uses, nor a program beside it."""
    return without_unused(texts, every_name([VERSION_FILE, *BESIDE]), foreign, HELD)


def linked(texts: dict[str, str]) -> Linked:
    """Return the files of an image with those joined that are always loaded together."""
    return Linker(texts, GROUPS, {*ALONE, *_imported_beside(), *_transient(texts)}, APART).link()


def flattened(texts: dict[str, str], built_in: Iterable[str] = ()) -> Flat:
    """Return the files of an image at its root, under names that no module of MicroPython has."""
    modules = {path.name.partition(".")[0] for path in TYPINGS.iterdir()}
    return flatten(texts, _imported_beside(), {*modules, *_BUILT_IN, *sys.stdlib_module_names}, built_in)


def _moved_lines(lines: Lines, before: dict[str, str]) -> Lines:
    """Return where the parts of joined and of moved files begin."""
    found = {name: starts for name, starts in lines.items() if name not in before.values()}
    for name, old in before.items():
        found[name] = lines.get(old, [(1, old)])
    return found


def source_text(name: str, source: Path, facts: dict[str, str]) -> str:
    """Return the Python text of one file of the image."""
    return filled_version(facts) if name == VERSION_NAME else source.read_text(encoding="utf-8")


def filled_version(facts: dict[str, str]) -> str:
    """Return the source of the version module with `build_facts` in it."""
    text = VERSION_FILE.read_text()
    for key in ("build_date", "commit", "board"):
        text = text.replace(f'{key.upper()} = ""', f'{key.upper()} = "{facts[key]}"')
    return text


def outside_names() -> set[str]:
    """Return what others know by its name: MicroPython, and the programs beside the image."""
    # What the image is, whoever looks at it may ask.
    texts = [VERSION_FILE, *TYPINGS.rglob("*.pyi"), *BESIDE]
    return shared_names(texts) | names_in_program(interpreter())


def built_in_names(files: dict[str, Path]) -> list[str]:
    """Return the names that cost nothing and that nobody else uses who runs beside the firmware."""
    used = every_name([*BESIDE, *(path for path in files.values() if path.is_relative_to(PACKAGES))])
    return sorted((name for name in NAMES.split() if name not in used), key=len)


def interpreter() -> Path:
    """Return the program that MicroPython is on the PC; what it has built in, a chip has mostly too."""
    found = importlib.util.find_spec("micropython_run")
    if found is None or found.origin is None:
        raise FileNotFoundError("MicroPython for the PC is not installed: make setup")
    return Path(found.origin)


def _transient(texts: dict[str, str]) -> list[str]:
    """Return the modules that come and go one by one while the station runs."""
    for node in ast.parse(texts[_LOADER]).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "TRANSIENT":
            return ast.literal_eval(node.value).split()
    raise ValueError(f"{_LOADER} names no transient modules")


def _imported_beside() -> set[str]:
    """Return the modules that programs beside the image import."""
    found = set[str]()
    for path in BESIDE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.update([node.module, *(f"{node.module}.{alias.name}" for alias in node.names)])
    return found
