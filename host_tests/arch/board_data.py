"""What the files of a board say: wiring, tables of its page, options of its build."""

import ast
import re
from typing import NamedTuple

from interpreters import ROOT

BOARDS = ("SMARTEVSE_V3", "PICO32")
# Board, and revision where the eFuses tell several apart.
CASES = (("SMARTEVSE_V3", "v3.0"), ("SMARTEVSE_V3", "v3.1"), ("PICO32", None))
SINGULAR: dict[str, str] = {"contactors": "contactor", "inputs": "input", "buttons": "button"}


def folder(board):
    return ROOT / "boards" / board


def constants(board) -> dict:
    """Return the literals of board.py, without importing the drivers that it composes."""
    tree = ast.parse((folder(board) / "board.py").read_text())
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def wiring(board, revision) -> dict:
    """Return the wiring of one revision, merged as the builder does."""
    data = constants(board)["WIRING"]
    return {**data, **data["variants"].get(revision, {})}


def wired_pins(data) -> dict[str, int]:
    """Return name -> GPIO: the group in the singular, then the field without `_pin`."""
    pins = {}
    for group, fields in data.items():
        if not isinstance(fields, dict):
            continue
        for field, value in fields.items():
            if value is not None and (field == "pin" or field.endswith("_pin")):
                name = str(SINGULAR.get(group, group))
                if field != "pin":
                    name += "_" + field.removesuffix("_pin")
                pins[name.upper()] = value
    return pins


def tables(board) -> list[list[str]]:
    """Return the rows of all tables of a board's page, cell by cell."""
    lines = (ROOT / "docs/boards" / (board + ".md")).read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in lines
        if line.lstrip().startswith("|")
    ]


def other_reader() -> dict:
    """Return the group of the wiring that the page of PICO32 gives for its other card reader."""
    page = (ROOT / "docs/boards/PICO32.md").read_text()
    found = re.findall(r"^```python\n(.*?)^```", page, re.M | re.S)
    assert len(found) == 1
    return ast.literal_eval("{" + found[0] + "}")


def config(board) -> dict[str, str]:
    lines = (folder(board) / "sdkconfig.board").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def define(board, name) -> str:
    found = re.search(rf"^#define {name} (.+)$", (folder(board) / "mpconfigboard.h").read_text(), re.M)
    assert found, f"{name} is not defined"
    return found[1].strip()


class Partition(NamedTuple):
    name: str
    type: str
    subtype: str
    offset: int
    size: int


def partitions(board) -> list[Partition]:
    rows = []
    for line in (folder(board) / "partitions.csv").read_text().splitlines():
        if line and not line.startswith("#"):
            name, kind, subtype, offset, size = (cell.strip() for cell in line.split(",")[:5])
            rows.append(Partition(name, kind, subtype, int(offset, 0), int(size, 0)))
    return rows
