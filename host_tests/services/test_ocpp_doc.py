"""docs/ocpp.md says what the table of keys says, and its commands do what it says."""

import re
import shlex
import subprocess

import ocpp_doc
from evse.services.ocpp.rows import ROWS
from evse.settings import table
from interpreters import ROOT
from ocpp16 import keys

TEXT = ocpp_doc.document()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]


def test_the_document_is_up_to_date(capsys) -> None:
    assert ocpp_doc.main(["--check"]) == 0, capsys.readouterr().err


def test_every_key_and_setting_is_there() -> None:
    shown = set(re.findall(r"^\| `(\w+)` \| ", TEXT, re.MULTILINE))
    hidden = {row.name for row in keys.rows() if row.needs_setting and row.name not in ROWS}
    assert shown == {row.name for row in keys.rows()} - hidden
    for name, key in ROWS.items():
        row = keys.find(name)
        # That one the owner changes, and a back end does not (security whitepaper, section 7.1).
        assert row is not None and (row.writable or name == "AdditionalRootCertificateCheck")
        assert table.get(key).label in TEXT
    for row in table.rows():
        if row.key.startswith("Ocpp") and row.kind != table.HIDDEN:
            assert row.label in TEXT


def test_its_commands_are_taken() -> None:
    central, station = COMMANDS
    words = [*shlex.split(central)[1:], "--seconds", "0.1"]
    words[2] = words[2].replace("9000", "0") if words[2].endswith("9000") else words[2]
    result = subprocess.run(
        [str(ROOT / ".venv/bin/python"), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        input="",
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    dry_run = subprocess.run(
        [*shlex.split(station), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    line = [text for text in dry_run.stdout.splitlines() if "tools/sim.py" in text][-1]
    chosen = dict(word.split("=", 1) for word in shlex.split(line) if "=" in word)
    assert {name: table.get(name).key for name in chosen} == {
        "OCPP": "OcppMode",
        "OCPP URL": "OcppUrl",
        "EV METER": "EVMeter",
    }
    assert chosen["OCPP"] in table.get("OCPP").choices
