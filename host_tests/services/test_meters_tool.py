"""tools/meters.py: every type served and probed, over TCP and over a pseudo terminal; feeds and what is refused."""

import asyncio
import os
import pty
import queue
import subprocess
import sys
import threading
import tty
from contextlib import contextmanager
from pathlib import Path

import pytest
from test_modbus_pymodbus import copy_both_ways

from evse import aio
from evse.services import meter_types
from interpreters import ROOT
from meters_lib import kinds, probe, serve
from meters_lib.csv_feed import CsvFeed
from meters_lib.judge import complaints
from meters_lib.keyboard import HELP, obey
from meters_lib.source import Source, SourceError
from simworld.ports import open_port

CUSTOM = ["CUR REGI=6", "VOL REGI=0", "POW REGI=20", "ENE REGI=30", "DATA TYPE=FLOAT32", "BYTE ORD=HBF & HWF"]
ADDRESS = 10
# Types that read the same registers of some others in the same way.
TWINS = ({"Eastron3P", "InvEastrn", "Eastron1P"}, {"Phoenix C", "C.Gavazzi"})
ONE_PHASE = ("Eastron1P", "Chint 1P")


def kind_of(name: str) -> meter_types.MeterType:
    return kinds.find(name, CUSTOM if name == "Custom" else [])


def source_now() -> Source:
    source = Source()
    source.set_currents([10.0, -5.0, 3.0])
    source.set_voltages([230.0, 231.0, 229.0])
    source.set_energies(1234.5, 17.25)
    return source


def tool(*words: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "tools/meters.py", *words],
        input=stdin, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@contextmanager
def serving(kind: meter_types.MeterType, tcp: bool):
    """Serve in a thread; yield the URL of the other end."""
    pairs = [] if tcp else [pty.openpty(), pty.openpty()]
    for _, slave in pairs:
        tty.setraw(slave)
    stop = threading.Event()
    ready: queue.Queue[str] = queue.Queue()
    wire = None
    if pairs:
        wire = threading.Thread(target=copy_both_ways, args=(pairs[0][0], pairs[1][0], stop), daemon=True)
        wire.start()
    bank = serve.make_bank(kind, source_now())
    loop = asyncio.new_event_loop()
    place = (("127.0.0.1", 0), "") if tcp else (None, os.ttyname(pairs[0][1]))
    task = loop.create_task(serve.serve(bank, ADDRESS, place[0], place[1], 9600, None, False, ready.put))

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        place_now = ready.get(timeout=10)
        yield "tcp://" + place_now if tcp else os.ttyname(pairs[1][1])
    finally:
        loop.call_soon_threadsafe(task.cancel)
        thread.join(10)
        stop.set()
        if wire:
            wire.join(5)
        for descriptor in [one for pair in pairs for one in pair]:
            os.close(descriptor)


def read(url: str, kind: meter_types.MeterType, address: int = ADDRESS) -> probe.Reading:
    async def run() -> probe.Reading:
        prober = probe.Prober(open_port(url, aio.ticks_ms), address)
        assert await prober.connected()
        return await prober.read(kind)

    return asyncio.run(run())


@pytest.mark.parametrize("tcp", [True, False], ids=["tcp", "pty"])
@pytest.mark.parametrize("name", kinds.names())
def test_serve_and_probe(name, tcp):
    kind = kind_of(name)
    with serving(kind, tcp) as url:
        reading = read(url, kind)
    values = reading.values
    phases = 1 if name in ONE_PHASE else 3
    wanted = [10000, -5000, 3000][:phases] + [0] * (3 - phases)
    assert all(abs(is_ma - to_ma) <= 10 for is_ma, to_ma in zip(values.current_ma, wanted, strict=True)), (
        values.current_ma
    )
    assert not reading.problems and not complaints(values) and reading.score() > 10
    assert values.voltage_dv[:phases] == [2300, 2310, 2290][:phases]
    if name != "Sensorbox":
        assert values.power_w == pytest.approx(2300 if phases == 1 else 2300 - 1155 + 687, abs=10)
        assert values.import_wh == pytest.approx(1_234_500, abs=100)
    text = reading.text()
    assert "10.00 A" in text and "230.0 V" in text and "latency" in text and "problem" not in text


