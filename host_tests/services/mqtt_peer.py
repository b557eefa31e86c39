"""An MQTT client under test, on whichever interpreter runs this.

Takes its options from its standard input, one JSON object, then orders, one JSON array per line, and prints what
happens, one JSON array per line.
"""

import asyncio
import gc
import json
import select
import sys
import time

from mqtt.client import MQTTClient
from sockets import names
from sockets.errors import LinkError
from sockets.times import sleep_ms, ticks_ms

# MicroPython's stdin has no buffer beneath that could hide a line from the poller.
STDIN = getattr(sys.stdin, "buffer", sys.stdin)
STDIN = getattr(STDIN, "raw", STDIN)


def say(*words):
    print(json.dumps(words))
    if hasattr(sys.stdout, "flush"):
        sys.stdout.flush()


class Peer:
    """A client, its orders and the longest time that the loop was held."""

    def __init__(self, options):
        context = None
        if "ca" in options:
            from sockets import tls

            with open(options["ca"], "rb") as file:
                context = tls.client_context(file.read())
        elif options.get("tls"):
            from sockets import tls

            context = tls.unchecked_context()
        self.client = client = MQTTClient(
            options.get("client_id", "peer"),
            options.get("server", "127.0.0.1"),
            options["port"],
            options.get("user"),
            options.get("password"),
            options.get("keepalive", 15),
            context,
            options.get("queue", 16),
        )
        if "will" in options:
            client.set_last_will(*options["will"])
        client.set_callback(self.on_message)
        client.set_connect_callback(lambda present: say("connected", present))
        client.set_error_callback(lambda error: say("failed", str(error)))
        for topic, qos in options.get("subscribe", []):
            client.subscribe(topic, qos)
        self.held_ms = 0
        self.error = None
        self.running = True

    def on_message(self, topic, message, retained):
        if message == b"raise":
            raise ValueError("callback")
        say("message", topic.decode(), message.decode(), retained)

    async def watch_loop(self):
        last_ms = ticks_ms()
        while True:
            await sleep_ms(5)
            now_ms = ticks_ms()
            self.held_ms = max(self.held_ms, now_ms - last_ms - 5)
            last_ms = now_ms

    async def watch_error(self):
        while True:
            error = self.client.last_error
            if error is not None and error is not self.error:
                self.error = error
                say("error", error.code, str(error))
            await sleep_ms(10)

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
        if name == "publish":
            say("queued", client.publish(*arguments))
        elif name == "stream":
            topic, part, count = arguments
            client.publish_stream(topic, len(part) * count, lambda: (part.encode() for _ in range(count)))
        elif name == "subscribe":
            client.subscribe(*arguments)
        elif name == "unsubscribe":
            client.unsubscribe(*arguments)
        elif name == "wait_subscribed":
            while not (client.connected and client.session.subscriptions.settled()):
                await sleep_ms(5)
            say("subscribed", [topic.decode() for topic in client.session.subscriptions.rejected()])
        elif name == "state":
            outbox = client.session.outbox
            say("state", client.connected, outbox.count, outbox.dropped, client.counters.sent)
        elif name == "heap":
            gc.collect()
            say("heap", gc.mem_alloc())  # pyright: ignore[reportAttributeAccessIssue]
        elif name == "held":
            say("held", self.held_ms)
            self.held_ms = 0
        elif name == "disconnect":
            await client.disconnect()
            self.running = False
            say("left", str(client.last_error))
        elif name == "cancel":
            self.running = False


def look_up_slowly(delay_s):
    """Let every name take its time, as a name server does that is dead."""
    look_up = names._look_up

    def wait_and_look_up(host, port):
        time.sleep(delay_s)
        return look_up(host, port)

    names._look_up = wait_and_look_up


async def main(options):
    if "look_up_s" in options:
        look_up_slowly(options["look_up_s"])
    peer = Peer(options)
    watching = [asyncio.create_task(peer.watch_loop()), asyncio.create_task(peer.watch_error())]
    if options.get("connect"):
        began_ms = ticks_ms()
        try:
            say("session", await peer.client.connect(True, options["connect"]))
        except LinkError as error:
            say("refused", error.code, str(error), ticks_ms() - began_ms)
            return
        await peer.obey()
    else:
        task = asyncio.create_task(peer.client.run())
        await peer.obey()
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    for task in watching:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(json.loads(STDIN.readline())))
