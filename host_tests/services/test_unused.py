"""What an image leaves out because nothing in it is used: only that, and lines stay where they are."""

import ast
import textwrap
from functools import cache

import pytest
from test_link_modules import unknown_names

import image
import image_sources
import image_texts
from board_folders import find_board, known_boards
from inline_constants import inline
from unused import Kept, without_unused

every_board = pytest.mark.parametrize("board", known_boards())


def kept(outside=(), foreign=(), held=(), **files: str) -> Kept:
    texts = {f"{name.replace('__', '/')}.py": textwrap.dedent(text) for name, text in files.items()}
    result = without_unused(texts, outside, foreign, held)
    for name, text in result.texts.items():
        assert text.count("\n") == texts[name].count("\n")
        compile(text, name, "exec")
    return result


def removed(*arguments, **options) -> set[str]:
    return {name for _, _, name in kept(*arguments, **options).removed}


def test_what_nothing_uses_goes_and_the_rest_stays_on_its_line() -> None:
    text = """\
        import json
        from evse.meter import (
            Meter,
            far,
        )

        TABLE = (1, 2)
        UNUSED = {"a": (3, -4)}


        class Lamp:
            colour = 1
            glare = 2

            def on(self):
                return self.colour

            @property
            def is_on(self):
                return self.level()

            def level(
                self,
                steps=3,
            ):
                return json.dumps(far(steps))


        def unused(value):
            return UNUSED, Meter(value)


        print(Lamp().on(), TABLE)
        """
    result = kept(main=text, evse__meter="class Meter:\n    pass\n\n\ndef far():\n    pass\n")
    gone = {name for file, _, name in result.removed if file == "main.py"}
    assert gone == {"json", "Meter", "far", "UNUSED", "Lamp.glare", "Lamp.is_on", "Lamp.level", "unused"}
    assert {name for file, _, name in result.removed if file == "evse/meter.py"} == {"Meter", "far"}
    before, after = textwrap.dedent(text).split("\n"), result.texts["main.py"].split("\n")
    for line in ("TABLE = (1, 2)", "    colour = 1", "    def on(self):", "print(Lamp().on(), TABLE)"):
        assert after.index(line) == before.index(line)
    assert "level" not in result.texts["main.py"] and "json" not in result.texts["main.py"]
    scope: dict = {}
    exec(result.texts["main.py"].replace("print", "found = "), scope)
    assert scope["found"] == (1, (1, 2))


def test_what_only_uses_itself_or_each_other_goes() -> None:
    text = """
        class A:
            def first(self):
                return self.second()

            def second(self):
                return self.first()


        def again(count):
            return again(count - 1)


        class B:
            def twin(self):
                return B().twin()


        print(A)
        """
    assert removed(main=text) == {"A.first", "A.second", "again", "B"}


def test_an_import_keeps_what_others_do_not_use() -> None:
    files = {
        "main": "from lamps import red, green\nprint(red)\n",
        "lamps": "red = 1\ngreen = 2\nblue = 3\n",
    }
    result = kept(**files)
    assert {name for _, _, name in result.removed} == {"green", "blue"}
    assert result.texts["main.py"] == "from lamps import red\nprint(red)\n"


