"""What the station offers in the network: the web and a broker, loaded when they are wanted."""

from micropython import const

from evse import aio

_MQTT_CHECK_MS = const(1000)
# Those first that others need.
_WEB = (
    "microdot http_server.head http_server.listener evse.services.web.accounts evse.services.web.auth "
    "evse.services.web.handlers evse.services.web.routes evse.services.web.server"
)
_MQTT = (
    "mqtt.errors mqtt.packets mqtt.times mqtt.outbox mqtt.parser mqtt.subscriptions mqtt.writer mqtt.session mqtt.link "
    "mqtt.client evse.services.net evse.services.net.wifi evse.services.smartevse_names "
    "evse.services.mqtt.topics_table evse.services.mqtt.values evse.services.mqtt.commands "
    "evse.services.mqtt.discovery evse.services.mqtt.publisher evse.services.mqtt.service"
)


async def serve_web(app) -> None:
    """Serve the station's pages and interfaces."""
    if app.web is None:
        app.loader.load(_WEB)
        from evse.services.web.server import Web

        app.web = Web(app, app.web_store)
        if app.net:
            app.net.on_setup = app.web.pause
    await app.web.run()


async def run_mqtt(app) -> None:
    """Be at a broker while one is chosen; without one nothing of it is loaded."""
    while True:
        if app.settings.text("MQTTHost"):
            app.loader.load(_MQTT)
            from evse.services.mqtt import service

            await service.run(app)
        await aio.sleep_ms(_MQTT_CHECK_MS)
