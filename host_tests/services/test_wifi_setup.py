"""The Wi-Fi set-up from a phone: its page over HTTP, the names that lead there, and how it ends."""

import asyncio
import http.client
import json
import socket
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from net_bench import StationNet

from dns import message
from evse import aio
from evse.core.errors import FieldError
from evse.services.net import provisioning, task, wifi
from evse.services.net.provisioning import Provisioning
from interpreters import ROOT
from sockets.server import UdpServer

AIR = [
    ("home", b"\1\1\1\1\1\1", -50, False),
    ("home", b"\2\2\2\2\2\2", -80, False),
    ("guests", b"\3\3\3\3\3\3", -60, True),
    ('<b>"&', b"\4\4\4\4\4\4", -70, False),
]


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Radio:
    hostname = "microevse-test"

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.scan_ready = True

    def start(self) -> None:
        self.calls.append("start")

    def start_scan(self) -> None:
        self.calls.append("scan")

    def networks(self) -> Any:
        return AIR if self.scan_ready else None

    def start_access_point(self, ssid: str, password: str) -> None:
        self.calls.append((ssid, password))

    def stop_access_point(self) -> None:
        self.calls.append("stop")

    def access_point_address(self) -> str:
        return "127.0.0.1"


class Clock:
    """Real time, and what a test adds."""

    def __init__(self) -> None:
        self.added_ms = 0

    def ticks_ms(self) -> int:
        return (aio.ticks_ms() + self.added_ms) & 0x3FFFFFFF


class Settings:
    def __init__(self) -> None:
        self.changes: list[dict] = []

    def change(self, shown: dict) -> None:
        if shown["TIMEZONE"] != "Europe/Berlin":
            raise FieldError("TIMEZONE", "must be a place")
        self.changes.append(shown)


class Rig:
    """A set-up that runs in a thread of its own."""

    def __init__(self, problem: str = "") -> None:
        self.radio = Radio()
        self.clock = Clock()
        self.settings = Settings()
        self.port = free_port(socket.SOCK_STREAM)
        self.dns_port = free_port(socket.SOCK_DGRAM)
        self.console: list[str] = []
        board = SimpleNamespace(
            network=SimpleNamespace(
                wifi=self.radio, listen_udp=lambda port: UdpServer(self.dns_port, "127.0.0.1")
            ),
            clock=self.clock,
            console=SimpleNamespace(write=self.console.append),
            recovery_address=lambda: ("127.0.0.1", self.port),
        )
        self.setup = Provisioning(board, self.settings, problem)
        self.result: Any = "running"
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        self.result = asyncio.run(self.setup.run())

    def wait(self, seconds: float = 5) -> Any:
        self.thread.join(seconds)
        return self.result

    def ask(self, method: str, path: str, body: Any = None, tries: int = 100) -> tuple[int, dict, bytes]:
        for _ in range(tries):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            try:
                data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
                headers = {"Content-Type": "application/json"} if data is not None else {}
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                return answer.status, dict(answer.getheaders()), answer.read()
            except ConnectionRefusedError:
                threading.Event().wait(0.05)
            finally:
                connection.close()
        raise AssertionError("nobody listens")


@pytest.fixture
def rig():
    one = Rig()
    yield one
    one.clock.added_ms += 1000000
    one.wait()


def test_a_phone_sets_the_station_up(rig: Rig) -> None:
    status, headers, body = rig.ask("GET", "/")
    assert status == 200 and headers["Content-Type"].startswith("text/html") and b"Wi-Fi set-up" in body
    name, password = rig.radio.calls[2]
    assert rig.radio.calls[:2] == ["start", "scan"] and name == "microevse-test" and len(password) == 10
    assert rig.setup.message == f"Wi-Fi set-up: join microevse-test password {password} then open 127.0.0.1"
    assert rig.setup.message in rig.console[0]
    found = json.loads(rig.ask("GET", "/networks")[2])
    assert [entry["ssid"] for entry in found["networks"]] == ["home", "guests", '<b>"&']
    assert found["networks"][1] == {"ssid": "guests", "rssi": -60, "open": True} and not found["scanning"]
    wanted = {"ssid": "home", "password": "secret12", "timezone": "Europe/Berlin"}
    assert rig.ask("POST", "/save", wanted)[0] == 200
    assert rig.wait() == ("home", "secret12")
    assert rig.settings.changes == [{"TIMEZONE": "Europe/Berlin"}] and rig.radio.calls[-1] == "stop"
    with pytest.raises(AssertionError, match="nobody listens"):
        rig.ask("GET", "/", tries=3)


