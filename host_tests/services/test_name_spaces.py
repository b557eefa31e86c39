"""Names that may share a short form and names that may not."""

import ast
import contextlib
import io
import textwrap
from pathlib import Path

import pytest

import image
import image_sources
import image_texts
from board_folders import find_board
from dynamic_names import words_of_texts
from free_names import NAMES
from inline_constants import inline
from name_scopes import Names
from name_spaces import ClassSpaces, module_spaces, names_of_class
from outside_names import names_in_program, shared_names
from public_names import PublicNames
from short_names import Shortener
from text_edit import apply

PROGRAMS = {
    "two classes": """
        class Lamp:
            def __init__(self): self.watts = 5
            def glow(self): return self.watts
        class Motor:
            def __init__(self): self.turns = 7
            def spin(self): return self.turns
        for thing in (Lamp(), Motor()):
            print(thing.glow() if isinstance(thing, Lamp) else thing.spin())
    """,
    "inherited": """
        class Base:
            def __init__(self): self.first = 1
            def total(self): return self.first + self.more()
            def more(self): return 0
        class Child(Base):
            def __init__(self):
                super().__init__()
                self.second = 2
            def more(self): return self.second
        print(Child().total())
    """,
    "the body of a class uses globals": """
        SHARE, HALF = 4, 2
        def doubled(value): return value * 2
        class Meter:
            factor = SHARE
            other = doubled(factor) + HALF
            def read(self, times=HALF, more=SHARE): return self.factor * times + self.other + more
        print(Meter().read(), Meter.factor)
    """,
    "set by others": """
        class Board: pass
        class Car:
            def __init__(self): self.amps = 3
        board, car = Board(), Car()
        board.volts = 230
        car.volts = 231
        print(board.volts, car.volts, car.amps)
    """,
    "arguments in arguments": """
        def outer(first, second):
            def inner(third, fourth):
                return first * 1000 + second * 100 + third * 10 + fourth
            return inner
        print(outer(1, 2)(3, 4), (lambda left, right: left - right)(9, 4))
    """,
    "of a list": """
        class Readings(list):
            def newest(self): return self[-1]
            def all_of_them(self):
                self.append(4)
                return sorted(self)
        readings = Readings([3, 1])
        print(readings.newest(), readings.all_of_them())
    """,
    "asked for by a text": """
        class Record:
            def __init__(self): self.end_s = 5
        print(getattr(Record(), "end_s"), hasattr(Record(), "begin_s"))
    """,
    "a class in a method": """
        class Outer:
            def __init__(self): self._count, self._other = 3, 4
            def _next(self): return self._count + self._other
            def make(self):
                class Inner:
                    def __init__(self): self._count = 8
                    def _next(self): return self._count * 2
                    def both(self): return self._next()
                return Inner().both() + self._next()
        print(Outer().make())
    """,
    "private": """
        _count = 3
        def _more(): return _count + 1
        class Counter:
            _step = 2
            def __init__(self): self._value = _more()
            def _next(self): return self._value + self._step
            def count(self): return self._next() + _count
        print(Counter().count())
    """,
}


def printed(text: str) -> str:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(text, "program", "exec"), {"__name__": "program"})
    return output.getvalue()


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_with_short_names_does_the_same(name: str) -> None:
    text = textwrap.dedent(PROGRAMS[name])
    public = PublicNames({"a.py": text}, (), NAMES.split())
    private = Shortener({"a.py": text}, public.shorts, public.forms())
    short = apply(text, public.edits("a.py") + private.edits("a.py"))
    assert short != text
    assert printed(short) == printed(text) != ""


def test_classes_that_have_nothing_in_common_share_names() -> None:
    text = textwrap.dedent(PROGRAMS["two classes"])
    short = PublicNames({"a.py": text}, (), NAMES.split()).shorten("a.py", text)
    found = [
        sorted(set(names_of_class(node)))
        for node in ast.walk(ast.parse(short))
        if isinstance(node, ast.ClassDef)
    ]
    assert found[0] == found[1]


def test_no_class_and_no_module_of_the_firmware_has_fewer_names_than_before() -> None:
    board = find_board("SIM")
    files = image_sources.everything(board)
    facts = image.build_facts(board)
    texts = inline({n: image_texts.source_text(n, p, facts) for n, p in files.items() if n.endswith(".py")})
    asked = words_of_texts(texts, image_texts.foreign_names(files))
    before = {file: ast.parse(text, file) for file, text in texts.items()}
    after = {file: ast.parse(text, file) for file, text in image_texts.shortened(texts, files, asked).items()}
    families = ClassSpaces(before).family
    assert len(families) > 150
    counts = []
    for trees in (before, after):
        names: dict[object, set[str]] = {}
        for file, tree in trees.items():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef):
                    names.setdefault(families[file, node.lineno], set()).update(names_of_class(node))
        for word, modules in module_spaces({file: Names(tree) for file, tree in trees.items()}).items():
            for module in modules:
                names.setdefault(module, set()).add(word)
        counts.append({space: len(found) for space, found in names.items()})
    # What two kinds of names have in common may become two.
    assert not {space for space, count in counts[0].items() if counts[1][space] < count}
    assert sum(counts[1].values()) < sum(counts[0].values()) + 10
    words = [
        {word for tree in trees.values() for word in ClassSpaces({"": tree}).of} for trees in (before, after)
    ]
    assert len(words[1]) < len(words[0]) * 0.7


def test_who_takes_names_from_somewhere_must_be_known() -> None:
    with pytest.raises(ValueError, match=r"evse/a\.py"):
        words_of_texts({"evse/a.py": "def f(thing, name): return getattr(thing, name)"})
    assert words_of_texts({"evse/a.py": "def f(thing): return getattr(thing, 'charge')"}) == set()
    foreign = "def f(thing, kind): return getattr(thing, kind + '_handlers')\nafter_handlers = 'a word'"
    assert words_of_texts({"web.py": foreign}, {"web.py"}) >= {"after_handlers", "word"}


def test_what_a_file_shares_are_its_definitions_and_what_it_uses_of_others(tmp_path: Path) -> None:
    path = tmp_path / "beside.py"
    path.write_text(
        "import os.path\nfrom evse import app as station\nLIMIT = 3\n"
        "class Board:\n    car = 'A'\n"
        "    def step(self, now):\n        local = now\n        return self.x.wake(at=local)\n"
    )
    shared = shared_names([path])
    assert {"os", "path", "app", "LIMIT", "Board", "car", "step", "x", "wake", "at"} <= shared
    assert not {"local", "now"} & shared


def test_a_program_is_searched_where_its_constants_are(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"1 \0a_name\0")
    assert names_in_program(path) == {"a_name"}
    found = names_in_program(image_texts.interpreter())
    # What every MicroPython has, and what only its debug information says.
    assert {"heap_lock", "readinto"} <= found and "mp_obj_str_t" not in found
