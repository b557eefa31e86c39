"""The joined modules of an image: the same program, every name has its meaning, lines are found again.

And what becomes of the firmware when its joined modules are moved, see test_flat_modules.py.
"""

import ast
import builtins
import symtable
import sys
import textwrap
from functools import cache

import pytest
from annotations import without_annotations

import image
import image_sources
import image_texts
from board_folders import find_board, known_boards
from flat_modules import module_name
from free_names import NAMES
from inline_constants import inline
from link_modules import Group, Linker
from name_scopes import bound

every_board = pytest.mark.parametrize("board", known_boards())

FILES = {
    "evse/__init__.py": "",
    "evse/meter.py": """\
        from evse import units
        from evse.units import scaled as as_scaled

        _STEP = 2
        sorted = 5


        class Meter:
            limit = 3

            def read(self, value, scale=units.SCALE):
                run = value * _STEP
                return as_scaled(run) + units.scaled(scale) + helper(self.limit)


        def helper(value):
            return value + 1
        """,
    "evse/units.py": """\
        SCALE = 10
        _STEP = 3


        def scaled(value):
            return value * SCALE * _STEP


        def helper(values):
            return sorted(values)


        def run():
            return helper([3, 1])
        """,
    "evse/station.py": """\
        from evse import meter as meters, units
        from evse.meter import Meter


        def everything():
            from evse.units import helper
            import evse.late as late
            from evse import units as u

            helper_ = helper
            return meters.Meter().read(4), Meter.limit, helper_([2, 1]), late.twice(u.SCALE), units.run()


        LATE = "evse.meter evse.units evse.late"
        """,
    "evse/late.py": """\
        from evse import units as u
        from evse.units import run as first
        from evse.meter import (
            Meter,
            helper,
        )


        def twice(value):
            return value * 2 + u.scaled(1) + first()[0] + helper(Meter.limit)
        """,
    "start.py": "from evse import station\n",
}


def linked(files=FILES, **options):
    texts = {name: textwrap.dedent(text) for name, text in files.items()}
    return Linker(texts, (Group("start", ("start", "evse.station"), whole=True),), **options).link()


def run(texts, monkeypatch, tmp_path, module: str, expression: str):
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("evse", "start")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    scope: dict = {}
    exec(f"import {module} as m", scope)
    result = eval(expression, scope)
    for name in [name for name in sys.modules if name.partition(".")[0] in ("evse", "start")]:
        del sys.modules[name]
    return result


def test_the_program_stays_the_same(monkeypatch, tmp_path) -> None:
    texts = {name: textwrap.dedent(text) for name, text in FILES.items()}
    (tmp_path / "plain").mkdir()
    (tmp_path / "joined").mkdir()
    plain = run(texts, monkeypatch, tmp_path / "plain", "evse.station", "m.everything()")
    found = linked().texts
    assert "evse/meter.py" not in found and "evse/units.py" not in found and "evse/late.py" in found
    module = next(name for name in found if "in_start" in name)[:-3].replace("/", ".")
    assert run(found, monkeypatch, tmp_path / "joined", module, "m.everything()") == plain


def test_texts_that_list_modules_list_what_has_become_of_them() -> None:
    text = next(text for name, text in linked().texts.items() if "in_start" in name)
    assert "'evse.in_start evse.late'" in text


@pytest.mark.parametrize(
    "more, options",
    [
        ({"evse/names.py": 'WHO = "evse.units is mine"'}, {}),
        ({"evse/names.py": "from evse import units\nprint(units)"}, {}),
        ({"evse/names.py": "import evse.units"}, {}),
        ({"evse/names.py": "from evse import units\nunits.SCALE = 4"}, {}),
        ({}, {"fixed": ["evse.units"]}),
        ({"other.py": "from evse.units import run"}, {"apart": ["other"]}),
    ],
)
def test_what_others_know_stays_a_module(more, options) -> None:
    assert "evse/units.py" in linked({**FILES, **more}, **options).texts


def test_every_line_is_found_again() -> None:
    result = linked()
    ((name, starts),) = result.lines.items()
    lines = result.texts[name].split("\n")
    ends = [first for first, _ in starts[1:]] + [len(lines) + 1]
    assert {file for _, file in starts} == {"evse/meter.py", "evse/units.py", "evse/station.py"}
    for (first, file), end in zip(starts, ends):
        original = textwrap.dedent(FILES[file]).rstrip("\n").split("\n")
        assert len(original) == end - first - (end == len(lines) + 1)
        for number, line in enumerate(original):
            if line.startswith(("class", "    def")):
                assert lines[first - 1 + number].split("(")[0].rstrip("0123456789:") == line.split("(")[
                    0
                ].rstrip(":")


