"""tools/scenario.py as a user meets it: exit status, messages with their line, traces."""

import csv
import json
import subprocess
import sys

import pytest
from scenario_tool import FOLDER, tool

from interpreters import ROOT
from json_lines import find_lines
from scenario_process import find_micropython

GOOD = """{
  "name": "a car comes",
  "world": {"cable.rating_a": 32},
  "steps": [
    {"at_ms": 1000, "set": {"car.pilot": "B"}},
    {"at_ms": 1000, "expect": {"state": "B"}, "within_ms": 50},
    {
      "at_ms": 2000,
      "expect": {"offered_ma": 12960}
    }
  ],
  "until_ms": 5000
}
"""

# what is replaced, by what, line, what the message must say
BAD = [
    ("{\n", "[\n", 2, "is not JSON"),
    ('"until_ms": 5000', '"until_ms": 5000,', 13, "is not JSON"),
    ('"until_ms": 5000', '"until_ms": NaN', 0, "NaN is not JSON"),
    ('"until_ms": 5000', '"until_ms": "5000"', 12, "until_ms: must be a whole number"),
    ('"until_ms": 5000', '"until_ms": 5000.5', 12, "until_ms: must be a whole number"),
    ('"name":', '"nme":', 2, "nme: unknown key"),
    ('"a car comes"', "17", 2, "name: must be a text"),
    ('"name"', '"settings": [],\n  "name"', 2, "settings: must be an object"),
    ('"name"', '"settings": {"MAXI": 16},\n  "name"', 2, "MAXI: unknown setting"),
    ('"name"', '"settings": {\n    "MAX": 160},\n  "name"', 3, "MAX: must be from 6 to 80 A"),
    ('"name"', '"settings": {"MODE": "Smart"},\n  "name"', 2, "MODE: Smart and Solar need a mains meter"),
    ('"name"', '"settings": {"AUTOUPDAT": 1},\n  "name"', 2, "AUTOUPDAT: not available yet"),
    ('"name"', '"settings": {"STAT MIN": 16, "INST MAX": 10},\n  "name"', 2, "must not be above INST MAX"),
    ('"cable.rating_a"', '"cable.rating"', 3, "cable.rating: unknown world input"),
    (": 32}", ": 33}", 3, "cable.rating_a: must be one of: 13, 20, 32, 63 or null"),
    ("{\n  ", '{\n  "steps": {},\n  ', 5, "steps: the key stands here twice"),
    ('"steps": [', '"steps": [\n    7,', 5, "every step must be an object"),
    ('"set": {', '"sett": {', 5, "sett: unknown key"),
    ('"set": {', '"ocpp": ["Reset"], "set": {', 5, "ocpp: must be like"),
    ('"set": {', '"ocpp": ["Reset", "Soft"], "set": {', 5, "ocpp: must be like"),
    ('"set": {', '"ocpp": ["Soft Reset", {}], "set": {', 5, "ocpp: must be like"),
    ('"set": {', '"ocpp": {"Reset": {}}, "set": {', 5, "ocpp: must be like"),
    ('"set": {', '"csms_reply": "Heartbeat", "set": {', 5, "csms_reply: must be like"),
    ('"set": {', '"csms_reply": ["Authorise", {}], "set": {', 5, "the message must be one of: Authorize"),
    ('"set": {', '"csms_reply": ["Heartbeat", 7], "set": {', 5, "the answer must be an object, null"),
    ('"set": {', '"csms_reply": ["Heartbeat", "No"], "set": {', 5, "the answer must be an object"),
    ('"car.pilot": "B"', '"csms.cards": ["04A1B2C3"]', 5, "csms.cards: must be a text or null"),
    ('"set": {', '"mqtt": "Set/Mode", "set": {', 5, "mqtt: must be like"),
    ('"set": {', '"mqtt": ["Set/Mode", 1], "set": {', 5, "mqtt: must be like"),
    ('"set": {', '"mqtt": ["Mode", "1"], "set": {', 5, "mqtt: must be like"),
    ('"set": {', '"rest": ["POST"], "set": {', 5, "rest: must be like"),
    ('"set": {', '"rest": ["BREW", "/"], "set": {', 5, "rest: the method must be one of: GET"),
    ('"set": {', '"rest": ["GET", "settings"], "set": {', 5, "rest: the address must begin with /"),
    ('"set": {', '"rest": ["GET", "/api/v1/events"], "set": {', 5, "rest: a stream has no end"),
    ('"set": {"car.pilot": "B"}', '"set": "B"', 5, "set: must be an object"),
    ('"car.pilot"', '"car.piolt"', 5, "car.piolt: unknown world input"),
    ('"car.pilot": "B"', '"car.pilot": "X"', 5, "car.pilot: must be one of: A, B, C"),
    ('"car.pilot": "B"', '"car.auto": 1', 5, "car.auto: must be true or false"),
    ('"car.pilot": "B"', '"temp_c": 25.5', 5, "temp_c: must be a whole number"),
    ('"car.pilot": "B"', '"temp_c": 500', 5, "temp_c: must be from -40 to 120"),
    ('"car.pilot": "B"', '"clock.utc": "tomorrow"', 5, "clock.utc: must look like"),
    ('"set": {', '"request": ["dance"], "set": {', 5, "dance: unknown request"),
    ('"set": {', '"request": "stop", "set": {', 5, "request: must be a list"),
    ('"set": {', '"request": ["access", "maybe"], "set": {', 5, "access: must be on, off or pause"),
    ('"set": {', '"request": ["rfid", "04A1"], "set": {', 5, "rfid: must be a card number"),
    ('"set": {', '"settings": {"LOCK": "Glue"}, "set": {', 5, "LOCK: must be one of: Disabled, Solenoid"),
    ('"within_ms": 50', '"within_ms": -1', 6, "within_ms: must be a whole number of ms"),
    ('"within_ms": 50', '"for_ms": true', 6, "for_ms: must be a whole number of ms"),
    ('"expect": {"state": "B"}, ', "", 6, "within_ms: has no meaning without expect or never"),
    ('"expect": {"state": "B"}', '"never": {"state": "B"}', 6, "within_ms: has no meaning beside never"),
    ('"expect": {"state": "B"}', '"expect": {}', 6, "expect: must name an output"),
    ('"within_ms": 50', '"never": {"c1": true}', 6, "never: stands in a step of its own"),
    ('"at_ms": 2000', '"at_ms": 999', 8, "at_ms: must not be earlier than the step before, at 1000 ms"),
    ('"at_ms": 2000', '"at_ms": -10', 8, "at_ms: must be a whole number of ms"),
    ('"at_ms": 2000,', "", 7, "at_ms: is missing"),
    ('"offered_ma"', '"offered"', 9, "offered: unknown output"),
    ('"offered_ma"', '"ocpp.sent.Reset"', 9, "ocpp.sent.Reset: unknown output"),
    ('"offered_ma": 12960', '"ocpp.sent": "Heartbeat"', 9, "ocpp.sent: must be a list"),
    ('"offered_ma": 12960', '"ocpp.answer": {}', 9, "ocpp.answer: an empty condition"),
    ('"offered_ma": 12960', '"fault": {"contains": []}', 9, "fault: an empty list of texts"),
    ('"offered_ma": 12960', '"fault": {"lacks": ["no_power", 3]}', 9, "fault: must be a text"),
    ('"offered_ma": 12960', '"offered_ma": "12960"', 9, "offered_ma: must be a number"),
    ('"offered_ma": 12960', '"offered_ma": null', 9, "offered_ma: must be a number"),
    ('"offered_ma": 12960', '"c1": 1', 9, "c1: must be a boolean"),
    ('"offered_ma": 12960', '"state": ["A", 2]', 9, "state: must be a text"),
    ('"offered_ma": 12960', '"fault": "no_power"', 9, "fault: must be a list"),
    ('"offered_ma": 12960', '"state": {"min": 3}', 9, "is a text, which min cannot compare"),
    ('"offered_ma": 12960', '"offered_ma": {"least": 3}', 9, "unknown condition: least"),
    ('"offered_ma": 12960', '"offered_ma": {}', 9, "an empty condition"),
    ('"offered_ma": 12960', '"offered_ma": {"min": "3"}', 9, "offered_ma: must be a number"),
    ('"offered_ma": 12960', '"offered_ma": {"lt": "c3"}', 9, "unknown output: c3"),
    ('"offered_ma": 12960', '"offered_ma": {"lt": "state"}', 9, "state is not a number"),
    ('"offered_ma": 12960', '"fault": {"contains": 3}', 9, "fault: must be a text"),
]


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a scenario and returns its path."""

    def to_file(text: str, name: str = "x.json"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_good_file(write):
    result = tool(write(GOOD))
    assert result.returncode == 0
    assert result.stdout.startswith("ok      a car comes  (5.00 s in ")
    assert result.stderr == ""


def test_bad_files(write):
    """All in one call: they are many, and a bad file must not keep the others from being judged."""
    paths = []
    for index, (before, after, _, _) in enumerate(BAD):
        assert before in GOOD
        paths.append(write(GOOD.replace(before, after, 1), f"bad{index:02}.json"))
    result = tool(*paths)
    assert result.returncode == 2
    lines = {line.split(":")[0]: line for line in result.stderr.splitlines()}
    for path, (before, after, line, text) in zip(paths, BAD, strict=True):
        message = lines.get(str(path), "no message")
        place = f"{path}:{line}: " if line else f"{path}: "
        assert message.startswith(place) and text in message, (before, after, message)


@pytest.mark.parametrize("index", range(0, len(BAD), 12))
def test_one_bad_file_alone(write, index):
    before, after, _, text = BAD[index]
    result = tool(write(GOOD.replace(before, after, 1)))
    assert result.returncode == 2
    assert text in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("content", [b"", b"\xff\xfe{", b"\xef\xbb\xbf{}", b"[" * 100_000, b"3", b'{"a"'])
def test_file_that_is_no_scenario(tmp_path, content):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    result = tool(path)
    assert result.returncode == 2
    assert result.stderr.startswith(f"{path}")
    assert "Traceback" not in result.stderr


def test_missing_file_and_folder(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path):
        result = tool(path)
        assert result.returncode == 2
        assert result.stderr.startswith(f"{path}: ")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ('"expect": {"offered_ma": 13000}', "at 2000 ms offered_ma is 12960, expected 13000"),
        ('"expect": {"c1": true}, "within_ms": 505', "at 2510 ms c1 is false, expected true"),
        ('"expect": {"state": ["C", "A"]}', 'at 2000 ms state is "B", expected ["C", "A"]'),
        ('"expect": {"offered_ma": {"min": 13000, "max": 14000}}', "expected max 14000, min 13000"),
        ('"expect": {"offered_ma": {"lt": "limit.ma"}, "limit.ma": {"lt": "offered_ma"}}', "lt offered_ma (12960)"),
        ('"expect": {"fault": {"contains": "no_diode"}}', 'fault is [], expected contains "no_diode"'),
        ('"expect": {"limit.reason": {"lacks": "MAX"}}', 'expected lacks "MAX"'),
        ('"expect": {"lock": "none", "state": "B"}, "for_ms": 60000', "it was true from 2000 ms on"),
        ('"never": {"state": "B"}', 'at 2000 ms this must never be, but is: state is "B"'),
        ('"never": {"state": "ACTSTART"}, "for_ms": 60000', "this must never be"),
        ('"expect": {"state": "same"}', 'expected the value of the step before, "A"'),
    ],
)  # fmt: skip
def test_failed_expectation_names_file_and_line(write, condition, text):
    path = write(GOOD.replace('"expect": {"offered_ma": 12960}', condition))
    result = tool(path)
    assert result.returncode == 1, result
    assert result.stdout.startswith("FAILED  a car comes")
    assert result.stderr.startswith(f"{path}:7: ")
    assert text in result.stderr


def test_within_is_not_stretched_to_the_next_control_step(write):
    text = GOOD.replace('"at_ms": 1000, "expect": {"state": "B"}, "within_ms": 50', "%s")
    early = '"at_ms": 1001, "expect": {"state": "B"}, "within_ms": %d'
    # The pilot is sampled at 1000 and 1010 ms.
    assert tool(write(text.replace("%s", early % 9))).returncode == 0
    late = text.replace('"at_ms": 1000', '"at_ms": 1001').replace("%s", early % 14)
    assert tool(write(late)).returncode == 1
    assert tool(write(late.replace('"within_ms": 14', '"within_ms": 19'))).returncode == 0


def test_worst_status_counts_and_every_file_is_judged(write):
    good = write(GOOD, "good.json")
    failing = write(GOOD.replace("12960", "1"), "failing.json")
    bad = write(GOOD.replace("car.pilot", "x"), "bad.json")
    result = tool(failing, bad, good)
    assert result.returncode == 2
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["FAILED", "BAD", "ok"]
    assert tool(failing, good).returncode == 1


def test_trace(write, tmp_path):
    trace = tmp_path / "out.csv"
    result = tool(write(GOOD), "--trace", trace)
    assert result.returncode == 0
    with trace.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["at_ms", "output", "value"]
    assert ["0", "c1", "false"] in rows
    assert ["0", "fault", ""] in rows
    assert ["1010", "state", "B"] in rows
    assert ["40", "limit.slot", "cable"] not in rows
    begin = [row[1] for row in rows[1:] if row[0] == "0"]
    assert begin == sorted(begin)
    times = [int(row[0]) for row in rows[1:]]
    assert times == sorted(times)


def test_trace_quotes_and_joins():
    from bench import trace

    assert trace.line(10, "fault", ["no_diode", "temp_high"]) == "10,fault,no_diode temp_high\n"
    assert trace.line(10, "limit.reason", 'a, "b"') == '10,limit.reason,"a, ""b"""\n'
    assert trace.line(10, "c1", True) == "10,c1,true\n"
    assert trace.line(10, "offered_ma", 0) == "10,offered_ma,0\n"


