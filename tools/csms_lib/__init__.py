"""A central system for OCPP 1.6-J: for trying a station out, and for tests. `tools/csms.py` is its command line."""
