"""What the JSON schemas of OCPP 1.6 say, those of the security extensions included, and stricter rules for values."""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ocpp.messages as ocpp_messages
import ocpp.v16
from jsonschema import Draft4Validator

from .messages import CALL

_VERSION = "1.6"
_NUMBER = {CALL: 2, "RESULT": 3}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z")
# Names of the fields whose type is dateTime, in all messages.
TIME_FIELDS = frozenset(
    """currentTime timestamp expiryDate validFrom validTo startSchedule scheduleStart retrieveDate retrieveDateTime
    installDateTime startTime stopTime oldestTimestamp latestTimestamp""".split()
)
_SCHEMAS = Path(ocpp.v16.__file__).parent / "schemas"


def actions() -> list[str]:
    """Return the names of all calls."""
    names = [path.stem for path in _SCHEMAS.glob("*.json")]
    return sorted(name for name in names if not name.endswith("Response"))


def problems(kind: str, action: str, payload: Any) -> list[str]:
    """Return what is wrong with the payload of a call or result, in a few words each."""
    try:
        validator = _validator(kind, action)
    except OSError:
        return [f"unknown action {action!r}"]
    found = []
    for error in validator.iter_errors(payload):
        place = ".".join(str(part) for part in error.absolute_path) or "payload"
        found.append(f"{place}: {error.message}")
    found += _values("", payload)
    return found


def _validator(kind: str, action: str) -> Draft4Validator:
    # Decimal throughout, because 21.4 as a float is no multiple of 0.1.
    return ocpp_messages.get_validator(_NUMBER[kind], action, _VERSION, parse_float=Decimal)


def _values(name: str, value: Any) -> Iterator[str]:
    """Yield what schemas do not say."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _values(key, part)
    elif isinstance(value, list):
        for part in value:
            yield from _values(name, part)
    elif name in TIME_FIELDS:
        if parse_time(value) is None:
            yield f"{name}: {value!r} is no time in UTC (RFC 3339 with Z)"
    elif name in ("limit", "minChargingRate") and isinstance(value, Decimal):
        if value != round(value, 1):
            yield f"{name}: {value} has more than one decimal"


def parse_time(value: Any) -> float | None:
    """Return unix seconds of an RFC 3339 time in UTC, None for anything else."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return dt.datetime.fromisoformat(value).timestamp()
    except ValueError:
        return None
