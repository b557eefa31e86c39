"""Constants go where they are used, and nothing else changes."""

import ast

import pytest

from inline_constants import inline
from text_edit import Edit, apply

LEVELS = """\
from micropython import const

LOW = const(1)
HIGH = const(-5)
SAME = const(HIGH)
_OWN = const(7)
SUM = const(LOW + 1)
NAMES = ("a", "b")


def both():
    return LOW + HIGH + SAME + _OWN
"""
USER = """\
from pack import levels
from pack.levels import (
    HIGH,
    NAMES,
    both,
)
from pack.levels import LOW as LEAST


def read(value):
    return value.LOW + LEAST - HIGH, levels.SAME, both(), NAMES, levels.SUM
"""


def texts(**files) -> dict[str, str]:
    return inline({name.replace("__", "/") + ".py": text for name, text in files.items()})


def test_constants_are_put_in_place():
    result = texts(pack__levels=LEVELS, pack__user=USER)
    assert "return 1 + (-5) + (-5) + 7" not in result["pack/levels.py"]
    assert "return 1 + (-5) + (-5) + _OWN" in result["pack/levels.py"]
    assert "_LOW = const(1)" in result["pack/levels.py"] and "\nLOW" not in result["pack/levels.py"]
    assert "SUM = const(1 + 1)" in result["pack/levels.py"]
    assert "return value.LOW + 1 - (-5), (-5), both(), NAMES, levels.SUM" in result["pack/user.py"]


def test_imports_of_what_is_gone_go_and_lines_stay():
    result = texts(pack__levels=LEVELS, pack__user=USER)["pack/user.py"]
    assert result.count("\n") == USER.count("\n")
    imports = [node for node in ast.parse(result).body if isinstance(node, ast.ImportFrom)]
    assert [[alias.name for alias in node.names] for node in imports] == [["levels"], ["NAMES", "both"]]
    assert [node.lineno for node in ast.parse(result).body if isinstance(node, ast.FunctionDef)] == [10]


def test_a_module_that_only_lent_constants_is_no_longer_imported():
    result = texts(pack__levels=LEVELS, user="from pack import levels as lv\nLIMIT = lv.LOW\n")
    assert "import" not in result["user.py"] and "LIMIT = 1" in result["user.py"]


def test_a_plain_import_is_followed():
    result = texts(levels=LEVELS, user="import levels\nimport levels as lv\nx = levels.LOW + lv.HIGH\n")
    assert "x = 1 + (-5)" in result["user.py"] and "import levels\n" in result["user.py"]


@pytest.mark.parametrize(
    "text",
    [
        "from pack import levels\nALL = (levels,)\ndef f(): return [one.LOW for one in ALL]\n",
        "from pack import levels\ndef g(): return levels\n",
        "import pack.levels\nx = pack.levels.LOW\n",
    ],
)
def test_a_module_that_is_handed_on_keeps_its_names(text):
    result = texts(pack__levels=LEVELS, user=text)
    assert "\nLOW = const(1)" in result["pack/levels.py"]
    assert result["user.py"] == text


def test_relative_imports_are_followed():
    result = texts(
        pack__levels=LEVELS,
        pack__user="from . import levels\nx = levels.LOW\nfrom .levels import HIGH\ny = HIGH\n",
    )
    assert "x = 1" in result["pack/user.py"] and "y = (-5)" in result["pack/user.py"]


@pytest.mark.parametrize(
    "text",
    [
        "from pack.levels import LOW\ndef f(LOW): return LOW\n",
        "from pack.levels import LOW\nfor LOW in range(3): print(LOW)\n",
        "def f(levels): return levels.LOW\n",
        "from other import levels\nx = levels.LOW\n",
    ],
)
def test_a_name_that_means_something_else_stays(text):
    assert texts(pack__levels=LEVELS, user=text)["user.py"] == text


def test_what_is_bound_twice_is_no_constant():
    text = "from micropython import const\nLIMIT = const(1)\nLIMIT = const(2)\nx = LIMIT\n"
    assert texts(user=text)["user.py"] == text.replace("from micropython import const", "pass")


def test_edits_count_bytes_and_the_outer_one_wins():
    text = 'x = "äöü" + a.b\n'
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp)
    assert apply(text, [Edit.of(node.value.right, "c")]) == 'x = "äöü" + c\n'
    inner = node.value.right.value  # pyright: ignore[reportAttributeAccessIssue]
    assert apply(text, [Edit.of(inner, "z"), Edit.of(node.value.right, "c")]) == 'x = "äöü" + c\n'
