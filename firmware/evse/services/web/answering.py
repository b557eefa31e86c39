"""Answers of the web server: finds the endpoint, checks who asks, reads the body, and tells errors as JSON.

Handlers are `function(web, request, who, rest)`, plain or async; they return what microdot takes as a response, or an
async function for an answer without end, so that nothing of this module waits for that.
"""

import asyncio

from microdot import Response
from microdot.microdot import invoke_handler
from micropython import const

from evse.core.errors import FieldError, Refused
from evse.log import log
from evse.services.web import accounts as ac
from evse.services.web import auth, handlers, routes

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

_READ_BYTES = const(512)
_BODY_TIMEOUT_S = const(10)
_HEADERS = {
    "Connection": "close",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def handle(web, request) -> "Any":
    """Return the answer to a request, or the function of an answer without end."""
    answer = await _answer(web, request)
    if callable(answer):
        return answer
    if not isinstance(answer, Response):
        parts = answer if isinstance(answer, tuple) else (answer,)
        answer = Response(parts[0], parts[1] if len(parts) > 1 else 200, parts[2] if len(parts) > 2 else None)
    for name in _HEADERS:
        if name not in answer.headers:
            answer.headers[name] = _HEADERS[name]
    return answer


def failed(request, status: int) -> "Any":
    """Answer what microdot refuses: a method that nothing of ours takes, and our own mistakes."""
    found = routes.find(request.method, request.path) if request else None
    if status == 405 and isinstance(found, str):
        headers = dict(_HEADERS)
        headers["Allow"] = found
        return failure(405, "this page takes " + found) + (headers,)
    if status == 405 or status == 404:
        return failure(404, "there is no such page") + (dict(_HEADERS),)
    return failure(status, "the server failed; its log says why") + (dict(_HEADERS),)


def broken(request, error) -> "Any":
    """Answer a mistake of ours; where it was made has been printed."""
    log.write("web: %s %s: %s: %s" % (request.method, request.path[:40], type(error).__name__, error))
    return failure(500, "the server failed; its log says why") + (dict(_HEADERS),)


def failure(status: int, text: str, field: "str | None" = None) -> tuple:
    """Return an error as every endpoint of ours tells it."""
    return {"error": text, "field": field}, status


async def _answer(web, request) -> "Any":
    route = routes.find(request.method, request.path)
    if route is None:
        return failure(404, "there is no such page")
    if isinstance(route, str):
        return failure(405, "this page takes " + route) + ({"Allow": route},)
    who = web.auth.who(request, web.now_s)
    refusal = _refusal(web, request, route.who, who)
    if refusal:
        return refusal
    if route.body_bytes >= 0 and request.content_length > max(route.body_bytes, 512):
        return failure(413, "the body is too long")
    try:
        module = await _module(web, route.module)
        if route.body_bytes >= 0 and request.content_length:
            request._body = await asyncio.wait_for(_read(request), _BODY_TIMEOUT_S)
        return await invoke_handler(getattr(module, route.function), web, request, who, route.rest)
    except Refused as error:
        return failure(409, error.text, error.field)
    except FieldError as error:
        return failure(400, error.text, error.field)
    except asyncio.TimeoutError:
        return failure(408, "the body did not come in time")
    except EOFError:
        return failure(400, "the body was cut short")
    except (OSError, MemoryError) as error:
        log.write("web: %s %s: %s" % (request.method, request.path[:40], error))
        return failure(500, "the station could not do it; its log says why")


def _refusal(web, request, wanted: str, who: auth.Who) -> "Any":
    """Return the answer to somebody who may not do this, None for who may."""
    changes = request.method not in ("GET", "HEAD")
    if changes and (auth.foreign(request) or (who.way == auth.BY_COOKIE and auth.forged(request, who))):
        return failure(403, "this request comes from another page")
    if wanted in ac.ROLES:
        role = ac.ROLES.index(wanted)
        if who.role >= role:
            return None
    else:
        legacy = web.legacy()
        if who.role >= ac.USER:
            return None
        if wanted == "read" and legacy != auth.LEGACY_OFF:
            return None
        if wanted == "write" and legacy == auth.LEGACY_WRITE:
            if not auth.forged(request, who):
                return None
            return failure(403, "this request comes from another page")
    if who.way == auth.BY_NOTHING:
        if wanted == "write":
            text = "log in, send a token, or set LEGACY to Read and set"
        elif web.accounts.is_new():
            text = "set the password of the station first"
        else:
            text = "log in, or send a token"
        return failure(401, text) + ({"WWW-Authenticate": "Bearer"},)
    return failure(403, "this is not for " + ac.ROLES[who.role])


async def _module(web, name: str) -> "Any":
    """Return the module of a handler; what it needs is loaded before it."""
    await web.load(handlers.modules(name))
    return handlers.load(name)


async def _read(request) -> bytes:
    """Return the whole body; EOFError when it ends before."""
    body = b""
    while len(body) < request.content_length:
        piece = await request.stream.read(min(_READ_BYTES, request.content_length - len(body)))
        if not piece:
            raise EOFError("closed within the body")
        body += piece
    return body
