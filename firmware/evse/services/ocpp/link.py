"""The connection to a back end: messages to and from the charge point, and what comes while that rests."""

from micropython import const

from evse.log import log
from sockets.errors import LinkError
from websocket_client.client import WebSocketClient

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from typing import Any

_CONNECT = (
    "evse.services.net evse.services.net.lookup websocket_client.handshake websocket_client.url "
    "evse.services.ocpp.rows evse.services.ocpp.connect"
)
_SUBPROTOCOL = "ocpp1.6"
_KEYS = ("OcppMode", "OcppUrl", "OcppAccount", "OcppId", "OcppKey", "OcppTls")
_LONGEST = const(262144)
# What waits for the network; a back end that asks for more than that without reading is disconnected.
_OUTBOX_MAX = const(32)
# A message of pieces goes out as one frame up to this size, because not every back end likes fragments.
_ONE_FRAME = const(4096)
# Security profiles from here on with TLS.
_TLS = const(2)
# Of a message that comes while the charge point rests; the answer to a Heartbeat is shorter.
_KEPT_BYTES = const(256)
_REFUSED = "InvalidCentralSystemCertificate"


def chosen(settings) -> tuple:
    """Return what a connection depends on."""
    return tuple([settings.get(key) for key in _KEYS])


def action_of(begin: bytes) -> str:
    """Return the action of a CALL that begins so, "" for what is none or goes on with a later piece."""
    parts = begin.split(b'"', 4)
    if len(parts) < 5 or parts[0].replace(b" ", b"") != b"[2," or parts[2].strip() != b",":
        return ""
    return parts[3].decode()


