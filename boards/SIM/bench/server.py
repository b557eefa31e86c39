"""The bench page of the simulated board over HTTP: three static files, JSON, and a live stream.

Routes: GET / and its two files; GET /status; GET and POST /world (GET /world?rows=1 describes the inputs);
GET and POST /settings; POST /request; GET /stream (server-sent events); those of `picture_upload`.
"""

import asyncio
import json
import os

from microdot import Microdot, Request, Response
from micropython import const

from bench import picture_upload
from bench.listener import Listener
from bench.stream import MAX_STREAMS, Streams
from evse.core.errors import FieldError

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

MAX_BODY = const(8192)

FILES = {"/": "index.html", "/style.css": "style.css", "/app.js": "app.js"}
FILE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
}
STATUS_TEXTS = {
    400: "the request is not valid HTTP",
    404: "there is no such page",
    405: "this page does not take that method",
    413: "the body is too long",
    500: "the server failed; its log says why",
}


class BodyError(Exception):
    """A request body that is not what the route takes."""


class Bench:
    """The route handlers over one simulation."""

    def __init__(self, sim: "Any", page_dir: str) -> None:
        self._sim = sim
        self._page_dir = page_dir
        self.streams = Streams(sim)
        self.picture = getattr(getattr(sim, "app", None), "picture", None)

    async def file(self, request: Request) -> "Any":
        """Send one file of the page, a piece at a time."""
        name = FILES[request.path]
        path = f"{self._page_dir}/{name}"
        if name + ".gz" in os.listdir(self._page_dir):
            response = Response.send_file(path, compressed=True, file_extension=".gz")
        else:
            response = Response.send_file(path)
        for header, value in FILE_HEADERS.items():
            response.headers[header] = value
        return response

    async def status(self, request: Request) -> "Any":
        """Return all outputs."""
        return self._sim.status()

    async def world(self, request: Request) -> "Any":
        """Return the world inputs, or with `rows=1` their descriptions."""
        if request.args.get("rows") == "1":
            return _json_list(self._sim.world_rows())
        return self._sim.world_values()

    async def set_world(self, request: Request) -> "Any":
        """Change world inputs and return the changed ones as they now are."""

        def change(changes: "dict[str, Any]") -> "dict[str, Any]":
            self._sim.set_world(changes)
            values = self._sim.world_values()
            return {name: values.get(name) for name in changes}

        return _change(request, change)

    async def settings(self, request: Request) -> "Any":
        """Return the settings with their ranges and values."""
        return _json_list(self._sim.settings())

    async def set_settings(self, request: Request) -> "Any":
        """Change settings and return the changed ones, by key, as they now are."""

        def change(changes: "dict[str, Any]") -> "dict[str, Any]":
            self._sim.set_settings(changes)
            rows = self._sim.settings()
            return {
                row["key"]: row["value"] for row in rows if row["key"] in changes or row["label"] in changes
            }

        return _change(request, change)

    async def request(self, request: Request) -> "Any":
        """Carry out one request, given as a list of words or as {"request": [words]}."""

        def change(body: "dict[str, Any]") -> "dict[str, Any]":
            words = body.get("request")
            if len(body) != 1 or not isinstance(words, list) or not words or not isinstance(words[0], str):
                raise BodyError('the body must be {"request": ["word", ...]}')
            self._sim.request(words)
            return {"done": words}

        return _change(request, change)

    async def stream(self, request: Request) -> "Any":
        """Send everything once and then what changes, until the client goes away."""
        if not await self.streams.serve(request):
            text = f"all {MAX_STREAMS} live streams are in use"
            return {"error": text, "field": None}, 503, {"Retry-After": "2"}
        return Response.already_handled


def _json_list(rows: "list[Any]") -> Response:
    """Answer with a JSON list written row by row, so that its whole text is never in memory."""

    def pieces() -> "Iterator[str]":
        before = "["
        for row in rows:
            yield before + json.dumps(row)
            before = ",\n"
        yield "]" if rows else "[]"

    body: Any = pieces()
    return Response(body, headers={"Content-Type": "application/json; charset=UTF-8"})


def _change(request: Request, change: "Callable[[dict[str, Any]], Any]") -> "Any":
    """Apply a JSON body; what is refused is answered with the reason and the field, and changes nothing."""
    if request.content_length > MAX_BODY:
        return _failure(413)
    try:
        return change(_object(request.body or b"", request.path == "/request"))
    except BodyError as error:
        return {"error": str(error), "field": None}, 400
    except FieldError as error:
        return {"error": error.text, "field": error.field}, 400


def _object(body: bytes, words: bool) -> "dict[str, Any]":
    """Return the JSON object in a body; with `words`, a bare list stands for {"request": list}."""
    try:
        value = json.loads(body.decode())
    except (ValueError, RuntimeError, MemoryError):
        # Nesting without end takes all memory.
        raise BodyError("the body is not JSON")
    if words and isinstance(value, list):
        value = {"request": value}
    if not isinstance(value, dict):
        raise BodyError("the body must be a JSON object")
    # MicroPython's parser lets other keys through.
    for name in value:
        if not isinstance(name, str):
            raise BodyError("the names in the body must be strings")
    return value


def _failure(status: int) -> "Any":
    return {"error": STATUS_TEXTS[status], "field": None}, status


def _page_dir() -> str:
    # No "..": a read-only file system in ROM does not resolve it.
    folders = __file__.rsplit("/", 2)
    return (folders[0] if len(folders) == 3 else ".") + "/page"


def make_app(sim: "Any", page_dir: "str | None" = None) -> Microdot:
    """Return the microdot application of the bench page over a simulation."""
    return _route(Bench(sim, page_dir or _page_dir()))


def _route(bench: Bench) -> Microdot:
    app = Microdot()
    for path in FILES:
        app.get(path)(bench.file)
    app.get("/status")(bench.status)
    app.get("/world")(bench.world)
    app.post("/world")(bench.set_world)
    app.get("/settings")(bench.settings)
    app.post("/settings")(bench.set_settings)
    app.post("/request")(bench.request)
    app.get("/stream")(bench.stream)
    picture_upload.register(app, bench.picture)
    for status in STATUS_TEXTS:
        app.errorhandler(status)(_failure_handler(status))
    return app


def _failure_handler(status: int) -> "Any":
    async def handler(request: Request) -> "Any":
        return _failure(status)

    return handler


async def serve(
    sim: "Any", port: int, host: str = "127.0.0.1", on_ready: "Callable[[str, int], None] | None" = None
) -> None:
    """Serve the bench page until cancelled; `on_ready` gets the address, with the port that 0 became."""
    bench = Bench(sim, _page_dir())
    listener = Listener(_route(bench))
    try:
        port = await listener.open(host, port)
        if on_ready:
            on_ready(host, port)
        # The listener works by itself from here on; wait to be cancelled.
        await asyncio.Event().wait()
    finally:
        bench.streams.closing = True
        listener.close()
