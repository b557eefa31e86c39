"""GET /api/v1/events: the status as server-sent events, everything once and then what changes."""

import asyncio
import json

from microdot import Response
from micropython import const

from evse import aio
from evse.services.web.api import picture

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

MOST_STREAMS = const(2)
_PERIOD_MS = const(500)
_KEEP_ALIVE = const(8)
_HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n"
    b"X-Accel-Buffering: no\r\n\r\n"
)


async def stream(web, request, who, rest) -> "Any":
    """Send until the client goes away, the login ends, or the server closes."""
    if web.streams >= MOST_STREAMS:
        text = "all %d live streams are in use" % MOST_STREAMS
        return {"error": text, "field": None}, 503, {"Retry-After": "2"}
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
