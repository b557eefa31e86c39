"""The rules of the architecture, as checks over source text: each returns a list of violations."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

STATION = frozenset(
    """app core settings services hal.api lib aio log supervisor boot_record version""".split()
)
# Which rooms a room may import. Every module of evse belongs to one room.
ARROWS: dict[str, frozenset[str]] = {
    "core": frozenset({"core"}),
    "hal.api": frozenset({"hal.api", "core"}),
    "hal.esp32": frozenset({"hal.esp32", "hal.api", "core", "lib", "aio", "log"}),
    "settings": frozenset({"settings", "core"}),
    "services": frozenset(
        {"services", "core", "settings", "hal.api", "lib", "aio", "log", "supervisor", "version"}
    ),
    "lib": frozenset({"lib"}),
    "log": frozenset(),
    "aio": frozenset({"log"}),
    "supervisor": frozenset({"aio", "log", "hal.api", "core"}),
    "boot_record": frozenset(),
    "version": frozenset(),
    "app": STATION | {"board"},
    "main": STATION | {"board"},
    "boot": frozenset({"board"}),
    "boards": frozenset({"boards", "core", "hal.api", "hal.esp32", "lib", "aio", "log"}),
    # The simulated board's workbench stands around a whole station; its board.py puts the two together.
    "bench": STATION | {"boards", "bench"},
    "boards.SIM": frozenset({"boards", "bench"}),
}

BENCH = ("boards/SIM/bench/", "boards/SIM/run_scenario.py")
HARDWARE_MODULES = frozenset(
    "machine esp esp32 network bluetooth espnow aioespnow neopixel onewire ds18x20 dht apa106".split()
)
# The plain modules of the ESP32 port, and the installed packages.
PLATFORM_MODULES = HARDWARE_MODULES | frozenset(
    """_thread array asyncio binascii btree builtins cmath collections cryptolib deflate errno framebuf gc hashlib
    heapq io json math microdot micropython mip ntptime os platform random re requests select socket ssl struct
    sys time tls uctypes umqtt vfs webrepl""".split()
)
# CPython has these and MicroPython does not; no `try: import` excuses them.
BANNED_MODULES = frozenset(
    """abc contextlib copy dataclasses datetime enum functools importlib inspect itertools logging operator
    pathlib queue signal string subprocess threading traceback typing unittest uuid warnings weakref
    uarray uasyncio ubinascii ucollections ucryptolib uerrno uhashlib uheapq uio ujson umachine uos urandom ure
    uselect usocket ussl ustruct usys utime uzlib""".split()
)
# The composition root acts by being run; the log is the one singleton.
ACTS_AT_IMPORT = frozenset(
    {"firmware/main.py", "firmware/boot.py", "firmware/evse/log.py", "boards/SIM/run_scenario.py"}
)
# In declarative tables, named table.py or *_table.py, the file's own functions build the rows.
TABLE_SUFFIX = "table.py"
DEVICE_FOLDERS = ("firmware", "lib", "boards")

COMBINATIONS = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Compare,
    ast.Dict,
    ast.IfExp,
    ast.Slice,
    ast.Subscript,
    ast.Tuple,
    ast.UnaryOp,
)

Tree = Mapping[str, str]


class Import(NamedTuple):
    """One imported module: `names` is empty for `import module`."""

    line: int
    module: str
    names: tuple[str, ...]
    for_types_only: bool
    optional: bool


def read_tree(root: Path) -> dict[str, str]:
    """Return path -> text of every device source; manifests belong to MicroPython's build system."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for folder in DEVICE_FOLDERS
        for path in sorted((root / folder).rglob("*.py"))
        if path.name != "manifest.py"
    }


def module_name(path: str) -> str:
    """Return the dotted name under which MicroPython imports a path."""
    parts = PurePosixPath(path).with_suffix("").parts
    parts = parts[2:] if parts[0] == "boards" else parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of_path(path: str) -> str | None:
    """Return the room that a file belongs to; None when the rules know no such room."""
    folder = PurePosixPath(path).parts[0]
    if path.startswith(BENCH):
        return "bench"
    if path == "boards/SIM/board.py":
        return "boards.SIM"
    if folder in ("lib", "boards"):
        return folder
    return room_of_firmware(module_name(path))


def room_of_firmware(module: str) -> str | None:
    """Return the room of a module under firmware/."""
    if module in ("evse", "evse.hal"):
        return "hal.api"
    if not module.startswith("evse."):
        return module if module in ARROWS else None
    parts = module.split(".")[1:]
    room = ".".join(parts[:2]) if parts[0] == "hal" else parts[0]
    return room if room in ARROWS else None


