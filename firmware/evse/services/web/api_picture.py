"""The idle picture over our API: the file itself goes to the station, piece by piece."""

import asyncio

from micropython import const

from evse.services import picture_files as pf

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_PIECE_BYTES = const(1024)
_TIMEOUT_S = const(10)
_STATUS = {pf.BAD: 400, pf.TOO_LARGE: 413, pf.BUSY: 409, pf.NO_ROOM: 507}


def show(web, request, who, rest) -> "Any":
    """GET /api/v1/picture: what goes on."""
    picture = _open(web)
    return picture.status() if picture else _none()


async def put(web, request, who, rest) -> "Any":
    """PUT /api/v1/picture: take a JPEG, PNG or GIF; 202, because it is converted afterwards."""
    picture = _open(web)
    if picture is None:
        return _none()
    try:
        left = request.content_length
        picture.begin(left)
        try:
            while left:
                piece = await asyncio.wait_for(request.stream.read(min(left, _PIECE_BYTES)), _TIMEOUT_S)
                if not piece:
                    break
                picture.write(piece)
                left -= len(piece)
            picture.finish()
        finally:
            # Nothing to forget when it was finished.
            picture.abort()
    except pf.PictureError as error:
        return {"error": error.text, "field": error.field}, _STATUS[error.kind]
    return picture.status(), 202


def delete(web, request, who, rest) -> "Any":
    """DELETE /api/v1/picture: go back to the built-in design."""
    picture = _open(web)
    if picture is None:
        return _none()
    try:
        picture.remove()
    except pf.PictureError as error:
        return {"error": error.text, "field": error.field}, _STATUS[error.kind]
    return picture.status()


def _open(web) -> "Any":
    return web.app.picture.open() if web.app.picture else None


def _none() -> tuple:
    return {"error": "this station has no display for pictures", "field": None}, 404
