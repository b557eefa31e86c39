"""The station as a client of an MQTT broker: topics and commands of a SmartEVSE, and Home Assistant's discovery.

Loaded only when the setting MQTT HOST names a broker.
"""
