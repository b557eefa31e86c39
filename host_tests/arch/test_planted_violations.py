"""Every rule of the architecture finds violations planted for it, and only those."""

import pytest

import arch_rules

CORE = "firmware/evse/core/x.py"
API = "firmware/evse/hal/api.py"
SERVICE = "firmware/evse/services/x.py"
SETTINGS = "firmware/evse/settings/x.py"
LIB = "lib/modbus/x.py"
SIM = "boards/SIM/x.py"

OTHERS = {"lib/modbus/__init__.py": "", "boards/SIM/board.py": "", "boards/SIM/world.py": ""}


@pytest.mark.parametrize(
    ("path", "source", "message"),
    [
        (CORE, "from evse.hal.api import Pilot", "core must not import evse.hal.api"),
        (CORE, "from evse.hal import api", "core must not import evse.hal.api"),
        (CORE, "from ..services import meters", "core must not import evse.services"),
        (CORE, "import modbus", "core must not import modbus (lib)"),
        (CORE, "import time", "it may take micropython.const only"),
        (CORE, "import micropython", "it may take micropython.const only"),
        (CORE, "from micropython import const, heap_lock", "it may take micropython.const only"),
        (CORE, "def f():\n    import asyncio", ":2: core must not import asyncio"),
        (CORE, "import evse.app", "core must not import evse.app"),
        (API, "from evse.settings import store", "hal.api must not import evse.settings"),
        (API, "if TYPE_CHECKING:\n    from evse.services.web import Web", ":2: hal.api must not import"),
        (SETTINGS, "from evse.services import web", "settings must not import evse.services"),
        (SERVICE, "from evse.app import App", "services must not import evse.app"),
        (SERVICE, "from evse.hal.esp32 import pilot", "services must not import evse.hal.esp32"),
        (SERVICE, "import machine", "only evse/hal/esp32 may import machine"),
        (SERVICE, "import board", "services must not import board (board)"),
        (SERVICE, "import world", "services must not import world (boards)"),
        (LIB, "from evse.core import ticks", "lib must not import evse.core"),
        (LIB, "import evse.log", "lib must not import evse.log"),
        (LIB, "try:\n    import network\nexcept ImportError:\n    network = None", "may import network"),
        (SIM, "from evse.services import web", "boards must not import evse.services"),
        (SIM, "import main", "boards must not import main"),
        ("firmware/boot.py", "from evse.app import App", "boot must not import evse.app"),
        ("firmware/evse/odd.py", "", "belongs to no room"),
        (SERVICE, "import evse.odd", "services must not import evse.odd"),
    ],
)
def test_arrows_find(path, source, message):
    violations = arch_rules.check_arrows({**OTHERS, path: source})
    assert len(violations) == 1
    assert violations[0].startswith(f"{path}:")
    assert message in violations[0]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (CORE, "from micropython import const\nfrom evse.core.ticks import PERIOD\nfrom .io import Inputs"),
        (CORE, "if TYPE_CHECKING:\n    from typing import Protocol"),
        (API, "from micropython import const\nfrom evse.core.io import Inputs"),
        (SETTINGS, "import os\nfrom evse.core import limits"),
        (SERVICE, "import asyncio\nfrom evse import aio, log\nfrom evse.hal import api\nimport modbus.rtu"),
        (LIB, "import struct\nfrom modbus import crc\nfrom . import crc"),
        (SIM, "import world\nimport board\nfrom evse.core.io import Inputs\nimport microdot"),
        (
            "firmware/evse/hal/esp32/x.py",
            "import machine\nfrom esp32 import NVS\nfrom evse.hal.api import Pilot",
        ),
        ("firmware/main.py", "import board\nfrom evse.app import App"),
    ],
)
def test_arrows_allow(path, source):
    assert arch_rules.check_arrows({**OTHERS, path: source}) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import dataclasses", "MicroPython has no dataclasses"),
        ("from typing import Any", "typing may be imported under `if TYPE_CHECKING:` only"),
        (
            "try:\n    import logging\nexcept ImportError:\n    logging = None",
            ":2: MicroPython has no logging",
        ),
        ("def f():\n    from functools import partial", ":2: MicroPython has no functools"),
        ("import ujson", "by its plain name only"),
        ("import serial", "serial is neither a module of MicroPython nor of this tree"),
        ("import concurrent.futures", "concurrent is neither"),
        ("if TYPE_CHECKING:\n    import enum", ":2: MicroPython has no enum"),
    ],
)
@pytest.mark.parametrize("path", [SERVICE, LIB, SIM])
def test_platform_modules_find(path, source, message):
    violations = arch_rules.check_platform_modules({**OTHERS, path: source})
    assert len(violations) == 1
    assert message in violations[0]


