"""MQTT 3.1.1 client of QoS 0 and 1: a state machine without I/O, with a thin asyncio shell.

Import the module that is needed: `mqtt.client` (MQTTClient, names as in umqtt.simple), `mqtt.errors`; contexts for TLS
are made by `sockets.tls`. Nothing here knows what a charger is.
"""
