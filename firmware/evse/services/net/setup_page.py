"""The page of the Wi-Fi set-up: one file, whole in itself, because there is no network yet."""

from microdot import Response
from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# Beside those of the station's page, packed in an image as they are.
_FILE = "/web/page/setup.html"


def answer() -> Response:
    """Return the page as a response; OSError when it is not there."""
    path = __file__.rpartition("/net/")[0] + _FILE
    headers = {"Content-Type": "text/html; charset=UTF-8", "Cache-Control": "no-store"}
    try:
        body: Any = open(path + ".gz", "rb")
        headers["Content-Encoding"] = "gzip"
    except OSError:
        body = open(path, "rb")
    return Response(body, headers=headers)
