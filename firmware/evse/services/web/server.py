"""The station's web server: finds the endpoint, checks who asks, reads the body, and answers errors as JSON.

Handlers are `function(web, request, who, rest)`, plain or async; they return what microdot takes as a response. Their
modules are loaded with the first request for them, one at a time, because an import holds the loop for some
milliseconds.
"""

import asyncio

from microdot import Microdot, Request, Response
from microdot.microdot import invoke_handler
from micropython import const

from evse import aio
from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services.meter_values import POWER
from evse.services.web import accounts as ac
from evse.services.web import auth, handlers, routes
from http_server.listener import Listener

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from evse.services.web.power_day import PowerDay

CONNECTIONS = const(8)
OWNER = "owner"
_METHODS = "GET POST PUT PATCH DELETE"
_READ_BYTES = const(512)
_NOTE_S = const(10)
_KEEP_MODULE_S = const(60)
_PERIOD_MS = const(200)
_LOAD_PAUSE_MS = const(10)
_BODY_TIMEOUT_S = const(10)
# What is larger than a picture may be gets its reason from the station, up to here.
_LENGTH_MAX = const(16777216)
_HEADERS = {
    "Connection": "close",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


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
        # Modules of handlers by name, and when they were used last.
        self._modules: "dict[str, Any]" = {}
        self._used_s: "dict[str, int]" = {}
        Request.max_content_length = _LENGTH_MAX
        microdot = Microdot()
        methods: list[str] = list(_METHODS.split())
        microdot.route("/", methods=methods)(self._handle)
        microdot.route("/<path:path>", methods=methods)(self._handle)
        for status in (404, 405, 500):
            microdot.errorhandler(status)(_failure_handler(status))
        microdot.errorhandler(Exception)(_note_exception)
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
                    self._forget_modules()
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
        for name in ("pbkdf2", "passwords"):
            handlers.load(name)
            await aio.sleep_ms(_LOAD_PAUSE_MS)
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

    def _forget_modules(self) -> None:
        """Give back the memory of what nobody has asked for lately."""
        if self.listener.connections:
            # One of them may be at work in such a module.
            return
        idle = [name for name in self._modules if self.now_s - self._used_s[name] >= _KEEP_MODULE_S]
        for name in idle:
            del self._modules[name]
        kept = list(self._modules)
        for name in self._modules:
            kept += handlers.needs(name)
        for name in idle:
            for gone in handlers.needs(name) + [name]:
                if gone not in kept:
                    handlers.forget(gone)

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

    async def _handle(self, request, path: str = "") -> "Any":
        answer = await self._answer(request)
        if answer is Response.already_handled:
            return answer
        if not isinstance(answer, Response):
            parts = answer if isinstance(answer, tuple) else (answer,)
            answer = Response(
                parts[0], parts[1] if len(parts) > 1 else 200, parts[2] if len(parts) > 2 else None
            )
        for name in _HEADERS:
            if name not in answer.headers:
                answer.headers[name] = _HEADERS[name]
        return answer

    async def _answer(self, request) -> "Any":
        route = routes.find(request.method, request.path)
        if route is None:
            return failure(404, "there is no such page")
        if isinstance(route, str):
            return failure(405, "this page takes " + route) + ({"Allow": route},)
        who = self.auth.who(request, self.now_s)
        refusal = self._refusal(request, route.who, who)
        if refusal:
            return refusal
        if route.body_bytes >= 0 and request.content_length > max(route.body_bytes, 512):
            return failure(413, "the body is too long")
        try:
            module = await self._module(route.module)
            if route.body_bytes >= 0 and request.content_length:
                request._body = await asyncio.wait_for(_read(request), _BODY_TIMEOUT_S)
            return await invoke_handler(getattr(module, route.function), self, request, who, route.rest)
        except Refused as error:
            return failure(409, error.text, error.field)
        except FieldError as error:
            return failure(400, error.text, error.field)
        except asyncio.TimeoutError:
            return failure(408, "the body did not come in time")
        except EOFError:
            return failure(400, "the body was cut short")
        except (OSError, MemoryError) as error:
            log.write("web: %s %s: %s" % (request.method, request.path[:40], error))
            return failure(500, "the station could not do it; its log says why")

    def _refusal(self, request, wanted: str, who: auth.Who) -> "Any":
        """Return the answer to somebody who may not do this, None for who may."""
        changes = request.method not in ("GET", "HEAD")
        if changes and (auth.foreign(request) or (who.way == auth.BY_COOKIE and auth.forged(request, who))):
            return failure(403, "this request comes from another page")
        if wanted in ac.ROLES:
            role = ac.ROLES.index(wanted)
            if who.role >= role:
                return None
        else:
            legacy = self.legacy()
            if who.role >= ac.USER:
                return None
            if wanted == "read" and legacy != auth.LEGACY_OFF:
                return None
            if wanted == "write" and legacy == auth.LEGACY_WRITE:
                if not auth.forged(request, who):
                    return None
                return failure(403, "this request comes from another page")
        if who.way == auth.BY_NOTHING:
            if wanted == "write":
                text = "log in, send a token, or set LEGACY to Read and set"
            elif self.accounts.is_new():
                text = "set the password of the station first"
            else:
                text = "log in, or send a token"
            return failure(401, text) + ({"WWW-Authenticate": "Bearer"},)
        return failure(403, "this is not for " + ac.ROLES[who.role])

    async def _module(self, name: str) -> "Any":
        """Return the module of a handler."""
        self._used_s[name] = self.now_s
        module = self._modules.get(name)
        if module is None:
            # What one module needs is loaded before it, with control steps in between.
            for needed in handlers.needs(name) + [name]:
                module = handlers.load(needed)
                await aio.sleep_ms(_LOAD_PAUSE_MS)
            self._modules[name] = module
        return module


def failure(status: int, text: str, field: "str | None" = None) -> tuple:
    """Return an error as every endpoint of ours tells it."""
    return {"error": text, "field": field}, status


def _failure_handler(status: int) -> "Any":
    """Answer what microdot refuses: a method that nothing of ours takes, and our own mistakes."""

    async def handler(request, *_) -> "Any":
        found = routes.find(request.method, request.path) if request else None
        if status == 405 and isinstance(found, str):
            headers = dict(_HEADERS)
            headers["Allow"] = found
            return failure(405, "this page takes " + found) + (headers,)
        if status == 405 or status == 404:
            return failure(404, "there is no such page") + (dict(_HEADERS),)
        return failure(status, "the server failed; its log says why") + (dict(_HEADERS),)

    return handler


async def _note_exception(request, error) -> "Any":
    """Answer a mistake of ours; where it was made has been printed."""
    log.write("web: %s %s: %s: %s" % (request.method, request.path[:40], type(error).__name__, error))
    return {"error": "the server failed; its log says why", "field": None}, 500, dict(_HEADERS)


async def _read(request) -> bytes:
    """Return the whole body; EOFError when it ends before."""
    body = b""
    while len(body) < request.content_length:
        piece = await request.stream.read(min(_READ_BYTES, request.content_length - len(body)))
        if not piece:
            raise EOFError("closed within the body")
        body += piece
    return body