class Link:
    """One connection by the present settings to the charge point `cp`; ValueError for settings that cannot be.

    `parts` has its security and its certificates. Between `rest` and `resume` there is neither: then whole messages go
    to `heard(message)`, and of those that it does not want nothing is lost.
    """

    def __init__(self, app, cp, parts) -> None:
        app.loader.load(_CONNECT)
        from evse.services.ocpp import connect

        self._app = app
        self._cp: "Any" = cp
        self._outbox: list = []
        # So long the back end has for an answer.
        self._answer_s = 0
        self.settings = chosen(app.settings)
        self._parts: "Any" = parts
        self._profile = parts.security.profile
        self.address = parts.security.url(connect.address(app))
        self.key = cp.config.authorization_key()
        # While the charge point rests: what hears messages, what takes the present one, what came, whether that is
        # whole, and why it is closed.
        self._rest: "Any" = None
        self._rpc: "Any" = None
        self._kept: "bytes | None" = None
        self._whole = False
        self._closed: "tuple | None" = None
        # With TLS: whether the newest root is tried without the one before, whether the back end's certificate was
        # refused, and whether there are other roots or authorities by now than it is checked with.
        self.proves = self.refused = self.roots_changed = False
        self._authorities = app.authority_changes
        ssl = None
        if self.address.lower().startswith("wss:"):
            # A profile with TLS is one only with certificates that are checked.
            check = self.settings[5] == 0 or self._profile >= _TLS
            ssl = connect.new_context(app, check, parts, self._profile, parts.fallback)
            self.proves = check and not parts.fallback and parts.certificate_store().has_fallback()
        self.encrypted = ssl is not None
        self.client = WebSocketClient(
            self.address,
            self,
            _SUBPROTOCOL,
            connect.identity(app) if self.key else "",
            self.key or None,
            ssl,
            _LONGEST,
            connect.resolver(app),
        )
        self.client.may_connect = self._may_connect

    @property
    def error(self) -> str:
        """Why there is no connection, in plain words, "" while there is one."""
        client = self.client
        if client.connected:
            return ""
        if self._cp is not None and not self._may_connect():
            if self._app.board.clock.unix_s() == 0:
                return "the time is not known yet"
            return "waits until the contactor is open"
        return str(client.last_error or "connecting")

    @property
    def has_other_authorities(self) -> bool:
        """Tell whether those were replaced that it is checked with."""
        return self.encrypted and self._authorities != self._app.authority_changes

    def is_outdated(self) -> bool:
        """Tell whether it was made with another password or security profile than the present ones."""
        return (
            self._profile != self._parts.security.profile or self.key != self._cp.config.authorization_key()
        )

    def rest(self, front) -> None:
        """Let the charge point go, and ask `front` about messages.

        `rpc_of(begin)` returns an Rpc for the message that begins so, or None; `hear(message)` False for one that it
        does not want.
        """
        self._cp = self._parts = None
        self._rest = front
        self._rpc = None
        self._kept = None
        self._whole = False
        self._closed = None

    def again(self) -> None:
        """Ask once more about the message that waits."""
        if self._kept is not None and self._pass_on() and self._whole:
            self._whole = False
            self.on_end()
        self.client.hold(False)

    @property
    def receiving(self) -> bool:
        """Tell whether somebody else takes a message that has not ended yet."""
        return self._rpc is not None

    @property
    def disturbed(self) -> bool:
        """Tell whether something came that the charge point must see."""
        return self.client.held or self._whole or self._closed is not None

    def resume(self, cp, parts) -> None:
        """Go on with a charge point, which gets what came meanwhile."""
        self._rest = None
        self._cp = cp
        self._parts = parts
        kept, self._kept = self._kept, None
        closed, self._closed = self._closed, None
        if closed is not None:
            self.on_close(closed[0])
        elif kept is not None:
            self.on_begin()
            self.on_data(kept)
            if self._whole:
                self.on_end()
        self.client.hold(False)

    def step(self) -> None:
        """Send what waits."""
        client = self.client
        if self._cp is not None:
            client.set_ping(self._cp.config.get("WebSocketPingInterval"))
            self._answer_s = self._cp.config.get("MessageTimeout")
        while self._outbox and client.offer(self._outbox[0]):
            self._outbox.pop(0)

    @property
    def idle(self) -> bool:
        """Tell whether everything is on its way."""
        return not self._outbox

    def put(self, message) -> None:
        """Take a message of the charge point: a text, or an iterable of texts."""
        if len(self._outbox) >= _OUTBOX_MAX:
            log.write("ocpp: the back end does not read")
            self._outbox = []
            self.client.reconnect()
            return
        packed = message if isinstance(message, str) else _packed(message)
        self._outbox.append(packed)
        if _is_call(packed):
            # Nobody would notice a dead connection to a back end that is not pinged.
            self.client.expect(self._answer_s)
        self.step()

    # What the client tells

    def on_open(self) -> None:
        """Begin to talk."""
        log.write("ocpp: connected to " + self.address)
        self._cp.connected()

    def on_begin(self) -> None:
        """Begin a message."""
        if self._cp is not None:
            self._cp.rpc.receive_begin()
        else:
            self._rpc = None
            self._kept = b""

    def on_data(self, data) -> None:
        """Take a piece of it."""
        if self._cp is not None:
            self._cp.rpc.receive_data(data)
            return
        if self._rpc is not None:
            self._rpc.receive_data(data)
            return
        self._kept = (self._kept or b"") + bytes(data)
        if not self._pass_on() and len(self._kept) > _KEPT_BYTES:
            # The rest of it waits in the network.
            self.client.hold(True)

    def on_end(self) -> None:
        """Act on it."""
        if self._cp is not None:
            self._cp.rpc.receive_end()
        elif self._rpc is not None:
            rpc, self._rpc = self._rpc, None
            rpc.receive_end()
        elif self._rest.hear(self._kept):
            self._kept = None
        else:
            self._whole = True
            self.client.hold(True)

    def on_close(self, error) -> None:
        """Go on without a back end."""
        self._outbox = []
        if self._cp is None:
            self._closed = (error,)
            return
        if isinstance(error, LinkError):
            self._app.loader.load("ocpp16.security")
            from ocpp16.security import event_of

            event = event_of(error.code)
            self.refused = event == _REFUSED
            if event:
                self._parts.security.failed(event, str(error))
        if self._cp.is_connected:
            self._cp.disconnected()

    def on_error(self, error) -> None:
        """Note what must not happen."""
        log.exception(error)

    def _pass_on(self) -> bool:
        """Hand what came of a message to who takes it while the charge point rests."""
        rpc = self._rest.rpc_of(self._kept)
        if rpc is None:
            return False
        self._rpc = rpc
        kept, self._kept = self._kept, None
        rpc.receive_begin()
        rpc.receive_data(kept)
        return True

    def _may_connect(self) -> bool:
        """Tell whether a connection may be made now; what it needs is there only while the charge point is."""
        return self._parts is not None and self._parts.may_connect(self.encrypted)


def _is_call(packed) -> bool:
    """Tell whether a message will be answered; of a long one nobody knows."""
    if isinstance(packed, tuple):
        return packed[1][0][:3] == b"[2,"
    return isinstance(packed, str) and packed[:3] == "[2,"


def _packed(pieces):
    """Return a message in one frame if it is short, else its parts, each made when it is sent."""
    found = []
    size = 0
    parts = _encoded(pieces)
    for part in parts:
        found.append(part)
        size += len(part)
        if size > _ONE_FRAME:
            return _chained(found, parts)
    return size, found


def _encoded(pieces):
    for piece in pieces:
        if piece:
            yield piece.encode()


def _chained(found, parts):
    yield from found
    yield from parts
