"""What a page shows of the moment besides the status: all limits, the power of a day, the displays."""

from microdot import Response
from micropython import const

from evse import aio
from evse.core import limits as lim
from evse.core.errors import FieldError
from evse.core.text_rows import row
from evse.services.web.api import json_list

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Pictures of the displays for all pages together: a page asks for one in a second or two.
_PICTURE_MS = const(200)
# Height -> width of the displays that there are.
_WIDTHS = {"32": 32, "64": 128}


def now(web, request, who, rest) -> dict:
    """GET /api/v1/now: every limit with its reason, lowest first, and the home battery, which charges if positive."""
    station = web.app.station
    ledger = station.limits
    found = []
    for slot in range(lim.COUNT):
        phases_ma = [ledger.claimed_ma(slot, phase) for phase in range(3)]
        if min(phases_ma) < lim.NO_LIMIT:
            found.append(_limit(ledger, slot, phases_ma))
    found.sort(key=lambda one: (min(one["ma"]), one["slot"]))
    battery = station.regulation.battery
    return {
        "winner": row(lim.SLOTS, ledger.winner)[0],
        "minimum_ma": ledger.minimum_ma,
        "limits": found,
        "override_range_ma": [station.config.minimum_ma, station.config.max_ma],
        "battery_ma": battery.current_ma if battery.counts() else None,
    }


def power(web, request, who, rest) -> "Any":
    """GET /api/v1/power: [begin of a quarter hour in unix seconds, mains W, car W] of the last day, oldest first.

    What was not measured is null; quarters of which nothing is known are left out.
    """
    return json_list(_quarters(web.history))


def display(web, request, who, rest) -> "Any":
    """GET /api/v1/display?height=32: RGB888 row by row; with 64: pages of eight rows, the top row in bit 0."""
    height = request.args.get("height", "32")
    if height not in _WIDTHS:
        raise FieldError("height", "must be 32 or 64")
    screens = web.app.screens
    frame = screens.frame(_WIDTHS[height], int(height)) if screens and hasattr(screens, "frame") else None
    if frame is None:
        return {"error": "this station has no such display", "field": None}, 404
    now_ms = aio.ticks_ms()
    wait_ms = _PICTURE_MS - aio.ticks_diff(now_ms, web.pictured_ms)
    if 0 < wait_ms <= _PICTURE_MS:
        return {"error": "a picture was sent just now: try again", "field": None}, 429, {"Retry-After": "1"}
    web.pictured_ms = now_ms
    return Response(bytes(frame), headers={"Content-Type": "application/octet-stream"})


def _limit(ledger, slot: int, phases_ma: list) -> dict:
    name, text = row(lim.SLOTS, slot)
    left_ms = ledger.left_ms(slot)
    left_s = (left_ms + 999) // 1000 if left_ms >= 0 else None
    return {"slot": name, "reason": text, "ma": phases_ma, "left_s": left_s}


def _quarters(history) -> "Iterator[tuple]":
    if history is None:
        return
    for begin_s, mains_w, car_w in history.quarters():
        if mains_w is not None or car_w is not None:
            yield begin_s, mains_w, car_w
