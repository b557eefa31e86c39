"""HomeWizard meters over real sockets, on both interpreters: good answers, bad ones, and hosts that are not there."""

import json
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from homewizard_server import BlackHole, MeterServer, Names

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

pytestmark = pytest.mark.alone

INTERPRETERS = ("micropython", "cpython")
RUN_S = 19
# Good at first, bad in between, and good again.
BAD_S, GOOD_S = 5.0, 12.0
MAINS = [10001, -5002, 3003]
VOLTS = [2301, 2312, 2293]

GOOD_MODES = ("good", "close", "chunked", "to end")
# What the meter says while its server behaves like this.
BAD_MODES = {
    "status 500": "answers with status 500",
    "forbidden": "its local API is off",
    "cut": "no JSON object",
    "html": "no JSON object",
    "a phase missing": "a current is missing",
    "a phase null": "a current is missing",
    "only one phase": "a current is missing",
    "text": "no number",
    "200 A": "impossible value",
    "huge": "answer is too long",
    "no HTTP": "no HTTP",
    "half": "no answer in time",
    "half closed": "closed by the device",
    "nothing": "no answer in time",
    "drip": "no answer in time",
    "flood": "answer is too long",
    "refused": "no connection",
}
BLACK_HOLE, NAMED, DISCOVERED = "black hole", "by name", "discovered"
CASES = (*GOOD_MODES, *BAD_MODES, BLACK_HOLE, NAMED, DISCOVERED)
# A PC may take the processor away; whoever waits for a host or a name does so for a second or more.
LONGEST_STEP_MS = 300


class Result:
    """What one interpreter saw: the lines of each case, and the steps."""

    def __init__(self, lines: list[dict], hosts: dict[str, str]) -> None:
        self.steps = lines[-1]
        self.lines = {
            case: [line for line in lines[:-1] if line["host"] == host] for case, host in hosts.items()
        }

    def between(self, case: str, begin_s: float, end_s: float) -> list[dict]:
        return [line for line in self.lines[case] if 1000 * begin_s <= line["at_ms"] <= 1000 * end_s]


def watched(interpreter: str) -> Result:
    """Run all cases at once."""
    servers = {
        mode: MeterServer(mode if mode in GOOD_MODES else "good") for mode in (*GOOD_MODES, *BAD_MODES)
    }
    hole = BlackHole()
    moved = MeterServer("good")
    # Names have no ports, so these meters are at other addresses of this PC, all at port 80's place.
    addresses = {"kwhmeter-2": "127.0.0.2", "p1meter-1": "127.0.0.1"}
    names = Names(lambda: addresses)
    hosts = {case: f"127.0.0.1:{server.port}" for case, server in servers.items()}
    hosts |= {
        BLACK_HOLE: f"127.0.0.1:{hole.port}",
        NAMED: f"P1METER-1.local:{moved.port}",
        DISCOVERED: f":{moved.port}",
    }
    script = str(ROOT / "host_tests/services/homewizard_peer.py")
    if interpreter == "micropython":
        command, environment = [str(MICROPYTHON), "-X", "heapsize=4M", script], micropython_environment()
    else:
        command, environment = [sys.executable, script], cpython_environment()
    # A pipe that nobody reads would stop it.
    output = tempfile.TemporaryFile("w+")
    process = subprocess.Popen(
        [*command, str(RUN_S), str(names.port), *hosts.values()],
        cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    time.sleep(BAD_S)
    for mode in BAD_MODES:
        if mode == "refused":
            servers[mode].stop()
        else:
            servers[mode].mode = mode
    time.sleep(GOOD_S - BAD_S)
    for mode in BAD_MODES:
        servers[mode].mode = "good"
        if mode == "refused":
            servers[mode].start()
    status = process.wait(60)
    hole.close()
    output.seek(0)
    lines = output.read().splitlines()
    assert status == 0, lines[-10:]
    return Result([json.loads(line) for line in lines], hosts)


@pytest.fixture(scope="module")
def results() -> dict[str, Result]:
    """Watch both interpreters at the same time, because they wait for most of it."""
    with ThreadPoolExecutor() as pool:
        return dict(zip(INTERPRETERS, pool.map(watched, INTERPRETERS), strict=True))


@pytest.fixture(params=INTERPRETERS)
def result(request: pytest.FixtureRequest, results: dict[str, Result]) -> Result:
    return results[request.param]


def test_good_answers_are_readings(result: Result):
    for mode in (*GOOD_MODES, NAMED, DISCOVERED):
        last = result.lines[mode][-1]
        assert last["mains"] == MAINS and last["volts"] == VOLTS, (mode, last)
        assert last["errors"] == 0 and last["state"] == "ok" and not last["silent"], (mode, last)
        # One every 1.95 s, the discovered one later by its search.
        assert RUN_S / 1.95 - 3 <= last["readings"] <= RUN_S / 1.95 + 1, (mode, last)


@pytest.mark.parametrize("mode", BAD_MODES)
def test_bad_answers_are_no_readings(result: Result, mode: str):
    good = result.between(mode, 3, BAD_S - 0.5)[-1]
    assert good["readings"] >= 2 and good["mains"] == MAINS and good["state"] == "ok"
    bad = result.between(mode, BAD_S + 2.5, GOOD_S - 0.2)
    assert {line["readings"] for line in bad} == {bad[0]["readings"]}, mode
    assert bad[-1]["silent"] and bad[-1]["errors"] >= 2, bad[-1]
    assert BAD_MODES[mode] in {line["state"] for line in bad}, {line["state"] for line in bad}
    # Silence is seen when it is due, and not before.
    silent_since = next(line for line in result.lines[mode] if line["silent"])
    assert 3000 <= silent_since["age_ms"] <= 3600
    last = result.lines[mode][-1]
    assert last["state"] == "ok" and not last["silent"] and last["mains"] == MAINS, last
    assert last["readings"] >= good["readings"] + 2


def test_a_black_hole_is_given_up_each_time(result: Result):
    last = result.lines[BLACK_HOLE][-1]
    assert last["readings"] == 0 and last["silent"] and last["state"] == "no answer in time"
    assert last["errors"] >= RUN_S / 1.95 - 3


def test_nothing_ever_waits(result: Result):
    steps = result.steps
    print(
        f"{len(CASES)} meters, {steps['steps']} steps: mean {steps['mean_us']} us, worst {steps['worst_us']} us"
    )
    assert steps["worst_us"] <= 1000 * LONGEST_STEP_MS
