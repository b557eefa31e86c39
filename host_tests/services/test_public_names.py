"""The image's short names for what modules share: the same program, and nobody outside misses a name."""

import ast
import re
import subprocess
import symtable
import textwrap

import pytest
from annotations import without_annotations

import image
import image_sources
import image_texts
from board_folders import find_board
from free_names import NAMES
from inline_constants import inline
from interpreters import MICROPYTHON
from public_names import PublicNames

SIM = find_board("SIM")


def shortened(outside: "tuple[str, ...]" = (), **files: str) -> dict[str, str]:
    texts = {f"{name}.py": textwrap.dedent(text) for name, text in files.items()}
    names = PublicNames(texts, outside)
    return {name[:-3]: names.shorten(name, text) for name, text in texts.items()}


def run(texts: dict[str, str], name: str) -> dict:
    """Run a module of a shortened tree with the others around it."""
    modules: dict[str, dict] = {}

    def load(module: str, *_: object):
        if module not in texts:
            return __import__(module)
        if module not in modules:
            modules[module] = {"__builtins__": {**vars(__import__("builtins")), "__import__": load}}
            exec(compile(texts[module], module, "exec"), modules[module])
        return type(
            module,
            (),
            {
                key: staticmethod(value) if callable(value) else value
                for key, value in modules[module].items()
                if key[:2] != "__"
            },
        )

    load(name)
    return modules[name]


METERS = """
    class Meter:
        scale = 10
        doubled = scale * 2

        def __init__(self, offset_ma):
            self.offset_ma = offset_ma

        def current(self, reading_ma, factor=1):
            def scaled(share):
                return reading_ma * share + self.offset_ma
            return scaled(factor) * self.scale

        @property
        def twice(self):
            return self.doubled

    def make_meter(offset_ma):
        return Meter(offset_ma)

    def sums(readings):
        return [reading + total for reading in readings for total in (1, 2)]
"""
USER = """
    from meters import make_meter
    import meters as m

    def result(share):
        from meters import sums
        meter = make_meter(share)
        return meter.current(2, factor=3), m.make_meter(5).twice, sums([1, 2]), m.Meter.scale
"""


def test_the_program_stays_the_same() -> None:
    texts = shortened(meters=METERS, user=USER)
    (function,) = [
        value
        for key, value in run(texts, "user").items()
        if getattr(value, "__code__", None) and value.__code__.co_filename == "user"
    ]
    assert function(4) == ((2 * 3 + 4) * 10, 20, [2, 3, 3, 4], 10)
    for name in ("make_meter", "offset_ma", "reading_ma", "doubled", "scaled(", "sums"):
        assert (name in texts["meters"] + texts["user"]) == (name == "scaled("), name
    # Passed by its name somewhere.
    assert "factor=3" in texts["user"] and "factor=1" in texts["meters"]


def test_lines_stay_where_they_are() -> None:
    texts = shortened(meters=METERS, user=USER)
    assert texts["meters"].count("\n") == METERS.count("\n")


def test_kinds_share_their_short_names() -> None:
    texts = shortened(
        a="""
        class Contactor:
            def close_now(self, delay_ms):
                self.closed_at = delay_ms

        def only_imported(closing_ms):
            return closing_ms
        """,
        b="from a import only_imported, Contactor\n",
    )
    words = {node.id for node in ast.walk(ast.parse(texts["a"])) if isinstance(node, ast.Name)}
    found = {part.attr for part in ast.walk(ast.parse(texts["a"])) if isinstance(part, ast.Attribute)}
    arguments = {part.arg for part in ast.walk(ast.parse(texts["a"])) if isinstance(part, ast.arg)}
    assert len(words | found | arguments) <= 5, texts["a"]


@pytest.mark.parametrize(
    "text, kept",
    [
        ('def charge(): pass\nX = hasattr(X, "charge")', "def charge"),
        ("class MeterLost(OSError): pass\nclass MeterSilent(MeterLost): pass", "MeterSilent"),
        ("def outside_knows(): pass", "outside_knows"),
        ("class A:\n    def write(self): pass", "def write"),
        ("class A:\n    def _own(self, given): return given", "_own"),
        (
            "def f():\n    count_a = 0\n    def g():\n        nonlocal count_a\n        count_a = 1\n    return g",
            "count_a",
        ),
        ('def f(port_a): pass\nX = f"{f(1)}"', "def f"),
        ("import sys\nfrom sys import path as where_from\nx = where_from", "path as"),
    ],
)
def test_what_others_know_keeps_its_name(text: str, kept: str) -> None:
    assert kept in shortened(("outside_knows", "write", "path", "sys"), module=text)["module"]


def test_names_that_are_built_in_come_first_unless_they_are_used() -> None:
    texts = {"a.py": "def charge(): pass\n\ndef stop(): return hash\n"}
    short = PublicNames(texts, (), ("hash", "acosh")).shorten("a.py", texts["a.py"])
    assert "def acosh()" in short and "def hash" not in short


def test_what_is_said_to_be_built_in_is(tmp_path) -> None:
    program = tmp_path / "count.py"
    program.write_text(
        "import micropython\n"
        "micropython.qstr_info()\n"
        f"for name in {NAMES!r}.split():\n"
        "    setattr(type('X', (), {}), name, 1)\n"
        "micropython.qstr_info()\n"
        "setattr(type('X', (), {}), 'not_built_in_' + 'at_all', 1)\n"
        "micropython.qstr_info()\n"
    )
    result = subprocess.run([str(MICROPYTHON), program], capture_output=True, text=True, check=True)
    before, after, more = re.findall(r"n_qstr=(\d+)", result.stdout)
    # One long text is no name.
    assert (int(after), int(more)) == (int(before), int(before) + 1)


def test_a_short_name_is_nobody_elses() -> None:
    text = "def long_name(a, b):\n    c = a\n    return lambda d: c + d + b\n"
    names = {
        node.id
        for node in ast.walk(ast.parse(shortened(module=text)["module"]))
        if isinstance(node, ast.Name)
    }
    assert len(names) == 4, names


def scopes(text: str, name: str) -> tuple:
    return shape(symtable.symtable(without_annotations(text), name, "exec"))


def shape(table: symtable.SymbolTable) -> tuple:
    """Return what stays when names change: the scopes, and how each of their names is bound and used."""
    kinds = sorted(
        (
            symbol.is_parameter(),
            symbol.is_local(),
            symbol.is_global(),
            symbol.is_free(),
            symbol.is_imported(),
            symbol.is_assigned(),
            symbol.is_referenced(),
            symbol.is_namespace(),
        )
        for symbol in table.get_symbols()
    )
    return table.get_type(), kinds, [shape(child) for child in table.get_children()]


def test_every_scope_of_the_firmware_binds_and_uses_as_many_names_as_before() -> None:
    files = image_sources.everything(SIM)
    facts = image.build_facts(SIM)
    texts = inline({n: image_texts.source_text(n, p, facts) for n, p in files.items() if n.endswith(".py")})
    before, after = texts, image_texts.shortened(texts, files)
    changed = 0
    for name, text in before.items():
        short = after[name]
        changed += short != text
        assert scopes(short, name) == scopes(text, name), name
    assert changed > 150
