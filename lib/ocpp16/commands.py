"""What the central system may ask of a charge point: one function per action (OCPP 1.6 chapter 5).

Each takes the ChargePoint, the payload as `payloads` has checked it or as a stream handler gives it, and the id of the
message; it returns the payload of the answer, or None when that comes later. CallError becomes a CALLERROR.
"""

import json

from micropython import const

from . import payloads, profile_commands
from .access import ANY
from .rpc import CallError
from .times import parse

_UNLOCK_S = const(10)
# So long a reset waits for what is to be delivered first.
_SOFT_S = const(30)
_HARD_S = const(10)


def _status(word: str) -> str:
    return '{"status":"%s"}' % word


def _change_availability(cp, payload: dict, message_id: str):
    number = payload["connectorId"]
    if not 0 <= number < len(cp.connectors):
        return _status("Rejected")
    operative = payload["type"] == "Operative"
    chosen = cp.connectors if number == 0 else [cp.connectors[number]]
    waits = False
    for connector in chosen:
        if connector.transaction is not None and not operative:
            waits = True
        if not operative:
            connector.forget()
        if cp.station.operative(connector.number) != operative:
            cp.station.set_operative(connector.number, operative)
    return _status("Scheduled" if waits else "Accepted")


def _change_configuration(cp, payload: dict, message_id: str):
    return _status(cp.config.change(payload["key"], payload["value"]))


def _get_configuration(cp, payload: dict, message_id: str):
    return _configuration(cp.config.entries(payload.get("key")))


def _configuration(entries):
    """Yield a GetConfiguration.conf in pieces."""
    unknown = []
    begin = '{"configurationKey":['
    for name, read_only, text in entries:
        if read_only is None:
            unknown.append(name)
        else:
            value = "" if text is None else ',"value":' + json.dumps(text)
            yield '%s{"key":"%s","readonly":%s%s}' % (begin, name, "true" if read_only else "false", value)
            begin = ","
    yield '{"configurationKey":[]' if begin[0] == "{" else "]"
    if unknown:
        yield ',"unknownKey":' + json.dumps(unknown)
    yield "}"


def _clear_cache(cp, payload: dict, message_id: str):
    return _status(cp.authorization.clear_cache())


def _data_transfer(cp, payload: dict, message_id: str):
    vendor = cp.vendors.get(payload["vendorId"])
    if vendor is None:
        return _status("UnknownVendorId")
    status, data = vendor(payload.get("messageId"), payload.get("data"))
    return '{"status":"%s"%s}' % (status, "" if data is None else ',"data":' + json.dumps(data))


def _remote_start(cp, payload, message_id: str):
    if isinstance(payload, dict):
        # Without smart charging a profile is to be ignored (section 5.11).
        number, id_tag, profile = payload.get("connectorId", ANY), payload["idTag"], False
        if number < 0 and "connectorId" in payload:
            return _status("Rejected")
    else:
        number, id_tag, profile = payload.connector, payload.id_tag, payload.has_profile
    if not cp.boot.accepted or not id_tag or not cp.access.can_start_remotely(id_tag, number):
        return _status("Rejected")
    if profile and not cp.smart.stage(payload, cp.now.unix_s):
        return _status("Rejected")
    cp.access.remote_start(id_tag, number, profile)
    return _status("Accepted")


def _remote_stop(cp, payload: dict, message_id: str):
    connector = cp.transactions.find(payload["transactionId"]) if cp.boot.accepted else None
    if connector is None:
        return _status("Rejected")
    cp.transactions.stop(connector, "Remote")
    return _status("Accepted")


def _unlock_connector(cp, payload: dict, message_id: str):
    number = payload["connectorId"]
    if not 0 < number < len(cp.connectors) or not cp.station.has_lock(number):
        return _status("NotSupported")
    connector = cp.connectors[number]
    connector.keeper = None
    cp.transactions.stop(connector, "UnlockCommand")
    cp.station.unlock(number)
    cp.pending.unlocking.append((message_id, number, cp.now.up_s + _UNLOCK_S))
    return None


def _reset(cp, payload: dict, message_id: str):
    kind = payload["type"]
    cp.access.closed = True
    for connector in cp.connectors:
        connector.forget()
        cp.transactions.stop(connector, kind + "Reset")
    cp.pending.resetting = (kind, cp.now.up_s, cp.now.up_s + (_HARD_S if kind == "Hard" else _SOFT_S))
    return _status("Accepted")


def _trigger(cp, payload: dict, message_id: str, extended: bool = False):
    from .triggers import Triggers

    if cp.triggers is None:
        cp.triggers = Triggers(cp)
    return _status(cp.triggers.ask(payload["requestedMessage"], payload.get("connectorId"), extended))


def _extended_trigger(cp, payload: dict, message_id: str):
    return _trigger(cp, payload, message_id, True)


def _reserve_now(cp, payload: dict, message_id: str):
    expiry_s = parse(payload["expiryDate"])
    return _status(cp.reservations.reserve(payload, expiry_s, cp.now.unix_s))


def _cancel_reservation(cp, payload: dict, message_id: str):
    return _status(cp.reservations.cancel(payload["reservationId"]))


def _get_local_list_version(cp, payload: dict, message_id: str):
    return '{"listVersion":%d}' % cp.local_list.version


def _send_local_list(cp, payload: dict, message_id: str):
    return _status(cp.local_list.send(payload))


def _get_composite_schedule(cp, payload: dict, message_id: str):
    unit = payload.get("chargingRateUnit")
    schedule = cp.smart.composite(payload["connectorId"], payload["duration"], unit, cp.now.unix_s)
    cp.pending.working.append((message_id, schedule, []))
    return None


_TABLE = {
    "CancelReservation": _cancel_reservation,
    "ChangeAvailability": _change_availability,
    "ChangeConfiguration": _change_configuration,
    "ClearCache": _clear_cache,
    "DataTransfer": _data_transfer,
    "ExtendedTriggerMessage": _extended_trigger,
    "GetConfiguration": _get_configuration,
    "GetLocalListVersion": _get_local_list_version,
    "RemoteStartTransaction": _remote_start,
    "RemoteStopTransaction": _remote_stop,
    "ReserveNow": _reserve_now,
    "Reset": _reset,
    "SendLocalList": _send_local_list,
    "TriggerMessage": _trigger,
    "UnlockConnector": _unlock_connector,
}


def run(cp, action: str, payload, message_id: str):
    """Carry out what was asked for; `cp.handlers` has the functions of the parts that are only there if wanted."""
    handler = cp.handlers.get(action)
    if handler is None and not payloads.is_known(action):
        raise CallError("NotImplemented", action + " is unknown")
    if isinstance(payload, dict):
        payloads.check(action, payload)
    if handler is not None:
        return handler(payload, message_id)
    handler = _TABLE.get(action)
    if handler is None and cp.smart is not None:
        if action == "GetCompositeSchedule":
            handler = _get_composite_schedule
        elif action in profile_commands.ACTIONS:
            return profile_commands.run(cp.smart, action, payload, cp.now.unix_s)
    if handler is None:
        raise CallError("NotSupported", action + " is not supported")
    return handler(cp, payload, message_id)
