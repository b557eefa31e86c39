"""What the charge point loads late is in the image, too: nothing else names these modules."""

import re

from board_folders import read_board
from evse.services.ocpp import service
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


def test_every_module_of_the_charge_point_is_known_to_who_forgets_it() -> None:
    packages = {"evse.services.ocpp": "firmware", "ocpp16": "lib", "websocket_client": "lib"}
    there = [
        f"{package}.{path.stem}"
        for package, folder in packages.items()
        for path in (ROOT / folder / package.replace(".", "/")).glob("*.py")
        if path.stem != "__init__"
    ]
    assert sorted(service._MODULES.split()) == sorted(there)
