"""What the station offers in the network: the web and a broker, loaded when they are wanted."""

from micropython import const

from evse import aio
from evse.core.limits import NO_LIMIT, OCPP, OFFLINE

_CHECK_MS = const(1000)
# Those first that others need.
_WEB = (
    "microdot sockets.closing http_server.head http_server.listener evse.services.web.accounts evse.services.web.auth "
    "evse.services.web.server"
)
_MQTT = (
    "sockets sockets.errors sockets.times sockets.stream mqtt.errors mqtt.packets mqtt.outbox mqtt.parser "
    "mqtt.subscriptions mqtt.writer mqtt.session mqtt.client evse.services.net evse.services.net.lookup "
    "evse.services.net.wifi evse.services.smartevse_names "
    "evse.services.mqtt.topics_table evse.services.mqtt.values evse.services.mqtt.publisher "
    "evse.services.mqtt.service"
)

_OCPP = (
    "evse.services.ocpp evse.services.net sockets sockets.errors evse.services.net.lookup websocket_client "
    "sockets.stream sockets.times websocket_client.errors websocket_client.utf8 websocket_client.frames "
    "websocket_client.sender websocket_client.session websocket_client.client evse.services.ocpp.link ocpp16 "
    "ocpp16.times ocpp16.rest evse.services.ocpp.service"
)

_MODBUS = "sockets.closing modbus.pdu modbus.tcp evse.services.modbus_map evse.services.modbus_tcp"


async def serve_web(app) -> None:
    """Serve the station's pages and interfaces."""
    if app.web is None:
        app.loader.load(_WEB)
        from evse.services.web.server import Web

        app.web = Web(app, app.web_store)
        if app.net:
            app.net.on_setup = app.web.pause
            app.net.web = app.web
    await app.web.run()


async def run_mqtt(app) -> None:
    """Be at a broker while one is chosen; without one nothing of it is loaded."""
    while True:
        if app.settings.text("MQTTHost"):
            app.loader.load(_MQTT)
            from evse.services.mqtt import service

            await service.run(app)
        await aio.sleep_ms(_CHECK_MS)


async def run_ocpp(app) -> None:
    """Be at a back end while one is chosen; without one nothing of it is loaded."""
    while True:
        if app.settings.get("OcppMode"):
            ledger = app.station.limits
            if ledger.claimed_ma(OCPP, 0) == NO_LIMIT:
                # Until the charging profiles are read; less would let a car wait that had power before a restart.
                ledger.claim(OCPP, ledger.minimum_ma)
            app.loader.load(_OCPP)
            from evse.services.ocpp import service

            await service.run(app)
        else:
            # What is left of one that failed.
            for slot in (OCPP, OFFLINE):
                if app.station.limits.claimed_ma(slot, 0) != NO_LIMIT:
                    app.station.limits.release(slot)
        await aio.sleep_ms(_CHECK_MS)


async def serve_modbus(app) -> None:
    """Answer energy managers by Modbus TCP while that is chosen."""
    while True:
        if app.settings.get("ModbusTcp"):
            app.loader.load(_MODBUS)
            from evse.services.modbus_tcp import ModbusTcp

            await ModbusTcp(app).run()
        await aio.sleep_ms(_CHECK_MS)
