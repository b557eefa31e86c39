"""Modules that a quiet station does not need leave its memory, and come back when they are used."""

import ast
import gc
import sys
import types
import weakref
from pathlib import Path

import pytest
from mqtt_station_bench import Rig

import inline_constants
from evse.services import loader, picture_images
from evse.services.loader import Loader
from evse.services.ocpp import service
from evse.services.web import routes
from interpreters import ROOT

PLACES = (ROOT / "firmware", ROOT / "lib")
NAMES = loader.TRANSIENT.split()


def file_of(name: str) -> Path:
    return next(
        file for place in PLACES for file in [place / (name.replace(".", "/") + ".py")] if file.exists()
    )


def imports_at_top(text: str) -> set[str]:
    """Return the modules that a file imports when it is imported itself."""
    found = set()
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "_TYPE_CHECKING"):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        waiting += ast.iter_child_nodes(node)
    return found


def test_the_table_names_modules_once():
    assert len(NAMES) == len(set(NAMES)) > 30
    assert all(file_of(name) for name in NAMES)


def test_whatever_answers_a_request_goes():
    modules = {line.split("|")[2] for line in routes.TEXT.split("\n") if line}
    assert {f"evse.services.web.{module}" for module in modules} <= set(NAMES)


def test_no_module_that_stays_imports_one_that_goes():
    """As an image has them: there no module asks another one for its constants."""
    files = {file.relative_to(place).as_posix(): file for place in PLACES for file in place.rglob("*.py")}
    texts = inline_constants.inline({name: file.read_text() for name, file in files.items()})
    wrong = {}
    for name, text in texts.items():
        module = name.removesuffix(".py").replace("/", ".")
        # What a set-up after too many failed starts uses, instead of a station.
        if module not in NAMES and module != "evse.services.recovery":
            kept = imports_at_top(text) & set(NAMES)
            if kept:
                wrong[module] = kept
    assert wrong == {}


def in_folder(folder: str, package: str) -> set[str]:
    return {f"{package}.{file.stem}" for file in (ROOT / folder).glob("*.py") if file.stem != "__init__"}


def test_what_goes_with_a_charge_point_or_a_picture_is_listed():
    packages = {"firmware/evse/services/ocpp": "evse.services.ocpp"}
    packages |= {f"lib/{name}": name for name in ("ocpp16", "websocket_client")}
    expected = {name for item in packages.items() for name in in_folder(*item)}
    assert sorted(expected) == service._MODULES.split()
    assert set(service._STAYS.split()) < expected
    assert ["images", *sorted(in_folder("lib/images", "images"))] == picture_images._MODULES.split()


class Times:
    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        self.count += 1


@pytest.fixture
def modules():
    """Leave the modules as they were: other tests hold them."""
    before = dict(sys.modules)
    yield
    for name in NAMES:
        loader.forget(name)
    for name, module in before.items():
        sys.modules[name] = module
        package, _, last = name.rpartition(".")
        if package in sys.modules:
            setattr(sys.modules[package], last, module)


@pytest.mark.parametrize("name", NAMES)
def test_one_goes_after_a_while_and_comes_back(name, modules):
    times = Times()
    late = Loader(times.note)
    loader.forget(name)
    late.load(name)
    assert name in sys.modules and times.count == 1
    first = weakref.ref(sys.modules[name])
    late.rest()
    assert name in sys.modules
    late.load(name)
    late.rest()
    late.rest()
    package, _, last = name.rpartition(".")
    assert name not in sys.modules and not hasattr(sys.modules[package], last)
    gc.collect()
    assert first() is None
    late.load(name)
    assert sys.modules[name] is getattr(sys.modules[package], last) and times.count == 2


def test_what_stays_stays(modules):
    late = Loader(lambda: None)
    late.load("evse.core.remote")
    for _ in range(3):
        late.rest()
    assert "evse.core.remote" in sys.modules


def functions_of(name: str) -> list:
    """Return weak references to all functions of a module, methods among them."""
    module = sys.modules.get(name)
    if module is None:
        return []
    found = []
    for value in vars(module).values():
        for part in vars(value).values() if isinstance(value, type) else (value,):
            if isinstance(part, types.FunctionType) and part.__module__ == name:
                found.append(weakref.ref(part))
    return found


def test_nothing_of_them_is_held_by_a_station_that_has_used_them(modules):
    """Settings, requests, commands and what Home Assistant is told, then quiet."""
    for name in NAMES:
        loader.forget(name)
    rig = Rig()
    rig.connect()
    assert rig.client.streams
    assert rig.set("Mode", "Normal") == "" and rig.set("Nonsense", "1") == "unknown"
    rig.change({"STATION_NAME": "somewhere"} if rig.app.settings.has("STATION NAME") else {"MAX": 16})
    assert rig.app.request(["stop"])
    for _ in range(200):
        rig.app.picture.step()
    used = {name: functions_of(name) for name in NAMES}
    used = {name: found for name, found in used.items() if found}
    expected = ("configuration", "requests", "mqtt.commands", "mqtt.discovery")
    assert {f"evse.services.{part}" for part in expected} <= set(used)
    assert {"evse.settings.rules", "evse.settings.values"} <= set(used)
    for _ in range(2):
        rig.app.loader.rest()
    rig.client.streams.clear()
    gc.collect()
    held = {name for name, found in used.items() if any(reference() for reference in found)}
    assert held == set()
    # And it goes on.
    assert rig.set("Mode", "Normal") == "" and rig.app.request(["stop"])
