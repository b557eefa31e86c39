"""A WebSocket client under test, on whichever interpreter runs this.

Takes its options from its standard input, one JSON object, then orders, one JSON array per line, and prints what
happens, one JSON array per line.
"""

import asyncio
import gc
import hashlib
import json
import select
import sys

from sockets.errors import LinkError
from sockets.times import sleep_ms, ticks_ms
from websocket_client.client import WebSocketClient

# MicroPython's stdin has no buffer beneath that could hide a line from the poller.
STDIN = getattr(sys.stdin, "buffer", sys.stdin)
STDIN = getattr(STDIN, "raw", STDIN)


def say(*words):
    print(json.dumps(words))
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Peer:
    """A client, its orders and the longest time that the loop was held."""

    def __init__(self, options):
        context = None
        if "ca" in options or options.get("unchecked"):
            from sockets import tls

            if "ca" in options:
                chain = [read(options[name]) for name in ("certificate", "key") if name in options]
                context = tls.client_context(read(options["ca"]), *chain, ciphers=options.get("ciphers", ""))
            else:
                context = tls.unchecked_context()
        url = "%s://%s:%d%s" % (
            "wss" if context else "ws",
            options.get("server", "127.0.0.1"),
            options["port"],
            options.get("path", "/CP1"),
        )
        password = options.get("password")
        self.client = WebSocketClient(
            url,
            self,
            options.get("subprotocols", ""),
            options.get("user", ""),
            bytes(password) if password is not None else None,
            context,
            options.get("limit", 65536),
        )
        self.client.set_ping(options.get("ping_s", 0), options.get("pong_s", 10))
        self.held_ms = 0
        self.running = True
        self._begun = ticks_ms()
        self._first = None
        self._size = self._pieces = 0
        self._digest = hashlib.sha256()

    def on_open(self):
        say("open", self.client.session.subprotocol)

    def on_close(self, error):
        session = self.client.session
        if error is None:
            say("closed", session.close_code, session.close_reason)
        else:
            say("error", error.code, str(error), ticks_ms() - self._begun)

    def on_error(self, error):
        say("failed", str(error))

    def on_begin(self):
        self._first = None
        self._size = self._pieces = 0
        self._digest = hashlib.sha256()

    def on_data(self, view):
        if self._first is None:
            self._first = bytes(view[:32])
            if self._first == b"raise":
                raise ValueError("a message")
        self._size += len(view)
        self._pieces += 1
        self._digest.update(view)

    def on_end(self):
        digest = "".join(["%02x" % byte for byte in self._digest.digest()])
        first = "".join([chr(byte) for byte in self._first or b""])
        say("message", first, self._size, digest, self._pieces)

    async def watch_loop(self):
        last_ms = ticks_ms()
        while True:
            await sleep_ms(5)
            now_ms = ticks_ms()
            self.held_ms = max(self.held_ms, now_ms - last_ms - 5)
            last_ms = now_ms

    async def obey(self):
        poller = select.poll()
        poller.register(STDIN, select.POLLIN)
        while self.running:
            if poller.poll(0):
                line = STDIN.readline()
                if not line:
                    return
                await self.execute(json.loads(line))
            await sleep_ms(5)

    async def execute(self, order):
        client = self.client
        name, *arguments = order
        if name == "send":
            # Text, how often it is repeated, and in which way.
            text, count, how = arguments
            message = text * count
            if how == "parts":
                message = (text.encode() for _ in range(count))
            elif how == "sized":
                message = (len(text.encode()) * count, (text.encode() for _ in range(count)))
            try:
                await client.send(message)
                say("sent")
            except LinkError as error:
                say("unsent", error.code, str(error))
        elif name == "offer":
            say("offered", client.offer(arguments[0]))
        elif name == "ping":
            client.set_ping(*arguments)
        elif name == "retry":
            client.retry()
        elif name == "reconnect":
            client.reconnect()
        elif name == "state":
            say("state", client.connected, client.connections, client.failures)
        elif name == "heap":
            gc.collect()
            say("heap", gc.mem_alloc())  # pyright: ignore[reportAttributeAccessIssue]
        elif name == "held":
            say("held", self.held_ms)
            self.held_ms = 0
        elif name == "close":
            await client.close(*arguments)
            self.running = False
            say("left")
        elif name == "cancel":
            self.running = False


async def main(options):
    peer = Peer(options)
    watching = asyncio.create_task(peer.watch_loop())
    task = asyncio.create_task(peer.client.run())
    await peer.obey()
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    watching.cancel()


if __name__ == "__main__":
    asyncio.run(main(json.loads(STDIN.readline())))