@cache
def firmware(name: str) -> "tuple[dict[str, str], dict[str, str]]":
    board = find_board(name)
    files = image_sources.sources(board)
    facts = image.build_facts(board)
    texts = inline({n: image_texts.source_text(n, p, facts) for n, p in files.items() if n.endswith(".py")})
    texts = image_texts.used(texts, image_texts.foreign_names(files)).texts
    return texts, image_texts.linked(texts).texts


def unknown_names(text: str, name: str) -> set[str]:
    """Return the names that a file uses and nobody defines."""
    found: set[str] = set()

    def look(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                found.add(symbol.get_name())
        for child in table.get_children():
            look(child)

    top = symtable.symtable(without_annotations(text), name, "exec")
    look(top)
    known = {
        symbol.get_name()
        for symbol in top.get_symbols()
        if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
    }
    return found - known - set(vars(builtins)) - {"const", "__name__", "__file__"}


@every_board
def test_every_name_of_the_firmware_has_its_meaning(board) -> None:
    before, after = firmware(board)
    assert len(after) < len(before) - 60
    assert not {word for name, text in before.items() for word in unknown_names(text, name)}
    modules = {
        name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): text
        for name, text in after.items()
    }
    trees = {name: ast.parse(text) for name, text in modules.items()}
    names = {name: set(bound(tree.body)) for name, tree in trees.items()}
    for name, text in modules.items():
        assert not unknown_names(text, name), name
        for node in ast.walk(trees[name]):
            if isinstance(node, ast.ImportFrom) and not node.level and node.module in names:
                for alias in node.names:
                    full = f"{node.module}.{alias.name}"
                    assert alias.name in names[node.module] or full in modules, (name, full)


@every_board
def test_no_module_needs_itself_while_it_is_loaded(board) -> None:
    _, after = firmware(board)
    linker = Linker(after, ())
    modules = {
        name.removesuffix(".py").replace("/", ".") for name in after if not name.endswith("__init__.py")
    }
    joined = {name for name in modules if ".in_" in name}
    assert len(joined) > 10
    needs = {name: linker.needed(name) - {name} for name in modules}
    assert [(a, b) for a in joined for b in needs[a] & modules if a in needs[b]] == []


def test_a_file_that_stays_takes_what_it_needs_with_it() -> None:
    files = {
        **FILES,
        "evse/station.py": "from evse import units\nfrom evse.meter import Meter\nfrom evse import third\n",
        "evse/third.py": "X = 1\n",
    }
    texts = linked(files, fixed=["evse.meter"]).texts
    # `meter` needs `units` and `station` needs `meter`.
    assert "evse/units.py" in texts and "evse/meter.py" in texts
    assert "evse/third.py" not in texts


@every_board
def test_what_makes_the_outputs_safe_and_mends_a_station_stands_alone(board) -> None:
    _, after = firmware(board)
    needed = Linker(after, ())
    for name in image_texts.APART:
        assert not [module for module in needed.needed(name) if ".in_" in module], name


@every_board
def test_the_flat_firmware_misses_nothing(board) -> None:
    _, before = firmware(board)
    found = image_texts.flattened(before, NAMES.split())
    assert [name for name in found.texts if "/" in name] == []
    gone = {name for name in before if name not in found.texts} - set(found.before.values())
    assert gone and all(name.endswith("/__init__.py") for name in gone)
    assert len(found.texts) == len(before) - len(gone)
    trees = {module_name(name): ast.parse(text) for name, text in found.texts.items()}
    names = {name: set(bound(tree.body)) for name, tree in trees.items()}
    # A module of a package keeps its name only where it stands at the root.
    old = {module_name(name) for name in before if "/" in name} - set(trees)
    assert {"evse.log", "evse", "microdot.microdot"} < old
    for module, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert not node.level and node.module not in old, (module, node.lineno)
                missing = {alias.name for alias in node.names} - names.get(node.module or "", set())
                assert node.module not in names or not missing, (module, node.lineno)
            elif isinstance(node, ast.Import):
                assert not {alias.name for alias in node.names} & old, (module, node.lineno)


@every_board
def test_no_module_of_the_firmware_is_called_like_one_of_micropython(board) -> None:
    _, before = firmware(board)
    built_in = {path.name.partition(".")[0] for path in image_texts.TYPINGS.iterdir()}
    built_in |= {"os", "io", "re", "gc"}
    assert "machine" in built_in
    moved = {module_name(name) for name in image_texts.flattened(before, NAMES.split()).before}
    assert len(moved) > 100 and not moved & built_in
