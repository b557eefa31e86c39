"""Measure the heap of a station in its network: measure_network.py IMAGE DATA_DIR BROKER_PORT PAGE_PORT; prints JSON.

The station has displays, buttons and a reader, is fed its meters and charges; it is at a broker, and one browser loads
the page after this program has printed "browse", writes a line, and follows the live stream after "follow". Every row
is what a part added, in bytes, after a collection. Before the last one nobody does anything for so long that the
station has forgotten what it needs for requests and commands only, see `evse.services.loader`; the stream goes on.
"""

import json
import select
import sys

import micropython
import run_image
from measure_memory import Idle, Meter, Screen
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_MAINS_MA = 5000
# An image has no names of constants: mains and EV meter.
_FED = (1, 4)
_FED_MS = 1000
_LOOK_MS = 100
_SETTLE_MS = 1500
# Twice what the loader waits, and a little more.
_QUIET_MS = 42000
_LONGEST_MS = 60000


class Radio:
    """A radio that finds its network at once."""

    hostname = "measured"
    started = True

    def set_hostname(self, hostname: str) -> None:
        self.hostname = hostname

    def start(self) -> None:
        pass

    def start_scan(self) -> None:
        pass

    def networks(self) -> list:
        return [("home", b"123456", -50, False)]

    def connect(self, ssid: str, password: str, bssid=None) -> None:
        pass

    def disconnect(self) -> None:
        pass

    def state(self) -> str:
        return "up"

    def rssi_dbm(self) -> int:
        return -50


class Network:
    """The PC's own network behind that radio; nobody answers for names."""

    def __init__(self) -> None:
        self.wifi = Radio()

    def is_up(self) -> bool:
        return True

    def address(self) -> str:
        return "127.0.0.1"

    def name_servers(self) -> tuple:
        return ()

    def time_servers(self) -> tuple:
        return ()

    def open_udp(self, address: str, port: int):
        return run_image.module("sockets.links").UdpLink(address, port)


class Part(Idle):
    """Buttons and a reader that is well."""

    health = "ok"


class Measurement:
    """What is done to the station, one step after the other, and what each added."""

    def __init__(self, root: str, broker_port: int, page_port: int, meter: Meter) -> None:
        self._meter = meter
        self._broker_port = broker_port
        __import__("board")
        self._board = hardware = sys.modules["board"].BareBoard(root)
        hardware.network = Network()
        hardware.displays = (Screen(32, 32), Screen(128, 64))
        hardware.buttons = hardware.rfid = Part()
        hardware.services = self._services
        meter.charge("board")
        self.app: "Any" = run_image.module("evse.app").App(hardware)
        self._aio = run_image.module("evse.aio")
        self.app.web_address = ("127.0.0.1", page_port)
        self.app.net.setup_wanted = False
        self.app.net.join("home", "password")
        self.app.change_settings(
            {"RFID": "EnableAll", "MAINS MET": "API", "EV METER": "API", "MODE": "Smart", "LOCK": "Motor"}
        )
        meter.charge("app")

    def _services(self, app, supervisor) -> list:
        return [("feeds", self._feed), ("measurement", self._measure)]

    async def _feed(self) -> None:
        while True:
            for use in _FED:
                self.app.metering.feed(use, _MAINS_MA, 0, 0)
            await self._aio.sleep_ms(_FED_MS)

    async def _measure(self) -> None:
        app = self.app
        # Without a car it would be closed again as soon as the pilot was read.
        self._board.car = "B"
        await self._wait(app.station.charger.connected)
        app.request(["access", "on"])
        await self._wait(lambda: app.control.outputs.pilot_permille < 1000)
        self._board.car = "C"
        await self._wait(lambda: app.control.outputs.c1 and app.web and not app.net.setting_up)
        await self._aio.sleep_ms(_SETTLE_MS)
        self._meter.charge("tasks, a car that charges, web server")
        app.change_settings({"MQTT HOST": "127.0.0.1", "MQTT PORT": self._broker_port})
        await self._wait(lambda: app.mqtt and app.mqtt.connected)
        # Everything is told by then.
        await self._aio.sleep_ms(_SETTLE_MS + 4000)
        self._meter.charge("broker")
        print("browse")
        await self._told()
        self._meter.charge("page")
        print("follow")
        await self._wait(lambda: app.web.streams)
        await self._aio.sleep_ms(_QUIET_MS)
        self._meter.charge("live stream")
        if not (app.mqtt and app.mqtt.connected and app.web.streams == 1 and app.control.outputs.c1):
            print("not everything is active")
            sys.exit(1)
        micropython.qstr_info()
        print(json.dumps(self._meter.rows))
        sys.exit(0)

    async def _told(self) -> None:
        """Wait for a line from the browser's side."""
        poll = select.poll()
        poll.register(sys.stdin, select.POLLIN)
        while not poll.poll(0):
            await self._aio.sleep_ms(_LOOK_MS)
        sys.stdin.readline()

    async def _wait(self, condition) -> None:
        for _ in range(_LONGEST_MS // _LOOK_MS):
            if condition():
                return
            await self._aio.sleep_ms(_LOOK_MS)
        print("it did not come about")
        sys.exit(1)


def main(image: str, root: str, broker_port: int, page_port: int) -> None:
    """Measure from an image."""
    # Always there before the station.
    import asyncio

    run_image.mount(image)
    meter = Meter()
    meter.begin()
    measurement = Measurement(root, broker_port, page_port, meter)
    asyncio.run(measurement.app.run())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
