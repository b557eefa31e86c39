"""What can be typed: short forms of calls, calls in full, and questions about what the central system knows."""

import json
import time
from collections.abc import Callable
from typing import Any

from .answers import CallRefused
from .messages import dump, timestamp
from .schema import actions
from .server import Csms

HELP = """\
limit 10 [CONNECTOR]        charging limit in A, for all connectors unless one is named; limit off takes it back
schedule [SECONDS] [CONNECTOR]  what the station makes of all its limits (GetCompositeSchedule)
start TAG [CONNECTOR]       RemoteStartTransaction
stop [TRANSACTION]          RemoteStopTransaction, by default of the one that runs
get [KEY ...]               GetConfiguration
set KEY VALUE               ChangeConfiguration
trigger MESSAGE [CONNECTOR] TriggerMessage
available [CONNECTOR], unavailable [CONNECTOR], unlock [CONNECTOR], reset [hard]
tag TAG STATUS              answer Accepted, Blocked, Expired, Invalid or ConcurrentTx to a tag from now on
SetChargingProfile {...}    any call with its payload
raw TEXT                    send a text as it is
list, books, problems       who is connected; all transactions; what was against the rules
faults drop=0.1 delay=0.5   let messages suffer by chance: drop, lose, cut, truncate, silence, duplicate, reorder, delay
faults off                  no more of that
once FAULT [ACTION]         let the next message (of an action) suffer
break, close                end the connection without a word, or in good order
@NAME ...                   any of these for one of several charge points
?                           this help
q                           end"""

_PROFILE_ID = 1


class CommandError(ValueError):
    """A line that means nothing, and why."""


async def obey(line: str, csms: Csms) -> str | None:
    """Carry out one line and return what to show; None is the end. Raises CommandError."""
    name, _, rest = line.strip().partition(" ")
    charge_point = ""
    if name.startswith("@"):
        charge_point = name[1:]
        name, _, rest = rest.strip().partition(" ")
    rest = rest.strip()
    if name in ("q", "quit", "exit"):
        return None
    if not name:
        return ""
    if name in ("?", "h", "help"):
        return HELP
    if name in _HERE:
        try:
            return _HERE[name](csms, rest)
        except ValueError as error:
            raise CommandError(str(error)) from None
    try:
        return await _to_station(name, rest, csms, charge_point)
    except CallRefused as error:
        return f"refused: {error}"
    except TimeoutError:
        return "no answer in time"
    except ConnectionError as error:
        raise CommandError(str(error)) from None


async def _to_station(name: str, rest: str, csms: Csms, charge_point: str) -> str:
    if name in ("raw", "break", "close"):
        link = csms.link(charge_point)
        if name == "raw":
            await link.send_text(rest)
        elif name == "break":
            link.abort()
        else:
            await link.close()
        return "done"
    action, payload = parse_call(name, rest, csms, charge_point)
    return dump(await csms.call(action, payload, charge_point))


def parse_call(name: str, rest: str, csms: Csms, charge_point: str = "") -> tuple[str, dict[str, Any]]:
    """Return action and payload of a short form or of a call in full. Raises CommandError."""
    words = rest.split()
    try:
        if name in _SHORT:
            return _SHORT[name](words)
        if name == "stop":
            return "RemoteStopTransaction", {"transactionId": _transaction(words, csms, charge_point)}
    except (ValueError, IndexError) as error:
        raise CommandError(f"{name}: {error}; ? shows help") from None
    if name not in actions():
        raise CommandError(f"no command {name!r}; ? shows help")
    try:
        payload = json.loads(rest or "{}")
    except ValueError as error:
        raise CommandError(f"{name}: no JSON: {error}") from None
    if not isinstance(payload, dict):
        raise CommandError(f"{name}: the payload must be an object")
    return name, payload


