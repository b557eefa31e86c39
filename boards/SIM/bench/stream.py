"""The live streams of the bench page: server-sent events with only what changed since the last one.

The first message has everything but the displays, whose eighths follow as messages of their own: the number of the
display, where in its frame the bytes belong, and the bytes in base64.
"""

import asyncio
import binascii
import json

from micropython import const

TYPE_CHECKING = const(False)
if TYPE_CHECKING:
    from typing import Any

    from microdot import Request

MAX_STREAMS = const(4)
# Log lines in one message: a long log goes out in several, so that none needs a large piece of heap.
MAX_LINES = const(40)
# Displays have ten frames a second; the rest is looked at half as often.
TICK_S = 0.1
STATUS_TICKS = const(2)
KEEP_ALIVE_TICKS = const(20)
HEAD = (
    b"HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n"
    b"X-Accel-Buffering: no\r\n\r\n"
)
# The comment keeps proxies content; the empty message tells the page itself that the server is alive.
KEEP_ALIVE = b": keep-alive\n\ndata: {}\n\n"


class Changes:
    """What one live client has been sent so far, to send it only what is new."""

    def __init__(self, sim: "Any") -> None:
        self._sim = sim
        self._status: dict[str, Any] = {}
        self._world: dict[str, Any] = {}
        self._sequence = -1
        self._first = True
        self._shown = [[-1] * len(display.changes) for display in sim.displays()]

    def next(self) -> "dict[str, Any]":
        """Return what changed since the last call; everything the first time."""
        message: dict[str, Any] = {}
        status = _difference(self._status, self._sim.status())
        world = _difference(self._world, self._sim.world_values())
        log = self._new_lines()
        if status or self._first:
            message["status"] = status
        if world or self._first:
            message["world"] = world
        if log or self._first:
            message["log"] = log
        if self._first:
            message["full"] = True
            self._first = False
        return message

    def frames(self):
        """Yield a message for every part of a display that changed since the last call."""
        displays = self._sim.displays()
        for number in range(len(displays)):
            display = displays[number]
            shown = self._shown[number]
            size = len(display.frame) // len(shown)
            for part in range(len(shown)):
                if shown[part] != display.changes[part]:
                    shown[part] = display.changes[part]
                    pixels = bytes(memoryview(display.frame)[part * size : part * size + size])
                    yield b'{"display": %d, "at": %d, "pixels": "%s"}' % (
                        number,
                        part * size,
                        binascii.b2a_base64(pixels)[:-1],
                    )

    def _new_lines(self) -> "list[Any]":
        lines = []
        for line in self._sim.log_since(self._sequence):
            if line[0] > self._sequence and len(lines) < MAX_LINES:
                lines.append(line)
        if lines:
            self._sequence = lines[-1][0]
        return lines


def _difference(known: "dict[str, Any]", now: "dict[str, Any]") -> "dict[str, Any]":
    """Bring `known` up to date and return what changed; a name that is gone is given as null."""
    changed = {}
    for name, value in now.items():
        if name not in known or known[name] != value:
            # A list may be changed in place by its owner, which would hide the change next time.
            known[name] = list(value) if isinstance(value, list) else value
            changed[name] = value
    if len(known) > len(now):
        for name in [name for name in known if name not in now]:
            del known[name]
            changed[name] = None
    return changed


class Streams:
    """The live streams now open, few enough for a small heap."""

    def __init__(self, sim: "Any") -> None:
        self._sim = sim
        self.open = 0
        self.closing = False

    async def serve(self, request: "Request") -> bool:
        """Stream to one client until it goes away; return False at once when there is no room."""
        if self.open >= MAX_STREAMS:
            return False
        reader, out = request.sock
        self.open += 1
        watcher = asyncio.create_task(_until_closed(reader))
        try:
            await self._send_changes(out, watcher)
        except OSError:
            # The client went away between two looks of the watcher.
            pass
        finally:
            self.open -= 1
            watcher.cancel()
        return True

    async def _send_changes(self, out: "Any", watcher: "Any") -> None:
        changes = Changes(self._sim)
        quiet = tick = 0
        await out.awrite(HEAD)
        while not self.closing and not watcher.done():
            message = changes.next() if tick % STATUS_TICKS == 0 else None
            tick += 1
            quiet += 1
            if message:
                await out.awrite(b"data: " + json.dumps(message).encode() + b"\n\n")
                quiet = 0
            for frame in changes.frames():
                await out.awrite(b"data: " + frame + b"\n\n")
                quiet = 0
            if quiet >= KEEP_ALIVE_TICKS:
                await out.awrite(KEEP_ALIVE)
                quiet = 0
            await asyncio.sleep(TICK_S)


async def _until_closed(reader: "Any") -> None:
    try:
        while await reader.read(64):
            pass
    except OSError:
        pass