def test_every_name_and_every_path_lead_to_the_page(rig: Rig) -> None:
    for path in ("/generate_204", "/hotspot-detect.html", "/connecttest.txt", "/a/b?c=d"):
        status, headers, _ = rig.ask("GET", path)
        assert (status, headers["Location"]) == (302, "http://127.0.0.1/")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.settimeout(2)
        query = message.query("captive.apple.com", 7)
        phone.sendto(b"garbage", ("127.0.0.1", rig.dns_port))
        phone.sendto(query, ("127.0.0.1", rig.dns_port))
        answer = phone.recv(512)
    assert message.read(answer, len(answer), "captive.apple.com", 7)[:2] == (message.FOUND, "127.0.0.1")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"3", {"ssid": "home", "password": "short"}, {"ssid": "", "password": ""},
        {"password": "x" * 8},
        {"ssid": 5, "password": "secret12"}, {"ssid": "home", "password": 12345678}, {"ssid": "x" * 33, "password": ""},
        {"ssid": "", "without": 1},
    ],
)  # fmt: skip
def test_what_is_no_network_is_refused_in_words(rig: Rig, body: Any) -> None:
    status, _, answer = rig.ask("POST", "/save", body)
    assert status == 400 and len(json.loads(answer)["error"]) > 10
    assert rig.result == "running" and rig.settings.changes == []


def test_a_body_without_end_is_refused(rig: Rig) -> None:
    assert rig.ask("POST", "/save", b"x" * 5000)[0] in (400, 413)
    assert rig.ask("GET", "/")[0] == 200


def test_without_wifi_and_with_a_zone_that_nobody_knows(rig: Rig) -> None:
    answer = rig.ask("POST", "/save", {"ssid": "", "without": True, "timezone": "Mars/Olympus"})
    assert answer[0] == 200 and rig.wait() == ("", "") and rig.settings.changes == []


def test_looking_again(rig: Rig) -> None:
    rig.ask("GET", "/")
    rig.radio.scan_ready = False
    assert json.loads(rig.ask("POST", "/scan", {})[2]) == {"scanning": True}
    assert json.loads(rig.ask("GET", "/networks")[2])["scanning"]
    assert rig.radio.calls.count("scan") == 2
    rig.radio.scan_ready = True
    threading.Event().wait(0.2)
    assert not json.loads(rig.ask("GET", "/networks")[2])["scanning"]


def test_it_ends_two_minutes_after_the_last_visit(rig: Rig) -> None:
    rig.ask("GET", "/")
    rig.clock.added_ms += 100000
    # What phones ask by themselves is no visit, and the page is one.
    rig.ask("GET", "/generate_204")
    rig.clock.added_ms += 15000
    assert rig.ask("GET", "/")[0] == 200
    rig.clock.added_ms += 115000
    threading.Event().wait(0.3)
    assert rig.result == "running"
    rig.ask("GET", "/generate_204")
    rig.clock.added_ms += 6000
    assert rig.wait() is None and rig.radio.calls[-1] == "stop"


def test_a_taken_port_ends_it_in_order() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        radio = Radio()
        board = SimpleNamespace(
            network=SimpleNamespace(wifi=radio, listen_udp=lambda port: UdpServer(0, "127.0.0.1")),
            clock=Clock(),
            console=None,
            recovery_address=taken.getsockname,
        )
        assert asyncio.run(Provisioning(board, Settings(), "").run()) is None
    assert radio.calls[-1] == "stop"


def test_the_reason_of_the_last_try_is_told() -> None:
    rig = Rig("wrong password")
    assert json.loads(rig.ask("GET", "/networks")[2])["problem"] == "wrong password"
    rig.clock.added_ms += 1000000
    assert rig.wait() is None


class Chooser:
    """Stands for a set-up in which somebody chooses the next of `choices`."""

    choices: list[Any] = []
    problems: list[str] = []

    def __init__(self, board: Any, settings: Any, problem: str) -> None:
        self.message = "join it"
        self.problems.append(problem)

    async def run(self) -> Any:
        await asyncio.sleep(0.1)
        return self.choices.pop(0)