def test_traces_of_several_go_to_a_folder(write, tmp_path):
    folder = tmp_path / "traces"
    result = tool(write(GOOD, "a.json"), write(GOOD, "b.json"), "--trace", folder)
    assert result.returncode == 0
    assert (folder / "a.csv").read_bytes() == (folder / "b.csv").read_bytes() != b""


def test_trace_that_cannot_be_written(write, tmp_path):
    result = tool(write(GOOD), "--trace", tmp_path / "missing/out.csv")
    assert result.returncode == 2
    assert "out.csv" in result.stderr and "Traceback" not in result.stderr


def test_any_folder_and_a_plain_call(write, tmp_path):
    write(GOOD)
    assert tool("x.json", "--every-step", cwd=tmp_path).returncode == 0
    command = [str(ROOT / "tools/scenario.py"), "x.json", "--trace", "x.csv"]
    assert subprocess.run([sys.executable, *command], cwd=tmp_path, check=False).returncode == 0
    assert (tmp_path / "x.csv").exists()


def test_help_explains():
    result = tool("--help")
    assert result.returncode == 0
    for word in ("FILE.json", "--interpreter", "--trace", "--every-step", '"at_ms"', "Exit status"):
        assert word in result.stdout
    assert tool().returncode == 2
    assert tool("x.json", "--interpreter", "jython").returncode == 2


