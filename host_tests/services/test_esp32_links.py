"""Network, clock, watchdog and the memory that survives a reset."""

import time

import esp32_bench
import network
import pytest
from fake_chip import chip
from simulated_time import clock

from evse.core import ticks
from evse.hal.esp32 import clock as hal_clock
from evse.hal.esp32.clock import Clock
from evse.hal.esp32.network_link import EthernetLink, Links, WifiLink
from evse.hal.esp32.scratch import Scratch
from evse.hal.esp32.watchdog import Watchdog

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
    assert station.settings == {"pm": network.WLAN.PM_NONE, "reconnects": -1}
    assert network.hostname() == "microevse-1"
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
    assert not station.active()


def test_a_wrong_password_is_only_no_link():
    chip.networks["air"] = {"home": "secret12"}
    wifi = WifiLink("microevse-1")
    wifi.connect("home", "wrong")
    clock.advance(10000000)
    assert not wifi.is_up() and wifi.rssi_dbm() == 0


def test_access_point():
    wifi = WifiLink("microevse-1")
    assert not wifi.access_point_open()
    with pytest.raises(ValueError):
        wifi.start_access_point("microEVSE", "short")
    wifi.start_access_point("microEVSE", "long enough")
    settings = chip.networks[network.AP_IF].settings
    assert wifi.access_point_open()
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