class NetRig:
    """The network of a station whose time goes fast."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, choices: list, record: Any = None, mode: int = 0
    ) -> None:
        monkeypatch.setattr(provisioning, "Provisioning", Chooser)
        monkeypatch.setattr(Chooser, "choices", choices)
        monkeypatch.setattr(Chooser, "problems", [])
        monkeypatch.setattr(task, "_SETUP_PERIOD_MS", 10)
        monkeypatch.setattr(task, "_PERIOD_MS", 10)
        bench = StationNet(AIR, record, WIFImode=mode)
        self.net, self.radio, self.settings, self.clock = bench.net, bench.radio, bench.settings, bench.clock
        self.store, self.contactors = bench.store, bench.station.contactors
        self.view = SimpleNamespace(message="", address="")
        self.told: list[bool] = []
        self.net.on_setup = self.told.append

    def run(self, seconds: float, faster: int = 1) -> None:
        async def work() -> None:
            tasks = [asyncio.create_task(self.net.run()), asyncio.create_task(self.net.run_setup())]
            for _ in range(int(seconds * 50)):
                await asyncio.sleep(0.02)
                self.clock.advance(20 * faster)
                self.net.fill_view(self.view)
            for one in tasks:
                one.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(work())


def test_a_new_station_asks_for_its_network(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = NetRig(monkeypatch, [("home", "secret12")])
    rig.contactors.is_open = False
    rig.run(0.1)
    assert rig.told == [] and not rig.net.setting_up
    rig.contactors.is_open = True
    rig.run(0.06)
    assert rig.view.message == "join it" and rig.told == [True, False]
    rig = NetRig(monkeypatch, [("home", "secret12")])
    rig.run(0.6)
    assert rig.told == [True, False] and rig.view.message == ""
    assert rig.store.record == {"ssid": "home", "password": "secret12"} and rig.settings.get("WIFImode") == 1
    assert rig.net.wifi.state == wifi.UP and not rig.net.setup_wanted and rig.view.address == "192.0.2.7"


def test_a_mistyped_password_opens_it_again_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = NetRig(monkeypatch, [("home", "secret13"), None])
    rig.radio.outcome = "wrong_password"
    rig.run(1.5, faster=100)
    assert Chooser.problems == ["", "wrong password"]
    # Nobody came the second time: it goes on trying and does not ask a third time.
    assert rig.net.wifi.ssid == "home" and not rig.net.setup_wanted
    rig.radio.outcome = "up"
    rig.run(1.5, faster=100)
    assert rig.net.wifi.state == wifi.UP


@pytest.mark.parametrize(("record", "mode"), [(None, 0), ({"ssid": "home", "password": "secret12"}, 1)])
def test_nobody_chooses(monkeypatch: pytest.MonkeyPatch, record: Any, mode: int) -> None:
    rig = NetRig(monkeypatch, [None], record, 2)
    rig.run(0.6)
    assert rig.settings.get("WIFImode") == mode and rig.store.record == record
    assert (rig.net.wifi.state == wifi.UP) == (mode == 1)


def test_no_wifi_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = NetRig(monkeypatch, [("", "")])
    rig.run(0.6)
    assert rig.store.record == {"ssid": "", "password": ""} and rig.net.wifi.state == wifi.OFF
    assert not rig.net.setup_wanted


def test_passwords_are_random_and_the_page_needs_nothing_else() -> None:
    passwords = {provisioning.random_password() for _ in range(200)}
    assert len(passwords) == 200 and all(len(one) == 10 and not set(one) & set("l01o") for one in passwords)
    page = (ROOT / "firmware/evse/services/web/page/setup.html").read_text()
    assert "http" not in page and "src=" not in page


class Web:
    """Stands for the web server of a station that has no password yet."""

    def __init__(self) -> None:
        self.password = ""
        self.accounts = SimpleNamespace(is_new=lambda: not self.password)

    async def set_first_password(self, password: str) -> None:
        if not isinstance(password, str) or len(password) < 8:
            raise FieldError("password", "must be 8 to 128 characters long")
        self.password = password


def test_the_first_password_of_the_station_is_set_here_too(rig: Rig) -> None:
    web = rig.setup.web = Web()
    assert json.loads(rig.ask("GET", "/networks")[2])["new"] is True
    wanted = {"ssid": "home", "password": "secret12", "station_password": "short"}
    status, _, body = rig.ask("POST", "/save", wanted)
    refusal = {"error": "must be 8 to 128 characters long", "field": "station_password"}
    assert (status, json.loads(body)) == (400, refusal)
    assert json.loads(rig.ask("POST", "/save", {**wanted, "password": "x"})[2])["field"] == "password"
    assert json.loads(rig.ask("POST", "/save", {**wanted, "ssid": ""})[2])["field"] == "ssid"
    assert rig.result == "running" and web.password == ""
    assert rig.ask("POST", "/save", {**wanted, "station_password": "a long password"})[0] == 200
    assert rig.wait() == ("home", "secret12") and web.password == "a long password"


def test_a_station_with_a_password_keeps_it(rig: Rig) -> None:
    web = rig.setup.web = Web()
    web.password = "the one that is set"
    assert json.loads(rig.ask("GET", "/networks")[2])["new"] is False
    wanted = {"ssid": "home", "password": "secret12", "station_password": "another password"}
    assert rig.ask("POST", "/save", wanted)[0] == 200
    assert rig.wait() == ("home", "secret12") and web.password == "the one that is set"
