"""The files of the station's page, as the image has them: packed with gzip, in the folder `page` beside this module."""

import binascii

from microdot import Response
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_TYPES = {
    "html": "text/html; charset=UTF-8",
    "js": "text/javascript; charset=UTF-8",
    "css": "text/css; charset=UTF-8",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webp": "image/webp",
    "ico": "image/x-icon",
}
_TRAILER_BYTES = const(8)
_CACHED = ("png", "webp", "ico", "svg")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_-."


def index(web, request, who, rest) -> "Any":
    """GET /."""
    return _send(request, "index.html") or {"name": web.app.settings.text("StationName"), "api": "/api/v1"}


def file(web, request, who, rest) -> "Any":
    """GET /page/NAME."""
    return _send(request, rest) or ({"error": "there is no such page", "field": None}, 404)


def _send(request, name: str) -> "Any":
    kind = name.rpartition(".")[2]
    if not name or name.strip(_NAME) or name.startswith(".") or kind not in _TYPES:
        return None
    folder = __file__.rpartition("/")[0] + "/page/"
    headers = {
        "Content-Type": _TYPES[kind],
        "Content-Security-Policy": _POLICY,
        "Cache-Control": "max-age=31536000" if kind in _CACHED else "no-cache",
    }
    path = folder + name
    try:
        body: Any = open(path + ".gz", "rb")
        headers["Content-Encoding"] = "gzip"
        headers["ETag"] = _tag(body)
    except OSError:
        # Unpacked it is on the host only, where it may change at any time.
        try:
            body = open(path, "rb")
        except OSError:
            return None
    if "ETag" in headers and headers["ETag"] in request.headers.get("if-none-match", ""):
        body.close()
        del headers["Content-Encoding"]
        return Response("", 304, headers)
    return Response(body, headers=headers)


def _tag(file) -> str:
    """Return what tells one content from another: a gzip file ends with its check sum and size (RFC 1952)."""
    file.seek(-_TRAILER_BYTES, 2)
    tag = '"%s"' % binascii.hexlify(file.read(_TRAILER_BYTES)).decode()
    file.seek(0)
    return tag
