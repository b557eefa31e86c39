"""What the central system answers unless it is told otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .messages import timestamp

if TYPE_CHECKING:
    from .link import Link

Answer = dict[str, Any] | Callable[["Link", dict[str, Any]], "dict[str, Any] | None"] | None


class CallRefused(Exception):
    """A CALLERROR, received or to be sent."""

    def __init__(self, code: str, description: str = "", details: dict[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {description}" if description else code)
        self.code = code
        self.description = description
        self.details = details or {}


def boot(link: Link, _payload: dict[str, Any]) -> dict[str, Any]:
    csms = link.csms
    return {"status": "Accepted", "currentTime": now(link), "interval": csms.heartbeat_s}


def heartbeat(link: Link, _payload: dict[str, Any]) -> dict[str, Any]:
    return {"currentTime": now(link)}


def authorize(link: Link, payload: dict[str, Any]) -> dict[str, Any]:
    return {"idTagInfo": link.csms.tag_info(payload["idTag"])}


def start_transaction(link: Link, payload: dict[str, Any]) -> dict[str, Any]:
    transaction, is_new = link.csms.books.start(link.charge_point, payload)
    link.checks.started(transaction.transaction_id, transaction.connector)
    running = link.csms.books.running(link.charge_point)
    if is_new and [one for one in running if one.connector == transaction.connector] != [transaction]:
        link.complain(f"StartTransaction on connector {transaction.connector} while another one runs")
    return {"transactionId": transaction.transaction_id, "idTagInfo": link.csms.tag_info(payload["idTag"])}


def stop_transaction(link: Link, payload: dict[str, Any]) -> dict[str, Any]:
    for problem in link.csms.books.stop(link.charge_point, payload):
        link.complain(problem)
    return {"idTagInfo": link.csms.tag_info(payload["idTag"])} if "idTag" in payload else {}


def meter_values(link: Link, payload: dict[str, Any]) -> dict[str, Any]:
    for problem in link.csms.books.meter(link.charge_point, payload):
        link.complain(problem)
    return {}


DEFAULTS: dict[str, Answer] = {
    "Authorize": authorize,
    "BootNotification": boot,
    "DataTransfer": {"status": "UnknownVendorId"},
    "DiagnosticsStatusNotification": {},
    "FirmwareStatusNotification": {},
    "Heartbeat": heartbeat,
    "LogStatusNotification": {},
    "MeterValues": meter_values,
    "SecurityEventNotification": {},
    "SignCertificate": {"status": "Rejected"},
    "SignedFirmwareStatusNotification": {},
    "StartTransaction": start_transaction,
    "StatusNotification": {},
    "StopTransaction": stop_transaction,
}


def now(link: Link) -> str:
    """Return the time that the central system tells."""
    return timestamp(time.time() + link.csms.clock_offset_s)
