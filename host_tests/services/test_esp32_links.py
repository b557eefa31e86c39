"""Network, clock, watchdog and the memory that survives a reset."""

import _thread
import io
import socket
import sys
import time

import esp32_bench
import network
import pytest
from fake_chip import chip
from simulated_time import clock

from evse.core import ticks
from evse.hal.esp32 import clock as hal_clock
from evse.hal.esp32.clock import Clock
from evse.hal.esp32.console import Console
from evse.hal.esp32.network_link import EthernetLink, Links, WifiLink
from evse.hal.esp32.scratch import Scratch
from evse.hal.esp32.watchdog import Watchdog
from evse.services.net.wifi import UP, WifiSupervisor

UNIX_S = 1790000000
EPOCH_2000_S = 946684800


@pytest.fixture(autouse=True)
def fresh_chip(monkeypatch):
    esp32_bench.begin(monkeypatch)


class Time2000:
    """The `time` module of an ESP32: it counts from 2000."""

    def __init__(self, seconds):
        self.seconds = seconds

    def time(self):
        return self.seconds

    def gmtime(self, seconds=None):
        when = time.gmtime((self.seconds if seconds is None else seconds) + EPOCH_2000_S)
        return (*when[:6], when.tm_wday, when.tm_yday)


def test_the_clock_is_unknown_until_set_and_counts_from_1970(monkeypatch):
    source = Time2000(35)
    monkeypatch.setattr(hal_clock, "time", source)
    part = Clock()
    assert part.unix_s() == 0
    source.seconds = UNIX_S - EPOCH_2000_S
    assert part.unix_s() == UNIX_S


def test_setting_the_clock(monkeypatch):
    monkeypatch.setattr(hal_clock, "time", Time2000(0))
    Clock().set_unix_s(UNIX_S)
    when = time.gmtime(UNIX_S)
    assert chip.rtc_datetime == (*when[:3], when.tm_wday, *when[3:6], 0)
    Clock().set_unix_s(UNIX_S, 250)
    assert chip.rtc_datetime[7] == 250000


def test_ticks_wrap_with_the_core():
    part = Clock()
    before = part.ticks_ms()
    clock.advance(6000000)
    assert ticks.diff(part.ticks_ms(), before) == 6000
    assert 0 <= part.ticks_ms() < before < ticks.PERIOD


def test_watchdog_is_reconfigured_and_fed():
    part = Watchdog(5000)
    first = chip.watchdog
    clock.advance(4900000)
    part.feed()
    clock.advance(4900000)
    assert not chip.watchdog.expired()
    part.set_timeout(2000)
    assert chip.watchdog is first and chip.watchdog.timeout_ms == 2000
    clock.advance(1900000)
    assert not chip.watchdog.expired()
    clock.advance(200000)
    assert chip.watchdog.expired()


def test_watchdog_of_less_than_a_second_is_one_second():
    Watchdog(10)
    assert chip.watchdog.timeout_ms == 1000


def test_scratch_survives_a_reset_but_no_power_cut():
    Scratch().write(b"boot record")
    chip.reset()
    assert Scratch().read() == b"boot record"
    chip.power_up()
    assert Scratch().read() == b""
    with pytest.raises(ValueError):
        Scratch().write(bytes(2049))


def test_wifi_connects_without_holding_the_loop():
    chip.networks["air"] = {"home": "secret12"}
    wifi = WifiLink("microevse-1")
    assert not wifi.is_up() and wifi.rssi_dbm() == 0 and wifi.address() == ""
    wifi.connect("home", "secret12")
    station = chip.networks[network.STA_IF]
    assert station.settings == {"pm": network.WLAN.PM_NONE, "reconnects": 0}
    assert network.hostname() == "microevse-1" and wifi.started
    begin_us = clock.now_us
    assert not wifi.is_up()
    assert clock.now_us - begin_us < 1000
    clock.advance(3000000)
    assert wifi.is_up() and wifi.rssi_dbm() == -61 and wifi.address() == "192.168.1.57"
    # Another network: the old one is left first.
    begin_us = clock.now_us
    wifi.connect("other", "password")
    assert clock.now_us - begin_us < 1000
    clock.advance(3000000)
    assert not wifi.is_up()
    wifi.disconnect()
    assert not station.active() and not wifi.started and wifi.state() == "off"


def test_why_there_is_no_link():
    chip.networks["air"] = {"home": "secret12"}
    wifi = WifiLink("microevse-1")
    assert wifi.state() == "off"
    wifi.connect("home", "wrong")
    assert wifi.state() == "connecting"
    clock.advance(10000000)
    assert not wifi.is_up() and wifi.rssi_dbm() == 0
    # The driver has several reasons for it.
    for reason in (15, 202, 204):
        chip.networks["reason"] = reason
        assert wifi.state() == "wrong_password"
    wifi.connect("elsewhere", "")
    clock.advance(3000000)
    assert wifi.state() == "not_found"
    wifi.connect("home", "secret12")
    chip.networks["no_address"] = True
    clock.advance(3000000)
    assert wifi.state() == "no_address" and wifi.address() == "" and not wifi.is_up()
    chip.networks["no_address"] = False
    assert wifi.state() == "up"
    chip.networks["refuses"] = True
    assert wifi.state() == "lost" and wifi.address() == ""


