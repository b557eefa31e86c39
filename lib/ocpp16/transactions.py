"""The transactions that run: how they begin, and when and with what reading they end (sections 3.5, 4.8, 4.10).

Everything is in the journal before it counts: a START before the car gets power, a STOP before the connector is free.
"""

from micropython import const

from . import journal_record as j
from . import meter_values as mv
from .running import Running
from .running import found as running_found
from .samples import Samples

TYPE_CHECKING = const(False)

if TYPE_CHECKING:
    from collections.abc import Callable

DEAUTHORIZED = "DeAuthorized"
EV_DISCONNECTED = "EVDisconnected"

# What `on_change` is told.
BEGUN = const(0)
RESUMED = const(1)
NAMED = const(2)
ENDED = const(3)

# START, STOP, the values at both ends, and what is noted when the first two are confirmed.
_RESERVE = const(12)
# So long the reading after the end is waited for; what is told comes later by that.
_LAST_READING_S = const(12)
# Contactors and car take a moment to begin.
_SETTLE_S = const(5)


class Transactions:
    """Transactions on `connectors`, a list whose places are their numbers; `samplers` likewise.

    `now` has `up_s`, `ms` and `unix_s` (0 while unknown). `station` is described at ChargePoint. `on_change(connector,
    event)` is told when a transaction has begun, goes on, has got its id or has ended. `samples` takes the readings
    in between.
    """

    def __init__(self, journal, station, config, connectors: list, samplers: list, now) -> None:
        self._journal = journal
        self._station = station
        self._config = config
        self._connectors = connectors
        self._samplers = samplers
        self._now = now
        self.samples = Samples(journal, station, config, samplers, now)
        # Of connectors: the transaction that has just ended, and until when its last reading is waited for.
        self._closing: dict = {}
        self.on_change: "Callable | None" = None

    def recover(self) -> None:
        """Take up what ran before a restart; the journal is loaded."""
        for number in sorted(self._journal.open):
            found = running_found(self._journal, number)
            if found is None or not 0 < found[0] < len(self._connectors):
                continue
            connector = self._connectors[found[0]]
            if connector.transaction is not None:
                self._end(connector, "PowerLoss", "", connector.transaction.last)
            connector.transaction = found[1]

    def can_start(self) -> bool:
        """Tell whether there is room to note one more transaction to its end."""
        return self._journal.room >= _RESERVE * (len(self._journal.open) + 1)

    def is_ready(self) -> bool:
        """Tell whether a transaction that begins now outlives a power cut."""
        return self._journal.ready

    def start(self, connector, reservation_id: "int | None" = None) -> bool:
        """Begin a transaction for whom the connector is authorised; False when it cannot be noted."""
        if connector.transaction is not None or not self.can_start():
            return False
        now, journal = self._now, self._journal
        if connector.number in self._closing:
            self._close(connector.number, True)
        reading = self._station.reading(connector.number)
        when = journal.moment(now.up_s, now.unix_s)
        began = self._station.began(connector.number)
        if began is not None:
            # What else the meter showed then is not known.
            when = (began[0], 0)
            reading.__init__()
            reading.energy_wh = began[1]
        meter_wh = -1 if reading.energy_wh is None else reading.energy_wh
        running = Running(journal.new_transaction(), connector.id_tag, connector.parent, max(0, meter_wh))
        running.offset_wh = -1 if meter_wh < 0 else 0
        reserved = "" if reservation_id is None else str(reservation_id)
        text = (running.id_tag + "\0" + running.parent + "\0" + reserved).encode()
        if not journal.append(j.START, connector.number, running.number, when, meter_wh, text):
            return False
        sampler = self._samplers[connector.number]
        sampler.begin(reading, now.ms, 0 if when[1] else when[0])
        if self._config.text("StopTxnSampledData") or self._config.text("StopTxnAlignedData"):
            first = sampler.kept[: mv.PACKED_BYTES]
            journal.append(j.DATA, connector.number, running.number, when, meter_wh, first)
        running.began_s = 0 if when[1] else when[0]
        running.noted_s = now.up_s
        running.settled_s = now.up_s + _SETTLE_S
        running.profile = connector.profile
        connector.transaction = running
        connector.forget()
        self._station.permit(connector.number, True, True)
        self._changed(connector, BEGUN)
        return True

    def stop(self, connector, reason: str, id_tag: str = "") -> None:
        """End a transaction with one of the reasons of section 7.36, maybe by an identifier."""
        if connector.transaction is not None and connector.transaction.ending is None:
            now = self._now
            self._end(connector, reason, id_tag, self._journal.moment(now.up_s, now.unix_s))

    def confirmed(self, number: int, transaction_id: int, parent: str, valid: bool) -> int:
        """Note the answer to a StartTransaction; return the reading from which an invalid one counts, -1 otherwise."""
        for connector in self._connectors:
            running = connector.transaction
            if running is not None and running.number == number:
                running.transaction_id = transaction_id
                running.parent = parent or running.parent
                self._changed(connector, NAMED)
                if not valid:
                    self.samples.read(connector)
                    running.invalid_wh = running.meter_wh
                    return running.meter_wh
        return -1

    def is_heeded(self) -> bool:
        """Tell whether a refusal of the central system counts: not where the station decides by itself."""
        return self._station.remote_allowed()

    def is_closing(self, number: int) -> bool:
        """Tell whether the last reading of a transaction (a number of our own) is still waited for."""
        for running, _ in self._closing.values():
            if running.number == number:
                return True
        return False

    def ending(self) -> bool:
        """Tell whether the end of a transaction is still to be written."""
        if self._closing:
            return True
        for connector in self._connectors:
            if connector.transaction is not None and connector.transaction.ending is not None:
                return True
        return False

    def find(self, transaction_id: int):
        """Return the connector with a running transaction of this id, None when there is none."""
        for connector in self._connectors:
            running = connector.transaction
            if running is not None and running.ending is None and running.transaction_id == transaction_id:
                return connector
        return None

    def step(self, connector, facts) -> None:
        """Follow the facts of a connector (0 is the station): ends, refusals, samples."""
        if connector.number in self._closing:
            self._close(connector.number, False)
        running = connector.transaction
        if running is not None:
            if running.ending is not None:
                self._write_end(connector)
            elif running.waiting:
                self._resume(connector)
            else:
                self._watch(connector, running, facts)
        running = connector.transaction
        if running is None or (not running.waiting and running.ending is None):
            self.samples.step(connector)

    def _watch(self, connector, running: Running, facts) -> None:
        number = connector.number
        if running.offset_wh < 0:
            self.samples.read(connector)
        if facts.emergency:
            self.stop(connector, "EmergencyStop")
        elif not facts.plugged and self._ends_unplugged(number, facts):
            self.stop(connector, EV_DISCONNECTED)
        elif running.invalid_wh >= 0:
            self._limit_invalid(connector, running)

    def _limit_invalid(self, connector, running: Running) -> None:
        """Let an identifier that the central system refused have no more than it may (section 3.5.4)."""
        self.samples.read(connector)
        if running.meter_wh - running.invalid_wh >= self._config.get("MaxEnergyOnInvalidId"):
            if self._config.get("StopTransactionOnInvalidId"):
                connector.keeper = (running.id_tag, running.parent)
                self.stop(connector, DEAUTHORIZED)
            elif running.energy:
                running.energy = False
                self._station.permit(connector.number, False, True)

    def _ends_unplugged(self, number: int, facts) -> bool:
        """Tell whether a car that is gone ends the transaction; with the cable gone as well there is no other way."""
        if self._station.has_lock(number) and not facts.cable:
            return True
        return self._config.get("StopTransactionOnEVSideDisconnect")

    def _resume(self, connector) -> None:
        """Go on with a transaction from before a restart, or end it, as the station decides."""
        running = connector.transaction
        reason = self._station.resume(connector.number)
        if reason is None:
            return
        now = self._now
        running.waiting = False
        running.noted_s = now.up_s
        if reason:
            self._end(connector, reason, "", running.last)
            return
        kept = b""
        for record in self._journal.of_transaction(running.number):
            if len(record.text) >= mv.PACKED_BYTES and mv.context(record.text) != mv.END:
                # The sampler makes room by itself only for what it takes from now on.
                if len(kept) < 20 * mv.PACKED_BYTES:
                    kept += record.text[: mv.PACKED_BYTES]
        self._samplers[connector.number].resume(kept, now.ms)
        running.energy = True
        if running.invalid_wh >= 0:
            self._limit_invalid(connector, running)
        if running.energy:
            self._station.permit(connector.number, True, True)
        if connector.transaction is not None:
            self._changed(connector, RESUMED)

    def _end(self, connector, reason: str, id_tag: str, when: tuple) -> None:
        running = connector.transaction
        running.energy = running.waiting = False
        self.samples.keep_direct()
        reading = self.samples.read(connector)
        # What the sampler tells of the lists belongs to the STOP; the readings are in the journal.
        data = self._samplers[connector.number].end(reading, 0 if when[1] else when[0])
        lists = b""
        if data:
            size = 2 + data[0] + data[1 + data[0]]
            lists = data[:size]
            last = data[-mv.PACKED_BYTES :]
            self._journal.append(j.DATA, connector.number, running.number, when, running.meter_wh, last)
        text = (reason + "\0" + id_tag + "\0").encode() + lists
        running.ending = (when, running.meter_wh, text)
        # Who is refused, or has only lost the car, does not get the cable of another one.
        locked = connector.keeper is not None
        if reason == EV_DISCONNECTED and not self._config.get("UnlockConnectorOnEVSideDisconnect"):
            locked = self._station.has_lock(connector.number)
            connector.keeper = (running.id_tag, running.parent) if locked else None
        self._station.permit(connector.number, False, locked)
        self._write_end(connector)

    def _write_end(self, connector) -> None:
        running = connector.transaction
        when, meter_wh, text = running.ending
        if self._journal.append(j.STOP, connector.number, running.number, when, meter_wh, text):
            self._closing[connector.number] = (running, self._now.up_s + _LAST_READING_S)
            connector.ended(text.startswith(b"EVDisconnected"))
            self._changed(connector, ENDED)

    def _close(self, number: int, at_once: bool) -> None:
        """Note what was drawn until the current had stopped, once the meter has told it or for too long has not.

        The STOP is written by then: a power cut loses this reading, and nothing else.
        """
        running, until_s = self._closing[number]
        settled = at_once or self._station.settled(number)
        if not settled and self._now.up_s < until_s:
            return
        del self._closing[number]
        told_wh = running.meter_wh
        if settled:
            running.read(self._station.reading(number))
        if running.meter_wh > told_wh:
            when = running.ending[0]
            self._journal.append(j.CHECKPOINT, number, running.number, when, running.meter_wh)

    def _changed(self, connector, event: int) -> None:
        if self.on_change:
            self.on_change(connector, event)
