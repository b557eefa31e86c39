"""docs/openapi.json is as the tables have it, and the station answers as it says (Schemathesis)."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from web_station import WebStation

import openapi
from evse.settings import table

# The live stream has no end; these would end the login of the test, or take seconds for a hash.
LEFT_OUT = ("/api/v1/events", "/api/v1/logout", "/api/v1/accounts/{name}", "/api/v1/login", "/api/v1/setup")
EXAMPLES = os.environ.get("MICROEVSE_EXAMPLES", "15")
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
CHECKS += ",negative_data_rejection,unsupported_method"


def test_the_document_is_up_to_date(capsys) -> None:
    assert openapi.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_document_is_told_and_written_anew(tmp_path: Path, capsys) -> None:
    path = tmp_path / "openapi.json"
    path.write_text("old")
    assert openapi.main(["--check"], path) == 1
    assert "stale" in capsys.readouterr().err and path.read_text() == "old"
    assert openapi.main([], path) == 0
    assert openapi.main(["--check"], path) == 0


def test_every_setting_is_described_with_its_range() -> None:
    properties = json.loads(openapi.document())["components"]["schemas"]["Settings"]["properties"]
    for row in table.rows():
        if row.kind == table.HIDDEN:
            assert row.key not in properties
        else:
            assert row.label in properties[row.key]["description"]
    assert properties["MaxCurrent"]["minimum"] == 6 and properties["MaxCurrent"]["maximum"] == 80
    assert properties["Mode"]["enum"] == ["Normal", "Smart", "Solar"]
    assert properties["LCDPin"]["writeOnly"] is True


@pytest.mark.skipif(importlib.util.find_spec("schemathesis") is None, reason="schemathesis is not installed")
def test_the_station_answers_as_the_document_says(tmp_path: Path) -> None:
    document = json.loads(openapi.document())
    for path in LEFT_OUT:
        del document["paths"][path]
    words = document["components"]["schemas"]["Request"]["oneOf"][0]["enum"]
    # A restart would end the login.
    words.remove(["restart"])
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(document))
    with WebStation(tmp_path / "data") as station:
        station.set_up()
        command = [sys.executable, "-m", "schemathesis.cli", "run", str(described)]
        command += ["--url", f"http://127.0.0.1:{station.port}", "--checks", CHECKS, "--no-color"]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES, "--seed", "1"]
        command += ["-H", "Cookie: " + station.cookie, "-H", "X-CSRF-Token: " + station.csrf]
        command += ["--generation-database", "none", "--request-timeout", "10", "--warnings", "off"]
        run = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=280)
        assert run.returncode == 0, run.stdout[-12000:] + run.stderr[-2000:]
        assert "reset" not in station.lines and not any("Traceback" in line for line in station.lines)
    print(run.stdout[-2000:])
