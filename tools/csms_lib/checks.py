"""Watches a charge point over all its connections, and says what it does against the rules."""

from decimal import Decimal
from typing import Any

from .books import registers
from .messages import BAD, CALL, ERROR, IN, RESULT, Message
from .schema import parse_time, problems

_ID_CHARS_MAX = 36
_TRANSACTION_ACTIONS = ("StartTransaction", "StopTransaction", "MeterValues")
# A charge point that gives up an answer sooner than this is impatient.
_LEAST_TIMEOUT_S = 5.0
_ERROR_CODES = frozenset(
    """NotImplemented NotSupported InternalError ProtocolError SecurityError FormationViolation
    PropertyConstraintViolation OccurenceConstraintViolation TypeConstraintViolation GenericError""".split()
)


class Checks:
    """One charge point; `see` each message of both directions in order."""

    def __init__(self) -> None:
        # Calls of the charge point by their id: action, payload and whether they were answered.
        self._calls: dict[str, list[Any]] = {}
        self._open: tuple[int, str, float] | None = None
        self._accepted = False
        self._triggered: dict[str, int] = {}
        # By connector: time of the last message of a transaction, of the last status, and the highest register.
        self._transaction_s: dict[int, float] = {}
        self._status_s: dict[int, float] = {}
        self._register: dict[int, tuple[float, Decimal]] = {}
        self._connector_of: dict[int, int] = {}

    def see(self, message: Message) -> list[str]:
        """Return what is wrong with a message, in a few words each."""
        if message.direction != IN:
            self._sent(message)
            return []
        if message.kind == BAD:
            return [str(message.payload)]
        if message.kind == ERROR:
            return self._error(message)
        found = []
        if message.kind == RESULT:
            if not message.action:
                return [f"answer to a call that was never made: {message.unique_id}"]
            return problems(RESULT, message.action, message.payload)
        found += self._call(message)
        wrong = problems(CALL, message.action, message.payload)
        if not wrong:
            # Only what has the right shape can be looked at further.
            found += self._content(message)
        return found + wrong

    def _sent(self, message: Message) -> None:
        if message.kind == CALL:
            if message.action in ("TriggerMessage", "ExtendedTriggerMessage"):
                wanted = str(message.payload.get("requestedMessage"))
                self._triggered[wanted] = self._triggered.get(wanted, 0) + 1
            return
        if message.unique_id in self._calls:
            self._calls[message.unique_id][2] = True
        if self._open and self._open[1] == message.unique_id:
            self._open = None
        if message.action == "BootNotification" and message.kind == RESULT:
            self._accepted = message.payload.get("status") == "Accepted"

    def _error(self, message: Message) -> list[str]:
        payload = message.payload
        found = []
        if not message.action:
            found.append(f"error for a call that was never made: {message.unique_id}")
        if payload["code"] not in _ERROR_CODES:
            found.append(f"unknown error code {payload['code']!r}")
        if not isinstance(payload["description"], str) or len(payload["description"]) > 255:
            found.append("errorDescription is no text of at most 255 characters")
        if not isinstance(payload["details"], dict):
            found.append("errorDetails is no object")
        return found

    def _call(self, message: Message) -> list[str]:
        found = []
        known = self._calls.get(message.unique_id)
        if not 0 < len(message.unique_id) <= _ID_CHARS_MAX:
            found.append(f"an id of {len(message.unique_id)} characters")
        if known is None:
            self._calls[message.unique_id] = [message.action, message.payload, False]
        elif known[:2] != [message.action, message.payload]:
            found.append(f"the id {message.unique_id} was used for another {known[0]}")
        elif known[2]:
            found.append(f"{message.action} {message.unique_id} comes again though it was answered")
        if self._open and self._open[0] == message.connection:
            if message.unix_s - self._open[2] < _LEAST_TIMEOUT_S:
                found.append(f"{message.action} comes before the answer to call {self._open[1]}")
        self._open = (message.connection, message.unique_id, message.unix_s)
        if message.action == "BootNotification":
            self._accepted = False
        elif not self._accepted:
            if not self._triggered.get(message.action):
                found.append(f"{message.action} comes before BootNotification was accepted")
            else:
                self._triggered[message.action] -= 1
        return found

    def _content(self, message: Message) -> list[str]:
        payload = message.payload
        if message.action == "StatusNotification":
            return self._status(payload)
        if message.action not in _TRANSACTION_ACTIONS:
            return []
        found = []
        connector = payload.get("connectorId", 0)
        times = [payload["timestamp"]] if "timestamp" in payload else []
        values: list[tuple[str, Decimal]] = []
        if message.action == "MeterValues":
            times += [one["timestamp"] for one in payload["meterValue"]]
            values = registers(payload["meterValue"])
        elif message.action == "StartTransaction":
            values = [(payload["timestamp"], Decimal(payload["meterStart"]))]
        else:
            connector = self._connector_of.get(payload["transactionId"], 0)
            values = registers(payload.get("transactionData", []))
            values.append((payload["timestamp"], Decimal(payload["meterStop"])))
        if connector and (message.action != "MeterValues" or "transactionId" in payload):
            found += self._order(message.action, connector, times)
        if connector:
            found += self._energy(connector, values)
        return found

    def started(self, transaction_id: int, connector: int) -> None:
        """Note the number that a transaction was given."""
        self._connector_of[transaction_id] = connector

    def _status(self, payload: dict[str, Any]) -> list[str]:
        moment = parse_time(payload.get("timestamp"))
        if moment is None:
            return []
        last = self._status_s.get(payload["connectorId"])
        self._status_s[payload["connectorId"]] = max(moment, last or moment)
        if last is not None and moment < last:
            return [f"StatusNotification of connector {payload['connectorId']} is older than the one before"]
        return []

    def _order(self, action: str, connector: int, times: list[str]) -> list[str]:
        found = []
        for time in times:
            moment = parse_time(time) or 0.0
            last = self._transaction_s.get(connector, moment)
            if moment < last:
                found.append(f"{action} of connector {connector} at {time} is older than what came before")
            self._transaction_s[connector] = max(moment, last)
        return found

    def _energy(self, connector: int, values: list[tuple[str, Decimal]]) -> list[str]:
        found = []
        for time, value_wh in values:
            moment = parse_time(time) or 0.0
            last_s, last_wh = self._register.get(connector, (moment, value_wh))
            if moment >= last_s:
                if value_wh < last_wh:
                    found.append(
                        f"the register of connector {connector} goes back from {last_wh} to {value_wh} Wh"
                    )
                self._register[connector] = (moment, value_wh)
        return found
