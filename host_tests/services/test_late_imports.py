"""What is imported while the station runs comes one module at a time, so that no control step waits for many."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from bench_station import profile

from evse.core.config import Config
from evse.core.station import Station
from evse.services.web import handlers
from interpreters import ROOT, cpython_environment

FIRMWARE = ROOT / "firmware"
# Their functions run before the control task does, or on the host only.
AT_START = (
    "main.py",
    "evse/app.py:_make_net",
    "evse/hal/",
    "evse/services/display/panel.py",
    "evse/services/front.py:make_screens",
    "evse/services/front.py:make_menu",
    "evse/services/recovery.py",
)
# The handlers of the web name what each module needs in a table of their own; it is tested below.
BY_TABLE = ("evse/core/regulation.py", "evse/services/web/handlers.py", "evse/services/web/server.py")
# Modules that are loaded while the contactor is open: pictures are not taken while a car charges, and a factory reset
# has stopped it.
CONTACTOR_OPEN = (
    "images.",
    "evse.services.picture_upload",
    "evse.services.factory_reset",
)


def files() -> list[Path]:
    found = sorted(FIRMWARE.rglob("*.py"))
    return [
        path for path in found if not path.relative_to(FIRMWARE).as_posix().startswith((*AT_START, *BY_TABLE))
    ]


def late_functions() -> list[tuple[str, str, list[str], list[str]]]:
    """Return (file, function, modules it loads ahead, modules it imports) for functions with imports."""
    found = []
    for path in files():
        tree = ast.parse(path.read_text())
        texts = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        }
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if f"{path.relative_to(FIRMWARE).as_posix()}:{function.name}" in AT_START:
                continue
            imports = [
                f"{node.module}.{alias.name}"
                if node.module and is_module(f"{node.module}.{alias.name}")
                else node.module
                for node in ast.walk(function)
                if isinstance(node, ast.ImportFrom) and node.module
                for alias in node.names
            ]
            imports = [
                name for name in imports if name and is_module(name) and not name.startswith(CONTACTOR_OPEN)
            ]
            if imports:
                found.append(
                    (path.relative_to(ROOT).as_posix(), function.name, loaded_ahead(function, texts), imports)
                )
    return found


def is_module(name: str) -> bool:
    place = name.replace(".", "/")
    return any(
        (ROOT / folder / f"{place}{end}").exists()
        for folder in ("firmware", "lib")
        for end in (".py", "/__init__.py")
    )


def loaded_ahead(function: ast.AST, texts: dict[str, str]) -> list[str]:
    names: list[str] = []
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "load"
            and node.args
        ):
            argument = node.args[0]
            if isinstance(argument, ast.Name):
                names += texts.get(argument.id, "").split()
            elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                names += argument.value.split()
    return names


LATE = late_functions()


def test_there_are_some():
    assert len(LATE) >= 5
    assert any(ahead for _, _, ahead, _ in LATE)


@pytest.mark.parametrize(
    ("file", "function", "ahead", "imports"), LATE, ids=[f"{row[0]}:{row[1]}" for row in LATE]
)
def test_one_module_at_a_time(file, function, ahead, imports):
    itself = file.removeprefix("firmware/").removesuffix(".py").replace("/", ".")
    check([itself], [*ahead, *imports])


def test_parts_of_the_regulation_come_one_at_a_time():
    """The app loads them before it hands the settings to the core."""
    config = Config()
    config.mains_meter = True
    station = Station(profile(has_inputs=True))
    check(["evse.app"], station.regulation.missing(config).split())
    station.configure(config)
    assert station.regulation.missing(config) == ""
    check(["evse.core.regulation"], ["evse.core.shedding", "evse.core.remote"])


SERVER = "evse.services.web.server"


@pytest.mark.parametrize("name", handlers._MODULES)
def test_handlers_of_the_web_come_one_at_a_time(name):
    check([SERVER], handlers.modules(name).split())


def check(there: list[str], names: list[str]) -> None:
    """Import `names` in a process that has `there`; each may bring nothing but itself and its packages."""
    places = (str(ROOT / "firmware"), str(ROOT / "lib"))
    program = (
        f"import sys\nimport evse.app, evse.version, {', '.join(there)}\n"
        "def own():\n"
        "    files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        f"    return {{name for name, file in files.items() if file.startswith({places!r})}}\n"
        f"for name in {names!r}:\n"
        "    before = own()\n"
        "    __import__(name)\n"
        "    new = {other for other in own() - before - {name} if not name.startswith(other + '.')}\n"
        "    assert not new, f'{name} brings {sorted(new)} along'\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=cpython_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr.splitlines()[-1]
