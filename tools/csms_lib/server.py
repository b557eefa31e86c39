"""The central system: accepts charge points, keeps their messages and books, and makes calls."""

import asyncio
import base64
import hmac
import http
import ssl
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from .answers import DEFAULTS, Answer
from .books import Books
from .checks import Checks
from .faults import Faults
from .link import Link
from .messages import IN, OUT, Message

SUBPROTOCOL = "ocpp1.6"
_STEP_S = 0.01


class Csms:
    """`async with Csms() as csms:`; `port` is then where it listens.

    `answers[action]` is an object, or a function of link and payload that returns one, or None for no answer, or
    raises CallRefused. `messages` and `problems` grow; `on_message` and `on_problem` are told at once.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
        passwords: dict[str, bytes] | None = None,
        strict: bool = True,
        subprotocols: tuple[str, ...] = (SUBPROTOCOL,),
    ) -> None:
        """Prepare; `passwords` of charge points by their identity, "" for all others; None needs none."""
        self.port = port
        self.answers: dict[str, Answer] = dict(DEFAULTS)
        # Tags that are not accepted, with what is said about them.
        self.tags: dict[str, dict[str, Any]] = {}
        self.heartbeat_s = 300
        self.clock_offset_s = 0.0
        self.strict = strict
        self.faults = Faults()
        self.books = Books()
        self.messages: list[Message] = []
        self.problems: list[str] = []
        self.links: dict[str, Link] = {}
        self.connections = 0
        self.refusals = 0
        self.on_message: Callable[[Message], object] | None = None
        self.on_problem: Callable[[str, str], object] | None = None
        self.on_link: Callable[[str, bool], object] | None = None
        self._checks: dict[str, Checks] = {}
        self._host = host
        self._tls = tls
        self._passwords = passwords
        self._subprotocols = subprotocols
        self._server: Any = None

    async def __aenter__(self) -> "Csms":
        self._server = await serve(
            self._serve,
            self._host,
            self.port,
            ssl=self._tls,
            subprotocols=list(self._subprotocols) or None,  # pyright: ignore[reportArgumentType]
            process_request=self._admit,
            ping_interval=None,
            max_size=1 << 20,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    def tag_info(self, id_tag: str) -> dict[str, Any]:
        """Return what is said about a tag."""
        return self.tags.get(id_tag, {"status": "Accepted"})

    def link(self, charge_point: str = "") -> Link:
        """Return the connection of a charge point, by default the only one's. Raises ConnectionError."""
        if charge_point in self.links:
            return self.links[charge_point]
        if not charge_point and len(self.links) == 1:
            return next(iter(self.links.values()))
        if self.links and not charge_point:
            raise ConnectionError("several are connected: name one of " + ", ".join(sorted(self.links)))
        raise ConnectionError(f"{charge_point} is not connected" if charge_point else "nobody is connected")

    async def call(
        self,
        action: str,
        payload: dict[str, Any] | None = None,
        charge_point: str = "",
        timeout_s: float = 30.0,
    ) -> dict[str, Any]:
        """Make a call; see Link.call."""
        return await self.link(charge_point).call(action, payload or {}, timeout_s)

    async def wait_for(
        self,
        action: str,
        found: Callable[[Message], bool] = lambda _message: True,
        *,
        kind: str = "CALL",
        direction: str = IN,
        after: int = 0,
        timeout_s: float = 30.0,
    ) -> int:
        """Wait for a message from number `after` on; return its number. Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        at = after
        while True:
            while at < len(self.messages):
                message = self.messages[at]
                if (message.action, message.kind, message.direction) == (action, kind, direction) and found(
                    message
                ):
                    return at
                at += 1
            if time.monotonic() > deadline:
                seen = [one.line() for one in self.messages[after:][-10:]]
                raise TimeoutError(f"no {action} {kind}; last messages: {seen}")
            await asyncio.sleep(_STEP_S)

    async def wait_for_boot(self, after: int = 0, timeout_s: float = 30.0) -> int:
        """Wait until a charge point was accepted; return the number of the answer."""
        return await self.wait_for(
            "BootNotification",
            lambda message: message.payload.get("status") == "Accepted",
            kind="RESULT",
            direction=OUT,
            after=after,
            timeout_s=timeout_s,
        )

    def note(self, message: Message) -> None:
        """Keep a message."""
        self.messages.append(message)
        if self.on_message:
            self.on_message(message)

    def note_problem(self, charge_point: str, problem: str) -> None:
        """Keep what a charge point does wrong."""
        self.problems.append(f"{charge_point}: {problem}")
        if self.on_problem:
            self.on_problem(charge_point, problem)

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse who has no name or a wrong password."""
        name = _identity(request.path)
        if not name:
            self.refusals += 1
            return connection.respond(http.HTTPStatus.NOT_FOUND, "the path ends in the identity\n")
        if self._passwords is None:
            return None
        wanted = self._passwords.get(name, self._passwords.get(""))
        given = _credentials(request.headers.get("Authorization", ""))
        if wanted is None or given is None or not hmac.compare_digest(given, name.encode() + b":" + wanted):
            self.refusals += 1
            answer = connection.respond(http.HTTPStatus.UNAUTHORIZED, "wrong user name or password\n")
            answer.headers["WWW-Authenticate"] = 'Basic realm="OCPP"'
            return answer
        return None

    async def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        name = _identity(connection.request.path)
        self.connections += 1
        link = Link(self, connection, name, self._checks.setdefault(name, Checks()), self.connections)
        older = self.links.get(name)
        self.links[name] = link
        if older:
            older.abort()
        if self.on_link:
            self.on_link(name, True)
        try:
            await link.serve()
        finally:
            if self.links.get(name) is link:
                del self.links[name]
            if self.on_link:
                self.on_link(name, False)


def _identity(path: str) -> str:
    """Return the last part of a path."""
    return unquote(path.partition("?")[0].rpartition("/")[2])


def _credentials(header: str) -> bytes | None:
    kind, _, text = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def tls_context(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext:
    """Return the server's side of TLS; with `client_ca` charge points must show a certificate (profile 3)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context