def test_a_scan_holds_a_thread_and_not_the_loop(monkeypatch):
    work = []
    monkeypatch.setattr(_thread, "start_new_thread", lambda function, arguments: work.append(function))
    chip.networks["points"] = [
        (b"home", b"\1\1\1\1\1\1", 1, -50, 3, False),
        (b"", b"\2\2\2\2\2\2", 6, -60, 3, True),
        (b"caf\xe9", b"\3\3\3\3\3\3", 6, -60, 3, False),
        ("gäste".encode(), b"\4\4\4\4\4\4", 11, -70, 0, False),
    ]
    wifi = WifiLink("microevse-1")
    wifi.start()
    begin_us = clock.now_us
    wifi.start_scan()
    assert wifi.networks() is None and clock.now_us - begin_us < 1000
    work[0]()
    # One that hides its name, or whose name is no text, cannot be chosen.
    assert wifi.networks() == [
        ("home", b"\1\1\1\1\1\1", -50, False),
        ("gäste", b"\4\4\4\4\4\4", -70, True),
    ]
    # What goes wrong in the thread is an empty scan, and one without a thread is told.
    wifi.start_scan()
    wifi.disconnect()
    work[1]()
    assert wifi.networks() == []

    def no_thread(function, arguments):
        raise MemoryError

    monkeypatch.setattr(_thread, "start_new_thread", no_thread)
    with pytest.raises(OSError, match="no thread"):
        wifi.start_scan()


def test_the_access_point_that_is_meant_is_joined():
    wifi = WifiLink("microevse-1")
    wifi.connect("home", "secret12", b"\1\1\1\1\1\1")
    assert chip.networks[network.STA_IF].bssid == b"\1\1\1\1\1\1"


def test_the_supervisor_on_the_radio(monkeypatch):
    monkeypatch.setattr(_thread, "start_new_thread", lambda function, arguments: function())
    chip.networks["air"] = {"home": "secret12"}
    chip.networks["points"] = [
        (b"home", b"\1\1\1\1\1\1", 1, -80, 3, False),
        (b"home", b"\2\2\2\2\2\2", 6, -50, 3, False),
    ]
    part = Clock()
    link = WifiLink("microevse-1")
    supervisor = WifiSupervisor(link, lambda: True)
    supervisor.configure("home", "wrong", part.ticks_ms())

    def run(seconds):
        for _ in range(5 * seconds):
            supervisor.step(part.ticks_ms())
            clock.advance(200000)

    run(5)
    assert supervisor.problem == "wrong password"
    supervisor.configure("home", "secret12", part.ticks_ms())
    run(5)
    assert supervisor.state == UP and supervisor.rssi_dbm == -61
    assert chip.networks[network.STA_IF].bssid == b"\2\2\2\2\2\2"
    chip.networks["air"] = {}
    run(60)
    assert supervisor.problem == "network not found"
    chip.networks["air"] = {"home": "secret12"}
    run(65)
    assert supervisor.state == UP


def test_name_servers_and_addresses():
    links = Links(WifiLink("microevse-1"))
    assert links.name_servers() == () and links.address() == ""
    chip.networks["dns"] = "192.168.1.1"
    assert links.name_servers() == ("192.168.1.1",) and links.time_servers() == ("pool.ntp.org",)
    chip.networks["dns"] = "FE80::1"
    assert links.name_servers() == ()


def test_the_console_takes_bytes_and_never_waits(monkeypatch):
    left, right = socket.socketpair()
    with left, right:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(right.makefile("rb", 0)))
        console = Console()
        assert console.read() == -1
        left.send("ä\r".encode())
        assert [console.read() for _ in range(4)] == [0xC3, 0xA4, 13, -1]


def test_access_point():
    wifi = WifiLink("microevse-1")
    assert not wifi.access_point_open()
    with pytest.raises(ValueError):
        wifi.start_access_point("microEVSE", "short")
    wifi.start_access_point("microEVSE", "long enough")
    settings = chip.networks[network.AP_IF].settings
    assert wifi.access_point_open() and wifi.access_point_address() == "192.168.4.1"
    assert (settings["ssid"], settings["security"]) == ("microEVSE", network.WLAN.SEC_WPA2)
    wifi.stop_access_point()
    assert not wifi.access_point_open()


def test_either_link_is_enough():
    lan = network.LAN(0)
    ethernet = EthernetLink(lan)
    links = Links(WifiLink("microevse-1"), ethernet)
    ethernet.start()
    assert not links.is_up() and ethernet.address() == ""
    chip.networks["cable"] = True
    assert links.is_up() and ethernet.address() == "192.168.1.58"


def test_links_open_connections_and_datagram_ports():
    links = Links(WifiLink("evse"))
    with socket.socket() as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as port:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        stream = links.open_tcp(*listener.getsockname())
        peer, _ = listener.accept()
        assert stream.ready() and stream.send(memoryview(b"hello")) == 5 and peer.recv(9) == b"hello"
        peer.close()
        port.bind(("127.0.0.1", 0))
        datagrams = links.open_udp(*port.getsockname())
        assert datagrams.receive(memoryview(bytearray(9))) == 0
        datagrams.send(b"hello")
        assert port.recv(9) == b"hello"
        stream.close()
        datagrams.close()
