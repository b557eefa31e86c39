"""What a back end would charge for: transactions, and the energy that each connector's meter counts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .schema import parse_time

REGISTER = "Energy.Active.Import.Register"


@dataclass
class Transaction:
    """One transaction; energies in Wh, times as they were sent."""

    transaction_id: int
    charge_point: str
    connector: int
    id_tag: str
    start_time: str
    meter_start: int
    stop_time: str = ""
    meter_stop: int | None = None
    reason: str = ""
    # Each value of the register within it, in order of arrival: time and Wh.
    values: list[tuple[str, Decimal]] = field(default_factory=list)
    stop: dict[str, Any] | None = None

    @property
    def running(self) -> bool:
        return self.meter_stop is None

    @property
    def energy_wh(self) -> int | None:
        """Return what was charged, None while it runs."""
        return None if self.meter_stop is None else self.meter_stop - self.meter_start

    def line(self) -> str:
        """Return one line for people."""
        end = (
            "running"
            if self.running
            else f"to {self.stop_time}, {self.energy_wh} Wh, {self.reason or 'Local'}"
        )
        return (
            f"{self.transaction_id:5} {self.charge_point} connector {self.connector} {self.id_tag} "
            f"from {self.start_time} {end}"
        )


class Books:
    """All transactions of all charge points; a message that comes again counts once."""

    def __init__(self) -> None:
        self.transactions: list[Transaction] = []
        # Of transactions that this system never numbered (StopTransaction with -1 or an unknown id).
        self.orphans: list[dict[str, Any]] = []

    def start(self, charge_point: str, payload: dict[str, Any]) -> tuple[Transaction, bool]:
        """Return the transaction of a StartTransaction, and whether it is new."""
        key = (payload["connectorId"], payload["idTag"], payload["timestamp"], payload["meterStart"])
        for known in self.of(charge_point):
            if key == (known.connector, known.id_tag, known.start_time, known.meter_start):
                return known, False
        number = len(self.transactions) + 1
        transaction = Transaction(number, charge_point, *key)
        self.transactions.append(transaction)
        return transaction, True

    def stop(self, charge_point: str, payload: dict[str, Any]) -> list[str]:
        """Note a StopTransaction; return what is wrong with it."""
        transaction = self.find(charge_point, payload["transactionId"])
        if transaction is None:
            self.orphans.append(payload)
            if payload["transactionId"] == -1:
                return []
            return [f"StopTransaction of the unknown transaction {payload['transactionId']}"]
        if transaction.stop is not None:
            if transaction.stop == payload:
                return []
            return [f"StopTransaction of {transaction.transaction_id} comes again with another content"]
        transaction.stop = payload
        transaction.stop_time = payload["timestamp"]
        transaction.meter_stop = payload["meterStop"]
        transaction.reason = payload.get("reason", "")
        found = []
        if payload["meterStop"] < transaction.meter_start:
            found.append(f"meterStop {payload['meterStop']} is below meterStart {transaction.meter_start}")
        values = [wh for _, wh in transaction.values] + [
            wh for _, wh in registers(payload.get("transactionData", []))
        ]
        if values and payload["meterStop"] < max(values):
            found.append(f"meterStop {payload['meterStop']} is below the value {max(values)} before it")
        return found

    def meter(self, charge_point: str, payload: dict[str, Any]) -> list[str]:
        """Note MeterValues of a transaction; return what is wrong with them."""
        number = payload.get("transactionId")
        if number is None or number == -1:
            return []
        transaction = self.find(charge_point, number)
        if transaction is None:
            return [f"MeterValues of the unknown transaction {number}"]
        if transaction.connector != payload["connectorId"]:
            return [f"MeterValues of transaction {number} come from connector {payload['connectorId']}"]
        if not transaction.running:
            return [f"MeterValues of transaction {number} come after its StopTransaction"]
        transaction.values += registers(payload["meterValue"])
        return []

    def of(self, charge_point: str) -> list[Transaction]:
        """Return the transactions of one charge point."""
        return [one for one in self.transactions if one.charge_point == charge_point]

    def find(self, charge_point: str, number: int) -> Transaction | None:
        """Return a transaction by its number."""
        for one in self.of(charge_point):
            if one.transaction_id == number:
                return one
        return None

    def running(self, charge_point: str) -> list[Transaction]:
        """Return those that have not ended."""
        return [one for one in self.of(charge_point) if one.running]

    def energy_wh(self, charge_point: str) -> int:
        """Return what all ended transactions charged."""
        return sum(one.energy_wh or 0 for one in self.of(charge_point))


def registers(meter_values: list[dict[str, Any]]) -> list[tuple[str, Decimal]]:
    """Return time and Wh of each value of the energy register in a list of meterValue."""
    return list(_registers(meter_values))


def _registers(meter_values: list[dict[str, Any]]) -> Iterator[tuple[str, Decimal]]:
    for meter_value in meter_values:
        for sample in meter_value["sampledValue"]:
            plain = sample.get("format", "Raw") == "Raw" and sample.get("location", "Outlet") == "Outlet"
            if sample.get("measurand", REGISTER) == REGISTER and plain and "phase" not in sample:
                try:
                    value = Decimal(sample["value"])
                except ArithmeticError:
                    continue
                yield meter_value["timestamp"], value * 1000 if sample.get("unit") == "kWh" else value


def in_order(times: list[str]) -> bool:
    """Tell whether times do not go back."""
    seconds = [parse_time(time) or 0.0 for time in times]
    return seconds == sorted(seconds)
