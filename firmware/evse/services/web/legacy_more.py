"""Smaller endpoints of a SmartEVSE: power of the day, authority of the broker, restart, erase (sheet, section 7.5)."""

from microdot import Response
from micropython import const

from evse.log import log

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any


def power_day(web, request, who, rest) -> dict:
    """GET /power_day: the average power of the last 96 quarter hours, oldest first."""
    history = web.history
    return {"power_day": history.rows(web.app.wall_clock.offset_s) if history else []}


def ca_cert(web, request, who, rest) -> "Any":
    """GET /mqtt_ca_cert."""
    try:
        body: Any = open(web.app.board.storage.root + "/mqtt_ca.pem", "rb")
    except OSError:
        return {"error": "there is no certificate", "field": None}, 404
    return Response(body, headers={"Content-Type": "application/x-pem-file"})


def put_ca_cert(web, request, who, rest) -> dict:
    """POST /mqtt_ca_cert: whom to believe to be the broker, in PEM; an empty body is Let's Encrypt again."""
    from evse.services.mqtt import authority

    authority.replace(web.app, request.body)
    log.write("web: the authority of the broker was changed")
    return {"mqtt_ca_cert": "OK"}


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
