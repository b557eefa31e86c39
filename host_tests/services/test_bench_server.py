"""The bench server over the stand-in simulation: HTTP as a client sees it, under both interpreters."""

import contextlib
import json
import re
import socket
import time

import pytest
from bench_process import ROOT, BenchProcess, Stream, available

PAGE = ROOT / "boards/SIM/page"


@pytest.fixture(scope="module", params=["cpython", "micropython"])
def bench(request):
    reason = available(request.param)
    if reason:
        pytest.skip(reason)
    process = BenchProcess(request.param)
    yield process
    assert "Traceback" not in process.stop()


@pytest.fixture
def streams(bench):
    """Open streams that are closed, and noticed as closed, when the test ends."""
    opened = []

    def open_stream():
        opened.append(Stream(bench.port))
        return opened[-1]

    yield open_stream
    for stream in opened:
        with contextlib.suppress(OSError):
            stream.close()
    time.sleep(0.6)


def test_page_and_its_files_are_sent_whole(bench):
    for path, name, kind in (
        ("/", "index.html", "text/html"),
        ("/style.css", "style.css", "text/css"),
        ("/app.js", "app.js", "application/javascript"),
    ):
        status, headers, body = bench.call("GET", path)
        assert status == 200
        assert headers["content-type"].startswith(kind)
        assert "default-src 'none'" in headers["content-security-policy"]
        assert body == (PAGE / name).read_bytes()


def test_page_is_small_and_needs_nothing_from_elsewhere():
    files = [path for path in PAGE.iterdir() if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 65_536
    for path in files:
        addresses = set(re.findall(r"(?:https?:)?//[\w.-]+", path.read_text()))
        assert addresses <= {"http://www.w3.org"}, path


def test_status_and_world_are_flat_objects(bench):
    status = bench.get("/status")
    assert status["state"] in ("A", "B", "C", "B1", "C1")
    assert status["limit.slot"] == "MAX"
    world = bench.get("/world")
    assert world["cable.rating_a"] == 32
    assert all(not isinstance(value, dict) for value in world.values())


def test_rows_describe_every_world_input(bench):
    rows = bench.get("/world?rows=1")
    assert {row["name"] for row in rows} == set(bench.get("/world"))
    assert next(row for row in rows if row["name"] == "temp_c")["max"] == 120


def test_world_change_is_answered_with_the_new_values(bench):
    assert bench.post("/world", {"temp_c": 31, "in1": True}) == (200, {"temp_c": 31, "in1": True})
    world = bench.get("/world")
    assert (world["temp_c"], world["in1"]) == (31, True)
    assert bench.post("/world", {}) == (200, {})
    assert bench.post("/world", {"in1": False})[0] == 200


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"temp_c": 40, "car.pilot": "Z"}, "car.pilot"),
        ({"temp_c": 40, "house.l1_ma": "much"}, "house.l1_ma"),
        ({"temp_c": 40, "car.phases": 4}, "car.phases"),
        ({"temp_c": 40, "in1": 1}, "in1"),
        ({"temp_c": 40, "car.colour": "red"}, "car.colour"),
        ({"temp_c": True}, "temp_c"),
    ],
)
def test_bad_world_value_names_the_field_and_changes_nothing(bench, changes, field):
    before = bench.get("/world")
    status, answer = bench.post("/world", changes)
    assert (status, answer["field"]) == (400, field)
    assert answer["error"]
    assert bench.get("/world") == before


@pytest.mark.parametrize("path", ["/world", "/settings", "/request"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b"[1", b'"text"', b"7", b"null", b"\xff\xfe", b"[" * 4000]
)
def test_body_that_is_no_object_is_refused(bench, path, body):
    before = bench.get("/world")
    status, answer = bench.post(path, body)
    assert status == 400
    assert answer["error"]
    assert bench.get("/world") == before


def test_bare_list_is_refused_as_world(bench):
    assert bench.post("/world", ["car.pilot"]) == (
        400,
        {"error": "the body must be a JSON object", "field": None},
    )


@pytest.mark.parametrize("size", [8193, 16385, 900_000])
def test_body_too_long_is_refused_and_the_answer_arrives(bench, size):
    status, answer = bench.post("/world", b" " * size)
    assert (status, answer["error"]) == (413, "the body is too long")
    assert bench.get("/status")


def test_settings_are_listed_and_changed_by_key_or_label(bench):
    rows = bench.get("/settings")
    assert {"key", "label", "kind", "min", "max", "unit", "choices", "value", "help"} <= set(rows[0])
    assert bench.post("/settings", {"MAX": 13}) == (200, {"max_current": 13})
    assert bench.post("/settings", {"max_current": 16, "MODE": "Smart"})[0] == 200
    values = {row["key"]: row["value"] for row in bench.get("/settings")}
    assert (values["max_current"], values["mode"]) == (16, "Smart")


