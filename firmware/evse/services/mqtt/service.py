"""The station at a broker, as the settings want it: a client of lib/mqtt, and what it is to say.

Nothing here waits for the broker, so the control step is never late because of it.
"""

import asyncio

from micropython import const

from evse import aio
from evse.log import log
from evse.services.mqtt.publisher import BIRTH, Publisher
from evse.services.net.lookup import Names
from mqtt.client import MQTTClient

_KEYS = ("MQTTHost", "MQTTPort", "MQTTuser", "MQTTpassword", "MQTTtls", "MQTTprefix", "MQTTdiscovery")
# From here on in `chosen` stands what Home Assistant was told by.
_PREFIX = const(6)
_KEEPALIVE_S = const(15)
_QUEUE = const(16)
# The longest text of a setting and its topic.
_RX_BYTES = const(720)
_PASS_MS = const(50)
_IDLE_MS = const(1000)
_GOODBYE_S = const(1)
# The setting MQTT TLS.
_NO_CHECK = const(2)


def chosen(app) -> tuple:
    """Return what a connection depends on."""
    return (app.authority_changes,) + tuple([app.settings.get(key) for key in _KEYS])


async def run(app) -> None:
    """Be at the broker until the settings change; `app.mqtt` is what is there meanwhile."""
    settings = app.settings
    now = chosen(app)
    try:
        ssl = None
        if settings.get("MQTTtls"):
            # Late: it takes memory.
            app.loader.load("sockets.tls evse.services.mqtt.isrg_root")
            from evse.services.mqtt import authority

            ssl = authority.context(app.board.storage.root, settings.get("MQTTtls") != _NO_CHECK)
        app.mqtt = Mqtt(app, ssl)
    except ValueError as error:
        log.write("mqtt: %s" % error)
        while now == chosen(app):
            await aio.sleep_ms(_IDLE_MS)
        return
    try:
        await app.mqtt.run()
    finally:
        app.mqtt = None


class Mqtt:
    """One connection by the present settings; `run` ends when these change."""

    def __init__(self, app, ssl=None) -> None:
        """Prepare a connection, over TLS with an SSLContext; ValueError for settings that cannot be."""
        settings = app.settings
        self._app = app
        self._chosen = chosen(app)
        prefix = settings.text("MQTTprefix") or "SmartEVSE/%d" % app.board.serial_number
        user = settings.text("MQTTuser")
        client = MQTTClient(
            prefix,
            settings.text("MQTTHost"),
            settings.get("MQTTPort"),
            user or None,
            settings.text("MQTTpassword") if user else None,
            _KEEPALIVE_S,
            ssl,
            _QUEUE,
            _RX_BYTES,
            Names(app.net.resolver, app.board.clock) if app.net.resolver else None,
        )
        self.client = client
        self.publisher = Publisher(app, client, prefix, settings.get("MQTTdiscovery"), user != "")
        self._encrypted = ssl is not None
        if ssl:
            client.may_connect = self._may_shake_hands
        client.set_last_will(prefix + "/connected", "offline", True)
        client.subscribe(prefix + "/Set/#", 1)
        if settings.get("MQTTdiscovery"):
            client.subscribe(BIRTH)
        client.set_callback(self.publisher.receive)
        client.set_connect_callback(self._greet)
        client.set_error_callback(log.exception)
        self._oversized = 0
        self._why = ""

    @property
    def connected(self) -> bool:
        """True while the broker answers."""
        return self.client.connected

    @property
    def error(self) -> str:
        """Why there is no connection, in plain words, "" while there is one."""
        if self.connected:
            return ""
        if self._encrypted and self._app.board.clock.unix_s() == 0:
            return "the time is not known yet"
        return str(self.client.last_error or "connecting")

    async def run(self) -> None:
        """Connect and publish until the settings change."""
        client = self.client
        task = asyncio.create_task(client.run())
        try:
            while not task.done() and self._chosen == chosen(self._app):
                self._tell_problem()
                if client.connected:
                    self.publisher.step(self._app.board.clock.ticks_ms())
                await aio.sleep_ms(_PASS_MS)
            if task.done():
                # After `leave`, or with what went wrong.
                await task
            elif self._chosen[_PREFIX:] != chosen(self._app)[_PREFIX:]:
                await self._withdraw()
            await self.leave()
        finally:
            task.cancel()

    async def leave(self) -> None:
        """Say goodbye, so that the broker need not find out."""
        if self.client.connected:
            self.publisher.publish("connected", "offline", True)
            await self.client.disconnect(_GOODBYE_S)

    async def _withdraw(self) -> None:
        """Take back what Home Assistant was told, or it would know the station twice."""
        client = self.client
        for topic in self.publisher.announced():
            while client.connected and not client.free:
                await aio.sleep_ms(_PASS_MS)
            client.publish(topic, "", True)

    def _greet(self, session_present: bool) -> None:
        log.write("mqtt: connected to %s" % self._chosen[1])
        self._why = ""
        self.publisher.connected(session_present)

    def _may_shake_hands(self) -> bool:
        """Return True while a TLS handshake may hold the loop, and certificates can be told from expired ones."""
        app = self._app
        return app.station.contactors.proven_open() and app.board.clock.unix_s() > 0

    def _tell_problem(self) -> None:
        """Write to the log what is new."""
        if self.client.counters.oversized != self._oversized:
            self._oversized = self.client.counters.oversized
            self.publisher.reject("Set", "a message was too long")
        why = self.error
        if why != self._why:
            self._why = why
            if why:
                log.write("mqtt: " + why)
