"""Whom the station believes to be its back end over wss://, and what it shows it: certificates in PEM over our API."""

from microdot import Response
from micropython import const

from evse.core.errors import FieldError
from evse.log import log

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_FILE = "/ocpp.ca.pem"
_OWN_FILE = "/ocpp.client.pem"
_FIELD = "certificates"


def show(web, request, who, rest) -> "Any":
    """GET /api/v1/ocpp_ca: the file itself."""
    try:
        body: Any = open(web.app.board.storage.root + _FILE, "rb")
    except OSError:
        return {"error": "there is no certificate", "field": None}, 404
    return Response(body, headers={"Content-Type": "application/x-pem-file"})


def put(web, request, who, rest) -> dict:
    """PUT /api/v1/ocpp_ca: keep all certificates of the body, which has at least one."""
    # A space is no certificate, and nothing would be a removal.
    return _replace(web.app, request.body or b" ")


def delete(web, request, who, rest) -> dict:
    """DELETE /api/v1/ocpp_ca: believe Let's Encrypt again."""
    return _replace(web.app, b"")


def put_own(web, request, who, rest) -> dict:
    """PUT /api/v1/ocpp_client: keep the certificate of the station and its private key, which nobody can read back."""
    web.app.loader.load("sockets.tls")
    from sockets import tls

    pem = request.body or b" "
    try:
        tls.client_context(pem, pem, pem)
    except ValueError as error:
        raise FieldError(_FIELD, str(error))
    return _replace(web.app, pem, _OWN_FILE)


def delete_own(web, request, who, rest) -> dict:
    """DELETE /api/v1/ocpp_client: show none any more."""
    return _replace(web.app, b"", _OWN_FILE)


def _replace(app, pem: bytes, name: str = _FILE) -> dict:
    from evse.services.mqtt import authority

    count = authority.replace(app, pem, name, _FIELD)
    # The connection of a charge point that rests is not looked at, but what is set is.
    app.settings.changes += 1
    log.write("web: %s was changed" % name[1:])
    return {_FIELD: count}
