"""Where the back end is, and what a connection to it needs: names, authorities, certificates.

In memory until a connection stands; see `link`.
"""

from micropython import const

from evse.services.net.lookup import Names
from evse.services.ocpp.rows import THIRD_PARTY
from websocket_client.url import quote

_ECARUP = "ws://www.ecarup.com/api/Ocpp16/"
_CA_FILE = "/ocpp.ca.pem"
# Certificate and private key of the station, as whoever runs it supplies them.
_OWN_FILE = "/ocpp.client.pem"
_PEM_BYTES = const(8192)
# So late a control step may come on a board where a TLS handshake harms nothing.
_HANDSHAKE_MS = const(4000)
# Security profiles: from here on with TLS, and with a certificate of the station.
_TLS = const(2)
_OWN_CERTIFICATE = const(3)
# In place of a profile: the other end is a server of files.
_NO_BACK_END = const(-1)


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
    return len(_file(app, _CA_FILE)) > 0


def has_own_file(app) -> bool:
    """Tell whether there is a file with a certificate of the station."""
    return len(_file(app, _OWN_FILE)) > 0


def new_context(app, check: bool, parts, profile: int = _NO_BACK_END, fallback: bool = True):
    """Return an SSLContext that knows the authorities of the station; ValueError for a file that cannot be used.

    `parts.certificate_store()` has the roots from the back end; `fallback` says whether the one before counts. A back
    end that asks for it, and nobody else, is shown the certificate of the station: the one of its file, or from
    `profile` 3 on, if there is one, that which it has signed itself.
    """
    # Late: it takes memory.
    app.loader.load("sockets.tls evse.services.mqtt evse.services.mqtt.isrg_root")
    from evse.services.mqtt.isrg_root import isrg_root_x1
    from sockets import tls

    if not check:
        return tls.unchecked_context()
    store = parts.certificate_store()
    roots = store.roots(fallback)
    known = _file(app, _CA_FILE)
    if not known and (not roots or profile < _TLS):
        known = isrg_root_x1()
    if roots:
        known = _joined(app, roots, known)
    if profile == _NO_BACK_END:
        return tls.client_context(known)
    certificate, key = _signed_pair(app, store) if profile >= _OWN_CERTIFICATE else (b"", b"")
    if not certificate:
        certificate = key = _file(app, _OWN_FILE)
    return tls.client_context(known, certificate, key)


def _signed_pair(app, store) -> tuple:
    """Return (certificate, key) in PEM that came from the back end, (b"", b"") without."""
    app.loader.load(
        "ocpp16.times ocpp16.der ocpp16.x509 ocpp16.p256 ocpp16.incoming ocpp16.rpc ocpp16.pem ocpp16.csr"
    )
    from ocpp16 import pem

    certificate, key = store.client_pair(app.board.clock.unix_s())
    if not certificate:
        return b"", b""
    return pem.armoured("CERTIFICATE", certificate).encode(), pem.armoured("EC PRIVATE KEY", key).encode()


def _joined(app, roots: list, known: bytes) -> bytes:
    """Return roots in DER, and others in PEM or DER, in PEM."""
    app.loader.load("ocpp16.incoming ocpp16.rpc ocpp16.pem")
    from ocpp16 import pem

    texts = [pem.armoured("CERTIFICATE", der) for der in roots]
    if known and b"-----BEGIN " not in known:
        texts.append(pem.armoured("CERTIFICATE", known))
        known = b""
    return "".join(texts).encode() + known


def _file(app, name: str) -> bytes:
    try:
        with open(app.board.storage.root + name, "rb") as file:
            return file.read(_PEM_BYTES)
    except OSError:
        return b""
