"""Sends the messages of the journal in their order, until each is confirmed or finally fails.

What counts as a failure to process a message (OCPP 1.6 section 3.7.1) is a CALLERROR (errata-J 3.3). Silence, and an
answer that is none, counts only from a central system that has answered something else meanwhile: one that is out of
order loses nothing, and one that cannot answer a certain message does not block the others. A lost connection never
counts.
"""

import json
import struct

from micropython import const

from . import journal_record as j
from . import meter_values as mv
from .rpc import LOST, TIMEOUT, UNUSABLE
from .sampling import ROOM, transaction_data
from .times import text as time_text

_ACCEPTED = "Accepted"
_RETRY_MAX_S = const(86400)


class Delivery:
    """`transactions` runs what the journal tells; `learn(id_tag, info)` takes every IdTagInfo of the central system.

    `probe` is set when something else has to be asked to find out whether the central system is there at all.
    """

    def __init__(self, rpc, journal, transactions, config, now, learn) -> None:
        self._rpc = rpc
        self._journal = journal
        self._transactions = transactions
        self._config = config
        self._now = now
        self._learn = learn
        self._sent: "j.Record | None" = None
        self._retry_s = 0
        self._silent = 0
        self._results = 0
        self.probe = False
        self.given_up = 0
        transactions.samples.is_idle = self.idle

    def idle(self) -> bool:
        """Tell whether there is nothing that must go out first."""
        return self._journal.empty

    def connected(self) -> None:
        """Note that the central system takes messages again: nothing waits any longer."""
        self._retry_s = 0
        self._silent = 0

    def send(self) -> bool:
        """Send the next message if it is time; True when one is on its way."""
        now_s = self._now.up_s
        if now_s < self._retry_s:
            return False
        record = self._journal.message()
        if record is None:
            return self._journal.empty and self._send_direct()
        if record.kind == j.STOP and self._transactions.is_closing(record.transaction):
            return False
        if not self._journal.is_settled(record):
            # After a power cut the same would be told in another way, or never come to its end.
            return False
        if self._silent and self._rpc.results != self._results:
            # It is there, and has no answer to this, or none of use.
            self._silent = 0
            if self._fail(record):
                return False
        payload = self._payload(record)
        if payload is None:
            self._journal.done()
            return False
        self._sent = record
        return self._rpc.call(_action(record), payload, self._answered, self._timeout_s(), now_s)

    def _timeout_s(self) -> int:
        return self._config.get("MessageTimeout")

    def _payload(self, record: "j.Record"):
        journal = self._journal
        if record.kind == j.START:
            return self._start_payload(record)
        number = record.transaction
        transaction_id = journal.ids[number][0] if number in journal.ids else -1
        if record.kind == j.STOP:
            return self._stop_payload(record, transaction_id)
        return self._values_payload(
            record.connector, number, transaction_id, record.text, journal.unix_s(record)
        )

    def _start_payload(self, record: "j.Record") -> str:
        id_tag, _, reserved = record.text.decode().split("\0")
        return '{"connectorId":%d,"idTag":%s,"meterStart":%d,"timestamp":"%s"%s}' % (
            record.connector,
            json.dumps(id_tag),
            max(0, record.meter_wh),
            time_text(self._journal.unix_s(record)),
            ',"reservationId":' + reserved if reserved else "",
        )

    def _values_payload(self, connector: int, number: int, transaction_id: int, text: bytes, unix_s: int):
        packed = _timed(text[: mv.PACKED_BYTES], unix_s)
        items = text[mv.PACKED_BYTES :]
        if next(mv.pieces(packed, items, connector), None) is None:
            return None
        return mv.request(packed, items, connector, transaction_id if number else None)

    def _stop_payload(self, record: "j.Record", transaction_id: int):
        """Yield a StopTransaction.req in pieces."""
        reason, id_tag, lists = record.text.split(b"\0", 2)
        meter_wh = max(0, self._journal.end_wh(record))
        yield '{"transactionId":%d,"meterStop":%d,"timestamp":"%s","reason":"%s"' % (
            transaction_id,
            meter_wh,
            time_text(self._journal.unix_s(record)),
            reason.decode(),
        )
        if id_tag:
            yield ',"idTag":' + json.dumps(id_tag.decode())
        if lists:
            first = True
            for piece in transaction_data(self._stop_data(record, lists, meter_wh)):
                if first:
                    yield ',"transactionData":'
                    first = False
                yield piece
        yield "}"

    def _stop_data(self, stop: "j.Record", lists: bytes, meter_wh: int) -> bytes:
        """Return the readings of a transaction: its first and last one, and evenly spread ones between."""
        sampled = lists[0] > 0
        aligned = lists[1 + lists[0]] > 0
        first = last = None
        count = 0
        for record in self._readings(stop, sampled, aligned):
            context = mv.context(record.text)
            if context == mv.END:
                last = record
            elif context != mv.BEGIN:
                count += 1
            elif first is None:
                first = record
        stride = (count + ROOM - 3) // (ROOM - 2) or 1
        data = bytearray(lists)
        if first is not None:
            data += _timed(first.text[: mv.PACKED_BYTES], self._journal.unix_s(first))
        count = 0
        for record in self._readings(stop, sampled, aligned):
            if mv.context(record.text) in (mv.PERIODIC, mv.CLOCK):
                count += 1
                if count % stride == 0:
                    data += _timed(record.text[: mv.PACKED_BYTES], self._journal.unix_s(record))
        if last is not None:
            packed = mv.raised(last.text[: mv.PACKED_BYTES], meter_wh)
            data += _timed(packed, self._journal.unix_s(last))
        return bytes(data)

    def _readings(self, stop: "j.Record", sampled: bool, aligned: bool):
        for record in self._journal.of_transaction(stop.transaction, stop.place):
            if len(record.text) >= mv.PACKED_BYTES:
                context = mv.context(record.text)
                if (
                    (context != mv.PERIODIC or sampled)
                    and (context != mv.CLOCK or aligned)
                    and context != mv.TRIGGER
                ):
                    yield record

    def _send_direct(self) -> bool:
        waiting = self._transactions.samples.direct
        if waiting is None:
            return False
        connector, number, when, text = waiting
        # What belongs to a transaction of which nothing is known any more is of no use.
        if (number and number not in self._journal.ids) or when[1]:
            self._transactions.samples.direct = None
            return False
        transaction_id = self._journal.ids[number][0] if number else 0
        payload = self._values_payload(connector, number, transaction_id, text, when[0])
        if payload is None:
            self._transactions.samples.direct = None
            return False
        return self._rpc.call(
            "MeterValues", payload, self._direct_answered, self._timeout_s(), self._now.up_s
        )

    def _direct_answered(self, payload, error: str) -> None:
        if error in (LOST, TIMEOUT):
            self._transactions.samples.keep_direct()
        self._transactions.samples.direct = None

    def _answered(self, payload, error: str) -> None:
        record, self._sent = self._sent, None
        if record is None or error == LOST:
            return
        if not error and self._succeeded(record, payload):
            self._silent = 0
        elif error and error != TIMEOUT and error != UNUSABLE:
            self._silent = 0
            if not self._fail(record):
                self._wait(self._journal.attempts)
        else:
            self._silent += 1
            self._results = self._rpc.results
            self.probe = True
            self._wait(self._journal.attempts + self._silent)

    def _succeeded(self, record: "j.Record", payload: dict) -> bool:
        info = payload.get("idTagInfo")
        if record.kind == j.START:
            transaction_id = payload.get("transactionId")
            if type(transaction_id) is not int or not isinstance(info, dict):
                return False
            self._started(record, transaction_id, info)
            return True
        if record.kind == j.STOP and isinstance(info, dict):
            id_tag = record.text.split(b"\0", 2)[1].decode()
            if id_tag:
                self._learn(id_tag, info)
        self._journal.done()
        return True

    def _started(self, record: "j.Record", transaction_id: int, info: dict) -> None:
        id_tag = record.text.decode().split("\0")[0]
        valid = info.get("status") == _ACCEPTED or not self._transactions.is_heeded()
        parent = info.get("parentIdTag")
        if not isinstance(parent, str):
            parent = ""
        from_wh = self._transactions.confirmed(record.transaction, transaction_id, parent, valid)
        flags = 0 if valid else j.INVALID_ID
        self._journal.done(transaction_id, flags, from_wh, parent.encode())
        self._learn(id_tag, info)

    def _fail(self, record: "j.Record") -> bool:
        """Count a failure; after the last one the message is discarded, and a transaction has no id for good: True."""
        if self._journal.failed() < self._config.get("TransactionMessageAttempts"):
            return False
        self.given_up += 1
        if record.kind == j.START:
            self._transactions.confirmed(record.transaction, -1, "", True)
            self._journal.done(-1)
        else:
            self._journal.done()
        return True

    def _wait(self, attempts: int) -> None:
        wait_s = self._config.get("TransactionMessageRetryInterval") * attempts
        self._retry_s = self._now.up_s + min(wait_s, _RETRY_MAX_S)


def _action(record: "j.Record") -> str:
    return ("", "StartTransaction", "MeterValues", "StopTransaction")[record.kind]


def _timed(packed: bytes, unix_s: int) -> bytes:
    """Return a reading with its time, if that was not known when it was taken."""
    return packed if mv.unix_s(packed) else struct.pack("<I", unix_s) + packed[4:]
