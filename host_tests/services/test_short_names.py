"""The private names of an image are short, and everything still means the same."""

import ast
import sys

import pytest

import image_sources
from board_folders import find_board
from short_names import Shortener

BASE = """\
class Base:
    _kind = 1

    def __init__(self):
        self._first = 1
        self._second = self._kind

    def _hidden(self):
        return self._first + self._second

    def told(self):
        return self._hidden()
"""
CHILD = """\
from base import Base

_LIMIT = 3
_table = {"_row": 5}


def _row(name):
    return _table[name]


class Child(Base):
    def __init__(self):
        super().__init__()
        self._third = 10

    def _hidden(self):
        return super()._hidden() + self._third + _row("_row") + _LIMIT
"""
LONER = """\
class Loner:
    def __init__(self):
        self._alone = 7
        self._wire = 8

    def told(self): return [self._alone for _ in range(2)] + [self._wire]
"""


def shortened(**texts) -> dict[str, str]:
    names = {name + ".py": text for name, text in texts.items()}
    shortener = Shortener(names)
    return {name: shortener.shorten(name, text) for name, text in names.items()}


def run(texts: dict[str, str], monkeypatch, tmp_path, expression: str):
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        monkeypatch.delitem(sys.modules, name[:-3], raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    scope: dict = {}
    exec("\n".join(f"import {name[:-3]}" for name in texts), scope)
    result = eval(expression, scope)
    for name in texts:
        del sys.modules[name[:-3]]
    return result


def private_names(text: str) -> set[str]:
    names = {node.attr for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute)}
    return {name for name in names if name.startswith("_") and not name.startswith("__")}


def test_classes_share_short_names_and_inherited_ones_agree(monkeypatch, tmp_path):
    texts = shortened(base=BASE, child=CHILD, loner=LONER)
    assert "_first" not in texts["base.py"] and "_alone" not in texts["loner.py"]
    assert private_names(texts["loner.py"]) == {"_a", "_b"}
    assert {"_a", "_b", "_c"} <= private_names(texts["base.py"]) | private_names(texts["child.py"])
    told = run(
        texts, monkeypatch, tmp_path, "(base.Base().told(), child.Child().told(), loner.Loner().told())"
    )
    assert told == (2, 20, [7, 7, 8])


@pytest.mark.parametrize(
    "child", ["import base\n\nclass Base(base.Base):", "from base import Base as B\n\nclass Base(B):"]
)
def test_a_class_may_have_the_name_of_its_base(child, monkeypatch, tmp_path):
    text = (
        child + "\n    def __init__(self):\n        super().__init__()\n        self._own = self._first = 9\n"
    )
    texts = shortened(base=BASE, heir=text + "\n    def mine(self): return self._own + self.told()\n")
    assert run(texts, monkeypatch, tmp_path, "heir.Base().mine()") == 9 + 9 + 1


def test_lines_stay_where_they_are():
    texts = shortened(base=BASE, child=CHILD)
    assert texts["child.py"].count("\n") == CHILD.count("\n")
    assert ast.parse(texts["base.py"]).body[0].end_lineno == ast.parse(BASE).body[0].end_lineno


@pytest.mark.parametrize(
    ("outside", "kept"),
    [
        ("import loner\n\ndef peek(): return loner.Loner()._wire\n", "_wire"),
        ("def peek(other): return getattr(other, '_wire')\n", "_wire"),
        ("class Loner:\n    def look(self, other): return other._wire\n", "_wire"),
    ],
)
def test_what_somebody_reaches_from_outside_keeps_its_name(outside, kept):
    texts = shortened(loner=LONER, outside=outside)
    assert kept in private_names(texts["loner.py"])
    assert "_alone" not in private_names(texts["loner.py"])


def test_imported_functions_and_classes_of_strangers_keep_their_names():
    stranger = "from machine import Pin\n\nclass Mine(Pin):\n    def go(self): self._speed = 1\n\ndef _helper(): pass\n"
    texts = shortened(stranger=stranger, user="from stranger import _helper\n")
    assert "_speed" in texts["stranger.py"] and "_helper" in texts["stranger.py"]


def test_a_short_name_that_exists_already_is_not_taken():
    texts = shortened(
        one="class One:\n    def f(self): return self._a + self._long\n    def g(self): self.x_ = _b\n"
    )
    assert "_long" not in texts["one.py"]
    names = private_names(texts["one.py"])
    assert len(names) == 2


def test_the_firmware_keeps_few_private_names():
    files = image_sources.sources(find_board("SMARTEVSE_V3"))
    texts = {
        name: path.read_text()
        for name, path in files.items()
        if name.startswith("evse/") and name.endswith(".py")
    }
    shortener = Shortener(texts)
    before = set().union(*(private_names(text) for text in texts.values()))
    after = set().union(*(private_names(shortener.shorten(name, text)) for name, text in texts.items()))
    assert len(before) > 300
    assert len(after) < 60
