"""One message of OCPP-J: its text taken apart, and how people and log files see it."""

import datetime as dt
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

CALL = "CALL"
RESULT = "RESULT"
ERROR = "ERROR"
# What is no message at all.
BAD = "BAD"
KINDS = {2: CALL, 3: RESULT, 4: ERROR}

IN = "in"
OUT = "out"


class BadMessage(ValueError):
    """A text that is no message, and why."""


@dataclass(frozen=True)
class Message:
    """`direction` is IN from the charge point, OUT to it; `action` of an answer is that of its call, "" if unknown.

    `payload` of an ERROR is an object with `code`, `description` and `details`; of BAD it is the text.
    """

    unix_s: float
    charge_point: str
    connection: int
    direction: str
    kind: str
    unique_id: str
    action: str
    payload: Any

    def line(self) -> str:
        """Return one line for people."""
        arrow = "<-" if self.direction == IN else "->"
        name = self.action or "?"
        if self.kind != CALL:
            name += " " + self.kind.lower()
        return f"{clock(self.unix_s)} {self.charge_point} {arrow} {name} {dump(self.shown_payload())}"

    def as_log(self) -> dict[str, Any]:
        """Return the object for a log file."""
        return {
            "time": timestamp(self.unix_s),
            "charge_point": self.charge_point,
            "connection": self.connection,
            "direction": self.direction,
            "kind": self.kind,
            "id": self.unique_id,
            "action": self.action,
            "payload": self.shown_payload(),
        }

    def shown_payload(self) -> Any:
        """Return the payload without a password."""
        payload = self.payload
        if self.action == "ChangeConfiguration" and isinstance(payload, dict):
            if payload.get("key") == "AuthorizationKey" and "value" in payload:
                return {**payload, "value": "***"}
        return payload


def parse(text: str | bytes) -> tuple[str, str, str, Any]:
    """Return kind, id, action (of a call) and payload. Numbers with a point become Decimal. Raises BadMessage."""
    if isinstance(text, bytes):
        raise BadMessage("a binary message")
    try:
        words = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise BadMessage(f"no JSON: {error}") from None
    if not isinstance(words, list) or not words or words[0] not in KINDS or isinstance(words[0], bool):
        raise BadMessage("no OCPP message")
    kind = KINDS[words[0]]
    if len(words) != {CALL: 4, RESULT: 3, ERROR: 5}[kind]:
        raise BadMessage(f"{kind} of {len(words)} elements")
    if not isinstance(words[1], str):
        raise BadMessage("an id that is no text")
    if kind == ERROR:
        return kind, words[1], "", {"code": words[2], "description": words[3], "details": words[4]}
    if not isinstance(words[-1], dict):
        raise BadMessage("a payload that is no object")
    return kind, words[1], words[2] if kind == CALL else "", words[-1]


def dump(value: Any) -> str:
    """Return JSON without spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_number)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"no JSON: {value!r}")


def timestamp(unix_s: float) -> str:
    """Return RFC 3339 with milliseconds in UTC."""
    moment = dt.datetime.fromtimestamp(unix_s, dt.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def clock(unix_s: float) -> str:
    """Return the local time of day with milliseconds."""
    moment = dt.datetime.fromtimestamp(unix_s)
    return moment.strftime("%H:%M:%S.") + f"{moment.microsecond // 1000:03}"
