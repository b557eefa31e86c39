"""docs/modbus.md names the registers that there are."""

import re

from evse.services.modbus_map import TABLE
from interpreters import ROOT


def test_registers_of_the_document_are_those_of_the_station() -> None:
    text = (ROOT / "docs/modbus.md").read_text()
    rows = re.findall(r"^\| (\d+) \| (\d+) \|[^|]*\|([^|]*)\|", text, re.MULTILINE)
    described = [(int(address), int(count), write.strip() == "yes") for address, count, write in rows]
    assert described == [(address, count, take is not None) for address, count, _, take in TABLE]
