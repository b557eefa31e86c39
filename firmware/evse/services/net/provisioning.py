"""Wi-Fi set-up from a phone: an access point of our own and the page that every name leads to in it.

The password of the access point is random each time and shown on the displays and the console. It ends when a network
was chosen, or after two minutes in which nobody used the page.
"""

import os

from microdot import Microdot
from micropython import const

from dns import server as dns_server
from evse import aio
from evse.core import ticks
from evse.core.errors import FieldError
from evse.log import log
from evse.services.net import credentials
from http_server.listener import Listener

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_QUIET_MS = const(120000)
# Until the answer to the last request has arrived.
_FAREWELL_MS = const(2000)
_SCAN_MS = const(10000)
_PERIOD_MS = const(50)
_CONNECTIONS = const(4)
_BODY_BYTES = const(1024)
_DNS_PORT = const(53)
_DNS_BYTES = const(512)
_DNS_A_STEP = const(8)
_MOST_NETWORKS = const(20)
_PASSWORD_LENGTH = const(10)
# No letters that are mistaken for each other; 32 of them, so that every value of a random byte is as likely.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


class Provisioning:
    """One set-up; `problem` is what went wrong with the network that was chosen last.

    `message` is what the displays show.
    """

    def __init__(self, board, settings, problem: str) -> None:
        self._board = board
        self._settings = settings
        self._radio = board.network.wifi
        self._clock = board.clock
        self._problem = problem
        self._found: list = []
        self._scanning = False
        self._scan_since = 0
        self._touched = self._clock.ticks_ms()
        self._chosen: "tuple | None" = None
        self._address = ""
        # The station's web server, whose first password can be set here too; None without one.
        self.web: "Any" = None
        self._buffer = memoryview(bytearray(_DNS_BYTES))
        self.name = self._radio.hostname
        self.password = random_password()
        self.message = "Wi-Fi set-up begins"
        self._listener = Listener(self._make_app(), _CONNECTIONS, self._clock.ticks_ms, _BODY_BYTES)

    async def run(self) -> "tuple | None":
        """Serve until it ends; return (ssid, password), an empty name for no Wi-Fi, or None when nobody chose."""
        names = None
        try:
            self._radio.start()
            self._scan()
            # First, because the access point is away while the radio looks around.
            while self._scanning:
                self._look()
                await aio.sleep_ms(_PERIOD_MS)
            self._radio.start_access_point(self.name, self.password)
            self._address = self._radio.access_point_address()
            self.message = "Wi-Fi set-up: join %s password %s then open %s" % (
                self.name,
                self.password,
                self._address,
            )
            if self._board.console:
                self._board.console.write("\r\n" + self.message + "\r\n")
            names = self._board.network.listen_udp(_DNS_PORT)
            await self._listener.start(*self._board.recovery_address())
            self._touched = self._clock.ticks_ms()
            await self._serve(names)
        except OSError as error:
            log.write("Wi-Fi set-up: %s" % error)
        finally:
            self._listener.close()
            if names:
                names.close()
            self._radio.stop_access_point()
        return self._chosen

    async def _serve(self, names) -> None:
        while True:
            now = self._clock.ticks_ms()
            passed_ms = ticks.diff(now, self._touched)
            if passed_ms >= (_FAREWELL_MS if self._chosen else _QUIET_MS):
                return
            self._look()
            self._answer_names(names)
            await aio.sleep_ms(_PERIOD_MS)

    def _answer_names(self, names) -> None:
        try:
            for _ in range(_DNS_A_STEP):
                count = names.receive(self._buffer)
                if not count:
                    return
                answer = dns_server.answer(self._buffer, count, self._address)
                if answer:
                    names.reply(answer)
        except OSError:
            # Whoever asked has left.
            return

    def _scan(self) -> None:
        try:
            self._radio.start_scan()
            self._scanning = True
            self._scan_since = self._clock.ticks_ms()
        except OSError as error:
            log.write("Wi-Fi set-up: no scan: %s" % error)

    def _look(self) -> None:
        """Take what a scan has found: each network once, the strongest first."""
        if not self._scanning:
            return
        found = self._radio.networks()
        if found is None:
            self._scanning = ticks.diff(self._clock.ticks_ms(), self._scan_since) < _SCAN_MS
            return
        self._scanning = False
        self._found = strongest(found)[:_MOST_NETWORKS]

    def _make_app(self) -> Microdot:
        app = Microdot()
        app.get("/")(self._page)
        app.get("/networks")(self._networks)
        app.post("/scan")(self._ask_scan)
        app.post("/save")(self._save)
        app.errorhandler(404)(self._lead_here)
        return app

    def _touch(self) -> None:
        if not self._chosen:
            self._touched = self._clock.ticks_ms()

    async def _page(self, request):
        self._touch()
        from evse.services.net import setup_page

        return setup_page.answer()

    async def _lead_here(self, request):
        # What a phone asks to find out whether there is a page like this; it does so again and again, so nobody
        # need be there.
        return "", 302, {"Location": "http://%s/" % self._address}

    async def _networks(self, request):
        networks = [{"ssid": ssid, "rssi": rssi, "open": is_open} for ssid, _, rssi, is_open in self._found]
        return {
            "networks": networks,
            "scanning": self._scanning,
            "problem": self._problem,
            "new": self._lacks_password(),
        }

    async def _ask_scan(self, request):
        self._touch()
        if not self._scanning:
            self._scan()
        return {"scanning": self._scanning}

    async def _save(self, request):
        self._touch()
        try:
            wanted = request.json
        except ValueError:
            wanted = None
        if not isinstance(wanted, dict):
            return {"error": "ssid and password are needed", "field": "ssid"}, 400
        ssid, password = wanted.get("ssid"), wanted.get("password", "")
        if ssid == "" and wanted.get("without") is True:
            password = ""
        else:
            problem = credentials.problem(ssid, password)
            if problem:
                field = "ssid" if credentials.problem(ssid, "") else "password"
                return {"error": problem, "field": field}, 400
        station_password = wanted.get("station_password")
        if station_password and self._lacks_password():
            # Whoever is in this network has read its password from the display.
            try:
                await self.web.set_first_password(station_password)
            except FieldError as error:
                return {"error": error.text, "field": "station_password"}, 400
        self._take_zone(wanted.get("timezone"))
        self._chosen = (ssid, password)
        self._touched = self._clock.ticks_ms()
        return {"done": "The station joins the network." if ssid else "The station runs without Wi-Fi."}

    def _lacks_password(self) -> bool:
        return self.web is not None and self.web.accounts.is_new()

    def _take_zone(self, zone) -> None:
        """Take the time zone that the browser names, if it is known."""
        if not zone:
            return
        try:
            self._settings.change({"TIMEZONE": zone})
        except FieldError as error:
            log.write("Wi-Fi set-up: %s" % error)


def strongest(found) -> list:
    """Return each network once, by its strongest access point, the strongest first."""
    best = {}
    for point in found:
        known = best.get(point[0])
        if known is None or point[2] > known[2]:
            best[point[0]] = point
    return sorted(best.values(), key=lambda point: (-point[2], point[0]))


def random_password() -> str:
    """Return ten random letters and digits: 50 bits."""
    return "".join([_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(_PASSWORD_LENGTH)])
