"""Modbus-RTU client and server as sans-I/O state machines, with a thin asyncio shell.

Import the module that is needed: `modbus.rtu` (client), `modbus.server`, `modbus.registers` (decoding),
`modbus.port_client` (asyncio). Nothing here knows what a charger is.
"""