def test_bad_setting_names_the_field_and_changes_nothing(bench):
    before = bench.get("/settings")
    for changes, field in (({"MIN": 7, "MAX": 500}, "MAX"), ({"MIN": 7, "COLOUR": 1}, "COLOUR")):
        status, answer = bench.post("/settings", changes)
        assert (status, answer["field"]) == (400, field)
    assert bench.get("/settings") == before


def test_requests_are_carried_out_or_refused(bench):
    assert bench.post("/request", {"request": ["access", "pause"]}) == (200, {"done": ["access", "pause"]})
    assert bench.get("/status")["access"] == "pause"
    assert bench.post("/request", ["access", "on"])[0] == 200
    for body in (
        {"request": []},
        {"request": "stop"},
        {"request": [1]},
        {"request": ["stop"], "more": 1},
        {},
    ):
        assert bench.post("/request", body)[0] == 400
    status, answer = bench.post("/request", ["access", "maybe"])
    assert (status, answer["field"]) == (400, "access")
    assert bench.get("/status")["access"] == "on"


def test_unknown_page_and_method_are_refused_in_json(bench):
    for method, path, expected in (("GET", "/../bench/server.py", 404), ("DELETE", "/world", 405)):
        status, _, body = bench.call(method, path)
        assert status == expected
        assert json.loads(body)["error"]


@pytest.mark.parametrize(
    "data", [b"nonsense\r\n\r\n", b"GET / \r\n\r\n", b"POST /world HTTP/1.1\r\nContent-Length: x\r\n\r\n"]
)
def test_bytes_that_are_not_http_are_refused(bench, data):
    assert bench.exchange(data).startswith(b"HTTP/1.0 400 ")
    assert bench.get("/status")


def test_stream_tells_everything_then_only_changes(bench, streams):
    bench.post("/world", {"car.pilot": "A"})
    stream = streams()
    assert stream.status == 200
    assert "Content-Type: text/event-stream" in stream.headers
    first = stream.message()
    assert first["full"] is True
    assert set(first["status"]) == set(bench.get("/status"))
    assert first["world"] == bench.get("/world")
    assert first["log"][-1][0] > 0
    bench.post("/world", {"temp_c": 33})
    messages = stream.until("world", "temp_c", 33)
    assert messages[-1]["world"] == {"temp_c": 33}
    assert messages[-1]["status"] == {"temp_c": 33}
    assert [line[2] for line in messages[-1]["log"]] == ["world: temp_c = 33"]
    assert "full" not in messages[-1]


def test_stream_follows_a_car(bench, streams):
    stream = streams()
    bench.post("/world", {"car.auto": True, "car.pilot": "B", "car.delay_ms": 500})
    stream.until("status", "state", "C")
    bench.post("/world", {"car.pilot": "A"})
    stream.until("status", "state", "A")


def test_quiet_stream_sends_a_comment_and_an_empty_message(bench, streams):
    stream = streams()
    bench.post("/world", {"car.pilot": "A"})
    blocks = []
    while not blocks or not blocks[-1].startswith(":"):
        blocks.append(stream.block())
    assert stream.block() == "data: {}"


def test_fifth_stream_is_refused_until_one_closes(bench, streams):
    four = [streams() for _ in range(4)]
    assert [stream.status for stream in four] == [200] * 4
    status, headers, body = bench.call("GET", "/stream")
    assert (status, headers["retry-after"]) == (503, "2")
    assert "in use" in json.loads(body)["error"]
    assert all(stream.message()["full"] for stream in four)
    four[0].close()
    deadline = time.monotonic() + 3
    while (fifth := streams()).status != 200 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert fifth.status == 200


def test_client_that_stalls_holds_nobody_up(bench):
    with socket.create_connection(("127.0.0.1", bench.port)) as link:
        link.sendall(b"POST /world HTTP/1.1\r\nContent-Length: 10\r\n\r\n{")
        before = time.monotonic()
        assert bench.get("/status")
        assert time.monotonic() - before < 1


def test_bad_ports_are_told_plainly(bench):
    interpreter = "micropython" if "micropython" in bench.process.args[0] else "cpython"
    for port, text in ((bench.port, "the port is in use"), (70000, "a port is a number from 0 to 65535")):
        second = BenchProcess(interpreter, port)
        assert text in second.first_line
        assert str(port) in second.first_line
        assert second.process.wait(timeout=10) == 1
        second.stop()


def test_server_listens_at_this_machine_only(bench):
    assert bench.url.startswith("http://127.0.0.1:")
