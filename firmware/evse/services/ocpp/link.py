"""The connection to a back end: where it is, and messages to and from the charge point."""

from micropython import const

from evse.log import log
from evse.services.net.lookup import Names
from evse.services.ocpp.rows import THIRD_PARTY
from ocpp16.security import event_of
from sockets.errors import LinkError
from websocket_client.client import WebSocketClient
from websocket_client.url import quote

_ECARUP = "ws://www.ecarup.com/api/Ocpp16/"
_CA_FILE = "/ocpp.ca.pem"
_CA_BYTES = const(8192)
_SUBPROTOCOL = "ocpp1.6"
_KEYS = ("OcppMode", "OcppUrl", "OcppAccount", "OcppId", "OcppKey", "OcppTls")
_LONGEST = const(262144)
# What waits for the network; a back end that asks for more than that without reading is disconnected.
_OUTBOX_MAX = const(32)
# A message of pieces goes out as one frame up to this size, because not every back end likes fragments.
_ONE_FRAME = const(4096)
# So late a control step may come on a board where a TLS handshake harms nothing.
_HANDSHAKE_MS = const(4000)
# Security profiles: from here on with TLS, and with a certificate of the station.
_TLS = const(2)
_OWN_CERTIFICATE = const(3)


def chosen(settings) -> tuple:
    """Return what a connection depends on."""
    return tuple([settings.get(key) for key in _KEYS])


def identity(app) -> str:
    """Return the name of the station at the back end."""
    return app.settings.text("OcppId") or str(app.board.serial_number)


def address(app) -> str:
    """Return the address to connect to, without secrets; ValueError when there is none."""
    settings = app.settings
    if settings.get("OcppMode") == THIRD_PARTY:
        base = settings.text("OcppUrl")
        if not base:
            raise ValueError("OCPP URL is empty")
    else:
        account = settings.text("OcppAccount")
        if not account:
            raise ValueError("OCPP ACC is empty")
        base = _ECARUP + account
    base, mark, query = base.partition("?")
    return base.rstrip("/") + "/" + quote(identity(app)) + mark + query


class Link:
    """One connection by the present settings to the charge point `cp`; ValueError for settings that cannot be.

    `parts` has its security and its certificates.
    """

    def __init__(self, app, cp, parts) -> None:
        self._app = app
        self._cp = cp
        self._outbox: list = []
        self.settings = chosen(app.settings)
        self._security = parts.security
        self._profile = parts.security.profile
        self.address = parts.security.url(address(app))
        self.key = cp.config.authorization_key()
        ssl = None
        if self.address.lower().startswith("wss:"):
            # A profile with TLS is one only with certificates that are checked.
            check = self.settings[5] == 0 or self._profile >= _TLS
            ssl = new_context(app, check, parts, self._profile)
        self._encrypted = ssl is not None
        self.client = WebSocketClient(
            self.address,
            self,
            _SUBPROTOCOL,
            identity(app) if self.key else "",
            self.key or None,
            ssl,
            _LONGEST,
            resolver(app),
        )
        if ssl:
            self.client.may_connect = lambda: may_shake_hands(app)

    @property
    def error(self) -> str:
        """Why there is no connection, in plain words, "" while there is one."""
        client = self.client
        if client.connected:
            return ""
        if self._encrypted and not may_shake_hands(self._app):
            if self._app.board.clock.unix_s() == 0:
                return "the time is not known yet"
            return "waits until the contactor is open"
        return str(client.last_error or "connecting")

    def is_outdated(self) -> bool:
        """Tell whether it was made with another password or security profile than the present ones."""
        return self._profile != self._security.profile or self.key != self._cp.config.authorization_key()

    def step(self) -> None:
        """Send what waits."""
        client = self.client
        client.set_ping(self._cp.config.get("WebSocketPingInterval"))
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
        self._outbox.append(message if isinstance(message, str) else _packed(message))
        self.step()

    # What the client tells

    def on_open(self) -> None:
        """Begin to talk."""
        log.write("ocpp: connected to " + self.address)
        self._cp.connected()

    def on_begin(self) -> None:
        """Begin a message."""
        self._cp.rpc.receive_begin()

    def on_data(self, data) -> None:
        """Take a piece of it."""
        self._cp.rpc.receive_data(data)

    def on_end(self) -> None:
        """Act on it."""
        self._cp.rpc.receive_end()

    def on_close(self, error) -> None:
        """Go on without a back end."""
        self._outbox = []
        event = event_of(error.code) if isinstance(error, LinkError) else ""
        if event:
            self._security.failed(event, str(error))
        if self._cp.is_connected:
            self._cp.disconnected()

    def on_error(self, error) -> None:
        """Note what must not happen."""
        log.exception(error)


def may_shake_hands(app) -> bool:
    """Return True while a TLS handshake may hold the loop, and certificates can be told from expired ones."""
    board = app.board
    is_harmless = board.late_limit_ms >= _HANDSHAKE_MS or app.station.contactors.proven_open()
    return is_harmless and board.clock.unix_s() > 0


def resolver(app) -> "Names | None":
    """Return what looks names up without waiting, None on a board that needs none."""
    return Names(app.net.resolver, app.board.clock) if app.net and app.net.resolver else None


def has_ca_file(app) -> bool:
    """Tell whether there is a file of authorities."""
    return len(_ca_file(app)) > 0


def new_context(app, check: bool, parts, profile: int = 0):
    """Return an SSLContext that knows the authorities of the station; from profile 3 on it shows its certificate.

    `parts.certificate_store()` has the roots from the back end.
    """
    # Late: it takes memory.
    app.loader.load("sockets.tls evse.services.mqtt evse.services.mqtt.isrg_root")
    from evse.services.mqtt.isrg_root import isrg_root_x1
    from sockets import tls

    if not check:
        return tls.unchecked_context()
    store = parts.certificate_store()
    roots = store.roots()
    known = _ca_file(app)
    if not known and (not roots or profile < _TLS):
        known = isrg_root_x1()
    if roots:
        known = _joined(app, roots, known)
    if profile < _OWN_CERTIFICATE:
        return tls.client_context(known)
    app.loader.load(
        "ocpp16.times ocpp16.der ocpp16.x509 ocpp16.p256 ocpp16.incoming ocpp16.rpc ocpp16.pem ocpp16.csr"
    )
    from ocpp16 import pem

    certificate, key = store.client_pair(app.board.clock.unix_s())
    if not certificate:
        return tls.client_context(known)
    shown = pem.armoured("CERTIFICATE", certificate).encode()
    return tls.client_context(known, shown, pem.armoured("EC PRIVATE KEY", key).encode())


def _joined(app, roots: list, known: bytes) -> bytes:
    """Return roots in DER, and others in PEM or DER, in PEM."""
    app.loader.load("ocpp16.incoming ocpp16.rpc ocpp16.pem")
    from ocpp16 import pem

    texts = [pem.armoured("CERTIFICATE", der) for der in roots]
    if known and b"-----BEGIN " not in known:
        texts.append(pem.armoured("CERTIFICATE", known))
        known = b""
    return "".join(texts).encode() + known


def _ca_file(app) -> bytes:
    try:
        with open(app.board.storage.root + _CA_FILE, "rb") as file:
            return file.read(_CA_BYTES)
    except OSError:
        return b""


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
