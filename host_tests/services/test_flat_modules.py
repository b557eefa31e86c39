"""The flat modules of an image: the same program, nobody misses a module, files are found again."""

import importlib
import sys
import textwrap
from pathlib import Path

import pytest

from flat_modules import FlatError, flatten

FILES = {
    "main.py": """\
        from evse import app
        from evse.parts import lamp as bulb, count, switch
        import evse.parts.lamp as again


        def everything():
            from tool import add
            import sys

            late = "evse.parts.switch"
            __import__(late)
            modules = (bulb is again, sys.modules[late] is switch)
            return app.total(), count(2), modules, add(1), switch.place(), names()


        def names():
            return [word for word in "evse tool evse.parts.lamp evse.app ".split(" ") if word]
        """,
    "evse/__init__.py": '"""Nothing."""\n',
    "evse/app.py": """\
        from .parts import (
            count,
            lamp,
        )
        from .parts.lamp import WATTS as as_watts, make
        from . import parts as together


        def total():
            from .parts.switch import on

            return count(as_watts), make(), on(), lamp.WATTS, together.count(1)
        """,
    "evse/parts/__init__.py": "def count(number):\n    return number + 1\n",
    "evse/parts/lamp.py": "WATTS = 5\n\n\ndef make():\n    return WATTS * 2\n",
    "evse/parts/switch.py": """\
        def on():
            return True


        def place():
            return __file__.rpartition("/")[0] + "/page"
        """,
    "tool/__init__.py": "from tool.adder import add\n",
    "tool/adder.py": "def add(x):\n    return x + 1\n",
}


def flat(files=FILES, **options):
    return flatten({name: textwrap.dedent(text) for name, text in files.items()}, **options)


def one(text: str, **options) -> str:
    """Return what becomes of a file beside the others."""
    return flat({**FILES, "other.py": text}, **options).texts["other.py"]


def run(texts, monkeypatch, folder: Path):
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    roots = {name.partition("/")[0].removesuffix(".py") for name in texts}
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in roots}
    for name in before:
        del sys.modules[name]
    with monkeypatch.context() as patch:
        patch.syspath_prepend(folder)
        importlib.invalidate_caches()
        try:
            return importlib.import_module("main").everything()
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] in roots]:
                del sys.modules[name]
            sys.modules.update(before)


def test_the_program_stays_the_same(monkeypatch, tmp_path) -> None:
    plain = run(FILES, monkeypatch, tmp_path / "a")
    found = flat()
    assert set(map(len, found.texts)) <= {len("tool.py"), len("ab.py"), len("a.py")}
    after = run(found.texts, monkeypatch, tmp_path / "b")
    assert plain[4] == f"{tmp_path}/a/evse/parts/page" and after[4] == f"{tmp_path}/b/evse/parts/page"
    new = {old: name.removesuffix(".py") for name, old in found.before.items()}
    assert after[5] == ["tool", new["evse/parts/lamp.py"], new["evse/app.py"]]
    assert after[:4] == plain[:4] == ((6, 10, True, 5, 2), 3, (True, True), 2)


def test_files_are_found_again_and_lines_stay() -> None:
    found = flat()
    assert set(found.before.values()) == set(FILES) - {"main.py", "evse/__init__.py"}
    for name, text in found.texts.items():
        before = textwrap.dedent(FILES[found.before.get(name, name)])
        assert text.count("\n") == before.count("\n"), name
    assert found == flat()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('X = "evse.parts.lamp evse.app"', "X = '{lamp} {app}'"),
        ('X = " evse.parts.lamp evse.app "', "X = ' {lamp} {app} '"),
        ('X = "evse.app"', "X = '{app}'"),
        ('X = "evse evse.app"', "X = '{app}'"),
        ('X = "tool evse"', "X = 'tool '"),
        ("X = ('evse.app '\n    'evse.parts.lamp')", "X = ('{app} {lamp}'\\\n)"),
        ('X = "evse.app evse.parts.of_another_board"', "X = '{app} evse.parts.of_another_board'"),
        ('X = "tool"', 'X = "tool"'),
        ('X = "evse"', 'X = "evse"'),
        ('X = "app lamp"', 'X = "app lamp"'),
        ("import asyncio, json as j", "import asyncio, json as j"),
        ("import asyncio, evse.app as a", "import asyncio; import {app} as a"),
        ("from asyncio import run", "from asyncio import run"),
    ],
)
def test_what_a_line_becomes(text: str, expected: str) -> None:
    found = flat({**FILES, "other.py": text})
    new = {old: name.removesuffix(".py") for name, old in found.before.items()}
    names = {"app": new["evse/app.py"], "lamp": new["evse/parts/lamp.py"]}
    assert found.texts["other.py"] == expected.format(**names)


@pytest.mark.parametrize(
    ("text", "options", "stays"),
    [
        ('X = "evse.app is mine"', {}, {"evse/__init__.py", "evse/app.py"}),
        ('X = b"see evse.app"', {}, {"evse/__init__.py", "evse/app.py"}),
        ('X = f"{1} evse.app"', {}, {"evse/__init__.py", "evse/app.py"}),
        (
            'X = "evse.parts." + "lamp"',
            {},
            {"evse/__init__.py", "evse/parts/__init__.py", "evse/parts/lamp.py", "evse/parts/switch.py"},
        ),
        ('X = "tool." + "adder"', {}, {"tool/__init__.py", "tool/adder.py"}),
        ('X = "with a tool."', {}, set()),
        ('"""Of evse.app."""', {}, set()),
        ("", {"fixed": ["evse.app", "asyncio"]}, {"evse/__init__.py", "evse/app.py"}),
    ],
)
def test_what_others_know_stays_where_it_is(text: str, options: dict, stays: set) -> None:
    found = flat({**FILES, "other.py": text}, **options)
    assert {name for name in found.texts if "/" in name} == stays
    for name, after in found.texts.items():
        if name == "other.py":
            assert after == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import evse.app", "other.py:1: say `import evse.app as` something"),
        ("import evse as e", "evse, which has no code"),
        ("\nfrom evse import nothing", "other.py:2: evse has no nothing"),
    ],
)
def test_what_cannot_be_followed_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FlatError, match=reason):
        one(text)


def test_who_asks_for_its_own_name_is_refused() -> None:
    with pytest.raises(FlatError, match=r"evse/app\.py:1: __name__"):
        flat({**FILES, "evse/app.py": "X = __name__"})
    assert one("X = __name__") == "X = __name__"


def test_names_that_are_used_anyway_come_first_and_taken_ones_never() -> None:
    names = {"used.py": "def qq(zz):\n    return zz.xx\n", "evse/used.py": "def qq(zz):\n    return zz\n"}
    found = flat({**FILES, **names})
    new = {name.removesuffix(".py") for name in found.before}
    assert {"qq", "zz", "xx"} <= new
    found = flat({**FILES, **names}, taken={"qq", "a", "b"})
    new = {name.removesuffix(".py") for name in found.before}
    assert {"zz", "xx"} <= new and not {"qq", "a", "b"} & new


def test_more_modules_than_names_are_refused() -> None:
    files = {f"many/m{number}.py": "" for number in range(1000)}
    with pytest.raises(FlatError, match="more modules"):
        flat({**FILES, **files})
