"""The station's web server: it listens, and knows what lasts longer than a request.

What answers is loaded with a request, one module at a time, because an import holds the loop for some milliseconds;
when nobody has asked for a while it is forgotten, see `loader`.
"""

import sys

from microdot import Microdot, Request
from micropython import const

from evse import aio
from evse.log import log
from evse.services.meter_values import POWER
from evse.services.web import accounts as ac
from evse.services.web import auth
from http_server.listener import Listener

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from evse.services.web.power_day import PowerDay

CONNECTIONS = const(8)
OWNER = "owner"
# Those first that others need.
_ANSWERING = (
    "http_server.head evse.services.web.routes evse.services.web.handlers evse.services.web.answering"
)
_PASSWORDS = "evse.services.web.pbkdf2 evse.services.web.passwords"
_METHODS = "GET POST PUT PATCH DELETE"
_NOTE_S = const(10)
_PERIOD_MS = const(200)
_LOAD_PAUSE_MS = const(10)
# What is larger than a picture may be gets its reason from the station, up to here.
_LENGTH_MAX = const(16777216)


class Web:
    """Serve one station; `code` sets the first password, and is "" when there is one.

    `app` is the station's App, `store` keeps the accounts. A password gets as many iterations as take `target_ms`.
    """

    def __init__(self, app, store, target_ms: int = 500) -> None:
        self.app = app
        self.accounts = ac.Accounts(
            store, app.station.contactors.proven_open, target_ms, app.gate.take_accounts
        )
        self.auth = auth.Auth(self.accounts)
        self.code = ac.new_code() if self.accounts.is_new() else ""
        self._paused = False
        self._open = False
        self.closing = False
        self.streams = 0
        # Who has verified the PIN of the display: address -> (PIN, until when, in s of uptime).
        self.pins: "dict[str, tuple[int, int]]" = {}
        # Power of the house connection and of the car; None until there is any.
        self.history: "PowerDay | None" = None
        # When a picture of a display was sent last.
        self.pictured_ms = 0
        Request.max_content_length = _LENGTH_MAX
        microdot = Microdot()
        methods: list[str] = list(_METHODS.split())
        microdot.route("/", methods=methods)(self._handle)
        microdot.route("/<path:path>", methods=methods)(self._handle)
        for status in (404, 405, 500):
            microdot.errorhandler(status)(self._failing(status))
        microdot.errorhandler(Exception)(self._break)
        self.listener = Listener(microdot, CONNECTIONS, aio.ticks_ms, 0)

    @property
    def now_s(self) -> int:
        """The uptime in seconds."""
        return self.app.station.uptime_s

    def legacy(self) -> int:
        """Return the setting LEGACY: auth.LEGACY_..."""
        return self.app.settings.get("LegacyApi")

    def fill_status(self, status: dict) -> None:
        """Write the outputs that are about the web server."""
        status["web.setup"] = self.accounts.is_new()
        status["web.legacy"] = ("Read", "Read and set", "Off")[self.legacy()]
        status["web.connections"] = self.listener.connections
        status["web.refused"] = self.listener.refused

    async def run(self) -> None:
        """Serve until cancelled."""
        if self.code:
            # To whoever is at the station: the log can be read from elsewhere.
            print("Set-up code: " + self.code)
        last_s = -_NOTE_S
        try:
            while True:
                if not self._paused and not self._open and self.app.board.network.is_up():
                    await self._listen()
                if self.now_s - last_s >= _NOTE_S:
                    last_s = self.now_s
                    self._note_power()
                await aio.sleep_ms(_PERIOD_MS)
        finally:
            self._close()

    def pause(self, paused: bool) -> None:
        """Leave the port to somebody else, or take it again."""
        self._paused = paused
        if paused:
            self._close()

    async def set_first_password(self, password: str) -> None:
        """Make the owner's account; FieldError. The caller knows that it is somebody at the station."""
        await self.load(_PASSWORDS)
        from evse.services.web import passwords

        await passwords.put(self.accounts, OWNER, ac.USER, password)
        self.code = ""
        log.write("web: the first password is set")

    async def _listen(self) -> None:
        host, port = self.app.web_address
        port = await self.listener.open(host, port)
        self._open = True
        self.closing = False
        log.write("web: port %d" % port)
        if self.app.on_web_ready:
            self.app.on_web_ready(host, port)

    def _close(self) -> None:
        self._open = False
        self.closing = True
        self.listener.close()

    def _note_power(self) -> None:
        if self.history is None:
            from evse.services.web.power_day import PowerDay

            self.history = PowerDay()
        meter = self.app.metering.mains
        self.history.has_mains = meter.is_enabled
        mains_w = None
        if meter.is_enabled and meter.readings and not meter.silent:
            values = meter.values
            mains_w = values.power_w if values.known & POWER else values.apparent_w()
        self.history.note(mains_w, self.app.board.clock.unix_s(), self.app.station.power_w)

    async def load(self, names: str) -> None:
        """Load modules one by one; after one that was not there everybody else goes on before the next."""
        for name in names.split():
            is_new = name not in sys.modules
            self.app.loader.load(name)
            if is_new:
                await aio.sleep_ms(_LOAD_PAUSE_MS)

    async def _answering(self) -> "Any":
        await self.load(_ANSWERING)
        from evse.services.web import answering

        return answering

    async def _handle(self, request, path: str = "") -> "Any":
        answer: Any = await (await self._answering()).handle(self, request)
        if not callable(answer):
            return answer
        endless: Any = answer
        return await endless()

    def _failing(self, status: int) -> "Any":
        async def handler(request, *_) -> "Any":
            return (await self._answering()).failed(request, status)

        return handler

    async def _break(self, request, error) -> "Any":
        return (await self._answering()).broken(request, error)
