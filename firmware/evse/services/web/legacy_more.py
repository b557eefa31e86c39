"""The smaller endpoints of a SmartEVSE: display, PIN, restart, erase, power of the day (sheet, section 7.5)."""

import struct

from microdot import Response
from micropython import const

from evse.log import log
from evse.services.web import auth

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_WIDTH = const(128)
_HEIGHT = const(64)
_HEAD_BYTES = const(62)
_FRAME_BYTES = const(1024)


def power_day(web, request, who, rest) -> dict:
    """GET /power_day: the average power of the last 96 quarter hours, oldest first."""
    history = web.history
    return {"power_day": history.rows(web.app.wall_clock.offset_s) if history else []}


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
    if not right:
        web.auth.attempts.failed(address, web.now_s)
    return {"success": right}


def ca_cert(web, request, who, rest) -> "Any":
    """GET /mqtt_ca_cert."""
    try:
        body: Any = open(web.app.board.storage.root + "/mqtt_ca.pem", "rb")
    except OSError:
        return {"error": "there is no certificate", "field": None}, 404
    return Response(body, headers={"Content-Type": "application/x-pem-file"})


def reboot(web, request, who, rest) -> "Any":
    """Any method: restart; 202 while a car is charging, which is stopped in order first."""
    charging = web.app.station.charger.close
    log.write("web: restart")
    web.app.request(["restart"])
    return {"reboot": True}, 202 if charging else 200


def erase(web, request, who, rest) -> dict:
    """Forget all settings, cards and accounts, and restart; for users who are logged in only."""
    from evse.services.factory_reset import CONFIRMATION

    log.write("web: factory reset")
    web.app.request(["factory_reset", CONFIRMATION])
    return {"erased": True}


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
