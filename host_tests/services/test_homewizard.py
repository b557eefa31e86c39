"""HomeWizard meters over real sockets, on both interpreters: good answers, bad ones, and hosts that are not there."""

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from homewizard_server import TRUE as GOOD_MODES
from homewizard_server import BlackHole, MeterServer, Names

from interpreters import MICROPYTHON, ROOT, cpython_environment, micropython_environment

pytestmark = pytest.mark.alone

INTERPRETERS = ("micropython", "cpython")
# Ends what never does what it should.
LONGEST_RUN_S = 60
POLL_MS = 1950
SILENT_MS = 3000
MAINS = [10001, -5002, 3003]
VOLTS = [2301, 2312, 2293]

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


# Good at first, bad in between, and good again.
BEFORE, DURING, AFTER = range(3)


class Result:
    """What one interpreter said of each case, in each phase; and of its steps."""

    def __init__(self, hosts: dict[str, str]) -> None:
        self.phase = BEFORE
        # Good answers that the servers had given when they were about to be good again.
        self.given: dict[str, int] = {}
        self.steps: dict[str, int] = {}
        self.rest: list[str] = []
        self._lines = {host: ([], [], []) for host in hosts.values()}
        self._hosts = hosts

    def lines(self, case: str, phase: int) -> list[dict]:
        return self._lines[self._hosts[case]][phase]

    def last(self, case: str) -> dict:
        return self.lines(case, AFTER)[-1]

    def take(self, text: str) -> None:
        """Keep a line."""
        try:
            line = json.loads(text)
        except ValueError:
            self.rest.append(text)
            return
        if "host" in line:
            self._lines[line["host"]][min(self.phase, AFTER)].append(line)
        else:
            self.steps = line

    def is_over(self) -> bool:
        """Whether every case has shown in this phase what it has to show."""
        return all(self._has_shown(case) for case in BAD_MODES)

    def _has_shown(self, case: str) -> bool:
        lines = self.lines(case, self.phase)
        if not lines:
            return False
        last = lines[-1]
        if self.phase == DURING:
            before = self.lines(case, BEFORE)[-1]
            told = any(BAD_MODES[case] in line["state"] for line in lines)
            return last["silent"] and last["errors"] >= before["errors"] + 2 and told
        wanted = 2 + (self.lines(case, DURING)[-1]["readings"] if self.phase == AFTER else 0)
        return last["readings"] >= wanted and last["state"] == "ok"


def turn_bad(servers: dict[str, MeterServer]) -> None:
    for mode in BAD_MODES:
        if mode == "refused":
            servers[mode].stop()
        else:
            servers[mode].mode = mode


def turn_good(servers: dict[str, MeterServer]) -> None:
    for mode in BAD_MODES:
        servers[mode].mode = "good"
        if mode == "refused":
            servers[mode].start()


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
        command, environment = [sys.executable, "-u", script], cpython_environment()
    process = subprocess.Popen(
        [*command, str(LONGEST_RUN_S), str(names.port), *hosts.values()],
        cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert process.stdin and process.stdout
    result = Result(hosts)
    ends: tuple[Callable[[], None], ...] = (
        lambda: turn_bad(servers),
        lambda: turn_good(servers),
        process.stdin.close,
    )
    for text in process.stdout:
        result.take(text)
        if result.phase <= AFTER and result.is_over():
            if result.phase == DURING:
                result.given = {mode: servers[mode].good_answers for mode in BAD_MODES}
            ends[result.phase]()
            result.phase += 1
    status = process.wait(10)
    hole.close()
    assert status == 0 and not result.rest, result.rest[-10:]
    return result


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
        last = result.last(mode)
        assert last["mains"] == MAINS and last["volts"] == VOLTS, (mode, last)
        assert last["errors"] == 0 and last["state"] == "ok" and not last["silent"], (mode, last)
        # One every 1.95 s, the discovered one later by its search.
        due = last["at_ms"] / POLL_MS
        assert due - 3 <= last["readings"] <= due + 1, (mode, last)


@pytest.mark.parametrize("mode", BAD_MODES)
def test_bad_answers_are_no_readings(result: Result, mode: str):
    good = result.lines(mode, BEFORE)[-1]
    assert good["readings"] >= 2 and good["mains"] == MAINS and good["state"] == "ok"
    bad = result.lines(mode, DURING)
    # An answer on its way when the connection is cut is lost.
    assert 0 <= result.given[mode] - bad[-1]["readings"] <= (mode == "refused"), bad[-1]
    assert max(line["readings"] for line in bad) == bad[-1]["readings"]
    assert bad[-1]["silent"] and bad[-1]["errors"] >= good["errors"] + 2, bad[-1]
    assert BAD_MODES[mode] in {line["state"] for line in bad}, {line["state"] for line in bad}
    last = result.last(mode)
    assert last["state"] == "ok" and not last["silent"] and last["mains"] == MAINS, last
    assert last["readings"] >= bad[-1]["readings"] + 2


@pytest.mark.parametrize("case", [case for case in CASES if case != BLACK_HOLE])
def test_silence_is_seen_when_it_is_due_and_not_before(result: Result, case: str):
    lines = [line for phase in (BEFORE, DURING, AFTER) for line in result.lines(case, phase)]
    # Currents have an age from the first on.
    lines = [line for line in lines if line["readings"]]
    assert [line for line in lines if line["silent"] != (line["age_ms"] >= SILENT_MS)] == []
    assert any(line["silent"] for line in lines) or case not in BAD_MODES


def test_a_black_hole_is_given_up_each_time(result: Result):
    last = result.last(BLACK_HOLE)
    assert last["readings"] == 0 and last["silent"] and last["state"] == "no answer in time"
    assert last["errors"] >= last["at_ms"] / POLL_MS - 3


def test_nothing_ever_waits(result: Result):
    steps = result.steps
    print(
        f"{len(CASES)} meters, {steps['steps']} steps: mean {steps['mean_us']} us, worst {steps['worst_us']} us"
    )
    assert steps["worst_us"] <= 1000 * LONGEST_STEP_MS
