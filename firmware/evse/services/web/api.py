"""Our own API: requests, meters, health and log."""

import gc
import json

from microdot import Response
from micropython import const

from evse.core.errors import FieldError
from evse.log import log
from evse.services.web import body
from evse.version import VERSION

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

_LAST_SEQUENCE = const(0x3FFFFFFF)
_WORD_MAX = const(40)
# What is a matter of the simulator or of its own endpoint.
_CLOSED_REQUESTS = ("factory_reset",)


def about(web, request, who, rest) -> dict:
    """GET /api/v1."""
    return {
        "name": web.app.settings.text("StationName"),
        "version": VERSION,
        "serial": web.app.board.serial_number,
        "api": 1,
        "setup": web.accounts.is_new(),
        "legacy": web.legacy(),
    }


def openapi(web, request, who, rest) -> dict:
    """GET /api/v1/openapi: where the description of this API is."""
    return {"openapi": "docs/openapi.json"}


def request(web, request, who, rest) -> dict:
    """POST /api/v1/requests: {"request": ["access", "on"]}."""
    value = body.only(body.json_object(request), ("request",))
    words = value.get("request")
    if not isinstance(words, list) or not words or not isinstance(words[0], str) or len(words) > 4:
        raise FieldError("request", 'must be a list such as ["access", "on"]')
    for word in words:
        if isinstance(word, str) and len(word) > _WORD_MAX:
            raise FieldError("request", "must be short words")
    if words[0] in _CLOSED_REQUESTS or not web.app.request(words):
        raise FieldError("request", "is not known")
    log.write("web: %s: %s" % (who.name, " ".join([str(word) for word in words])))
    return {"done": words}


def meters(web, request, who, rest) -> dict:
    """GET /api/v1/meters: readings and health of the three meters."""
    metering = web.app.metering
    now = web.app.board.clock.ticks_ms()
    return {
        name: _meter(meter, now)
        for name, meter in (
            ("mains", metering.mains),
            ("ev", metering.ev),
            ("circuit", metering.circuit),
        )
    }


def _meter(meter, now: int) -> dict:
    values = meter.values
    return {
        "state": meter.state_text(),
        "address": meter.address,
        "age_ms": meter.age_ms(now) if meter.readings else -1,
        "current_ma": list(values.current_ma),
        "voltage_dv": list(values.voltage_dv),
        "power_w": values.power_w,
        "import_wh": values.import_wh,
        "export_wh": values.export_wh,
        "readings": meter.readings,
        "errors": meter.errors,
        "latency_ms": meter.latency_ms,
        "worst_latency_ms": meter.worst_latency_ms,
    }


def health(web, request, who, rest) -> dict:
    """GET /api/v1/health: heap, loop lag, connections, storage."""
    app = web.app
    lateness = app.control.lateness
    collected: Any = gc
    return {
        "uptime_s": app.station.uptime_s,
        "heap_free": collected.mem_free() if hasattr(gc, "mem_free") else -1,
        "heap_used": collected.mem_alloc() if hasattr(gc, "mem_alloc") else -1,
        "worst_lag_ms": lateness.worst_ms,
        "worst_closed_lag_ms": lateness.worst_closed_ms,
        "p999_lag_ms": lateness.p999_ms(),
        "reset_reason": app.record.reason if app.record else "",
        "connections": web.listener.connections,
        "refused": web.listener.refused,
        "streams": web.streams,
        "sessions_lost": app.sessions.lost,
        "session_write_errors": app.sessions.write_errors,
        "settings_damaged": app.settings.damaged,
    }


def lines(web, request, who, rest) -> "Any":
    """GET /api/v1/log?since=: lines newer than a sequence number, as [sequence, at_ms, text]."""
    since = body.number(request.args, "since", log.sequence - 1000 & _LAST_SEQUENCE, _LAST_SEQUENCE)
    return json_list(log.since(since))


def json_list(rows) -> Response:
    """Answer with a JSON list written row by row, so that its whole text is never in memory."""
    pieces: Any = _list_pieces(rows)
    return Response(pieces, headers={"Content-Type": "application/json; charset=UTF-8"})


def _list_pieces(rows) -> "Iterator[str]":
    before = "["
    for row in rows:
        yield before + json.dumps(row)
        before = ",\n"
    yield "[]" if before == "[" else "]"