@pytest.mark.skipif(find_micropython() is None, reason="no MicroPython in this environment: make setup")
def test_micropython_and_both(write, tmp_path):
    good, failing = write(GOOD), write(GOOD.replace("12960", "1"), "failing.json")
    trace = tmp_path / "out.csv"
    assert tool(good, "--interpreter", "micropython", "--trace", trace).returncode == 0
    assert "\n1010,state,B\n" in trace.read_text()
    result = tool(good, failing, "--interpreter", "both")
    assert result.returncode == 1
    assert f"{failing}:7: at 2000 ms offered_ma is 12960, expected 1\n" == result.stderr


def test_traces_that_differ_fail(write, tmp_path, capsys):
    import scenario as program
    from scenario_process import Outcome

    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    one.write_text("at_ms,output,value\n0,c1,false\n10,c1,true\n")
    other.write_text("at_ms,output,value\n0,c1,false\n20,c1,true\n")
    file = program.File(write(GOOD))
    outcomes = [Outcome("cpython"), Outcome("micropython")]
    assert program.report(file, outcomes, [one, one]) == 0
    assert program.report(file, outcomes, [one, other]) == 1
    assert (
        "the traces differ: line 3: cpython '10,c1,true', micropython '20,c1,true'" in capsys.readouterr().err
    )


def test_engine_that_breaks_down_is_a_failure(write, capsys):
    import scenario as program
    from scenario_process import Outcome

    assert program.report(program.File(write(GOOD)), [Outcome("cpython", crash="Traceback")], [None]) == 1
    assert "engine broke down" in capsys.readouterr().err


def test_lines_of_json():
    text = '{\n "a": [1,\n  {"b\\"{": "]",\n   "c": null}],\n "d": {}}'
    lines = find_lines(text)
    assert lines[("a",)] == 2
    assert lines[("a", 1)] == 3
    assert lines[("a", 1, 'b"{')] == 3
    assert lines[("a", 1, "c")] == 4
    assert lines[("d",)] == 5
    for path in FOLDER.glob("*.json"):
        text = path.read_text()
        lines = find_lines(text)
        for index, _ in enumerate(json.loads(text)["steps"]):
            assert text.splitlines()[lines[("steps", index)] - 1].strip().startswith("{")