@pytest.mark.parametrize("name", [name for name in kinds.names() if name not in ("Custom",)])
def test_probe_all_ranks_the_true_type_first(name):
    with serving(kind_of(name), True) as url:
        result = tool("probe", "--tcp", url.removeprefix("tcp://"), "--all", "--address", str(ADDRESS))
    assert result.returncode == 0, result.stdout + result.stderr
    lines = [line for line in result.stdout.splitlines() if " points)" in line]
    best = lines[0].rsplit(" (", 1)[1]
    first = {line[4:].split("  (")[0] for line in lines if line.endswith(" (" + best)}
    assert name in first, result.stdout
    assert first == {name} or any(first <= twins for twins in TWINS), result.stdout


def test_probe_says_what_is_wrong():
    with serving(kind_of("Eastron3P"), True) as url:
        place = url.removeprefix("tcp://")
        absent = tool("probe", "--tcp", place, "--type", "Eastron3P", "--address", "77")
        other = tool("probe", "--tcp", place, "--type", "ABB")
        register = tool("probe", "--tcp", place, "--type", "Finder 7E")
        nonsense = tool("probe", "--tcp", place, "--type", "Phoenix C")
        nobody = tool("probe", "--tcp", place, "--all", "--address", "78")
    for result, text in (
        (absent, "no answer: another address"), (other, "exception 1"), (register, "exception 2"),
        (nonsense, "nonsense"), (nobody, "address 78: no answer"),
    ):  # fmt: skip
        assert result.returncode == 1 and text in result.stdout, result.stdout + result.stderr
    assert absent.stdout.count("problem") == 1


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["probe", "--tcp", ":1"], "one of --type and --all"),
        (["probe", "--type", "ABB"], "one of --tcp and --serial"),
        (["probe", "--type", "ABB", "--tcp", ":1"], "tcp://127.0.0.1:1 cannot be opened"),
        (["probe", "--type", "ABB", "--serial", "/dev/no-such-port"], "/dev/no-such-port cannot be opened"),
        (["probe", "--type", "API", "--tcp", ":1"], "API is not read over Modbus"),
        (["probe", "--type", "Sensorbox", "--tcp", ":1", "--address", "11"], "always at address 10"),
        (["serve", "--type", "ABB", "--tcp", ":1", "--address", "0"], "--address must be"),
        (["serve", "--type", "ABB", "--tcp", "x"], "--tcp must be host:port"),
        (["serve", "--type", "ABB", "--tcp", ":99999"], "--tcp must be host:port"),
        (["serve", "--type", "ABB", "--tcp", ":1", "--csv", "a", "--keyboard"], "only one of"),
        (["serve", "--type", "ABB", "--tcp", ":1", "--csv", "/no/file"], "/no/file: No such file"),
        (["serve", "--type", "ABB", "--tcp", ":1", "--set", "CUR REGI=1"], "--set is for the type Custom"),
        (["serve", "--type", "Custom", "--tcp", ":1", "--set", "CUR REGI=x"], "CUR REGI: must be a whole number"),
        (["serve", "--type", "Custom", "--tcp", ":1", "--set", "CUR REGI"], "--set"),
        (["serve", "--type", "ABB", "--serial", "/dev/no-such-port"], "/dev/no-such-port: cannot be opened"),
        (["serve", "--type", "Homewizrd", "--serial", "/dev/ttyS0"], "asked over --tcp"),
        (["serve", "--type", "Homewizrd", "--tcp", "192.0.2.1:1"], "192.0.2.1:1: "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(words, text):
    result = tool(*words)
    assert result.returncode == 2 and text in result.stderr, result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_in_use_is_refused():
    with serving(kind_of("ABB"), True) as url:
        result = tool("serve", "--type", "ABB", "--tcp", url.removeprefix("tcp://"))
    assert result.returncode == 2 and "in use" in result.stderr and "Traceback" not in result.stderr


def test_a_homewizard_meter_that_is_not_there_is_plainly_said():
    for place, text in (("127.0.0.1:1", "no connection"), ("p1meter-no-such:80", "name not found")):
        result = tool("probe", "--type", "Homewizrd", "--tcp", place)
        assert result.returncode == 1 and "problem  " + text in result.stdout, result.stdout + result.stderr


def test_keyboard():
    source = Source()
    assert obey("10 -5", source) == "10.00 -5.00 0.00 A   230.0 230.0 230.0 V   1150 W   0.000 0.000 kWh"
    assert obey("v 231", source) == "10.00 -5.00 0.00 A   231.0 231.0 231.0 V   1155 W   0.000 0.000 kWh"
    obey("p 900", source)
    assert sum(source.power_w) == 900 and source.power_w[1] < 0 < source.power_w[0]
    obey("p", source)
    assert sum(source.power_w) == 1155
    obey("e 12,5 3", source)
    assert (source.energy_import_wh, source.energy_export_wh) == (12500, 3000)
    assert obey("", source) == source.text()
    assert obey("?", source) == HELP
    assert obey("q", source) is None
    for line in ("x", "1 2 3 4", "v", "v -1", "p 1 2", "e", "e -1", "1 nan", "99999"):
        before = source.text()
        with pytest.raises(SourceError):
            obey(line, source)
        assert source.text() == before


def test_keyboard_at_the_command_line():
    result = tool("serve", "--type", "ABB", "--tcp", ":0", "--keyboard", stdin="10 -5 3\nwrong\nq\n")
    assert result.returncode == 0, result.stderr
    assert "10.00 -5.00 3.00 A" in result.stdout and "error: 'wrong' is not a number" in result.stdout


def test_energies_run():
    source = Source()
    source.set_currents([10.0])
    for _ in range(36000):
        source.count(0.1)
    assert source.energy_import_wh == pytest.approx(2300, abs=1)
    source.set_currents([-10.0])
    source.count(3600.0)
    assert source.energy_export_wh == pytest.approx(2300, abs=1)


def test_csv(tmp_path):
    path = tmp_path / "day.csv"
    path.write_text("time_s,l1_a,l2_a,l3_a,l1_v,power_w,import_kwh\n0,1,2,3,231,,5\n10,4,,,,700,\n")
    feed, source = CsvFeed(path), Source()
    assert feed.length_s() == 20
    for at_s, current_ma in ((0, 1000), (9.9, 1000), (10, 4000), (19.9, 4000), (20, 1000), (30, 4000)):
        feed.step(source, at_s)
        assert source.current_ma[0] == current_ma
    assert source.voltage_dv == [2310, 2310, 2310]
    assert sum(source.power_w) == 700 and source.energy_import_wh == 5000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "l1_a is missing"),
        ("l1_a\n", "has no rows"),
        ("l2_a\n1\n", "l1_a is missing"),
        ("l1_a,colour\n1,2\n", "unknown column 'colour'"),
        ("l1_a\nx\n", "line 2: 'x' is not a number"),
        ("time_s,l1_a\n0,1\n0,2\n", "line 3: time_s must rise"),
        ("l1_a,l2_a\n1\n", "line 2: has more or fewer cells"),
        ("l1_a,l2_a\n1,2,3\n", "line 2: has more or fewer cells"),
    ],
)
def test_bad_csv_names_its_line(tmp_path, text, wanted):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(SourceError, match="bad.csv: .*" + wanted.replace("'", ".")):
        CsvFeed(path)