# A program, and what of it must not go.
STAYS = {
    "special names": ("class A:\n    def __repr__(self): pass\n    __slots__ = ()\nprint(A)", "__repr__"),
    "getattr": ("class A:\n    def job(self): pass\nprint(getattr(A(), 'job'))", "def job"),
    "words of texts": ("class A:\n    def job(self): pass\nROWS = 'put job 3'\nprint(A, ROWS)", "def job"),
    "words of bytes": ("class A:\n    def job(self): pass\nprint(A, b'job 3')", "def job"),
    "beginnings": ("class A:\n    def on_b(self): pass\ndef f(x): getattr(A(), 'on_' + x)\nf('b')", "on_b"),
    "endings": (
        "class A:\n    def a_rows(self): pass\ndef f(x): getattr(A(), '%s_rows' % x)\nf(1)",
        "a_rows",
    ),
    "formatted": ("class A:\n    def on_b(self): pass\ndef f(x): getattr(A(), f'on_{x}')\nf('b')", "on_b"),
    "setters": (
        "class A:\n    @property\n    def x(self): pass\n    @x.setter\n    def x(self, v): pass\nA().x = 1",
        "x.setter",
    ),
    "defaults": ("class A:\n    STEP = 2\n    def f(self, by=STEP): pass\nprint(A().f)", "STEP = 2"),
    "values of a class": ("class A:\n    STEP = 2\n    WIDE = STEP * 2\nprint(A.WIDE)", "STEP = 2"),
    "other names": ("class A:\n    def f(self): pass\n    g = f\nprint(A().g)", "def f"),
    "builtin bases": ("class A(dict):\n    def update(self, x): pass\nprint(A)", "def update"),
    "far bases": ("import io\nclass A(io.IOBase):\n    def job(self): pass\nprint(A)", "def job"),
    "bases by name": ("from io import IOBase\nclass A(IOBase):\n    def job(self): pass\nprint(A)", "job"),
    "bases of bases": (
        "import io\nclass A(io.IOBase): pass\nclass B(A):\n    def job(self): pass\nprint(B)",
        "def job",
    ),
    "a class of that name": (
        "from machine import Lock\nclass A(Lock):\n    def job(self): pass\nprint(A)",
        "def job",
    ),
    "overriding": (
        "class A:\n    def run(self): self.job()\n    def job(self): pass\n"
        "class B(A):\n    def job(self): pass\nB().run()",
        "class B(A):\n    def job",
    ),
    "streams": ("class A:\n    def readinto(self, b): pass\nprint(A)", "def readinto"),
    "outside": ("class A:\n    def probed(self): pass\nprint(A)", "def probed"),
    "globals outside": ("def probed(): pass\n", "def probed"),
    "imports outside": ("from math import probed\n", "import probed"),
    "decorators": ("def keep(f): print(f)\n@keep\ndef job(): pass\n", "def job"),
    "calls": ("def begin(): print(1)\nSTATE = begin()\n", "STATE = begin()"),
    "classes that do something": ("class A:\n    print(1)\n", "class A"),
    "bases that do something": ("def make(): print(1)\nclass A(make()): pass\n", "class A"),
    "added to": ("X = 1\nX += 2\n", "X = 1"),
    "added to in a class": ("class A:\n    X = 1\n    X += 2\nprint(A)", "X = 1"),
    "deleted": ("X = 1\ndel X\n", "X = 1"),
    "global": ("X = None\ndef f():\n    global X\n    X = 1\nf()", "X = None"),
    "filled": ("X = {}\nX['a'] = 1\n", "X = {}"),
    "any name": ("def job(): pass\nprint(globals())", "def job"),
    "tried imports": ("try:\n    from sys import job\nexcept ImportError:\n    print(1)\n", "import job"),
    "modules": ("import evse\n", "import evse"),
    "passed by name": ("class A:\n    limit = 1\nprint(A, f=dict(limit=2))", "limit = 1"),
    "names of functions": ("def f():\n    def inner(): pass\n    x = 1\nf()", "def inner"),
}


@pytest.mark.parametrize("name", STAYS)
def test_what_may_be_used_stays(name) -> None:
    text, wanted = STAYS[name]
    texts = kept(main=text, far="class Lock:\n    pass\n", evse="", outside={"probed"}).texts
    assert wanted in texts["main.py"]


def test_a_module_that_is_an_object_keeps_what_is_asked_for_by_a_name() -> None:
    pages = "def put(): pass\ndef far(): pass\n"
    program = (
        "import sys\nROUTES = 'put pages'\ndef f(module, name): return getattr(sys.modules[module], name)\n"
    )
    assert removed(pages=pages, main=program + "f(*ROUTES.split())") == {"far"}
    assert removed(pages=pages, main="import pages\ndef f(m): m.put()\nf(pages)") == {"far"}
    assert removed(pages=pages, main="import pages\npages.put()") == {"far"}
    # An attribute of something else.
    assert removed(pages=pages, main="import pages\nfrom store import far\nfar().put(pages.far)") == {"put"}


def test_an_attribute_of_a_module_is_not_one_of_an_object() -> None:
    text = "import asyncio\nclass A:\n    def run(self): pass\nasyncio.run(A)\n"
    assert removed(main=text) == {"A.run"}
    # Here it may be something else.
    assert removed(main=text + "def f(asyncio): asyncio.run()\nf(A())") == set()


