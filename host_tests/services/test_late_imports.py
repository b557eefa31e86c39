"""What is imported while the station runs comes one module at a time, so that no control step waits for many."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from interpreters import ROOT, cpython_environment

FIRMWARE = ROOT / "firmware"
# Their functions run before the control task does, or on the host only.
AT_START = (
    "main.py",
    "evse/app.py",
    "evse/hal/",
    "evse/services/display/panel.py",
    "evse/services/recovery.py",
)
# Modules that are loaded while the contactor is open: a part of the core waits for that by itself, pictures are not
# taken while a car charges, and a factory reset has stopped it.
CONTACTOR_OPEN = (
    "evse.core.house",
    "evse.core.site_inputs",
    "images.",
    "evse.services.picture_upload",
    "evse.services.factory_reset",
)
PRELUDE = "import sys\nimport evse.app\n"


def own_modules(text: str) -> str:
    return (
        f"def own():\n    return {{name for name, module in sys.modules.items() "
        f"if getattr(module, '__file__', None) and ('/firmware/' in module.__file__ or '/lib/' in module.__file__) "
        f"and 'python3' not in module.__file__}}\n{text}"
    )


def files() -> list[Path]:
    found = sorted(FIRMWARE.rglob("*.py"))
    return [path for path in found if not path.relative_to(FIRMWARE).as_posix().startswith(AT_START)]


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
    program = f"{PRELUDE}import {itself}\n" + own_modules(
        f"for name in {[*ahead, *imports]!r}:\n"
        "    before = own()\n"
        "    __import__(name)\n"
        "    new = own() - before - {name}\n"
        "    new = {other for other in new if not name.startswith(other + '.')}\n"
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
