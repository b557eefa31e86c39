"""The files of the station's page, as the image has them: packed with gzip, in the folder `page` beside this module."""

import os

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
_CACHED = ("png", "webp", "ico", "svg")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:;"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_NAME = "abcdefghijklmnopqrstuvwxyz0123456789_-."


def index(web, request, who, rest) -> "Any":
    """GET /."""
    return _send("index.html") or {"name": web.app.settings.text("StationName"), "api": "/api/v1"}


def file(web, request, who, rest) -> "Any":
    """GET /page/NAME."""
    return _send(rest) or ({"error": "there is no such page", "field": None}, 404)


def _send(name: str) -> "Any":
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
        os.stat(path + ".gz")
        headers["Content-Encoding"] = "gzip"
        path += ".gz"
    except OSError:
        pass
    try:
        body: Any = open(path, "rb")
    except OSError:
        return None
    return Response(body, headers=headers)