def test_a_module_that_does_something_is_still_loaded() -> None:
    files = {"main": "from lamp import first, second\n", "lamp": "print(1)\nfirst = 1\nsecond = 2\n"}
    result = kept(**files)
    assert result.texts["main.py"] == "from lamp import first\n"
    assert result.texts["lamp.py"] == "print(1)\nfirst = 1\npass\n"


def test_what_is_for_type_checkers_only_uses_nothing() -> None:
    text = "_TYPE_CHECKING = const(False)\nif _TYPE_CHECKING:\n    from lamp import first\ndef f(x: first): pass\nf(1)"
    assert "first" in removed(main=text, lamp="first = 1\n")


LIBRARY = """
    class Server:
        def get(self): pass
        def run(self): self.each('before')
        def each(self, what): getattr(self, what + '_rows')
        def after_rows(self): pass
        def other(self): pass
    class Head:
        def get(self): pass
        def form(self): return 'application/json form'
        def json(self): pass
        def files(self): pass
    """
HOLDER = "from web import Server, Head\nserver = Server()\nserver.get()\nprint(Head().form)\n"


def test_a_library_knows_nothing_of_the_names_in_other_files() -> None:
    options = {"foreign": ["web.py"], "held": ["web.Server"], "web": LIBRARY, "main": HOLDER}
    other = "def f(task): task.run().other('json').files\nf(3)\n"
    gone = removed(outside={"json"}, other=other, **options)
    assert gone == {"Server.run", "Server.each", "Server.after_rows", "Server.other", "Head.json"}
    # Who may have a server names it.
    assert removed(outside={"json"}, other="import web\n" + other, **options) == {"Head.json"}
    del options["held"]
    assert removed(outside={"json"}, other=other, **options) == {"Head.json"}
    options["foreign"] = []
    assert removed(other=other, **options) == set()


@cache
def firmware(name: str) -> "tuple[dict[str, str], Kept]":
    """Return the texts of a board before and after."""
    board = find_board(name)
    files = image_sources.sources(board)
    facts = image.build_facts(board)
    texts = inline({n: image_texts.source_text(n, p, facts) for n, p in files.items() if n.endswith(".py")})
    return texts, image_texts.used(texts, image_texts.foreign_names(files))


def module_name(file: str) -> str:
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@every_board
def test_the_firmware_finds_all_that_it_names(board) -> None:
    before, result = firmware(board)
    assert set(result.texts) == set(before)
    modules = {module_name(name): text for name, text in result.texts.items()}
    for name, text in result.texts.items():
        assert text.count("\n") == before[name].count("\n")
        assert not unknown_names(text, name), name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and not node.level and node.module in modules:
                names = {alias.name for alias in node.names}
                assert names <= given(modules[node.module]) | {
                    name for name in names if f"{node.module}.{name}" in modules
                }, (name, node.lineno)


def given(text: str) -> set[str]:
    """Return everything that a file gives a name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return found


@every_board
def test_no_attribute_that_the_firmware_uses_has_lost_its_last_definition(board) -> None:
    before, result = firmware(board)
    lost = set().union(*map(given, before.values())) - set().union(*map(given, result.texts.values()))
    assert len(lost) > 50
    used = {
        node.attr
        for text in result.texts.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        # What the system has is its own.
        and not (isinstance(node.value, ast.Name) and node.value.id in ("asyncio", "os", "sys", "time"))
    }
    assert used & lost == set()


@every_board
def test_who_asks_for_names_that_are_worked_out_is_known(board) -> None:
    before, _ = firmware(board)
    found = {
        name
        for name, text in before.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("getattr", "setattr")
        and not isinstance(node.args[1], ast.Constant)
    }
    # None of them asks an object of a library, but the library itself.
    assert found <= {
        "evse/services/web/answering.py",
        "evse/services/display/reasons.py",
        "evse/services/sessions_open.py",
        "simworld/serial_device.py",
        "microdot/microdot.py",
    }


@every_board
def test_an_image_has_no_more_of_a_library_than_it_uses(board) -> None:
    _, result = firmware(board)
    gone = {name for file, _, name in result.removed if file == "microdot/microdot.py"}
    assert {"Response.set_cookie", "urlencode", "Microdot.shutdown"} <= gone
    assert not {"Microdot.start_server", "Microdot.errorhandler", "Request", "Response.write"} & gone
    classes = {name.rpartition(".")[0].replace("/", ".") for name in image_texts.HELD}
    assert classes == {"microdot.microdot"}