def is_type_checking(test: ast.expr) -> bool:
    """Tell whether a condition is `TYPE_CHECKING`."""
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def caught_names(node: ast.Try) -> set[str]:
    """Return the names of the exceptions that a `try` catches."""
    types = [handler.type for handler in node.handlers if handler.type is not None]
    return {n.id for caught in types for n in ast.walk(caught) if isinstance(n, ast.Name)}


def catches_import_error(node: ast.Try) -> bool:
    """Tell whether a `try` expects its imports to be missing."""
    return not caught_names(node).isdisjoint({"ImportError", "ModuleNotFoundError"})


def asks_for_feature(node: ast.Try) -> bool:
    """Tell whether a `try` finds out what the interpreter has."""
    return catches_import_error(node) or "AttributeError" in caught_names(node)


def resolve_relative(node: ast.ImportFrom, path: str) -> str:
    """Return the absolute module of a `from` import."""
    if not node.level:
        return node.module or ""
    package = module_name(path).split(".")
    if PurePosixPath(path).name != "__init__.py":
        package = package[:-1]
    package = package[: len(package) - (node.level - 1)]
    return ".".join([*package, node.module] if node.module else package)


def find_imports(path: str, text: str) -> Iterator[Import]:
    """Yield every import of a file, however deep."""

    def visit(node: ast.AST, types: bool, optional: bool) -> Iterator[Import]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(node.lineno, alias.name, (), types, optional)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names)
            yield Import(node.lineno, resolve_relative(node, path), names, types, optional)
        elif isinstance(node, ast.If) and is_type_checking(node.test):
            for child in node.body:
                yield from visit(child, True, optional)
            for child in node.orelse:
                yield from visit(child, types, optional)
        elif isinstance(node, ast.Try) and catches_import_error(node):
            for child in ast.iter_child_nodes(node):
                yield from visit(child, types, True)
        else:
            for child in ast.iter_child_nodes(node):
                yield from visit(child, types, optional)

    yield from visit(ast.parse(text, path), False, False)


def targets(found: Import) -> tuple[str, ...]:
    """Return the modules that an import reaches: `from evse.hal import api` reaches evse.hal.api."""
    if found.module in ("evse", "evse.hal") and found.names:
        return tuple(f"{found.module}.{name}" for name in found.names)
    return (found.module,)


def top_names(tree: Tree, folder: str) -> set[str]:
    """Return the top-level module names that a folder provides."""
    return {module_name(path).split(".")[0] for path in tree if path.startswith(folder)}


def room_of_target(module: str, path: str, tree: Tree) -> str | None:
    """Return the room of an imported module; None for a module of the platform."""
    top = module.split(".")[0]
    if top == "board":
        # A board's own modules are its own business; everybody else sees the concrete board.
        return "boards" if path.startswith("boards/") else "board"
    if top in ("evse", "main", "boot", "app"):
        return room_of_firmware(module) or module
    if top == "bench" and path.startswith("boards/SIM/"):
        return "bench"
    if path.startswith("boards/") and top in top_names(tree, "/".join(path.split("/")[:2]) + "/"):
        return "boards"
    if top in top_names(tree, "lib/"):
        return "lib"
    return "boards" if top in top_names(tree, "boards/") and top not in PLATFORM_MODULES else None


def check_arrows(tree: Tree) -> list[str]:
    """Check the directions of imports between rooms."""
    violations = []
    for path, text in tree.items():
        room = room_of_path(path)
        if room is None:
            violations.append(f"{path}:1: belongs to no room; name its room in ARROWS")
            continue
        for found in find_imports(path, text):
            for module in targets(found):
                reached = room_of_target(module, path, tree)
                if reached is None:
                    message = check_platform_arrow(room, found)
                elif reached in ARROWS[room]:
                    message = None
                else:
                    message = f"{room} must not import {module} ({reached}); it may import " + (
                        ", ".join(sorted(ARROWS[room])) or "nothing of evse"
                    )
                if message:
                    violations.append(f"{path}:{found.line}: {message}")
    return violations


def check_platform_arrow(room: str, found: Import) -> str | None:
    """Return what is wrong with a room's import from the platform."""
    top = found.module.split(".")[0]
    if found.for_types_only and top == "typing":
        return None
    if room == "core" and (found.module, found.names) != ("micropython", ("const",)):
        return f"core must not import {found.module}; from the platform it may take micropython.const only"
    if top in HARDWARE_MODULES and room != "hal.esp32":
        return f"only evse/hal/esp32 may import {top}"
    return None


