"""A network, a radio and a clock for tests of what uses them; nothing happens but what a test says."""

import os
import random

from micropython import const

from dns import resolver
from evse.core import ticks
from evse.services.net import sntp
from evse.services.net.task import Net

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

START = ticks.PERIOD - 5000


class Dice:
    """Stands for `os` where that has no source of chance, as in a browser's MicroPython."""

    @staticmethod
    def urandom(count):
        return bytes([random.getrandbits(8) for _ in range(count)])


if not hasattr(os, "urandom"):
    resolver.os = sntp.os = Dice  # pyright: ignore[reportAttributeAccessIssue]


class Datagrams:
    """A port: `sent` is what went out, `waiting` what will be received."""

    def __init__(self, network, address, port):
        self.network = network
        self.address = address
        self.port = port
        self.sent = []
        self.waiting = []
        self.is_open = True

    def send(self, data):
        if self.network.is_dead:
            raise OSError("no route")
        self.sent.append(bytes(data))
        if self.network.answer:
            answer = self.network.answer(self, bytes(data))
            if answer:
                self.waiting.append(answer)

    def receive(self, buffer):
        if not self.waiting:
            return 0
        data = self.waiting.pop(0)[: len(buffer)]
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        self.is_open = False


class Network:
    """`answer(link, data)` returns what comes back at once, or None."""

    def __init__(self):
        self.links = []
        self.servers: "tuple[str, ...]" = ("192.0.2.53",)
        self.times = ("pool.test",)
        self.answer: "Any" = None
        self.is_dead = False
        self.up = True
        self.wifi: "Any" = None

    def is_up(self):
        return self.up

    def address(self):
        return "192.0.2.7" if self.up else ""

    def name_servers(self):
        return self.servers

    def time_servers(self):
        return self.times

    def open_udp(self, address, port):
        if self.is_dead:
            raise OSError("no route")
        link = Datagrams(self, address, port)
        self.links.append(link)
        return link

    def open_links(self):
        return [link for link in self.links if link.is_open]


class Clock:
    """Ticks that a test moves, just before they wrap, and a wall clock that goes along once it is set."""

    def __init__(self, unix_ms=0):
        self.now = START
        self.unix_ms = unix_ms
        self.settings = []

    def ticks_ms(self):
        return self.now

    def unix_s(self):
        return self.unix_ms // 1000

    def set_unix_s(self, unix_s, part_ms=0):
        self.unix_ms = unix_s * 1000 + part_ms
        self.settings.append(self.unix_ms)

    def advance(self, duration_ms):
        self.now = ticks.add(self.now, duration_ms)
        if self.unix_ms:
            self.unix_ms += duration_ms


class Radio:
    """`air` is what a scan finds, as of `hal.api.Wifi`; `outcome` is the state after `connect`."""

    def __init__(self, air=()):
        self.hostname = "microevse-test"
        self.started = False
        self.air = list(air)
        self.outcome = "up"
        self.now_state = "off"
        self.joined = []
        self.scans = 0
        self.scan_ready = True
        self.refuses = False
        self.access_point = None
        self.signal_dbm = -55

    def set_hostname(self, hostname):
        self.hostname = hostname

    def start(self):
        self._check()
        self.started = True

    def connect(self, ssid, password, bssid=None):
        self._check()
        self.joined.append((ssid, password, bssid))
        self.now_state = self.outcome

    def disconnect(self):
        self.now_state = "off"
        self.started = False

    def state(self):
        return self.now_state

    def start_scan(self):
        self._check()
        self.scans += 1

    def networks(self):
        return self.air if self.scan_ready else None

    def rssi_dbm(self):
        return self.signal_dbm if self.now_state == "up" else 0

    def start_access_point(self, ssid, password):
        self.access_point = (ssid, password)

    def stop_access_point(self):
        self.access_point = None

    def access_point_address(self):
        return "127.0.0.1"

    def _check(self):
        if self.refuses:
            raise OSError("Wifi Internal State Error")


class Store:
    """A record in memory."""

    def __init__(self, record=None):
        self.record = record
        self.put_aside = False
        self.is_full = False

    def load(self):
        return (0, None) if self.record is None else (1, dict(self.record))

    def save(self, value):
        if self.is_full:
            raise OSError(28)
        self.record = dict(value)


class Settings:
    def __init__(self, **values):
        self.values = {"WIFImode": 0, "TimeServers": "", "Hostname": ""}
        self.values.update(values)

    def get(self, key):
        return self.values[key]

    text = get

    def put(self, key, value):
        self.values[key] = value


class Contactors:
    def __init__(self):
        self.is_open = True

    def proven_open(self):
        return self.is_open


class Board:
    def __init__(self, network, clock):
        self.network = network
        self.clock = clock
        self.console = None


class Station:
    def __init__(self):
        self.contactors = Contactors()


class StationNet:
    """The network of a station; `air` is what its radio finds, None where there is no radio."""

    def __init__(self, air, record=None, **settings):
        self.network = Network()
        self.radio: "Any" = None if air is None else Radio(air)
        self.network.wifi = self.radio
        self.clock = Clock()
        self.station = Station()
        self.settings = Settings(**settings)
        self.store: "Any" = Store(record)
        self.net: "Any" = Net(Board(self.network, self.clock), self.station, self.settings, self.store)
        self.net.configure()