def test_platform_modules_allow():
    source = """
import asyncio
import microdot
import modbus
try:
    import serial
except ImportError:
    serial = None
if TYPE_CHECKING:
    from typing import Any
"""
    assert arch_rules.check_platform_modules({**OTHERS, SERVICE: source}) == []


@pytest.mark.parametrize(
    "source",
    ["A = 1.5", "A = 1e3", "def f(x):\n    return x / 2", "x /= 2", "A = float(1)", "A = round(3)", "A = 2j"],
)
def test_no_floats_finds(source):
    violations = arch_rules.check_no_floats({CORE: source})
    assert len(violations) == 1
    assert "no floats in core" in violations[0]


def test_no_floats_allows():
    source = 'A = 7 // 2\nB = "1.5 / 2"  # 1.5\nA //= 2\nC = 10**3'
    assert arch_rules.check_no_floats({CORE: source, SERVICE: "A = 1.5 / float(2)"}) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("ledger = Ledger()", ":1: nothing may happen at import: `Ledger()`"),
        ("start()", "`start()`"),
        ("QUEUE = []", "`[]` can be changed; use a tuple"),
        ("A = {1: bytearray(4)}", "bytearray(4)"),
        ("class A:\n    shared = []", ":2: nothing may happen at import: `[]`"),
        ("def f(a=Ledger()):\n    pass", "`Ledger()`"),
        ("@app.route('/')\ndef f():\n    pass", "`app.route('/')`"),
        ("for i in range(3):\n    pass", "`for i in range(3):`"),
        ("if A:\n    start()", ":2: nothing may happen at import"),
        ("try:\n    import b\nexcept ImportError:\n    start()", ":4: nothing may happen at import"),
        ("def f():\n    global count\n    count = 1", "`global count`"),
        ("with A:\n    pass", "`with A:`"),
    ],
)
@pytest.mark.parametrize("path", [CORE, SERVICE, LIB, SIM])
def test_nothing_at_import_finds(path, source, message):
    violations = arch_rules.check_nothing_at_import({path: source})
    assert len(violations) == 1
    assert message in violations[0]


def test_nothing_at_import_allows():
    source = '''"""Docstring."""
import sys
from micropython import const
TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import TypeVar
    T = TypeVar("T")
_A = const(1 << 3)
B = (_A, -1, "x", b"y", sys.maxsize)
C = {1: ("a", None), 2: lambda value: value + 1}
if sys.implementation.name == "micropython":
    D = 1
else:
    D = 2
try:
    import serial
except ImportError:
    serial = None
try:
    sleep_ms = asyncio.sleep_ms
except AttributeError:
    def sleep_ms(delay_ms):
        return asyncio.sleep(delay_ms / 1000)
class E:
    """Docstring."""
    __slots__ = ("a",)
    LIMIT = const(3)
    size: int
    @property
    def f(self, a=B[0], *, b=None):
        return list(a)
'''
    assert arch_rules.check_nothing_at_import({SERVICE: source}) == []


def test_the_log_and_the_composition_root_may_act():
    source = "lines = Ring(40)\n"
    assert arch_rules.check_nothing_at_import(dict.fromkeys(arch_rules.ACTS_AT_IMPORT, source)) == []


@pytest.mark.parametrize("table", ["firmware/evse/settings/table.py", "boards/SIM/simworld/world_table.py"])
def test_only_tables_build_their_rows(table):
    source = "class Row:\n    pass\ndef _int(key):\n    return Row()\nROWS = (_int('a'), Row(), const(1))\n"
    assert arch_rules.check_nothing_at_import({table: source}) == []
    assert len(arch_rules.check_nothing_at_import({SERVICE: source})) == 1
    assert len(arch_rules.check_nothing_at_import({table: source + "store = open('x')\n"})) == 1
