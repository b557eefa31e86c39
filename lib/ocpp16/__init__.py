"""A charge point of OCPP 1.6-J (edition 2, with errata of 2025-04 and the security extensions), without I/O.

Import the module that is needed; `ocpp16.charge_point` (ChargePoint) joins them. Nothing here knows which charger
it works for: time, storage, station and transport are passed in.
"""