def _limit(words: list[str]) -> tuple[str, dict[str, Any]]:
    connector = _connector(words, 1, 0)
    if words[0] == "off":
        return "ClearChargingProfile", {"id": _PROFILE_ID + connector}
    limit = float(words[0])
    if limit < 0 or limit != round(limit, 1):
        raise ValueError("a limit has at most one decimal")
    schedule = {
        "startSchedule": timestamp(time.time() - 60)[:19] + "Z",
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    profile = {
        "chargingProfileId": _PROFILE_ID + connector,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
    }
    return "SetChargingProfile", {"connectorId": connector, "csChargingProfiles": profile}


def _schedule(words: list[str]) -> tuple[str, dict[str, Any]]:
    duration = int(words[0]) if words else 86400
    return "GetCompositeSchedule", {
        "connectorId": _connector(words, 1, 0),
        "duration": duration,
        "chargingRateUnit": "A",
    }


def _start(words: list[str]) -> tuple[str, dict[str, Any]]:
    payload: dict[str, Any] = {"idTag": words[0]}
    if len(words) > 1:
        payload["connectorId"] = int(words[1])
    return "RemoteStartTransaction", payload


def _set(words: list[str]) -> tuple[str, dict[str, Any]]:
    return "ChangeConfiguration", {"key": words[0], "value": " ".join(words[1:])}


def _trigger(words: list[str]) -> tuple[str, dict[str, Any]]:
    payload: dict[str, Any] = {"requestedMessage": words[0]}
    if len(words) > 1:
        payload["connectorId"] = int(words[1])
    return "TriggerMessage", payload


def _availability(kind: str) -> Callable[[list[str]], tuple[str, dict[str, Any]]]:
    def make(words: list[str]) -> tuple[str, dict[str, Any]]:
        return "ChangeAvailability", {"connectorId": _connector(words, 0, 0), "type": kind}

    return make


def _reset(words: list[str]) -> tuple[str, dict[str, Any]]:
    if words not in ([], ["hard"], ["soft"]):
        raise ValueError("hard or soft")
    return "Reset", {"type": "Hard" if words == ["hard"] else "Soft"}


def _connector(words: list[str], at: int, default: int) -> int:
    return int(words[at]) if len(words) > at else default


def _transaction(words: list[str], csms: Csms, charge_point: str) -> int:
    if words:
        return int(words[0])
    running = csms.books.running(csms.link(charge_point).charge_point)
    if len(running) != 1:
        raise ValueError(f"{len(running)} transactions run; name one")
    return running[0].transaction_id


_SHORT: dict[str, Callable[[list[str]], tuple[str, dict[str, Any]]]] = {
    "limit": _limit,
    "schedule": _schedule,
    "start": _start,
    "get": lambda words: ("GetConfiguration", {"key": words} if words else {}),
    "set": _set,
    "trigger": _trigger,
    "available": _availability("Operative"),
    "unavailable": _availability("Inoperative"),
    "unlock": lambda words: ("UnlockConnector", {"connectorId": _connector(words, 0, 1)}),
    "reset": _reset,
}


def _list(csms: Csms, _rest: str) -> str:
    return "\n".join(sorted(csms.links)) or "nobody is connected"


def _books(csms: Csms, _rest: str) -> str:
    return "\n".join(one.line() for one in csms.books.transactions) or "no transactions"


def _problems(csms: Csms, _rest: str) -> str:
    return "\n".join(csms.problems) or "none"


def _tag(csms: Csms, rest: str) -> str:
    tag, _, status = rest.partition(" ")
    if status not in ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"):
        raise ValueError("Accepted, Blocked, Expired, Invalid or ConcurrentTx")
    csms.tags[tag] = {"status": status}
    return f"{tag}: {status}"


def _faults(csms: Csms, rest: str) -> str:
    csms.faults.set(rest)
    return f"faults {rest or 'off'}"


def _once(csms: Csms, rest: str) -> str:
    fault, _, action = rest.partition(" ")
    csms.faults.once(action, fault)
    return f"{fault}: the next {action or 'message'}"


_HERE: dict[str, Callable[[Csms, str], str]] = {
    "list": _list,
    "books": _books,
    "problems": _problems,
    "tag": _tag,
    "faults": _faults,
    "once": _once,
}