def check_platform_modules(tree: Tree) -> list[str]:
    """Check that every imported module exists under MicroPython."""
    violations = []
    for path, text in tree.items():
        for found in find_imports(path, text):
            top = found.module.split(".")[0]
            if found.for_types_only and top == "typing":
                continue
            where = f"{path}:{found.line}:"
            if top == "typing":
                violations.append(f"{where} typing may be imported under `if TYPE_CHECKING:` only")
            elif top in BANNED_MODULES:
                violations.append(f"{where} MicroPython has no {top}, or has it by its plain name only")
            elif top in PLATFORM_MODULES or found.optional:
                continue
            elif room_of_target(found.module, path, tree) is None:
                violations.append(f"{where} {top} is neither a module of MicroPython nor of this tree")
    return violations


def check_no_floats(tree: Tree) -> list[str]:
    """Check that core calculates with integers: a float is 24-bit and heap-allocated on ESP32."""
    violations = []
    for path, text in tree.items():
        if room_of_path(path) != "core":
            continue
        for node in ast.walk(ast.parse(text, path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, (float, complex)):
                message = f"float literal {node.value}"
            elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Div):
                message = "true division; use //"
            elif isinstance(node, ast.Name) and node.id in ("float", "round", "complex"):
                message = f"{node.id} makes floats"
            else:
                continue
            violations.append(f"{path}:{node.lineno}: no floats in core: {message}")
    return violations


def check_nothing_at_import(tree: Tree) -> list[str]:
    """Check that modules only define: no objects made, no calls but const()."""
    violations = []
    for path, text in tree.items():
        if path in ACTS_AT_IMPORT:
            continue
        module = ast.parse(text, path)
        builders = {"const"}
        if PurePosixPath(path).name == TABLE_SUFFIX or path.endswith("_" + TABLE_SUFFIX):
            builders |= {n.name for n in module.body if isinstance(n, (ast.ClassDef, ast.FunctionDef))}
        found = list(find_actions(module.body, builders))
        found += [
            (node.lineno, f"`global {', '.join(node.names)}`: state belongs in an object")
            for node in ast.walk(module)
            if isinstance(node, ast.Global)
        ]
        violations += [f"{path}:{line}: nothing may happen at import: {what}" for line, what in found]
    return violations


def find_actions(body: list[ast.stmt], builders: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the statements of a module or class body that do more than define."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Pass, ast.Global)):
            continue
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            values = [*node.args.defaults, *(d for d in node.args.kw_defaults if d), *node.decorator_list]
            yield from (
                (value.lineno, describe(value)) for value in values if not is_constant(value, builders)
            )
        elif isinstance(node, ast.ClassDef):
            yield from (
                (value.lineno, describe(value))
                for value in node.decorator_list
                if not is_constant(value, builders)
            )
            yield from find_actions(node.body, builders)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            if node.value is not None and not is_constant(node.value, builders):
                yield node.lineno, describe(node.value)
        elif isinstance(node, ast.If):
            if not is_constant(node.test, builders):
                yield node.lineno, describe(node.test)
            if not is_type_checking(node.test):
                yield from find_actions(node.body, builders)
            yield from find_actions(node.orelse, builders)
        elif isinstance(node, ast.Try) and asks_for_feature(node):
            in_handlers = [statement for handler in node.handlers for statement in handler.body]
            yield from find_actions(node.body + in_handlers + node.orelse, builders)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            yield node.lineno, describe(node)


def is_constant(node: ast.expr, builders: set[str]) -> bool:
    """Tell whether an expression only names or combines constants; a lambda is a function."""
    if isinstance(node, (ast.Constant, ast.Name, ast.Lambda)):
        return True
    if isinstance(node, ast.Call):
        if not (isinstance(node.func, ast.Name) and node.func.id in builders):
            return False
    elif not isinstance(node, COMBINATIONS):
        return False
    children = [
        child.value if isinstance(child, ast.keyword) else child for child in ast.iter_child_nodes(node)
    ]
    return all(is_constant(child, builders) for child in children if isinstance(child, ast.expr))


def describe(node: ast.AST) -> str:
    """Return the first line of a node's source, and what to do instead where that is plain."""
    source = ast.unparse(node).splitlines()[0][:80]
    if isinstance(node, (ast.List, ast.Set)):
        return f"`{source}` can be changed; use a tuple"
    return f"`{source}`"
