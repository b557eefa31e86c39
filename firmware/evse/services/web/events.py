"""The status of the station, at once or live: as server-sent events, everything once and then what changes."""

import asyncio
import json

from microdot import Response
from micropython import const

from evse import aio
from evse.services.access_modes import PRIVATE
from evse.services.web import accounts as ac

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

# What anybody may know: the state, nothing about persons or the house.
_STATE = (
    "state",
    "state_id",
    "access",
    "mode",
    "offered_ma",
    "phases",
    "fault",
    "fault.text",
    "reason",
    "session.active",
    "session.energy_wh",
    "access.mode",
)
MOST_STREAMS = const(2)
_PERIOD_MS = const(500)
_KEEP_ALIVE = const(8)
_HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n"
    b"X-Accel-Buffering: no\r\n\r\n"
)


def status(web, request, who, rest) -> dict:
    """GET /api/v1/status: every output for a user, the state for anybody else."""
    return picture(web, who)


def picture(web, who) -> dict:
    """Return what this sender may know of the station."""
    found: dict[str, Any] = {}
    if who.role == ac.GUEST and web.app.gate.mode() == PRIVATE:
        # Only that there is a station.
        return {"access.mode": "Private"}
    web.app.status(found)
    if who.role < ac.USER:
        return {name: found[name] for name in _STATE if name in found}
    access = web.app.gate.access
    times = access.permit.times if access else None
    found["charge.start_s"] = times.start_s if times else 0
    found["charge.stop_s"] = times.stop_s if times else 0
    found["charge.daily"] = times.repeat if times else False
    found["power_w"] = web.app.station.power_w
    found["current_ma"] = list(web.app.station.current_ma)
    found["unix_s"] = web.app.board.clock.unix_s()
    found["uptime_s"] = web.app.station.uptime_s
    return found


async def stream(web, request, who, rest) -> "Any":
    """GET /api/v1/events."""
    if web.streams >= MOST_STREAMS:
        text = "all %d live streams are in use" % MOST_STREAMS
        return {"error": text, "field": None}, 503, {"Retry-After": "2"}
    return lambda: _stream(web, request, who)


async def _stream(web, request, who) -> "Any":
    """Send until the client goes away, the login ends, or the server closes."""
    inlet, out = request.sock
    out.endless = True
    web.streams += 1
    watcher = asyncio.create_task(_until_closed(inlet))
    try:
        await _send(web, request, who, out, watcher)
    except OSError:
        # The client went away between two looks of the watcher.
        pass
    finally:
        web.streams -= 1
        watcher.cancel()
    return Response.already_handled


async def _send(web, request, who, out, watcher) -> None:
    known: dict[str, Any] = {}
    quiet = 0
    await out.awrite(_HEAD)
    while not web.closing and not watcher.done():
        role = who.role
        who = web.auth.who(request, web.now_s)
        if who.role < role:
            return
        now = picture(web, who)
        await aio.sleep_ms(0)
        changed = _difference(known, now)
        quiet += 1
        if changed:
            await out.awrite(b"data: " + json.dumps(changed).encode() + b"\n\n")
            quiet = 0
        elif quiet >= _KEEP_ALIVE:
            await out.awrite(b"data: {}\n\n")
            quiet = 0
        # Who asks for the status meanwhile gets this module, not another one.
        web.app.loader.load("evse.services.web.events")
        await aio.sleep_ms(_PERIOD_MS)


def _difference(known: dict, now: dict) -> dict:
    changed = {}
    for name in now:
        value = now[name]
        if name not in known or known[name] != value:
            known[name] = value
            changed[name] = value
    return changed


async def _until_closed(inlet) -> None:
    try:
        while await inlet.read(64):
            pass
    except OSError:
        pass
