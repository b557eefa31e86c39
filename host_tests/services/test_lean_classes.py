"""Classes of an image without what MicroPython puts into all of them: smaller, and else the same."""

import subprocess
import textwrap

import pytest

from interpreters import MICROPYTHON
from lean_classes import lean
from text_edit import apply

CLASSES = """
    class Told:
        \"\"\"Is told
        in two lines.
        \"\"\"

        def a(self): return 1
        def b(self): return self.a() + 1
        def c(self): return self.b() + 1

    class Plain(Told):
        share = 7
        def a(self): return super().a() * self.share

    class Empty(ValueError):
        pass

    class Begun:
        def a(self): return 4
    """


def leaner(text: str) -> str:
    text = textwrap.dedent(text)
    return apply(text, lean(text))


def test_every_line_stays_where_it_is() -> None:
    before, after = textwrap.dedent(CLASSES).split("\n"), leaner(CLASSES).split("\n")
    assert len(before) == len(after)
    assert [line for line in before if "def " in line] == [line for line in after if "def " in line]
    for number, line in enumerate(before):
        if "def " in line or line.startswith("class "):
            assert after[number] == line


@pytest.mark.parametrize(
    "text", ["class A:\n    x = 1\n\nprint(A.__qualname__)\n", "class A:\n    def f(self): pass\n"]
)
def test_what_has_no_room_or_uses_the_names_stays(text: str) -> None:
    assert leaner(text) == text


def test_the_classes_are_the_same_but_smaller() -> None:
    use = """
print(Told().c(), Plain().c(), Plain.share, Begun().a())
try:
    raise Empty("told")
except ValueError as error:
    print(type(error).__name__, error)
print([name for name in dir(Plain) if name in ("__module__", "__qualname__", "share", "a", "b")])
gc.collect()
print(gc.mem_alloc() - begin)
"""
    found = []
    for text in (textwrap.dedent(CLASSES), leaner(CLASSES)):
        program = "import gc\ngc.collect()\nbegin = gc.mem_alloc()\n" + text + use
        result = subprocess.run([str(MICROPYTHON), "-c", program], capture_output=True, text=True, check=True)
        found.append(result.stdout.splitlines())
    before, after = found
    assert before[:2] == after[:2] == ["3 9 7 4", "Empty told"]
    assert "__module__" in before[2] and "__module__" not in after[2] and "share" in after[2]
    assert int(after[3]) < int(before[3])
