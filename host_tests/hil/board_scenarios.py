"""Scenarios of the simulated board on a real one: only time and the world are simulated, and nothing is switched.

The modules around the station are not part of a board's image, so they are compiled and copied onto it.
"""

import ast
import json
from pathlib import Path

from board_code import compile_for_board
from board_link import BoardLink

from interpreters import ROOT

SIM = ROOT / "boards/SIM"
FOLDER = "/hil"
PACKAGES = ("bench", "simworld")
DOCUMENT = "scenario.json"
SCENARIO_S = 900

# The lines of the trace, marked so that nothing else is taken for one; the check of the document is the PC's.
RUN = """
import gc, json, sys
if "{folder}" not in sys.path:
    sys.path.append("{folder}")
from bench import scenario, trace
from evse.log import log
def run():
    with open("{folder}/{document}") as file:
        found = scenario.Scenario(json.load(file))
    seen = {{}}
    try:
        while not found.finished():
            found.advance()
            outputs = found.outputs
            for name in sorted(outputs):
                if name != scenario.LIGHT and (name not in seen or outputs[name] != seen[name]):
                    sys.stdout.write("trace " + trace.line(found.at_ms, name, outputs[name]))
            seen = outputs
    finally:
        found.close()
    return [found.at_ms, found.failures]
echo, log.echo = log.echo, False
gc.collect()
try:
    print("done " + json.dumps(run()))
finally:
    log.echo = echo
"""

FORGET = f"""
import gc, sys
for name in list(sys.modules):
    if name.split(".")[0] in {PACKAGES}:
        del sys.modules[name]
gc.collect()
"""


class BoardScenarios:
    """The scenario engine on a board; a context manager that copies it there and takes it off again."""

    def __init__(self, link: BoardLink, work: Path) -> None:
        self._link = link
        self._work = work

    def __enter__(self) -> "BoardScenarios":
        tree = self._work / FOLDER.strip("/")
        compile_for_board(imported_by(SIM / "bench/scenario.py", SIM / "bench/trace.py"), tree)
        self._link.copy_folder(tree)
        return self

    def __exit__(self, *_: object) -> None:
        self._link.run(FORGET)
        for name in (*PACKAGES, DOCUMENT):
            self._link.remove(f"{FOLDER}/{name}")

    def run(self, file: Path) -> tuple[int, list, bytes]:
        """Run a scenario on the board; return its length in ms, its failures and its trace."""
        self._link.copy(file, f"{FOLDER}/{DOCUMENT}")
        lines = self._link.run(RUN.format(folder=FOLDER, document=DOCUMENT), SCENARIO_S)
        marked = [line.partition(" ") for line in lines]
        text = "".join(line + "\n" for mark, _, line in marked if mark == "trace")
        [result] = [json.loads(line) for mark, _, line in marked if mark == "done"]
        at_ms, failures = result
        return at_ms, failures, text.encode()


def imported_by(*sources: Path) -> dict[str, Path]:
    """Return name -> file of modules of the simulated board, with all that they import from it."""
    found: dict[str, Path] = {}
    waiting = list(sources)
    while waiting:
        path = waiting.pop()
        name = path.relative_to(SIM).as_posix()
        if name in found:
            continue
        found[name] = path
        waiting.append(path.parent / "__init__.py")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
                files = (SIM / (one.replace(".", "/") + ".py") for one in names)
                waiting += [file for file in files if file.is_file()]
    return dict(sorted(found.items()))
