"""Routes of the idle picture: GET, PUT (or POST) and DELETE /picture.

The body of an upload is the file itself; it is passed on piece by piece and never in memory as a whole. The answer to
it, 202, comes before the conversion; GET tells how far that is, and what was wrong.
"""

import asyncio

from microdot import Microdot, Request
from micropython import const

from evse.services import picture_files as pf

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from evse.services.front import Picture

# What is larger than a picture may be gets its reason from the station, up to here.
_LENGTH_MAX = const(16777216)
_PIECE_BYTES = const(1024)
_TIMEOUT_S = const(10)
_STATUS = {pf.BAD: 400, pf.TOO_LARGE: 413, pf.BUSY: 409, pf.NO_ROOM: 507}


class PictureRoutes:
    """The handlers over one station's picture."""

    def __init__(self, picture: "Picture") -> None:
        self._picture = picture

    async def show(self, request: Request) -> "Any":
        """Return what goes on."""
        return self._picture.open().status()

    async def put(self, request: Request) -> "Any":
        """Receive a file."""
        picture = self._picture.open()
        # The one that the picture knows: it may have been loaded anew.
        from evse.services.picture_files import PictureError

        try:
            left = request.content_length
            stream: Any = request.stream
            picture.begin(left)
            try:
                while left:
                    read = stream.read(min(left, _PIECE_BYTES))
                    piece = await asyncio.wait_for(read, _TIMEOUT_S)
                    if not piece:
                        break
                    picture.write(piece)
                    left -= len(piece)
                picture.finish()
            finally:
                # Nothing to forget when it was finished.
                picture.abort()
        except PictureError as error:
            return _refusal(error)
        return picture.status(), 202

    async def delete(self, request: Request) -> "Any":
        """Go back to the built-in design."""
        picture = self._picture.open()
        from evse.services.picture_files import PictureError

        try:
            picture.remove()
        except PictureError as error:
            return _refusal(error)
        return picture.status()


def _refusal(error) -> "Any":
    return {"error": error.text, "field": error.field}, _STATUS[error.kind]


def register(app: Microdot, picture: "Picture | None") -> None:
    """Add the routes, if the station has a display for a picture."""
    if picture is None:
        return
    Request.max_content_length = _LENGTH_MAX
    routes = PictureRoutes(picture)
    app.get("/picture")(routes.show)
    app.put("/picture")(routes.put)
    app.post("/picture")(routes.put)
    app.delete("/picture")(routes.delete)
