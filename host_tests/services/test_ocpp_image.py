"""What the charge point loads late is in the image, too: nothing else names these modules."""

import re

from board_folders import read_board
from image_sources import sources
from interpreters import ROOT

LATE = re.compile(r'Late\(\w+, "([\w.]+)", \(([^)]*)\)\)')


def test_modules_that_are_loaded_late_are_in_the_image() -> None:
    found = sources(read_board(ROOT / "tools/device/BARE"))
    names = []
    for path in (ROOT / "lib/ocpp16").glob("*.py"):
        for name, needs in LATE.findall(path.read_text()):
            names += [name, *re.findall(r"[\w.]+", needs)]
    assert "ocpp16.commands" in names and "ocpp16.payloads" in names
    assert [name for name in names if name.replace(".", "/") + ".py" not in found] == []
