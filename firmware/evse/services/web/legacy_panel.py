"""The display and the buttons of a SmartEVSE over the network (sheet, section 7.5)."""

import struct

from microdot import Response
from micropython import const

from evse.core.errors import FieldError, Refused
from evse.services.web import accounts as ac
from evse.services.web import auth

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_WIDTH = const(128)
_HEIGHT = const(64)
_HEAD_BYTES = const(62)
_FRAME_BYTES = const(1024)
# As the menu, which closes when nobody touches it for so long.
_PIN_S = const(120)
_MOST_PINS = const(4)
_BUTTONS = ("left", "middle", "right")


def lcd(web, request, who, rest) -> "Any":
    """GET /lcd: the monochrome display as a bitmap of 1086 bytes."""
    screens = web.app.screens
    frame = screens.frame(_WIDTH, _HEIGHT) if screens and hasattr(screens, "frame") else None
    if frame is None:
        return {"error": "this station has no such display", "field": None}, 404
    body: Any = _bitmap(frame)
    return Response(body, headers={"Content-Type": "image/bmp"})


def verify_pin(web, request, who, rest) -> dict:
    """POST /lcd-verify-password: say whether the PIN is right; unlike there, nothing follows from it for others.

    A station without a PIN has none to verify.
    """
    form = request.body.decode()
    given = form[9:] if form.startswith("password=") else ""
    pin = web.app.settings.get("LCDPin")
    address = str(request.client_addr[0])
    if who.way == auth.BY_NOTHING and web.auth.attempts.wait_s(address, web.now_s):
        return {"success": False}
    right = pin != 0 and len(given) == 4 and given == "%04d" % pin
    if right:
        _remember(web, address)
    else:
        web.auth.attempts.failed(address, web.now_s)
    return {"success": right}


def press(web, request, who, rest) -> "Any":
    """POST /lcd?button=left&state=1: press a button, or with state=0 let it go.

    For a user who is logged in, and for who has verified the PIN from the same address and pressed one since.
    """
    arguments = request.args
    button = arguments.get("button", "")
    if button not in _BUTTONS:
        raise FieldError("button", "must be left, middle or right")
    state = arguments.get("state", "")
    if state not in ("0", "1"):
        raise FieldError("state", "must be 1 or 0")
    app = web.app
    if app.menu is None:
        return {"error": "this station has no buttons", "field": None}, 404
    address = str(request.client_addr[0])
    if who.way != auth.BY_COOKIE or who.role < ac.USER:
        pin, until_s = web.pins.get(address, (0, 0))
        if not pin or pin != app.settings.get("LCDPin") or web.now_s >= until_s:
            text = "verify the PIN at /lcd-verify-password first; a station without LCD PIN needs a login"
            return {"error": text, "field": None}, 403
        _remember(web, address)
    if app.settings.get("LCDlock"):
        raise Refused("button", "the buttons are locked")
    app.menu.press(1 << _BUTTONS.index(button), state == "1")
    return {"button": button, "state": int(state)}


def no_socket(web, request, who, rest) -> tuple:
    """GET /ws/lcd: not there; say what is."""
    text = "there is no live picture: GET /lcd has the present one, POST /lcd presses buttons"
    return {"error": text, "field": None}, 404


def no_modem(web, request, who, rest) -> tuple:
    """POST /ev_state: not there."""
    return {"error": "this station has no modem, so nobody tells it of the car's battery", "field": None}, 404


def _remember(web, address: str) -> None:
    """Let this address press buttons for a while."""
    pins = web.pins
    if address not in pins and len(pins) >= _MOST_PINS:
        del pins[min(pins, key=lambda other: pins[other][1])]
    pins[address] = (web.app.settings.get("LCDPin"), web.now_s + _PIN_S)


def _bitmap(frame) -> "Iterator[bytes]":
    """Yield a Windows bitmap with one bit per pixel, dark on light, from pages with the top row in bit 0."""
    yield (
        b"BM"
        + struct.pack("<IHHI", _HEAD_BYTES + _FRAME_BYTES, 0, 0, _HEAD_BYTES)
        + struct.pack("<IiiHHIIiiII", 40, _WIDTH, _HEIGHT, 1, 1, 0, _FRAME_BYTES, 2835, 2835, 2, 0)
        + b"\xff\xff\xff\x00\x00\x00\x00\x00"
    )
    # The lowest row comes first.
    for page in range(_HEIGHT // 8 - 1, -1, -1):
        rows = bytearray(_WIDTH)
        for bit in range(8):
            mask = 1 << bit
            at = (7 - bit) * (_WIDTH // 8)
            for column in range(_WIDTH):
                if frame[page * _WIDTH + column] & mask:
                    rows[at + column // 8] |= 0x80 >> (column & 7)
        yield bytes(rows)
