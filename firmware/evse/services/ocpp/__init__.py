"""The station at a back end: lib/ocpp16 and lib/websocket joined to the core. Loaded when a back end is chosen."""
